"""One cell of a delivery becomes one value, or is noted as one that its source does not know."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from django.utils.translation import gettext as _

from backoffice.kernel import numbers, times
from backoffice.kernel.errors import Refusal
from backoffice.kernel.tabular.cells import CACHE, Converters, Reader, code, words
from backoffice.kernel.tabular.rules import RowRefusal
from backoffice.kernel.tabular.tables import Columns, Record
from backoffice.kernel.text import shown
from suppliers.performance.rules.facts import KEY_LIMIT, LARGEST_COUNT, REF_LIMIT, DeliveryDraft
from suppliers.performance.rules.imports import (
    CODE_LIMIT,
    NAME_LIMIT,
    PRODUCT_NAME_LIMIT,
    REPORTED_UNKNOWN,
    DeliveryPreset,
    Unknown,
    code_of,
    unknown_pattern,
)
from suppliers.performance.rules.lines import Outcome

T = TypeVar("T")
WEIGHT_DECIMALS = 3
WEIGHT_DIGITS = 9


class DeliveryValues(Converters):
    """The converters of one preset for deliveries, and what they met: unknown values, forms of dates."""

    def __init__(self, preset: DeliveryPreset) -> None:
        super().__init__(preset)
        self._dates = preset.dates
        self.form: Callable[[str], tuple[date, str]] = lru_cache(CACHE)(self._form)

    def count(self, cell: str) -> int:
        return numbers.parse_quantity(cell, largest=min(self._layout.largest_quantity, LARGEST_COUNT))

    def count_or_none(self, cell: str) -> int:
        return numbers.parse_quantity(cell, smallest=0, largest=min(self._layout.largest_quantity, LARGEST_COUNT))

    def weight(self, cell: str) -> Decimal:
        return numbers.parse_decimal(cell, decimals=WEIGHT_DECIMALS, style=self.style, digits=WEIGHT_DIGITS)

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


class DeliveryReader(Reader[DeliveryValues]):
    """Reads one row; notes which cells the source marks as unknown and in which forms dates come."""

    _key = staticmethod(code(KEY_LIMIT, needed=True))
    _code = staticmethod(code(CODE_LIMIT))
    _corrects = staticmethod(code(KEY_LIMIT))
    _reference = staticmethod(code(REF_LIMIT))
    _name = staticmethod(words(NAME_LIMIT))
    _product = staticmethod(words(PRODUCT_NAME_LIMIT))

    def __init__(self, preset: DeliveryPreset, columns: Columns, values: DeliveryValues) -> None:
        super().__init__(preset.delivery, columns, values)
        self._key_of = columns.lookup(preset.delivery.file, preset.delivery.key)
        self._key_column = preset.delivery.key
        self._patterns = {name: unknown_pattern(texts) for name, texts in preset.unknown.items() if texts}
        self._unknown: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._first: dict[tuple[str, str], RowRefusal] = {}
        self.names: dict[str, str] = {}
        self.products: dict[str, str] = {}

    def read(self, record: Record, problems: list[RowRefusal]) -> DeliveryDraft | None:
        """Return the delivery of this row, or None with every reason why not in problems."""
        before = len(problems)
        key = self._read_key(record, problems)
        supplier = self._supplier(record, problems)
        sku = self._sku(record, problems)
        references = [
            self.take(record, name, convert, problems) or ""
            for name, convert in (
                ("corrects", self._corrects),
                ("order_ref", self._reference),
                ("line_ref", self._reference),
            )
        ]
        quoted, ordered, acknowledged, promised, revised = [
            self._day(record, name, problems)
            for name in ("quoted_on", "ordered_on", "acknowledged_on", "promised_on", "revised_on")
        ]
        outcome, delivered_on = self._outcome(record, problems)
        wanted = self._known(record, "quantity_ordered", self.values.count, problems)
        came = self._known(record, "quantity_delivered", self.values.count_or_none, problems)
        changes = self._known(record, "promise_changes", self.values.count_or_none, problems)
        weight = self._known(record, "weight_kg", self.values.weight, problems)
        if came and outcome is Outcome.OPEN:
            self._note(
                record, "quantity_delivered", _("Something was delivered, and the day is empty. Fill it in."), problems
            )
        if len(problems) > before:
            return None
        return DeliveryDraft(
            key=key,
            supplier_code=supplier,
            sku=sku,
            corrects=references[0],
            order_ref=references[1],
            line_ref=references[2],
            outcome=outcome,
            quoted_on=quoted,
            ordered_on=ordered,
            acknowledged_on=acknowledged,
            promised_on=promised,
            revised_on=revised,
            delivered_on=delivered_on,
            quantity_ordered=wanted,
            quantity_delivered=None if outcome is Outcome.OPEN else came,
            promise_changes=changes,
            weight_kg=weight,
        )

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
                named = {"rare": rare, "form": times.example(form), "often": often, "most": times.example(most)}
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

    def _outcome(self, record: Record, problems: list[RowRefusal]) -> tuple[Outcome, date | None]:
        """What came of the row: a day, nothing yet (an empty cell), or not known (also where the cell is refused)."""
        before = len(problems), self._noted("delivered_on", record)
        day = self._day(record, "delivered_on", problems)
        if day:
            return Outcome.DELIVERED, day
        is_open = before == (len(problems), self._noted("delivered_on", record))
        return (Outcome.OPEN if is_open else Outcome.UNKNOWN), None

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
