"""One cell becomes one value, and the cells of one row are read together: what is wrong is noted with its place."""

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from backoffice.kernel import numbers, text, times
from backoffice.kernel.errors import Refusal
from backoffice.kernel.tabular import layouts
from backoffice.kernel.tabular.rules import Layout, RowRefusal, Section
from backoffice.kernel.tabular.tables import Columns, Lookup, Record

CACHE = 50_000
T = TypeVar("T")


class Converters:
    """The converters of one layout. Each takes the cell's text and raises Refusal with a sentence about that text.

    Each text is read once however often it repeats.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._zone = ZoneInfo(layout.zone)
        self.style = numbers.DecimalStyle(layout.point, layout.group)
        self.warnings: list[RowRefusal] = []
        self._mixed: set[str] = set()
        self.moment: Callable[[str], datetime] = lru_cache(CACHE)(self._moment)
        self.sku: Callable[[str], str] = lru_cache(CACHE)(text.canonical_sku)

    def optional_moment(self, cell: str) -> datetime | None:
        return self.moment(cell) if cell else None

    def optional_day(self, cell: str) -> date | None:
        return times.parse_day(cell, formats=self._layout.dates) if cell else None

    def quantity(self, cell: str) -> int:
        return numbers.parse_quantity(cell, largest=self._layout.largest_quantity)

    def note_mixed(self, sku: str, place: RowRefusal) -> None:
        """Warn once per article number that mixes alphabets which look alike."""
        if not sku.isascii() and sku not in self._mixed and text.mixed_scripts(sku):
            self._mixed.add(sku)
            self.warnings.append(place)

    def _moment(self, cell: str) -> datetime:
        return times.parse_moment(cell, formats=self._layout.dates, zone=self._zone)


C = TypeVar("C", bound=Converters)


class Reader(Generic[C]):
    """Reads the fields of one section; a value that cannot be read is noted, and the next one is tried."""

    def __init__(self, section: Section, columns: Columns, values: C) -> None:
        self.values = values
        self._labels = dict(section.columns)
        self._getters: dict[str, Lookup] = {}
        for name, column in section.columns.items():
            self._getters[name] = columns.lookup(section.file, column)
        for name, constant in section.constants.items():
            self._getters[name] = _constant(constant)
        for name, template in section.templates.items():
            self._getters[name] = _template(template, section.file, columns)

    def fills(self, name: str) -> bool:
        return name in self._getters

    def raw(self, record: Record, name: str) -> str:
        getter = self._getters.get(name)
        return getter(record) if getter else ""

    def take(self, record: Record, name: str, convert: Callable[[str], T], problems: list[RowRefusal]) -> T | None:
        try:
            getter = self._getters.get(name)
            return convert(getter(record) if getter else "")
        except Refusal as refusal:
            problem = RowRefusal(record.file, record.line, self._labels.get(name, name), refusal.message)
            # A row that joins to nothing fails in each joined column for the same reason; it is told once.
            told = any(known.reason == problem.reason and known.row == problem.row for known in problems)
            if not (told and refusal.code == "row.join"):
                problems.append(problem)
            return None


def words(limit: int) -> Callable[[str], str]:
    """Return a converter for one-line text of at most limit characters, which may be empty."""
    return lambda cell: text.one_line(cell, limit=limit) if cell else ""


def code(limit: int, *, needed: bool = False) -> Callable[[str], str]:
    """Return a converter for a code that is compared letter by letter."""

    def convert(cell: str) -> str:
        if needed and not cell:
            raise Refusal("text.empty", _("The value is missing. Fill it in."))
        return text.exact_code(cell, limit=limit) if cell else ""

    return convert


def _constant(value: str) -> Lookup:
    return lambda _record: value


def _template(template: str, file: str, columns: Columns) -> Lookup:
    """Fill {column} places in one pass, so that a value is never read as a place; an empty column empties it all."""
    lookups = {name: columns.lookup(file, name) for name in layouts.placeholders(template)}

    def fill(record: Record) -> str:
        values = {name: lookup(record) for name, lookup in lookups.items()}
        return layouts.filled(template, values) if all(values.values()) else ""

    return fill
