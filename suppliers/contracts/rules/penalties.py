"""What a missed service level costs: a curve that is data, the value it is counted on, and a cap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any

MOST_STEPS = 12
LARGEST_RATE = Decimal(1_000_000)
_POINT = Decimal("0.01")


class Basis(StrEnum):
    """What a rate is: per cent of the value of the goods due in the window, or an amount of the contract's currency."""

    VALUE = "value"
    FIXED = "fixed"


class Shape(StrEnum):
    """STEPS: the rate of the highest step that is reached. LINEAR: a rate for each point that is missed."""

    STEPS = "steps"
    LINEAR = "linear"


@dataclass(frozen=True, slots=True)
class Step:
    """From so many missed points on, the rate is this. Points are those of the metric: per cent, days or hours."""

    points: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Curve:
    """steps: rising, for STEPS. per_point: for LINEAR."""

    basis: Basis
    shape: Shape
    steps: tuple[Step, ...] = ()
    per_point: Decimal = Decimal(0)

    def body(self) -> dict[str, Any]:
        """The curve as it is stored; amounts are text, so that none is rounded."""
        data: dict[str, Any] = {"basis": self.basis.value, "shape": self.shape.value}
        if self.shape is Shape.LINEAR:
            return data | {"per_point": str(self.per_point)}
        return data | {"steps": [[str(step.points), str(step.rate)] for step in self.steps]}


@dataclass(frozen=True, slots=True)
class Penalty:
    """How a penalty came to be. missed: points. rate: per cent or amount. base: value of goods, None for FIXED.

    full: before the cap; amount: what is asked for, in the currency's smallest units.
    """

    missed: Decimal
    rate: Decimal
    base: Decimal | None
    full: Decimal
    cap: Decimal | None
    amount: Decimal

    @property
    def is_capped(self) -> bool:
        return self.amount < self.full


def read(body: Mapping[str, Any]) -> Curve:
    """The curve that `Curve.body` stored. ValueError, KeyError or ArithmeticError for what it never stores."""
    basis, shape = Basis(body["basis"]), Shape(body["shape"])
    if shape is Shape.LINEAR:
        return Curve(basis, shape, per_point=Decimal(body["per_point"]))
    return Curve(basis, shape, tuple(Step(Decimal(points), Decimal(rate)) for points, rate in body["steps"]))


def problem(curve: Curve) -> str:
    """Why a curve cannot be used, as a code, "" when it can: "none", "many", "order", "rate" or "percent"."""
    rates = [step.rate for step in curve.steps] if curve.shape is Shape.STEPS else [curve.per_point]
    if not rates:
        return "none"
    if len(rates) > MOST_STEPS:
        return "many"
    if any(not 0 < rate <= LARGEST_RATE for rate in rates):
        return "rate"
    if curve.basis is Basis.VALUE and max(rates) > 100:
        return "percent"
    return "" if _rises(curve.steps) else "order"


def _rises(steps: Sequence[Step]) -> bool:
    """More missed points never cost less: another point and another rate at each step."""
    pairs = pairwise(steps)
    return all(step.points >= 0 for step in steps) and all(
        one.points < two.points and one.rate < two.rate for one, two in pairs
    )


def rate_of(curve: Curve, missed: Decimal) -> Decimal:
    """The rate for so many missed points; 0 where nothing or too little is missed."""
    if missed <= 0:
        return Decimal(0)
    if curve.shape is Shape.LINEAR:
        return curve.per_point * missed
    return next((step.rate for step in reversed(curve.steps) if missed >= step.points), Decimal(0))


def penalty(curve: Curve, *, missed: Decimal, base: Decimal, cap: Decimal | None = None, exponent: int = 2) -> Penalty:
    """The penalty for so many missed points.

    VALUE: base · rate / 100, at most base; FIXED: rate. Rounded half up to the currency's smallest unit (exponent:
    its decimals), then held to the cap of the window. base and cap: amounts, 0 or more.
    """
    rate = rate_of(curve, missed)
    counted = curve.basis is Basis.VALUE
    exact = min(base * rate / 100, base) if counted else rate
    full = exact.quantize(Decimal(1).scaleb(-exponent), ROUND_HALF_UP)
    amount = full if cap is None else min(full, cap)
    return Penalty(missed, rate, base if counted else None, full, cap, amount)


def points(value: Decimal) -> Decimal:
    """A measured value with the two decimals that it is judged and shown with, so that the sums on paper add up."""
    return value.quantize(_POINT, ROUND_HALF_UP)
