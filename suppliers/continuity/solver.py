"""The cheapest split of a shortfall, as an integer programme (SciPy's milp, which runs HiGHS).

For each offer and each price step of it: n, how many multiples are ordered, and y, whether the step is used.

    minimise    Σ (unit price of the step + cost of being late) · multiple · n
    such that   lowest · y ≤ multiple · n ≤ highest · y      one step has one price for all its units
                Σ y ≤ 1 for an offer, Σ y ≤ most_suppliers for a SKU
                Σ multiple · n ≥ shortfall for a SKU
                Σ multiple · n ≤ weekly capacity · weeks, for an item and for a supplier

The step's bounds hold the minimum and the break. Where no plan exists, each class of limits is given slack in turn, and
the least slack is what is minimised.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from suppliers.continuity.rules.split import (
    Limit,
    Need,
    Offer,
    Plan,
    Problem,
    Take,
    cheapest_first,
    first_backup,
    plan_of,
)

TIME_LIMIT = 2.0  # seconds for one programme
_OPTIMAL, _STOPPED = 0, 1


@dataclass(frozen=True, slots=True)
class Solution:
    """plan: the best that was found; where no plan covers everything, the one that leaves the least open.

    proven: nothing cheaper exists. bound: what the relaxation to fractions costs, None where it has no answer.
    slack: for each class of limits the units (or suppliers) by which it alone would have to give way, None where that
    alone does not help. Empty when everything is covered.
    """

    plan: Plan
    proven: bool
    bound: float | None
    slack: dict[Limit, int | None] = field(default_factory=dict)

    @property
    def gap(self) -> float | None:
        """How far the plan lies above the bound, as a share of the plan; None without a bound."""
        total = float(self.plan.total)
        if self.bound is None:
            return None
        return max(0.0, (total - self.bound) / total) if total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class _Step:
    """One price of one offer, from lowest to highest units; both can be ordered."""

    offer: Offer
    lowest: int
    highest: int
    price: float


@dataclass(slots=True)
class _Rows:
    """Constraints under construction: low ≤ row · x ≤ high."""

    width: int
    rows: list[Any] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: dict[int, float], low: float, high: float) -> None:
        row = np.zeros(self.width)
        for place, factor in terms.items():
            row[place] += factor
        self.rows.append(row)
        self.low.append(low)
        self.high.append(high)


@dataclass(slots=True)
class _Model:
    """The columns: a pair (n, y) for each step, then one slack for each limit that may give way."""

    problem: Problem
    soft: frozenset[Limit]
    steps: list[_Step] = field(default_factory=list)
    slacks: list[tuple[Limit, str]] = field(default_factory=list)

    def slack_of(self, limit: Limit, name: str, factor: float) -> dict[int, float]:
        """The term by which a limit gives way, none where it must hold."""
        place = (limit, name)
        return {2 * len(self.steps) + self.slacks.index(place): factor} if place in self.slacks else {}


class OutOfTimeError(Exception):
    """The time limit came before any plan."""


def solve(problem: Problem, *, time_limit: float = TIME_LIMIT) -> Solution:
    """Return the cheapest plan, or what stands in the way of any.

    Where the time limit comes before any plan, the better of the two simple ones is returned, unproven.
    """
    try:
        return _solve(problem, time_limit)
    except OutOfTimeError:
        simple = (cheapest_first(problem), first_backup(problem))
        return Solution(min(simple, key=lambda plan: (sum(plan.uncovered.values()), plan.total)), False, None)


def _solve(problem: Problem, time_limit: float) -> Solution:
    best = _run(problem, frozenset(), time_limit)
    if best is not None:
        takes, proven, _slack = best
        return Solution(plan_of(problem, takes), proven, _relaxed(problem, time_limit))
    slack = {limit: _given(problem, limit, time_limit) for limit in Limit}
    partial = _run(problem, frozenset({Limit.SHORTFALL}), time_limit, most_slack=slack[Limit.SHORTFALL])
    takes, proven = (partial[0], partial[1]) if partial else ([], False)
    return Solution(plan_of(problem, takes), proven, None, slack)


def _given(problem: Problem, limit: Limit, time_limit: float) -> int | None:
    """The least by which one class of limits must give way when all the others hold."""
    found = _run(problem, frozenset({limit}), time_limit, slack_only=True)
    return None if found is None else round(found[2])


def _run(
    problem: Problem,
    soft: frozenset[Limit],
    time_limit: float,
    *,
    slack_only: bool = False,
    most_slack: int | None = None,
) -> tuple[list[Take], bool, float] | None:
    """(takes, proven, slack), or None when there is no plan.

    slack_only: the least slack at any price; otherwise the least price, with at most most_slack of slack.
    """
    model = _model(problem, soft)
    if not model.steps and not model.slacks:
        return ([], True, 0.0) if not problem.needs else None
    found = _milp(model, time_limit, slack_only=slack_only, most_slack=most_slack)
    if found.x is None:
        if found.status == _STOPPED:
            raise OutOfTimeError
        return None
    takes = [
        Take(step.offer, round(found.x[2 * place]) * step.offer.multiple) for place, step in enumerate(model.steps)
    ]
    slack = float(sum(found.x[2 * len(model.steps) :]))
    return [take for take in takes if take.quantity], found.status == _OPTIMAL, slack


def _relaxed(problem: Problem, time_limit: float) -> float | None:
    model = _model(problem, frozenset())
    if not model.steps:
        return 0.0
    found = _milp(model, time_limit, whole=False)
    return float(found.fun) if found.status == _OPTIMAL else None


def _model(problem: Problem, soft: frozenset[Limit]) -> _Model:
    steps = [
        step
        for need in problem.needs
        for offer in problem.offers_of(need.sku)
        for step in _steps(problem, need, offer, unbounded=Limit.ITEM_CAPACITY in soft)
    ]
    names = {
        Limit.ITEM_CAPACITY: [str(offer.key) for offer in problem.offers if offer.capacity is not None],
        Limit.SUPPLIER_CAPACITY: sorted(problem.supplier_capacity),
        Limit.SUPPLIERS_PER_SKU: [need.sku for need in problem.needs],
        Limit.SHORTFALL: [need.sku for need in problem.needs],
    }
    slacks = [(limit, name) for limit in sorted(soft) for name in names[limit]]
    return _Model(problem, soft, steps, slacks)


def _steps(problem: Problem, need: Need, offer: Offer, *, unbounded: bool) -> list[_Step]:
    """The prices of an offer that can be ordered; nobody orders more than covers the need, or reaches the break."""
    starts = [1, *sorted(step.min_quantity for step in offer.breaks)]
    limit = None if unbounded else problem.item_limit(offer)
    found = []
    for place, start in enumerate(starts):
        lowest = _up(max(start, offer.moq), offer.multiple)
        highest = max(lowest, _up(need.quantity, offer.multiple))
        if place + 1 < len(starts):
            highest = min(highest, _down(starts[place + 1] - 1, offer.multiple))
        if limit is not None:
            highest = min(highest, _down(limit, offer.multiple))
        if lowest <= highest:
            price = float(offer.cost(lowest) / lowest + problem.late_cost(offer))
            found.append(_Step(offer, lowest, highest, price))
    return found


def _up(quantity: int, multiple: int) -> int:
    return -(-quantity // multiple) * multiple


def _down(quantity: int, multiple: int) -> int:
    return quantity // multiple * multiple


def _milp(
    model: _Model, time_limit: float, *, whole: bool = True, slack_only: bool = False, most_slack: int | None = None
) -> Any:
    width = 2 * len(model.steps) + len(model.slacks)
    rows = _Rows(width)
    for place, step in enumerate(model.steps):
        units = float(step.offer.multiple)
        rows.add({2 * place: units, 2 * place + 1: -float(step.lowest)}, 0, np.inf)
        rows.add({2 * place: units, 2 * place + 1: -float(step.highest)}, -np.inf, 0)
    _limit_offers(model, rows)
    _limit_suppliers(model, rows)
    _limit_skus(model, rows)
    if most_slack is not None:
        rows.add(dict.fromkeys(range(2 * len(model.steps), width), 1.0), 0, most_slack)
    upper = np.full(width, np.inf)
    upper[1 : 2 * len(model.steps) : 2] = 1
    return milp(
        c=_prices(model, width, slack_only=slack_only),
        constraints=LinearConstraint(np.array(rows.rows), np.array(rows.low), np.array(rows.high)),
        integrality=np.full(width, 1 if whole else 0),
        bounds=Bounds(np.zeros(width), upper),
        options={"time_limit": time_limit, "mip_rel_gap": 0.0},
    )


def _prices(model: _Model, width: int, *, slack_only: bool) -> Any:
    prices = np.zeros(width)
    if slack_only:
        prices[2 * len(model.steps) :] = 1
    else:
        for place, step in enumerate(model.steps):
            prices[2 * place] = step.price * step.offer.multiple
    return prices


def _terms(model: _Model, offers: Collection[int]) -> dict[int, float]:
    """Units of these offers, by their key."""
    return {2 * place: float(step.offer.multiple) for place, step in enumerate(model.steps) if step.offer.key in offers}


def _limit_offers(model: _Model, rows: _Rows) -> None:
    for offer in model.problem.offers:
        used = {2 * place + 1: 1.0 for place, step in enumerate(model.steps) if step.offer.key == offer.key}
        if not used:
            continue
        rows.add(used, 0, 1)
        limit = model.problem.item_limit(offer)
        if limit is not None:
            slack = model.slack_of(Limit.ITEM_CAPACITY, str(offer.key), -1.0)
            rows.add(_terms(model, [offer.key]) | slack, -np.inf, limit)


def _limit_suppliers(model: _Model, rows: _Rows) -> None:
    for supplier in model.problem.supplier_capacity:
        limit = model.problem.supplier_limit(supplier)
        keys = {offer.key for offer in model.problem.offers if offer.supplier == supplier}
        slack = model.slack_of(Limit.SUPPLIER_CAPACITY, supplier, -1.0)
        if limit is not None and (terms := _terms(model, keys)):
            rows.add(terms | slack, -np.inf, limit)


def _limit_skus(model: _Model, rows: _Rows) -> None:
    for need in model.problem.needs:
        keys = {offer.key for offer in model.problem.offers if offer.sku == need.sku}
        rows.add(_terms(model, keys) | model.slack_of(Limit.SHORTFALL, need.sku, 1.0), need.quantity, np.inf)
        used = {2 * place + 1: 1.0 for place, step in enumerate(model.steps) if step.offer.key in keys}
        if used:
            slack = model.slack_of(Limit.SUPPLIERS_PER_SKU, need.sku, -1.0)
            rows.add(used | slack, -np.inf, model.problem.policy.most_suppliers)
