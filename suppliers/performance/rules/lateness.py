"""Lines that were due, by how many days after the first promise they were whole, week by week."""

from collections import Counter
from dataclasses import dataclass

from suppliers.performance.rules.lines import Tally


@dataclass(frozen=True, slots=True)
class Span:
    """Days from first to last, both included; None is open at that end. Below 0 is early."""

    first: int | None
    last: int | None

    def holds(self, days: int) -> bool:
        return (self.first is None or self.first <= days) and (self.last is None or days <= self.last)

    @property
    def is_late(self) -> bool:
        return self.first is not None and self.first > 0


SPANS = (
    Span(None, -1), Span(0, 0), Span(1, 7), Span(8, 14), Span(15, 21), Span(22, 28), Span(29, None),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Week:
    """One span: lines that came, and lines that are still open and so many days over by now."""

    span: Span
    came: int
    still_open: int


@dataclass(frozen=True, slots=True)
class Lateness:
    """All spans, and what they sum up to. unknown: lines due of which nobody noted whether they came."""

    weeks: tuple[Week, ...]
    came: int
    came_late: int
    still_open: int
    unknown: int


def by_week(tally: Tally) -> Lateness:
    """Return the lines of a tally by span. Every line that was due is in exactly one span, or unknown."""
    weeks = tuple(Week(span, _inside(tally.late_ended, span), _inside(tally.late_open, span)) for span in SPANS)
    return Lateness(
        weeks=weeks,
        came=sum(tally.late_ended.values()),
        came_late=sum(week.came for week in weeks if week.span.is_late),
        still_open=sum(tally.late_open.values()),
        unknown=tally.late_unknown,
    )


def _inside(counts: Counter[int], span: Span) -> int:
    return sum(count for days, count in counts.items() if span.holds(days))
