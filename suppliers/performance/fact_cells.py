"""The cells of one row become the fact that they tell of, by the table of its kind."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

from django.utils.translation import gettext as _

from backoffice.kernel import numbers
from backoffice.kernel.errors import Refusal
from backoffice.kernel.tabular.cells import code, words
from backoffice.kernel.tabular.rules import RowRefusal
from backoffice.kernel.tabular.tables import Columns, Record
from backoffice.kernel.text import shown
from suppliers.performance.cells import DeliveryReader
from suppliers.performance.checks import contradictions
from suppliers.performance.noting import FactValues, NotingReader
from suppliers.performance.rules.facts import KEY_LIMIT, FactDraft
from suppliers.performance.rules.imports import FactPreset, Unknown
from suppliers.performance.rules.kinds import DELIVERIES, Column, FactKind, Shape

YES = frozenset(["yes", "y", "true", "1", "tak", "t", "是"])
NO = frozenset(["no", "n", "false", "0", "nie", "否"])
DECIMALS = 4
DECIMAL_DIGITS = 10


class AnyReader(Protocol):
    """What reads the rows of any kind; see NotingReader."""

    names: dict[str, str]
    products: dict[str, str]

    def read(self, record: Record, problems: list[RowRefusal]) -> FactDraft | None: ...
    def unknown(self) -> list[Unknown]: ...
    def mixed_dates(self) -> list[RowRefusal]: ...


def reader_of(kind: FactKind, preset: FactPreset, columns: Columns) -> AnyReader:
    """The reader of a kind, for tables that are written as the preset says."""
    return DeliveryReader(preset, columns) if kind is DELIVERIES else FactReader(kind, preset, columns)


class FactReader(NotingReader[FactValues]):
    """Reads one row of a kind other than deliveries."""

    _corrects = staticmethod(code(KEY_LIMIT))

    def __init__(self, kind: FactKind, preset: FactPreset, columns: Columns) -> None:
        super().__init__(preset.section, preset.unknown, columns, FactValues(preset))
        self._kind = kind
        self._own = [column for column in kind.own if self.fills(column.name)]
        values = self.values
        self._converters: Mapping[Shape, Callable[[str], Any]] = {
            Shape.MOMENT: values.moment,
            Shape.UNITS: values.count,
            Shape.COUNT: values.count_or_none,
            Shape.DECIMAL: partial(values.decimal, decimals=DECIMALS, digits=DECIMAL_DIGITS),
            Shape.CURRENCY: _currency,
            Shape.YES_NO: _yes_no,
        }

    def read(self, record: Record, problems: list[RowRefusal]) -> FactDraft | None:
        """Return the fact of this row, or None with every reason why not in problems."""
        before = len(problems)
        told: dict[str, Any] = {
            "key": self._read_key(record, problems),
            "supplier_code": self._supplier(record, problems),
            "sku": self._sku(record, problems),
            "corrects": self.take(record, "corrects", self._corrects, problems) or "",
        }
        for column in self._own:
            value = self._one(record, column, told.get("currency", ""), problems)
            if value is not None:
                told[column.name] = value
        if len(problems) > before:
            return None
        draft = self._kind.draft(**told)
        for name, reason in contradictions(draft):
            self._note(record, name, reason, problems)
        return draft if len(problems) == before else None

    def _one(self, record: Record, column: Column, currency: str, problems: list[RowRefusal]) -> Any:
        before = len(problems)
        if column.shape is Shape.DAY:
            value: Any = self._day(record, column.name, problems)
        else:
            value = self._known(record, column.name, self._converter(column, currency), problems)
        if value is None and column.needed and len(problems) == before:
            self._note(record, column.name, _("The value is missing. Fill it in."), problems)
        return value

    def _converter(self, column: Column, currency: str) -> Callable[[str], Any]:
        if column.shape is Shape.MONEY:
            # An unknown currency is told in its own column.
            return partial(self._money, currency=currency) if currency else self._converters[Shape.DECIMAL]
        if column.shape is Shape.REFERENCE:
            return code(column.limit)
        if column.shape is Shape.TEXT:
            return words(column.limit)
        if column.shape is Shape.WORD:
            return partial(_word, allowed=column.words)
        return self._converters[column.shape]

    def _money(self, cell: str, *, currency: str) -> Decimal:
        return numbers.parse_money(cell, currency=currency, style=self.values.style)


def _word(cell: str, *, allowed: Sequence[str]) -> str:
    if (word := cell.casefold()) in allowed:
        return word
    raise Refusal(
        "fact.word",
        _("“%(value)s” is not known here. Write one of: %(known)s.")
        % {"value": shown(cell), "known": ", ".join(allowed)},
    )


def _yes_no(cell: str) -> bool:
    word = cell.casefold()
    if word not in YES | NO:
        raise Refusal("fact.yes_no", _("“%(value)s” is neither yes nor no. Write yes or no.") % {"value": shown(cell)})
    return word in YES


def _currency(cell: str) -> str:
    numbers.currency_exponent(cell)
    return cell
