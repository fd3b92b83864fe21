"""What a judgement says, in the words of the active language: its terms, its measure, its sums line by line, its rows.

Pages and evidence packs say the same because both are made of these.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.kernel import formats
from suppliers.contracts import words
from suppliers.contracts.models import BreachRevision
from suppliers.contracts.rules import judging
from suppliers.contracts.rules.judging import Terms
from suppliers.contracts.rules.measuring import SOURCES, Metric, Row, Source
from suppliers.contracts.rules.penalties import Basis, Curve, Shape
from suppliers.contracts.rules.rows import value_of

Cell = Callable[[Row], str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of rows. is_figure: it stands to the right."""

    label: str
    cell: Cell
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as text, each cell beside its column."""

    columns: Sequence[Column]
    rows: list[list[str]]

    @property
    def cells(self) -> list[list[tuple[Column, str]]]:
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


def terms_of(revision: BreachRevision) -> Terms:
    return judging.read(revision.terms)


def without_money(terms: Terms) -> Terms:
    """The same promise for readers who do not see what we pay: no column of values."""
    return replace(terms, curve=Curve(Basis.FIXED, Shape.LINEAR))


def agreed(terms: Terms) -> list[tuple[str, str]]:
    """What the contract says, as (label, words)."""
    found = [
        (_("Clause"), terms.clause),
        (_("Agreed"), f"{words.METRICS[terms.metric.value]}: {words.target(terms)}"),
        (_("Counts as on time"), words.tolerance(terms.early_days, terms.late_days) if _is_otif(terms) else ""),
        (_("Penalty"), "; ".join(words.curve(terms))),
        (_("Limit"), words.cap(terms)),
    ]
    return [(label, said) for label, said in found if said]


def measured(revision: BreachRevision) -> list[tuple[str, str]]:
    """What came out, as (label, words)."""
    terms, reading = terms_of(revision), revision.reading
    value = words.figure(terms.metric, _amount(reading["value"]))
    if reading["is_floor"]:
        value = _("{figure} or more").format(figure=value)
    found = [(_("Measured"), value), (_("Counted"), formats.number(reading["n"]))]
    if reading["unknown"]:
        found.append((_("Not known, not counted"), formats.number(reading["unknown"])))
    return found


def interval(revision: BreachRevision) -> tuple[str, str]:
    """Between which figures the true value lies, as (label, words)."""
    metric, reading = terms_of(revision).metric, revision.reading
    ends = (words.figure(metric, _amount(reading["low"])), words.figure(metric, _amount(reading["high"])))
    return _("Interval of 95 %"), " – ".join(ends)


def sums(revision: BreachRevision) -> list[tuple[str, str]]:
    """The penalty line by line, as (label, words); the last line is what is asked for."""
    terms, found = terms_of(revision), revision.sums
    money = _money(terms.currency)
    missed, rate = Decimal(found["missed"]), Decimal(found["rate"])
    lines = [
        (_("Target"), words.target(terms)),
        (_("Missed by"), words.points(terms.metric, missed)),
        (_("Rate for that"), words.rate(terms, rate)),
    ]
    if terms.curve.basis is Basis.VALUE:
        lines.append((_("Value of the goods due"), money(found["base"])))
        if found["unpriced"]:
            lines.append((_("Lines without a known value, counted as nothing"), formats.number(found["unpriced"])))
        lines.append((_("Rate of that value"), money(found["full"])))
    if found["full"] != found["amount"]:
        lines.append((_("Limit of one window"), money(found["cap"])))
    return [*lines, (_("Penalty"), money(found["amount"]))]


def table(terms: Terms, rows: Sequence[Row]) -> Table:
    """The rows that were measured."""
    return _table(_COLUMNS[SOURCES[terms.metric]](terms), rows)


def goods_table(terms: Terms, rows: Sequence[Row]) -> Table:
    """The lines that a penalty is counted on, where something else is measured."""
    return _table(_deliveries(terms), rows)


def _table(columns: Sequence[Column], rows: Sequence[Row]) -> Table:
    return Table(columns, [[column.cell(row) for column in columns] for row in rows])


def _deliveries(terms: Terms) -> list[Column]:
    found = [
        Column(_("Order"), lambda row: row["order"] or row["line"]),
        Column(_("Article"), _text("sku")),
        Column(_("Promised"), _day("promised")),
        Column(_("Complete"), lambda row: _("open") if row["open"] else _day("whole_on")(row)),
        Column(_("Quantity ordered"), _count("quantity"), is_figure=True),
    ]
    if SOURCES[terms.metric] is Source.DELIVERIES:
        found.append(
            Column(_("In full"), _yes("in_full"))
            if _is_otif(terms)
            else Column(_("Days late"), _wait("days_late"), is_figure=True)
        )
    if terms.curve.basis is Basis.VALUE:
        money = _money(terms.currency)
        found.append(Column(_("Value"), lambda row: money(value_of(row, terms.currency)), is_figure=True))
    return found


def _acks(_terms: Terms) -> list[Column]:
    return [
        Column(_("Order"), _text("order")),
        Column(_("Asked"), _text("asked")),
        Column(_("Confirmed"), lambda row: _("open") if row["open"] else row["answered"]),
        Column(_("Hours"), _wait("hours"), is_figure=True),
    ]


def _lots(_terms: Terms) -> list[Column]:
    return [
        Column(_("Lot"), _text("lot")),
        Column(_("Order"), _text("order")),
        Column(_("Article"), _text("sku")),
        Column(_("Inspected"), _day("observed")),
        Column(_("Checked"), _count("checked"), is_figure=True),
        Column(_("Defective"), _count("defective"), is_figure=True),
        Column(_("Lot rejected"), _yes("rejected")),
    ]


def _invoices(_terms: Terms) -> list[Column]:
    return [
        Column(_("Invoice"), _text("invoice")),
        Column(_("Order"), _text("order")),
        Column(_("Invoiced"), _day("invoiced")),
        Column(_("Amount"), lambda row: formats.money(row["amount"], row["currency"]), is_figure=True),
        Column(_("Matches"), _yes("matched")),
    ]


_COLUMNS: dict[Source, Callable[[Terms], list[Column]]] = {
    Source.DELIVERIES: _deliveries,
    Source.ACKS: _acks,
    Source.LOTS: _lots,
    Source.INVOICES: _invoices,
}


def _is_otif(terms: Terms) -> bool:
    return terms.metric is Metric.OTIF


def _money(currency: str) -> Callable[[Any], str]:
    return lambda value: formats.money(value, currency)


def _amount(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _text(key: str) -> Cell:
    return lambda row: row[key] or formats.EMPTY


def _day(key: str) -> Cell:
    return lambda row: formats.day(date.fromisoformat(row[key])) if row[key] else formats.EMPTY


def _count(key: str) -> Cell:
    return lambda row: formats.number(row[key])


def _wait(key: str) -> Cell:
    """A wait; one that goes on is that long or longer."""
    return lambda row: f"≥ {formats.number(row[key])}" if row["open"] else formats.number(row[key])


def _yes(key: str) -> Cell:
    return lambda row: {True: _("yes"), False: _("no"), None: _("not known")}[row[key]]
