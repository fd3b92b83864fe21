"""What a supplier asks for a product against the best alternative. Prices are per unit; nothing is converted."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median


@dataclass(frozen=True, slots=True)
class Quote:
    """What one supplier asks for a unit, when `ordered` units are ordered: the wanted quantity, raised to its minimum
    and multiple."""

    supplier_id: int
    name: str
    price: Decimal
    currency: str
    ordered: int


@dataclass(frozen=True, slots=True)
class Compared:
    """One quote beside the cheapest other one in its currency. gap: own/best − 1, so that +0.05 is 5 % dearer; None
    where nobody else sells in that currency. elsewhere: currencies of others that cannot be compared."""

    own: Quote
    best: Quote | None
    gap: Decimal | None
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """middle: the median gap of those that can be compared, None without any. dearer: how many cost more than the best
    alternative. alone: nobody else sells it; foreign: others do, in other currencies only."""

    n: int
    middle: Decimal | None
    dearer: int
    alone: int
    foreign: int

    @property
    def apart(self) -> Decimal | None:
        """How far the median lies from the best alternative, whichever side."""
        return None if self.middle is None else abs(self.middle)


def compare(own: Quote, others: Sequence[Quote]) -> Compared:
    """Put a quote beside the best of the others; of equal ones the first given."""
    same = [other for other in others if other.currency == own.currency]
    elsewhere = tuple(sorted({other.currency for other in others} - {own.currency}))
    if not same:
        return Compared(own, None, None, elsewhere)
    best = min(same, key=lambda other: other.price)
    return Compared(own, best, own.price / best.price - 1, elsewhere)


def summed_up(rows: Sequence[Compared]) -> Summary:
    """Every product counts alike: the median and how many, nothing weighted."""
    gaps = [row.gap for row in rows if row.gap is not None]
    alone = sum(row.gap is None and not row.elsewhere for row in rows)
    return Summary(
        n=len(gaps),
        middle=median(gaps) if gaps else None,
        dearer=sum(gap > 0 for gap in gaps),
        alone=alone,
        foreign=len(rows) - len(gaps) - alone,
    )
