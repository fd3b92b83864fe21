"""What a score did over time, in one finding, and which moments are worth a mark in the picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

# A quarter of a year; what lies further back is seen in the picture and not told in its title.
LOOK_BACK_DAYS = 91
# Fewer points than this are no news.
TELLING_POINTS = 3.0
MOST_MARKS = 9


class Way(StrEnum):
    """How the score went."""

    FELL = "fell"
    ROSE = "rose"
    STEADY = "steady"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """was: the score at the turn and now: the last one; steady: the least and the most. since: the day of `was`."""

    way: Way
    was: float = 0.0
    now: float = 0.0
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to a supplier. kind: fall, rise, stop or news; revision: the one that tells more."""

    day: date
    kind: str
    title: str
    text: str = ""
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One revision's step, and the moment that would tell of it. points: signed."""

    points: float
    moment: Moment


def finding(totals: Sequence[tuple[date, float | None]], *, today: date) -> Finding:
    """Return what the last quarter came to. totals: by day, oldest first; None is not enough data.

    The turn is the highest (or lowest) score of that time, on the last day that had it.
    """
    begin = today - timedelta(days=LOOK_BACK_DAYS)
    earlier = [(begin, total) for day, total in totals if day < begin][-1:]
    recent = [*earlier, *(pair for pair in totals if pair[0] >= begin)]
    known = [(day, total) for day, total in recent if total is not None]
    if not known or totals[-1][1] is None:
        return Finding(Way.UNKNOWN)
    now = known[-1][1]
    peak, least = max(total for _day, total in known), min(total for _day, total in known)
    if peak - now >= max(TELLING_POINTS, now - least):
        return Finding(Way.FELL, peak, now, _last_day(known, peak))
    if now - least >= TELLING_POINTS:
        return Finding(Way.ROSE, least, now, _last_day(known, least))
    return Finding(Way.STEADY, least, peak, known[0][0])


def _last_day(known: Sequence[tuple[date, float]], value: float) -> date:
    return max(day for day, total in known if total == value)


def is_telling(points: float) -> bool:
    """True for a step that is large enough to be told."""
    return abs(points) >= TELLING_POINTS


def marked(certain: Iterable[Moment], moves: Iterable[Move]) -> list[Moment]:
    """Return the moments to mark, oldest first: the certain ones, newest before older, then the largest moves.

    A day on which something certain happened needs no second mark.
    """
    kept = sorted(certain, key=lambda one: one.day, reverse=True)[:MOST_MARKS]
    days = {one.day for one in kept}
    telling = [move for move in moves if is_telling(move.points) and move.moment.day not in days]
    telling.sort(key=lambda move: -abs(move.points))
    kept += [move.moment for move in telling[: MOST_MARKS - len(kept)]]
    return sorted(kept, key=lambda one: one.day)
