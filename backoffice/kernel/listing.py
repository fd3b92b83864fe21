"""What a list page shows about its own filters: applied ones as chips, each removable by a plain link. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.forms import BoundField
from django.http import QueryDict

PROMOTED = 3
# Where a list stands is no filter: it goes when a filter changes.
POSITION_KEYS = frozenset({"after", "before", "page", "cursor"})


@dataclass(frozen=True, slots=True)
class Chip:
    """One applied filter: its words and the URL of the same list without it."""

    label: str
    value: str
    remove_url: str


def chips(*, fields: Iterable[BoundField], query: QueryDict) -> list[Chip]:
    """One chip for each applied value, in the order of the fields; a multiple choice gives one chip a choice."""
    return [
        Chip(str(field.label), _words(field, value), without(query, field.html_name, value))
        for field in fields
        for value in query.getlist(field.html_name)
        if value.strip()
    ]


def without(query: QueryDict, name: str, value: str) -> str:
    """The query string with one value of one filter taken out, from the first page on; "?" when nothing is left."""
    pairs = [
        (key, item)
        for key, items in query.lists()
        for item in items
        if key not in POSITION_KEYS and (key, item) != (name, value) and item
    ]
    return f"?{urlencode(pairs)}"


def split(fields: Sequence[BoundField], promoted: Sequence[str]) -> tuple[list[BoundField], list[BoundField]]:
    """Fields beside the search box (the named ones, at most three; else the first three) and those folded away."""
    names = list(promoted)[:PROMOTED] or [field.name for field in fields[:PROMOTED]]
    by_name = {field.name: field for field in fields}
    front = [by_name[name] for name in names if name in by_name]
    return front, [field for field in fields if field not in front]


def _words(field: BoundField, value: str) -> str:
    for code, label in getattr(field.field, "choices", ()):
        if str(code) == value:
            return str(label)
    return value
