"""The verdict over one window: measured, compared, counted in money, and kept so that anybody can count it again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from suppliers.contracts.rules import measuring, penalties
from suppliers.contracts.rules.measuring import Comparison, Metric, Reading, Row
from suppliers.contracts.rules.penalties import Basis, Curve, Penalty
from suppliers.contracts.rules.rows import value_of


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed, as it stands in the contract when a window is judged. exponent: decimals of the currency."""

    metric: Metric
    comparison: Comparison
    target: Decimal
    minimum: int
    early_days: int
    late_days: int
    curve: Curve
    cap: Decimal | None
    currency: str
    clause: str
    exponent: int = 2

    def body(self) -> dict[str, Any]:
        """The terms as plain data."""
        return {
            "metric": self.metric.value,
            "comparison": self.comparison.value,
            "target": text(self.target),
            "minimum": self.minimum,
            "early_days": self.early_days,
            "late_days": self.late_days,
            "curve": self.curve.body(),
            "cap": text(self.cap),
            "currency": self.currency,
            "clause": self.clause,
            "exponent": self.exponent,
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    """stands: the level was missed. goods: the lines the penalty is counted on; unpriced: those without a value."""

    reading: Reading
    stands: bool
    penalty: Penalty
    rows: Sequence[Row]
    goods: Sequence[Row]
    unpriced: int

    def sums(self) -> dict[str, Any]:
        """The penalty step by step, as plain data."""
        found = self.penalty
        return {
            "missed": text(found.missed),
            "rate": text(found.rate),
            "base": text(found.base),
            "full": text(found.full),
            "cap": text(found.cap),
            "amount": text(found.amount),
            "unpriced": self.unpriced,
        }

    def measured(self) -> dict[str, Any]:
        """The measure as plain data."""
        found = self.reading
        return {
            "n": found.n,
            "value": text(found.value),
            "low": text(found.low),
            "high": text(found.high),
            "unknown": found.unknown,
            "is_floor": found.is_floor,
        }


def read(body: Mapping[str, Any]) -> Terms:
    """The terms that `Terms.body` gave."""
    return Terms(
        metric=Metric(body["metric"]),
        comparison=Comparison(body["comparison"]),
        target=Decimal(body["target"]),
        minimum=body["minimum"],
        early_days=body["early_days"],
        late_days=body["late_days"],
        curve=penalties.read(body["curve"]),
        cap=None if body["cap"] is None else Decimal(body["cap"]),
        currency=body["currency"],
        clause=body["clause"],
        exponent=body["exponent"],
    )


def judge(terms: Terms, rows: Sequence[Row], goods: Sequence[Row]) -> Judgement:
    """Measure the rows and count the penalty. goods: lines due in the window, looked at only where the curve asks.

    A line whose value is not known adds nothing to the base: what cannot be shown is not asked for.
    """
    reading = measuring.measure(terms.metric, rows)
    stands = measuring.is_breach(reading, terms.comparison, terms.target, minimum=terms.minimum)
    missed = measuring.missed(reading, terms.comparison, terms.target) if stands else Decimal(0)
    counted = goods if terms.curve.basis is Basis.VALUE else ()
    values = [value_of(row, terms.currency) for row in counted]
    base = sum((value for value in values if value is not None), Decimal(0))
    penalty = penalties.penalty(terms.curve, missed=missed, base=base, cap=terms.cap, exponent=terms.exponent)
    return Judgement(reading, stands, penalty, rows, counted, sum(value is None for value in values))


def digest(terms: Terms, found: Judgement) -> str:
    """What a judgement stands on and comes to, so that the same facts are known as the same."""
    said = [terms.body(), found.measured(), found.sums(), list(found.rows), list(found.goods)]
    return hashlib.sha1(json.dumps(said, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


def text(value: Decimal | None) -> str | None:
    """An amount or a figure as it is stored."""
    return None if value is None else f"{value.normalize():f}"
