"""The cells of one row become the fact that they tell of, by the table of its kind."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Protocol, TypeVar

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
D_co = TypeVar("D_co", covariant=True)


class AnyReader(Protocol[D_co]):
    """What reads the rows of any kind; see NotingReader."""

    names: dict[str, str]
    products: dict[str, str]

    def read(self, record: Record, problems: list[RowRefusal]) -> D_co | None: ...
    def unknown(self) -> list[Unknown]: ...
    def mixed_dates(self) -> list[RowRefusal]: ...


def reader_of(kind: FactKind, preset: FactPreset, columns: Columns) -> AnyReader[FactDraft]:
    """The reader of a kind, for tables that are written as the preset says."""
    return DeliveryReader(preset, columns) if kind is DELIVERIES else FactReader(kind, preset, columns)


class TableReader(NotingReader[FactValues]):
    """Reads the cells of one row by a table of columns."""

    def __init__(self, own: Sequence[Column], preset: FactPreset, columns: Columns) -> None:
        super().__init__(preset, columns, FactValues(preset))
        values = self.values
        self._converters: Mapping[Shape, Callable[[str], Any]] = {
            Shape.MOMENT: values.moment,
            Shape.UNITS: values.count,
            Shape.COUNT: values.count_or_none,
            Shape.DECIMAL: partial(values.decimal, decimals=DECIMALS, digits=DECIMAL_DIGITS),
            Shape.CURRENCY: _currency,
            Shape.YES_NO: _yes_no,
        }
        self._own = [(column, self._converter(column)) for column in own if self.fills(column.name)]

    def _told(self, record: Record, problems: list[RowRefusal]) -> dict[str, Any]:
        """Return the supplier, the product and what the columns say, without what is not captured."""
        told: dict[str, Any] = {
            "supplier_code": self._supplier(record, problems),
            "sku": self._sku(record, problems),
        }
        for column, convert in self._own:
            if column.shape is Shape.MONEY and (currency := told.get("currency")):
                convert = partial(self._money, currency=currency)  # noqa: PLW2901 - told by another cell of this row
            value = self._one(record, column, convert, problems)
            if value is not None:
                told[column.name] = value
        return told

    def _one(self, record: Record, column: Column, convert: Callable[[str], Any], problems: list[RowRefusal]) -> Any:
        before = len(problems)
        if column.shape is Shape.DAY:
            value: Any = self._day(record, column.name, problems)
        else:
            value = self._known(record, column.name, convert, problems)
        if value is None and column.needed and len(problems) == before:
            self._note(record, column.name, _("The value is missing. Fill it in."), problems)
        return value

    def _converter(self, column: Column) -> Callable[[str], Any]:
        if column.shape is Shape.REFERENCE:
            return code(column.limit)
        if column.shape is Shape.TEXT:
            return words(column.limit)
        if column.shape is Shape.WORD:
            return partial(_word, allowed=column.words)
        # An unknown currency is told in its own column; the amounts beside it are read as plain numbers.
        return self._converters.get(column.shape, self._converters[Shape.DECIMAL])

    def _money(self, cell: str, *, currency: str) -> Decimal:
        return numbers.parse_money(cell, currency=currency, style=self.values.style)


class FactReader(TableReader):
    """Reads one row of a kind other than deliveries."""

    _corrects = staticmethod(code(KEY_LIMIT))

    def __init__(self, kind: FactKind, preset: FactPreset, columns: Columns) -> None:
        super().__init__(kind.own, preset, columns)
        self._kind = kind

    def read(self, record: Record, problems: list[RowRefusal]) -> FactDraft | None:
        """Return the fact of this row, or None with every reason why not in problems."""
        before = len(problems)
        key = self._read_key(record, problems)
        corrects = self.take(record, "corrects", self._corrects, problems) or ""
        told = self._told(record, problems)
        if len(problems) > before:
            return None
        draft = self._kind.draft(key=key, corrects=corrects, **told)
        for name, reason in contradictions(draft):
            self._note(record, name, reason, problems)
        return draft if len(problems) == before else None


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
