"""What is bought where: prices by quantity, and how many can be ordered at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

LONGEST_LEAD_DAYS = 730
LARGEST_QUANTITY = 999_999
MOST_BREAKS = 5


class ItemState(StrEnum):
    """Whether the item can be ordered now, not at the moment, or no more. Only active ones have a rank."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Break:
    """From so many units on, each costs so much."""

    min_quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """A product as one supplier sells it. Quantities are units; price is per unit, in currency, without tax.

    order_multiple: orders come in whole multiples of it; itself a whole number of packs.
    """

    price: Decimal
    currency: str
    supplier_sku: str = ""
    moq: int = 1
    pack_size: int = 1
    order_multiple: int = 1
    lead_time_days: int = 0
    capacity_per_week: int | None = None
    state: str = ItemState.ACTIVE
    breaks: tuple[Break, ...] = ()


def unit_price(*, base: Decimal, breaks: Sequence[Break], quantity: int) -> Decimal:
    """What one unit costs when so many are ordered: the price of the largest break that is not above the quantity."""
    reached = [step for step in breaks if step.min_quantity <= quantity]
    return max(reached, key=lambda step: step.min_quantity).price if reached else base


def order_quantity(*, wanted: int, moq: int, multiple: int) -> int:
    """The least quantity that can be ordered and covers what is wanted: the minimum, rounded up to the multiple.

    Nothing wanted is nothing ordered.
    """
    if wanted <= 0:
        return 0
    least = max(wanted, moq)
    return -(-least // multiple) * multiple


def breaks_out_of_step(*, base: Decimal, breaks: Sequence[Break]) -> int | None:
    """The place of the first break that is not larger in number and lower in price than the one before, else None."""
    quantity, price = 1, base
    for place, step in enumerate(breaks):
        if step.min_quantity <= quantity or step.price >= price:
            return place
        quantity, price = step.min_quantity, step.price
    return None
