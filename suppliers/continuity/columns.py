"""Every way to fill one SKU that can be part of a cheapest plan, as columns of numbers.

A way takes one offer, or two, each at one price step. Let the second bring as little as it may: then the first one's
quantity decides. Quantities run over multiples, so that what two bring too much repeats after a period: the second's
multiple, divided by what both multiples share. Ways of one remainder lie on a line, along which cost and units are
linear, whatever is added to the price of a supplier's units. So the two ends of each line are enough to find the least
of any such prices; `every` gives all of the line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import gcd
from typing import Any

import numpy as np

from suppliers.continuity.rules.split import Need, Problem
from suppliers.continuity.steps import Step, down, steps_of, up

NOBODY = -1
# So many offers at most make a way.
TOGETHER = 2
_Ways = list[tuple[int, int, Any, Any]]


@dataclass(frozen=True, slots=True)
class Columns:
    """Ways, those of one SKU side by side. need: place of the SKU; first, second: places of steps, NOBODY for none.

    units_first, units_second, uncovered: units. cost: of the units and of being late, without what stays uncovered.
    """

    steps: Sequence[Step]
    need: Any
    first: Any
    second: Any
    units_first: Any
    units_second: Any
    cost: Any
    uncovered: Any

    def __len__(self) -> int:
        return len(self.need)

    def at(self, places: Any) -> "Columns":
        """Those at these places."""
        parts = (self.need, self.first, self.second, self.units_first, self.units_second, self.cost, self.uncovered)
        return Columns(self.steps, *(part[places] for part in parts))


def columns(problem: Problem, *, partial: bool = False, every: bool = False) -> Columns:
    """The ways of all SKUs. partial: also those that leave units uncovered. every: all of each line, not its ends."""
    steps: list[Step] = []
    parts: list[tuple[int, int, int, Any, Any]] = []
    for place, need in enumerate(problem.needs):
        own = range(len(steps), len(steps) + len(found := steps_of(problem, need)))
        steps += found
        ways = _ways(need, steps, own, most=problem.policy.most_suppliers, partial=partial, every=every)
        parts += [(place, *way) for way in ways]
    return _joined(problem, steps, parts)


def _joined(problem: Problem, steps: list[Step], parts: list[tuple[int, int, int, Any, Any]]) -> Columns:
    lengths = [len(part[3]) for part in parts]
    need, first, second = (np.repeat(np.array([part[n] for part in parts], dtype=np.int64), lengths) for n in range(3))
    units_first, units_second = (np.concatenate([part[n] for part in parts]) if parts else need for n in (3, 4))
    prices = np.array([*(step.price for step in steps), 0.0])
    wanted = np.array([one.quantity for one in problem.needs], dtype=np.int64)
    cost = prices[first] * units_first + prices[second] * units_second
    uncovered = np.maximum(wanted[need] - units_first - units_second, 0)
    return Columns(steps, need, first, second, units_first, units_second, cost, uncovered)


def _ways(need: Need, steps: Sequence[Step], own: Sequence[int], *, most: int, partial: bool, every: bool) -> _Ways:
    nothing = np.zeros(1, dtype=np.int64)
    ways: _Ways = [(NOBODY, NOBODY, nothing, nothing)] if partial else []
    for place in own:
        units = np.array(list(_alone(need.quantity, steps[place], partial=partial)), dtype=np.int64)
        ways.append((place, NOBODY, units, np.zeros_like(units)))
    for one, other in combinations(own, 2) if most > 1 else ():
        # The period is shortest where the first has the larger multiple.
        first, second = sorted((one, other), key=lambda place: -steps[place].multiple)
        if steps[first].offer.key == steps[second].offer.key:
            continue
        ways += [(first, second, *_covering(need.quantity, steps[first], steps[second], every=every))]
        if partial:
            ways += [(first, second, *_leaving(need.quantity, steps[first], steps[second], every=every))]
    return ways


def _alone(wanted: int, step: Step, *, partial: bool) -> Iterator[int]:
    if (enough := max(step.lowest, up(wanted, step.multiple))) <= step.highest:
        yield enough
    if partial and step.lowest < wanted:
        yield from {step.lowest, min(step.highest, down(wanted - 1, step.multiple))}


def _covering(wanted: int, first: Step, second: Step, *, every: bool) -> tuple[Any, Any]:
    """Units of both that cover what is wanted, the second as few as it may."""
    least = max(first.lowest, up(wanted - second.highest, first.multiple))
    most = min(first.highest, max(first.lowest, up(wanted - second.lowest, first.multiple)))
    units = _line(least, most, first, second, every=every)
    return units, np.maximum(second.lowest, -(-(wanted - units) // second.multiple) * second.multiple)


def _leaving(wanted: int, first: Step, second: Step, *, every: bool) -> tuple[Any, Any]:
    """Units of both that leave something uncovered: as little as can be left, or the least that both sell."""
    most = min(first.highest, down(wanted - 1 - second.lowest, first.multiple))
    units = _line(first.lowest, most, first, second, every=every)
    rest = np.minimum(second.highest, (wanted - 1 - units) // second.multiple * second.multiple)
    return np.concatenate([units, units]), np.concatenate([rest, np.full_like(units, second.lowest)])


def _line(least: int, most: int, first: Step, second: Step, *, every: bool) -> Any:
    """The first one's quantities from least to most: all of them, or the ends of each remainder's line."""
    units = np.arange(least, most + 1, first.multiple, dtype=np.int64)
    period = second.multiple // gcd(first.multiple, second.multiple)
    if every or len(units) <= 2 * period + 2:
        return units
    return np.concatenate([units[: period + 1], units[-period - 1 :]])
