"""Pages of a list that stay equally quick however deep: each link says after (or before) which row it continues.

Lists run newest first, by a moment and the id, or by the id alone; or from A to Z, by a name and the id.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.listing import POSITION_KEYS

PAGE_SIZE = 50
COUNT_CAP = 10_000
_SEPARATOR = "~"
_LARGEST_ID = 2**63 - 1
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: the row it names is not part of the page. at: the moment or name that the list runs by.
    newer: the page before that row."""

    pk: int
    at: datetime | str | None = None
    newer: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, and the query parameters of its neighbours ({} where there is none)."""

    rows: list[Row]
    newer: dict[str, str]
    older: dict[str, str]


def read(query: QueryDict, *, dated: bool = False, named: bool = False) -> Cursor | None:
    """The place that a URL names, None for the first page. dated, named: the list runs by a moment, by a name first.

    Raises Refusal for a place that no link of ours has.
    """
    for name in ("after", "before"):
        if text := query.get(name, "").strip():
            return _parse(text, newer=name == "before", dated=dated, named=named)
    return None


def _parse(text: str, *, newer: bool, dated: bool, named: bool) -> Cursor:
    first, _sep, digits = text.rpartition(_SEPARATOR)
    known = digits.isascii() and digits.isdigit() and len(digits) <= 19 and int(digits) <= _LARGEST_ID
    if not known or bool(first) != (dated or named):
        raise _unknown_place()
    at = _moment(first) if dated else (first or None)
    return Cursor(pk=int(digits), at=at, newer=newer)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _unknown_place() from None
    if not _usable(at):
        raise _unknown_place()
    return at


def _usable(at: datetime) -> bool:
    # The first and last year cannot be moved between zones.
    return timezone.is_aware(at) and 1 < at.year < 9999


def _unknown_place() -> Refusal:
    return Refusal("list.place", _("The link to that page is incomplete, so this is the first page."))


def page(
    rows: QuerySet[Row], *, cursor: Cursor | None, by: str = "", size: int = PAGE_SIZE, rising: bool = False
) -> Page[Row]:
    """One page of the list. by: the field it runs by, "" for the id alone. rising: from A to Z, not newest first."""
    newer = cursor is not None and cursor.newer
    if cursor is not None:
        rows = rows.filter(_beyond(cursor, by, rising=rising))
    sign = "" if newer != rising else "-"
    found = list(rows.order_by(*([f"{sign}{by}"] if by else []), f"{sign}id")[: size + 1])
    more = len(found) > size
    found = found[:size]
    if newer:
        found.reverse()
    if not found:
        return Page([], {}, {})
    return Page(
        found,
        newer={"before": _name(found[0], by)} if (more if newer else cursor) else {},
        older={"after": _name(found[-1], by)} if (more or newer) else {},
    )


def _beyond(cursor: Cursor, by: str, *, rising: bool) -> Q:
    side = "gt" if cursor.newer != rising else "lt"
    if not by:
        return Q(**{f"id__{side}": cursor.pk})
    # The first condition is what an index can start from.
    return Q(**{f"{by}__{side}e": cursor.at}) & (Q(**{f"{by}__{side}": cursor.at}) | Q(**{f"id__{side}": cursor.pk}))


def _name(row: Model, by: str) -> str:
    if not by:
        return str(row.pk)
    value = getattr(row, by)
    return f"{value.isoformat() if isinstance(value, datetime) else value}{_SEPARATOR}{row.pk}"


def link(query: QueryDict, place: dict[str, str]) -> str:
    """The URL of the same list at another place, "" where there is none."""
    if not place:
        return ""
    kept = query.copy()
    for name in POSITION_KEYS:
        kept.pop(name, None)
    for name, value in place.items():
        kept[name] = value
    return f"?{kept.urlencode()}"


def capped_count(rows: QuerySet[Any], *, cap: int) -> int:
    """How many rows, counted no further than cap + 1: a list says "10,000+" from there on."""
    return rows.order_by()[: cap + 1].count()
