"""What a customer gets: the one rule of an incident, as arithmetic. The same rule in SQL stands in selectors."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from customercare.vouchers.rules import is_exact

HUNDRED: Final = Decimal(100)


class Basis(StrEnum):
    """How the amount comes about."""

    FLAT = "flat"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class ValueRule:
    """A flat amount for every order, or a percentage of the order's total with a cap.

    value: money for FLAT; per cent for PERCENT, so 10 is 10 %. exponent: the currency's decimals. cap: the most that
    one order gets, None for no cap.
    Raises ValueError for a rule that cannot be meant.
    """

    basis: Basis
    value: Decimal
    currency: str
    exponent: int = 2
    cap: Decimal | None = None

    def __post_init__(self) -> None:
        if not self.value.is_finite() or self.value < 0:
            raise ValueError("The value is a number from 0 up.")
        if self.basis is Basis.PERCENT and self.value > HUNDRED:
            raise ValueError("The percentage is at most 100.")
        if self.basis is Basis.FLAT and not is_exact(self.value, self.exponent):
            raise ValueError(f"{self.value} is not an amount in {self.currency}.")
        if self.cap is not None and (not is_exact(self.cap, self.exponent) or self.cap < 0):
            raise ValueError(f"The cap {self.cap} is not an amount in {self.currency}.")


def amount_for(rule: ValueRule, total: Decimal) -> Decimal:
    """The amount for one order of this total (shipping included), in the rule's currency and at its precision.

    Half a smallest unit rounds up, then the cap applies; a total below zero gets nothing.
    """
    smallest = Decimal(1).scaleb(-rule.exponent)
    raw = rule.value if rule.basis is Basis.FLAT else max(total, Decimal(0)) * rule.value / HUNDRED
    rounded = raw.quantize(smallest, rounding=ROUND_HALF_UP)
    return rounded if rule.cap is None else min(rounded, rule.cap)
