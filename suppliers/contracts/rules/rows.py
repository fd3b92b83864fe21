"""From facts to the rows that a window is judged by: what belongs to the window, as it stood on the day of judging.

Days in rows are text (2026-11-23), amounts too, so that rows are the same when they come back from storage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from suppliers.contracts.rules.measuring import SOURCES, Metric, Row, Source
from suppliers.contracts.rules.windows import Span
from suppliers.performance.rules.lines import Outcome, Part, Window, line_of


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """One ordered line: its facts, their parts in the same order, and what a unit costs in the price list now."""

    order: str
    line: str
    sku: str
    facts: tuple[int, ...]
    parts: tuple[Part, ...]
    price: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One order to confirm. Both moments are on the clocks of the shop."""

    fact: int
    order: str
    asked_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lot:
    fact: int
    lot: str
    order: str
    sku: str
    observed_on: date
    checked: int | None
    defective: int | None
    rejected: bool | None


@dataclass(frozen=True, slots=True)
class Billed:
    fact: int
    invoice: str
    order: str
    invoiced_on: date
    amount: Decimal
    currency: str
    matched: bool | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one supplier, as far as it was asked for."""

    lines: list[OrderedLine] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    billed: list[Billed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows: of a window, as they stood at the end of as_of, with a tolerance around first promises."""

    span: Span
    as_of: date
    early_days: int = 0
    late_days: int = 0


def rows_of(metric: Metric, facts: Facts, scope: Scope) -> list[Row]:
    """The rows that a metric is measured on, in an order that does not depend on how facts were read."""
    source = SOURCES[metric]
    if source is Source.DELIVERIES:
        return delivery_rows(facts.lines, scope)
    if source is Source.ACKS:
        return _ack_rows(facts.asked, scope)
    return _lot_rows(facts.lots, scope) if source is Source.LOTS else _invoice_rows(facts.billed, scope)


def delivery_rows(lines: Sequence[OrderedLine], scope: Scope) -> list[Row]:
    """Lines whose first promise is in the window and, with the tolerance, over."""
    found = []
    for line in lines:
        row = _delivery_row(line, scope)
        if row is not None:
            found.append(row)
    return sorted(found, key=lambda row: (row["promised"], row["order"], row["line"], row["facts"]))


def _delivery_row(line: OrderedLine, scope: Scope) -> dict[str, Any] | None:
    window = Window(scope.early_days, scope.late_days)
    known = line_of(line.parts, window=window, as_of=scope.as_of)
    promised = known.promised_on
    if promised is None or promised not in scope.span or promised + timedelta(days=scope.late_days) >= scope.as_of:
        return None
    if known.ordered_on and known.ordered_on > scope.as_of:
        return None
    is_open = known.outcome is Outcome.OPEN
    until = known.whole_on or (scope.as_of if is_open else None)
    return {
        "facts": list(line.facts),
        "order": line.order,
        "line": line.line,
        "sku": line.sku,
        "promised": promised.isoformat(),
        "whole_on": known.whole_on.isoformat() if known.whole_on else None,
        "quantity": _ordered(line),
        "came": [
            [part.delivered_on.isoformat(), part.quantity_delivered]
            for part in line.parts
            if part.delivered_on and part.delivered_on <= scope.as_of
        ],
        "in_full": known.in_full,
        "days_late": (until - promised).days if until else None,
        "open": is_open,
        "price": None if line.price is None else f"{line.price.normalize():f}",
        "currency": line.currency,
    }


def _ordered(line: OrderedLine) -> int | None:
    return max((part.quantity_ordered for part in line.parts if part.quantity_ordered is not None), default=None)


def with_prices(rows: Sequence[Row], earlier: Sequence[Row]) -> list[Row]:
    """The rows, with the prices that an earlier judgement of the same lines was counted with.

    A price list changes; what a window is worth does not.
    """
    known = {_name(row): row for row in earlier if row.get("price") is not None}
    return [
        {**row, "price": known[_name(row)]["price"], "currency": known[_name(row)]["currency"]}
        if "price" in row and _name(row) in known
        else row
        for row in rows
    ]


def _name(row: Row) -> tuple[str, str, str]:
    return row["order"], row["line"], row["sku"]


def value_of(row: Row, currency: str) -> Decimal | None:
    """What the goods of a line are worth, None where quantity or price in that currency is not known."""
    if row["price"] is None or row["quantity"] is None or row["currency"] != currency:
        return None
    return Decimal(row["price"]) * int(row["quantity"])


def _ack_rows(asked: Sequence[Asked], scope: Scope) -> list[Row]:
    found: list[Row] = []
    for one in asked:
        on, heard = one.asked_at.date(), one.answered_at
        if heard is not None and heard.date() > scope.as_of:
            heard = None
        # What was asked on the day itself may still be answered, so that silence says nothing yet.
        if on not in scope.span or (heard is None and on >= scope.as_of):
            continue
        end = heard or datetime.combine(scope.as_of + timedelta(days=1), time.min, one.asked_at.tzinfo)
        row: Mapping[str, Any] = {
            "facts": [one.fact],
            "order": one.order,
            "asked": f"{one.asked_at:%Y-%m-%d %H:%M %Z}",
            "answered": f"{heard:%Y-%m-%d %H:%M %Z}" if heard else None,
            "hours": int((end - one.asked_at).total_seconds() // 3600),
            "open": heard is None,
        }
        found.append(row)
    return sorted(found, key=lambda row: (row["asked"], row["order"], row["facts"]))


def _lot_rows(lots: Sequence[Lot], scope: Scope) -> list[Row]:
    found: list[Row] = [
        {
            "facts": [one.fact],
            "lot": one.lot,
            "order": one.order,
            "sku": one.sku,
            "observed": one.observed_on.isoformat(),
            "checked": one.checked,
            "defective": one.defective,
            "rejected": one.rejected,
        }
        for one in lots
        if one.observed_on in scope.span and one.observed_on <= scope.as_of
    ]
    return sorted(found, key=lambda row: (row["observed"], row["lot"], row["facts"]))


def _invoice_rows(billed: Sequence[Billed], scope: Scope) -> list[Row]:
    found: list[Row] = [
        {
            "facts": [one.fact],
            "invoice": one.invoice,
            "order": one.order,
            "invoiced": one.invoiced_on.isoformat(),
            "amount": f"{one.amount.normalize():f}",
            "currency": one.currency,
            "matched": one.matched,
        }
        for one in billed
        if one.invoiced_on in scope.span and one.invoiced_on <= scope.as_of
    ]
    return sorted(found, key=lambda row: (row["invoiced"], row["invoice"], row["facts"]))
