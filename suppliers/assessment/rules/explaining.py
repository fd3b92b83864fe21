"""Why a total changed from one revision to the next: the difference, split over the items without a remainder.

A total is Σ uᵢ pᵢ over its items, uᵢ being the share of item i in the total (Σ uᵢ = 1). Between two revisions
Σ (u'ᵢp'ᵢ − uᵢpᵢ) = Σ [ūᵢ·Δpᵢ + (p̄ᵢ − c)·Δuᵢ], with the means ū and p̄ of before and after, for every c, since Σ Δuᵢ = 0.
With c the mean of both totals an item that comes in, goes out, or counts more or less is charged for how far it stands
from the rest, and the split of a change is the negative of the split of the way back. This is the two-way split of
E. M. Kitagawa (1955), "Components of a difference between two rates", JASA 50.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from suppliers.assessment.rules.metrics import Dimension
from suppliers.assessment.rules.scoring import Item, Score


@dataclass(frozen=True, slots=True)
class Charge:
    """What one item adds to the difference, in tenths of a point. was, now: its points, None where it did not count."""

    key: str
    dimension: Dimension
    tenths: int
    was: float | None
    now: float | None


@dataclass(frozen=True, slots=True)
class Share:
    """An item and its share in the total."""

    item: Item
    share: float


def shares(found: Score) -> dict[tuple[str, Dimension], Share]:
    """Return each item with its share in the total; the shares add up to 1."""
    whole = math.fsum(row.weight for row in found.dimensions if row.points is not None and row.weight > 0)
    result: dict[tuple[str, Dimension], Share] = {}
    for row in found.dimensions:
        own = math.fsum(item.weight for item in row.items)
        if row.points is None or row.weight <= 0 or own <= 0:
            continue
        for item in row.items:
            result[item.key, row.dimension] = Share(item, row.weight / whole * item.weight / own)
    return result


def split(before: Score, after: Score) -> list[Charge]:
    """Return what each item adds to after.total − before.total, largest first; the tenths add up to it exactly.

    Empty where one of the two has no total. Items that change nothing are left out.
    """
    if before.total is None or after.total is None:
        return []
    old, new = shares(before), shares(after)
    middle = (before.total + after.total) / 2
    keys = [*old, *(key for key in new if key not in old)]
    parts = [_part(old.get(key), new.get(key), middle) for key in keys]
    tenths = rounded(parts, whole=round(10 * after.total) - round(10 * before.total))
    charges = [
        Charge(key[0], key[1], tenth, _points(old.get(key)), _points(new.get(key)))
        for key, tenth in zip(keys, tenths, strict=True)
        if tenth
    ]
    return sorted(charges, key=lambda charge: (-abs(charge.tenths), charge.key))


def by_dimension(charges: Iterable[Charge]) -> dict[Dimension, int]:
    """Return the tenths of each dimension, largest first."""
    sums: dict[Dimension, int] = {}
    for charge in charges:
        sums[charge.dimension] = sums.get(charge.dimension, 0) + charge.tenths
    return dict(sorted(sums.items(), key=lambda pair: -abs(pair[1])))


def rounded(parts: list[float], *, whole: int) -> list[int]:
    """Return the parts (in points) as tenths that add up to whole, by largest remainder.

    What rounding of the totals themselves left over goes to the largest parts, where it is seen least.
    """
    floors = [math.floor(10 * part) for part in parts]
    left = whole - sum(floors)
    by_remainder = sorted(range(len(parts)), key=lambda place: floors[place] - 10 * parts[place])
    for place in by_remainder[: max(min(left, len(parts)), 0)]:
        floors[place] += 1
        left -= 1
    if left and parts:
        floors[max(range(len(parts)), key=lambda place: abs(parts[place]))] += left
    return floors


def _part(old: Share | None, new: Share | None, middle: float) -> float:
    """The charge of one item in points; an item that was not there, or is not any more, has the same points."""
    was, now = old or new, new or old
    if was is None or now is None:
        return 0.0
    share_was, share_now = (old.share if old else 0.0), (new.share if new else 0.0)
    moved = (share_was + share_now) / 2 * (now.item.points - was.item.points)
    return moved + ((was.item.points + now.item.points) / 2 - middle) * (share_now - share_was)


def _points(found: Share | None) -> float | None:
    return None if found is None else found.item.points
