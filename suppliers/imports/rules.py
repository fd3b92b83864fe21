"""How an import goes on, which column is which, and what its dates and amounts show of themselves. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 200
LONGEST_CELL = 10_000
SHOWN_ERRORS = 20
UNDO = timedelta(hours=24)
# So long the rows of a file are kept, and a file waits that nobody goes on with.
KEPT = timedelta(days=30)
# In front of a word that every row has, where no column says it.
CONSTANT = "="


class SessionState(StrEnum):
    """columns → rows → done, which may be undone for a day; or dropped before it is done."""

    COLUMNS = "columns"
    ROWS = "rows"
    DONE = "done"
    UNDONE = "undone"
    DROPPED = "dropped"


class RowState(StrEnum):
    """UNREAD before the columns are known. LEFT: it would change what is recorded, and was left out on purpose."""

    UNREAD = "unread"
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"
    LEFT = "left"


class Dates(StrEnum):
    """Which of two numbers comes first. SHOWN: as the dates themselves show it."""

    SHOWN = "shown"
    DAY_FIRST = "day"
    MONTH_FIRST = "month"
    YEAR_FIRST = "year"


class Amounts(StrEnum):
    """How a thousand and two hundred thirty-four and a half is written."""

    SHOWN = "shown"
    POINT = "1234.50"
    COMMA = "1234,50"
    COMMA_POINT = "1,234.50"
    POINT_COMMA = "1.234,50"
    SPACE_COMMA = "1 234,50"


STYLES: Mapping[Amounts, tuple[str, str]] = {
    Amounts.POINT: (".", ""),
    Amounts.COMMA: (",", ""),
    Amounts.COMMA_POINT: (".", ","),
    Amounts.POINT_COMMA: (",", "."),
    Amounts.SPACE_COMMA: (",", " "),
}
_SURE = ("%Y/%m/%d", "%Y.%m.%d", "%d-%b-%Y", "%d %b %Y", "%d-%b-%y")
PATTERNS: Mapping[Dates, tuple[str, ...]] = {
    Dates.DAY_FIRST: ("iso", "%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%d/%m/%y", *_SURE),
    Dates.MONTH_FIRST: ("iso", "%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m/%d/%y", *_SURE),
    Dates.YEAR_FIRST: ("iso", *_SURE),
}
_TIMES = ("%H:%M:%S", "%H:%M")


@dataclass(frozen=True, slots=True)
class DateShapes:
    """How many dates can be read with the day first alone, with the month first alone, and in both ways."""

    day: int = 0
    month: int = 0
    either: int = 0


def order_shown(shapes: DateShapes) -> Dates | None:
    """What the dates show, None where a person has to say it."""
    if shapes.day and not shapes.month:
        return Dates.DAY_FIRST
    if shapes.month and not shapes.day:
        return Dates.MONTH_FIRST
    return None if shapes.either or shapes.day else Dates.YEAR_FIRST


def patterns(dates: Dates, *, moments: bool) -> tuple[str, ...]:
    """The forms in which dates are read, and moments too where the kind has them."""
    days = PATTERNS[dates]
    if not moments:
        return days
    return ("iso", *(f"{day} {time}" for day in days if day != "iso" for time in _TIMES), *days[1:])


def unique_header(names: Sequence[str], *, nameless: str) -> list[str]:
    """The names of columns, each once: a repeated one gets a number, an empty one is called by its place.

    nameless: what an empty one is called, with {n} for its place.
    """
    found: list[str] = []
    for place, name in enumerate(names, start=1):
        base = name or nameless.format(n=place)
        number, unique = 1, base
        while unique in found:
            number += 1
            unique = f"{base} ({number})"
        found.append(unique)
    return found


def plain(name: str) -> str:
    """A name as it is compared: letters and digits alone, in lower case."""
    return "".join(character for character in name.casefold() if character.isalnum())


def guess(
    header: Sequence[str], *, names: Mapping[str, Iterable[str]], remembered: Mapping[str, str]
) -> dict[str, str]:
    """Say which column each field most likely is, by its place; a column serves one field.

    names: what each field is called, here and elsewhere, best first. remembered: the column's name, or = and a word,
    that this person chose last time.
    """
    places = {plain(name): place for place, name in reversed(list(enumerate(header)))}
    found: dict[str, str] = {}
    taken: set[int] = set()
    for field, others in names.items():
        chosen = remembered.get(field, "")
        if chosen.startswith(CONSTANT):
            found[field] = chosen
            continue
        for name in (chosen, field, *others):
            place = places.get(plain(name)) if name else None
            if place is not None and place not in taken:
                found[field] = str(place)
                taken.add(place)
                break
    return found


def undo_until(imported_at: datetime) -> datetime:
    """Until when an import can be undone."""
    return imported_at + UNDO
