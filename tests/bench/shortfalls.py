"""Shortfalls of a supplier that stops, random but the same for a seed, and alike to what a shop has.

Each SKU misses 20 to 2,000 units, most of them few. Its backups sell it at up to 20 % more or less than one another, in
singles or in cartons of 6 to 50, from a minimum on, some of them cheaper from one or two breaks on; half of them, but
never the first, have a weekly limit for the item. Suppliers share their capacity over all their items: three in five
have one, which is less than what they would sell if every SKU went to its cheapest backup.
"""

import random
from collections import Counter
from decimal import Decimal

from suppliers.catalog.rules import Break
from suppliers.continuity.rules.split import POLICY, Need, Offer, Problem

FIRST = 2
MULTIPLES = (1, 1, 6, 10, 12, 24, 50)


def shortfall(*, skus: int, backups: int, suppliers: int, seed: int, tight: float = 0.8) -> Problem:
    """So many SKUs with so many backups each, out of so many suppliers.

    tight: the shared capacity of a supplier, as a share of what it would get by price alone.
    """
    dice = random.Random(seed)
    needs: list[Need] = []
    offers: list[Offer] = []
    for number in range(skus):
        need = Need(f"SKU-{number:04d}", round(20 * 100 ** (dice.random() ** 1.5)), dice.choice([None, 7, 14, 21, 35]))
        needs.append(need)
        base = 2 * 40 ** dice.random()
        chosen = dice.sample(range(suppliers), backups)
        offers += [
            _offer(dice, len(offers) + place, need, base, f"S-{supplier:03d}", rank=FIRST + place)
            for place, supplier in enumerate(chosen)
        ]
    asked = Problem(tuple(needs), tuple(offers), {})
    wanted: Counter[str] = Counter()
    for need in needs:
        wanted[min(asked.offers_of(need.sku), key=lambda one: one.price).supplier] += need.quantity
    shared = {
        supplier: max(1, round(units * tight / POLICY.weeks))
        for supplier, units in sorted(wanted.items())
        if dice.random() < 0.6
    }
    return Problem(tuple(needs), tuple(offers), shared)


def _offer(dice: random.Random, key: int, need: Need, base: float, supplier: str, *, rank: int) -> Offer:
    price = Decimal(str(round(base * dice.uniform(0.9, 1.1), 2)))
    starts = sorted(
        {max(2, round(need.quantity * dice.uniform(0.2, 1.2))) for _step in range(dice.choice([0, 0, 1, 2]))}
    )
    limit = max(1, round(need.quantity * dice.uniform(0.3, 1.5) / POLICY.weeks))
    return Offer(
        key=key,
        sku=need.sku,
        supplier=supplier,
        price=price,
        lead_days=dice.randint(3, 45),
        breaks=tuple(
            Break(start, (price * (100 - 5 * step) / 100).quantize(Decimal("0.01")))
            for step, start in enumerate(starts, start=1)
        ),
        moq=max(1, round(need.quantity * dice.uniform(0, 0.3))),
        multiple=dice.choice(MULTIPLES),
        capacity=limit if dice.random() < 0.5 and rank > FIRST else None,
        rank=rank,
    )
