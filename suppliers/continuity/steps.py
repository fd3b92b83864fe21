"""The prices of an offer with the quantities at which each can be ordered, in whole multiples."""

from dataclasses import dataclass

from suppliers.continuity.rules.split import Need, Offer, Problem


@dataclass(frozen=True, slots=True)
class Step:
    """One price of one offer, from lowest to highest units; both can be ordered. price: with the cost of being late."""

    offer: Offer
    lowest: int
    highest: int
    price: float

    @property
    def multiple(self) -> int:
        return self.offer.multiple


def steps_of(problem: Problem, need: Need, *, is_unbounded: bool = False) -> list[Step]:
    """The steps of all offers for a SKU. is_unbounded: as if items and suppliers had no limits."""
    return [step for offer in problem.offers_of(need.sku) for step in _of(problem, need, offer, is_unbounded)]


def _of(problem: Problem, need: Need, offer: Offer, is_unbounded: bool) -> list[Step]:
    """Nobody orders more than covers the need, or reaches the break."""
    starts = [1, *sorted(step.min_quantity for step in offer.breaks)]
    limits = () if is_unbounded else (problem.item_limit(offer), problem.supplier_limit(offer.supplier))
    late = problem.late_cost(offer)
    found = []
    for place, start in enumerate(starts):
        lowest = up(max(start, offer.moq), offer.multiple)
        highest = max(lowest, up(need.quantity, offer.multiple))
        if place + 1 < len(starts):
            highest = min(highest, down(starts[place + 1] - 1, offer.multiple))
        highest = min(highest, *(down(limit, offer.multiple) for limit in limits if limit is not None), highest)
        if lowest <= highest:
            found.append(Step(offer, lowest, highest, float(offer.cost(lowest) / lowest + late)))
    return found


def up(quantity: int, multiple: int) -> int:
    """The least number of whole multiples that reaches a quantity."""
    return -(-quantity // multiple) * multiple


def down(quantity: int, multiple: int) -> int:
    """The largest number of whole multiples within a quantity."""
    return quantity // multiple * multiple
