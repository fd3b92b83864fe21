"""The split of a shortfall as one integer programme (SciPy's milp, which runs HiGHS): exact where there are few offers.

For each offer and each price step of it: n, how many multiples are ordered, and y, whether the step is used.

    minimise    Σ (unit price of the step + cost of being late) · multiple · n
    such that   lowest · y ≤ multiple · n ≤ highest · y      one step has one price for all its units
                Σ y ≤ 1 for an offer, Σ y ≤ most_suppliers for a SKU
                Σ multiple · n ≥ shortfall for a SKU
                Σ multiple · n ≤ weekly capacity · weeks, for an item and for a supplier

The step's bounds hold the minimum and the break. To say what stands in the way of a plan, a class of limits is given
slack, and the least slack is what is minimised.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from suppliers.continuity.rules.split import Limit, Problem, Take
from suppliers.continuity.steps import Step, steps_of

_OPTIMAL, _STOPPED = 0, 1
_UNBOUNDED = frozenset({Limit.ITEM_CAPACITY, Limit.SUPPLIER_CAPACITY})


class OutOfTimeError(Exception):
    """The time limit came before any plan."""


@dataclass(frozen=True, slots=True)
class Answer:
    """takes, proven: nothing cheaper exists; bound: what every plan costs at least; slack: units (or suppliers)."""

    takes: list[Take]
    proven: bool
    bound: float
    slack: int


@dataclass(slots=True)
class _Rows:
    """Constraints under construction: low ≤ row · x ≤ high."""

    row: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    factor: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: Iterable[tuple[int, float]], low: float, high: float) -> None:
        for place, factor in terms:
            self.row.append(len(self.low))
            self.column.append(place)
            self.factor.append(factor)
        self.low.append(low)
        self.high.append(high)

    def constraint(self, width: int) -> LinearConstraint:
        shape = (len(self.low), width)
        return LinearConstraint(csr_array((self.factor, (self.row, self.column)), shape=shape), self.low, self.high)


@dataclass(frozen=True, slots=True)
class Model:
    """The columns: a pair (n, y) for each step, then one slack for each limit that may give way."""

    problem: Problem
    steps: Sequence[Step]
    slacks: dict[tuple[Limit, str], int]

    @property
    def width(self) -> int:
        return 2 * len(self.steps) + len(self.slacks)

    def slack_of(self, limit: Limit, name: str, factor: float) -> list[tuple[int, float]]:
        """The term by which a limit gives way, none where it must hold."""
        place = self.slacks.get((limit, name))
        return [] if place is None else [(place, factor)]


def run(
    problem: Problem,
    soft: frozenset[Limit],
    time_limit: float,
    *,
    slack_only: bool = False,
    most_slack: int | None = None,
) -> Answer | None:
    """None when there is no plan. soft: the limits that may give way.

    slack_only: the least slack at any price; otherwise the least price, with at most most_slack of slack.
    """
    made = model(problem, soft)
    if not made.width:
        return None if problem.needs else Answer([], True, 0.0, 0)
    found = _milp(made, time_limit, slack_only=slack_only, most_slack=most_slack)
    if found.x is None:
        if found.status == _STOPPED:
            raise OutOfTimeError
        return None
    takes = [
        Take(step.offer, quantity)
        for place, step in enumerate(made.steps)
        if (quantity := round(found.x[2 * place]) * step.multiple)
    ]
    slack = round(float(sum(found.x[2 * len(made.steps) :])))
    bound = found.fun if found.mip_dual_bound is None else found.mip_dual_bound
    return Answer(takes, found.status == _OPTIMAL, float(bound), slack)


def model(problem: Problem, soft: frozenset[Limit]) -> Model:
    """The columns of a problem."""
    unbounded = bool(_UNBOUNDED & soft)
    steps = [step for need in problem.needs for step in steps_of(problem, need, is_unbounded=unbounded)]
    names = {
        Limit.ITEM_CAPACITY: [str(offer.key) for offer in problem.offers if offer.capacity is not None],
        Limit.SUPPLIER_CAPACITY: sorted(problem.supplier_capacity),
        Limit.SUPPLIERS_PER_SKU: [need.sku for need in problem.needs],
        Limit.SHORTFALL: [need.sku for need in problem.needs],
    }
    soft_ones = [(limit, name) for limit in sorted(soft) for name in names[limit]]
    return Model(problem, steps, {one: 2 * len(steps) + place for place, one in enumerate(soft_ones)})


def constraints(made: Model, most_slack: int | None = None) -> LinearConstraint:
    """All rows of a model."""
    rows = _Rows()
    for place, step in enumerate(made.steps):
        units = float(step.multiple)
        rows.add([(2 * place, units), (2 * place + 1, -float(step.lowest))], 0, np.inf)
        rows.add([(2 * place, units), (2 * place + 1, -float(step.highest))], -np.inf, 0)
    _limit_offers(made, rows)
    _limit_suppliers(made, rows)
    _limit_skus(made, rows)
    if most_slack is not None:
        rows.add([(place, 1.0) for place in made.slacks.values()], 0, most_slack)
    return rows.constraint(made.width)


def prices(made: Model) -> Any:
    """What one multiple of each step costs; slack costs nothing."""
    found = np.zeros(made.width)
    found[0 : 2 * len(made.steps) : 2] = [step.price * step.multiple for step in made.steps]
    return found


def bounds(made: Model) -> Bounds:
    """No column is negative, and a step is used once at most."""
    upper = np.full(made.width, np.inf)
    upper[1 : 2 * len(made.steps) : 2] = 1
    return Bounds(np.zeros(made.width), upper)


def _milp(made: Model, time_limit: float, *, slack_only: bool, most_slack: int | None, whole: bool = True) -> Any:
    slack_prices = np.zeros(made.width)
    slack_prices[2 * len(made.steps) :] = 1
    return milp(
        c=slack_prices if slack_only else prices(made),
        constraints=constraints(made, most_slack),
        integrality=np.full(made.width, 1 if whole else 0),
        bounds=bounds(made),
        options={"time_limit": time_limit, "mip_rel_gap": 0.0},
    )


def _places(made: Model, key: str) -> dict[Any, list[int]]:
    """The places of steps by this field of their offer."""
    found: defaultdict[Any, list[int]] = defaultdict(list)
    for place, step in enumerate(made.steps):
        found[getattr(step.offer, key)].append(place)
    return found


def _units(made: Model, places: Iterable[int]) -> list[tuple[int, float]]:
    return [(2 * place, float(made.steps[place].multiple)) for place in places]


def _used(places: Iterable[int]) -> list[tuple[int, float]]:
    return [(2 * place + 1, 1.0) for place in places]


def _limit_offers(made: Model, rows: _Rows) -> None:
    for key, places in _places(made, "key").items():
        rows.add(_used(places), 0, 1)
        limit = made.problem.item_limit(made.steps[places[0]].offer)
        if limit is not None:
            slack = made.slack_of(Limit.ITEM_CAPACITY, str(key), -1.0)
            rows.add(_units(made, places) + slack, -np.inf, limit)


def _limit_suppliers(made: Model, rows: _Rows) -> None:
    for supplier, places in _places(made, "supplier").items():
        limit = made.problem.supplier_limit(supplier)
        if limit is not None:
            slack = made.slack_of(Limit.SUPPLIER_CAPACITY, supplier, -1.0)
            rows.add(_units(made, places) + slack, -np.inf, limit)


def _limit_skus(made: Model, rows: _Rows) -> None:
    by_sku = _places(made, "sku")
    for need in made.problem.needs:
        places = by_sku.get(need.sku, [])
        covering = _units(made, places) + made.slack_of(Limit.SHORTFALL, need.sku, 1.0)
        rows.add(covering, need.quantity, np.inf)
        if places:
            slack = made.slack_of(Limit.SUPPLIERS_PER_SKU, need.sku, -1.0)
            rows.add(_used(places) + slack, -np.inf, made.problem.policy.most_suppliers)
