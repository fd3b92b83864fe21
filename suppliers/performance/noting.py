"""What the readers of all facts share: keys, suppliers, products, days, and what their source does not know."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Generic, TypeVar

from django.utils.translation import gettext as _

from backoffice.kernel import numbers, times
from backoffice.kernel.errors import Refusal
from backoffice.kernel.tabular.cells import CACHE, Converters, Reader, code, words
from backoffice.kernel.tabular.rules import Layout, RowRefusal
from backoffice.kernel.tabular.tables import Columns, Record
from backoffice.kernel.text import shown
from suppliers.performance.rules.facts import KEY_LIMIT, LARGEST_COUNT
from suppliers.performance.rules.imports import (
    CODE_LIMIT,
    NAME_LIMIT,
    PRODUCT_NAME_LIMIT,
    REPORTED_UNKNOWN,
    FactPreset,
    Unknown,
    code_of,
    unknown_pattern,
)

T = TypeVar("T")


class FactValues(Converters):
    """The converters of one layout for facts. A day is read with the form it is written in."""

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout)
        self._dates = layout.dates
        self.form: Callable[[str], tuple[date, str]] = lru_cache(CACHE)(self._form)

    def count(self, cell: str) -> int:
        return numbers.parse_quantity(cell, largest=min(self._layout.largest_quantity, LARGEST_COUNT))

    def count_or_none(self, cell: str) -> int:
        return numbers.parse_quantity(cell, smallest=0, largest=min(self._layout.largest_quantity, LARGEST_COUNT))

    def decimal(self, cell: str, *, decimals: int, digits: int) -> Decimal:
        return numbers.parse_decimal(cell, decimals=decimals, style=self.style, digits=digits)

    def _form(self, cell: str) -> tuple[date, str]:
        """Return the day and the form it is written in. Refuses what two forms read as two days."""
        found: dict[date, str] = {}
        for pattern in self._dates:
            try:
                found.setdefault(times.parse_day(cell, formats=[pattern]), pattern)
            except Refusal as refusal:
                if refusal.code != "time.format":
                    raise
        if len(found) > 1:
            raise Refusal(
                "time.ambiguous",
                _("“%(value)s” can be %(days)s. Keep one form in format.dates, or write the date in another.")
                % {"value": shown(cell), "days": ", ".join(day.isoformat() for day in sorted(found))},
            )
        if not found:
            times.parse_day(cell, formats=self._dates)  # refuses with examples of every form
        return next(iter(found.items()))


V = TypeVar("V", bound=FactValues)


class NotingReader(Reader[V], Generic[V]):
    """Reads the parts that every fact has; notes which cells mean "not captured" and in which forms dates come.

    names, products: the suppliers and the products that were read, by code and by SKU -> name.
    """

    _key = staticmethod(code(KEY_LIMIT, needed=True))
    _code = staticmethod(code(CODE_LIMIT))
    _name = staticmethod(words(NAME_LIMIT))
    _product = staticmethod(words(PRODUCT_NAME_LIMIT))

    def __init__(self, preset: FactPreset, columns: Columns, values: V) -> None:
        section = preset.section
        super().__init__(section, columns, values)
        self._key_of = columns.lookup(section.file, section.key)
        self._key_column = section.key
        self._patterns = {
            name: unknown_pattern(texts, any_case=preset.any_case) for name, texts in preset.unknown.items() if texts
        }
        self._unknown: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._first: dict[tuple[str, str], RowRefusal] = {}
        self.names: dict[str, str] = {}
        self.products: dict[str, str] = {}

    def unknown(self) -> list[Unknown]:
        """What the source does not know, by column."""
        return [
            Unknown(name, self._labels.get(name, name), file, len(rows), rows[:REPORTED_UNKNOWN])
            for (name, file), rows in sorted(self._unknown.items())
        ]

    def mixed_dates(self) -> list[RowRefusal]:
        """One warning for each column whose dates come in several forms, at the first row of each rarer one."""
        found = []
        for name, forms in self._forms.items():
            (most, often), *others = forms.most_common()
            for form, rare in others:
                first = self._first[name, form]
                reason = _(
                    "%(rare)d dates of this column are written like %(form)s and %(often)d like %(most)s. "
                    "Check that both are meant."
                )
                named = {"rare": rare, "form": _day(form), "often": often, "most": _day(most)}
                found.append(RowRefusal(first.file, first.row, first.column, reason % named))
        return found

    def _read_key(self, record: Record, problems: list[RowRefusal]) -> str:
        try:
            return self._key(self._key_of(record))
        except Refusal as refusal:
            problems.append(RowRefusal(record.file, record.line, self._key_column, refusal.message))
            return ""

    def _supplier(self, record: Record, problems: list[RowRefusal]) -> str:
        before = len(problems)
        name = self.take(record, "supplier_name", self._name, problems) or ""
        given = self.take(record, "supplier_code", self._code, problems) or ""
        if not (name or given) and len(problems) == before:
            field = "supplier_code" if self.fills("supplier_code") else "supplier_name"
            self._note(record, field, _("The supplier is empty. Fill it in."), problems)
        supplier = given or code_of(name)
        self.names.setdefault(supplier, name or supplier)
        return supplier

    def _sku(self, record: Record, problems: list[RowRefusal]) -> str:
        sku = self.take(record, "sku", lambda cell: self.values.sku(cell) if cell else "", problems) or ""
        name = self.take(record, "product_name", self._product, problems) or ""
        if sku:
            self.products.setdefault(sku, name or sku)
        return sku

    def _noted(self, name: str, record: Record) -> int:
        return len(self._unknown.get((name, record.file), ()))

    def _day(self, record: Record, name: str, problems: list[RowRefusal]) -> date | None:
        found = self._known(record, name, self.values.form, problems)
        if found is None:
            return None
        day, form = found
        if not self._forms[name][form]:
            self._first[name, form] = RowRefusal(record.file, record.line, self._labels.get(name, name), "")
        self._forms[name][form] += 1
        return day

    def _known(self, record: Record, name: str, convert: Callable[[str], T], problems: list[RowRefusal]) -> T | None:
        """Return the value; None for an empty cell, and for a text that means "not captured", which is noted."""
        pattern = self._patterns.get(name)

        def read(cell: str) -> T | None:
            if pattern and pattern.fullmatch(cell):
                self._unknown[name, record.file].append(record.line)
                return None
            return convert(cell) if cell else None

        return self.take(record, name, read, problems)

    def _note(self, record: Record, name: str, reason: str, problems: list[RowRefusal]) -> None:
        problems.append(RowRefusal(record.file, record.line, self._labels.get(name, name), reason))


def _day(form: str) -> str:
    return times.example(form, moment=False)
