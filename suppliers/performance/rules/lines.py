"""Ordered lines and their deliveries: when a line was whole, whether it came in its window, how long it took."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from suppliers.performance.rules.durations import Durations


class Outcome(StrEnum):
    """What is known of one delivery. UNKNOWN: it came or did not, nobody noted it; never read as either."""

    DELIVERED = "delivered"
    OPEN = "open"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """One delivery of an ordered line, or what is still open of it. None is "not captured" in every field.

    promised_on: the first promise. quantity_ordered: of the whole line; quantity_delivered: of this part.
    promise_changes: how often the promise was moved.
    """

    outcome: Outcome
    delivered_on: date | None = None
    ordered_on: date | None = None
    promised_on: date | None = None
    quantity_ordered: int | None = None
    quantity_delivered: int | None = None
    promise_changes: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """On time is from so many days before the first promise to so many days after it, both included."""

    early: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One ordered line as it stood on a day. whole_on: the day on which it was complete, None unless DELIVERED.

    in_full: whole and inside the window, None where a quantity is not captured.
    """

    outcome: Outcome
    whole_on: date | None
    ordered_on: date | None
    promised_on: date | None
    in_full: bool | None
    promise_changes: int | None


@dataclass(slots=True)
class Tally:
    """Lines counted by what they came to; everything that is measured follows from these counts.

    in_full, on_promise: True, False, or None for not known -> lines due. lateness: days after the first promise
    (negative: early) of lines due. lead: days from order to whole line. changes: moved promises -> lines.
    """

    in_full: Counter[bool | None] = field(default_factory=Counter)
    late_ended: Counter[int] = field(default_factory=Counter)
    late_open: Counter[int] = field(default_factory=Counter)
    late_unknown: int = 0
    lead_ended: Counter[int] = field(default_factory=Counter)
    lead_open: Counter[int] = field(default_factory=Counter)
    changes: Counter[int] = field(default_factory=Counter)

    @property
    def lateness(self) -> Durations:
        return Durations(self.late_ended, self.late_open)

    @property
    def lead(self) -> Durations:
        return Durations(self.lead_ended, self.lead_open)


def line_of(parts: Sequence[Part], *, window: Window, as_of: date) -> Line:
    """Put the parts of one ordered line together, as far as they had come at the end of as_of.

    A part that came later was still open. Two halves make a whole; more than was ordered is whole once. Where a
    quantity is not captured, a line of which nothing is open counts as whole on the day of its last part.
    """
    known = [_as_of(part, as_of) for part in parts]
    wanted = max((part.quantity_ordered for part in known if part.quantity_ordered is not None), default=None)
    promised = min((part.promised_on for part in known if part.promised_on), default=None)
    whole_on = _whole_on(known, wanted)
    outcome = Outcome.DELIVERED if whole_on else _unfinished(known)
    return Line(
        outcome=outcome,
        whole_on=whole_on,
        ordered_on=min((part.ordered_on for part in known if part.ordered_on), default=None),
        promised_on=promised,
        in_full=_in_full(known, outcome, wanted, promised, window),
        promise_changes=max((p.promise_changes for p in known if p.promise_changes is not None), default=None),
    )


def tally(lines: Iterable[Line], *, window: Window, as_of: date) -> Tally:
    """Count the lines. Due are those whose first promise is over: for in_full, when the window has closed.

    Lines that were ordered after as_of are not there yet.
    """
    counts = Tally()
    for line in lines:
        if line.ordered_on and line.ordered_on > as_of:
            continue
        if line.promise_changes is not None:
            counts.changes[line.promise_changes] += 1
        if line.promised_on and line.promised_on + timedelta(days=window.late) < as_of:
            counts.in_full[line.in_full] += 1
        if line.promised_on and line.promised_on < as_of:
            _count_lateness(counts, line, line.promised_on, as_of)
        if line.ordered_on and line.outcome is not Outcome.UNKNOWN:
            ends, days = (counts.lead_ended, line.whole_on) if line.whole_on else (counts.lead_open, as_of)
            ends[(days - line.ordered_on).days] += 1
    return counts


def _count_lateness(counts: Tally, line: Line, promised: date, as_of: date) -> None:
    if line.whole_on:
        counts.late_ended[(line.whole_on - promised).days] += 1
    elif line.outcome is Outcome.OPEN:
        counts.late_open[(as_of - promised).days] += 1
    else:
        counts.late_unknown += 1


def _as_of(part: Part, as_of: date) -> Part:
    if part.delivered_on is None or part.delivered_on <= as_of:
        return part
    return Part(
        outcome=Outcome.OPEN,
        ordered_on=part.ordered_on,
        promised_on=part.promised_on,
        quantity_ordered=part.quantity_ordered,
        promise_changes=part.promise_changes,
    )


def _whole_on(parts: Sequence[Part], wanted: int | None) -> date | None:
    """The first day on which all was there; None while something is open, missing or not known."""
    came = sorted(((p.delivered_on, p.quantity_delivered) for p in parts if p.delivered_on), key=lambda one: one[0])
    if wanted is not None:
        so_far = 0
        for day, quantity in came:
            so_far += quantity or 0
            if so_far >= wanted:
                return day
    every = len(came) == len(parts)
    guessed = wanted is None or any(quantity is None for _day, quantity in came)
    return came[-1][0] if came and every and guessed else None


def _unfinished(parts: Sequence[Part]) -> Outcome:
    return Outcome.UNKNOWN if any(part.outcome is Outcome.UNKNOWN for part in parts) else Outcome.OPEN


def _in_full(
    parts: Sequence[Part], outcome: Outcome, wanted: int | None, promised: date | None, window: Window
) -> bool | None:
    """True, False, or None where the quantities do not tell."""
    if promised is None or wanted is None:
        return None
    first, last = promised - timedelta(days=window.early), promised + timedelta(days=window.late)
    inside = sum(p.quantity_delivered or 0 for p in parts if p.delivered_on and first <= p.delivered_on <= last)
    if inside >= wanted:
        return True
    told = all(part.quantity_delivered is not None for part in parts if part.delivered_on)
    return False if told and outcome is not Outcome.UNKNOWN else None
