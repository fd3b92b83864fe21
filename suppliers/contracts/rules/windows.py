"""The windows in which a service level is judged. They follow each other without gap or overlap, so that no day is
paid for twice; all days are calendar days and belong to the window, the first and the last included."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

SHORTEST_DAYS = 7
LONGEST_DAYS = 366
_DAY = timedelta(days=1)


class WindowKind(StrEnum):
    """Calendar months, calendar quarters, or so many days, counted from the first day that counts."""

    MONTH = "month"
    QUARTER = "quarter"
    DAYS = "days"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From a day to a day, both included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"{self.start} … {self.end}")

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


def windows(kind: WindowKind, days: int | None, *, begin: date, end: date | None, until: date) -> Iterator[Span]:
    """Yield every window that starts by `until`, in order. end: the last day that counts, None: it goes on.

    The first and the last window are cut where the level begins and ends, so the spans tile [begin, end].
    ValueError for DAYS without a number of days.
    """
    start = begin
    while start <= until and (end is None or start <= end):
        last = _last_day(kind, days, start, begin)
        if end is not None and end < last:
            last = end
        yield Span(start, last)
        start = last + _DAY


def current(kind: WindowKind, days: int | None, *, begin: date, end: date | None, day: date) -> Span | None:
    """The window that a day falls in, None before the first and after the last."""
    return next((one for one in windows(kind, days, begin=begin, end=end, until=day) if day in one), None)


def judged_on(span: Span, *, late_days: int) -> date:
    """The day as of which a window is judged: the first on which all its promises, with so many days' grace, are over.

    What happens later does not change the verdict; what becomes known later of the days before it does.
    """
    return span.end + timedelta(days=late_days + 1)


def finished(spans: Iterator[Span], *, late_days: int, day: date) -> list[Span]:
    """The windows that can be judged on a day."""
    return [span for span in spans if judged_on(span, late_days=late_days) <= day]


def terminate_by(*, valid_until: date | None, notice_days: int) -> date | None:
    """The last day on which notice still ends the contract on its last day; None for one without a last day."""
    return None if valid_until is None else valid_until - timedelta(days=notice_days)


def earliest_end(*, day: date, notice_days: int) -> date:
    """The day on which a contract ends when notice is given on a day."""
    return day + timedelta(days=notice_days)


def _last_day(kind: WindowKind, days: int | None, start: date, begin: date) -> date:
    if kind is WindowKind.DAYS:
        if days is None or days < 1:
            raise ValueError(days)
        # Counted from the beginning, so that a window is the same wherever one starts to look.
        passed = (start - begin).days // days
        return begin + timedelta(days=(passed + 1) * days) - _DAY
    months = 1 if kind is WindowKind.MONTH else 3
    following = (start.month - 1) // months * months + months
    return date(start.year + following // 12, following % 12 + 1, 1) - _DAY
