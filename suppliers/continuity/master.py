"""Large shortfalls: SKUs are filled one by one, at prices for the shared capacity of suppliers (SciPy's HiGHS).

SKUs have nothing in common but that capacity. With a price λ ≥ 0 on each of its units every SKU can take its cheapest
way alone, and for whatever prices

    Σ over SKUs of the cheapest (cost + λ · units)  −  λ · capacity

is not more than any plan costs: G. B. Dantzig and P. Wolfe (1960), "Decomposition principle for linear programs",
Operations Research 8. The programme over ways (one for each SKU, capacity held) gives the prices, the prices give the
ways that are still missing, until none is. That bound knows of multiples, minimums, breaks and the number of suppliers,
which the relaxation to fractions forgets. A plan follows from the programme over the best ways in whole numbers.
"""

from dataclasses import dataclass
from time import monotonic
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, hstack, vstack

from suppliers.continuity.columns import NOBODY, TOGETHER, Columns, columns
from suppliers.continuity.rules.split import Problem, Take

ROUNDS = 80
# Ways that go into the programme in whole numbers: few are quick, more where few make no plan.
PORTIONS = (4_000, 8_000, 30_000, 120_000)
CLOSE = 1e-6
WHOLE_GAP = 1e-3
LEAST_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Found:
    """takes: the best plan found. bound: what every plan costs at least, None where more than two may fill a SKU."""

    takes: list[Take]
    bound: float | None


@dataclass(frozen=True, slots=True)
class _Prices:
    """λ by row of capacity, the bound that follows, and what each way costs with λ above the cheapest of its SKU."""

    shadow: Any
    bound: float
    above: Any


@dataclass(frozen=True, slots=True)
class _Master:
    """usage: units of each way by row of capacity. cost: what is minimised. starts: the first way of each SKU."""

    ways: Columns
    usage: Any
    capacity: Any
    cost: Any
    starts: Any

    @property
    def skus(self) -> int:
        return len(self.starts)

    def at_prices(self, shadow: Any) -> _Prices:
        reduced = self.cost + self.usage.T @ shadow
        least = np.minimum.reduceat(reduced, self.starts)
        return _Prices(shadow, float(least.sum() - shadow @ self.capacity), reduced - least[self.ways.need])


def fill(problem: Problem, *, time_limit: float) -> Found | None:
    """Return a plan that covers everything with its bound, or None where none was found."""
    until = monotonic() + time_limit
    ways = columns(problem)
    if len(np.unique(ways.need)) < len(problem.needs):
        return None
    master = _master(problem, ways, ways.cost)
    prices = _prices_of(master, until)
    chosen = None if prices is None else _whole(master, prices, until)
    if prices is None or chosen is None:
        return None
    return Found(_takes(ways.at(chosen)), prices.bound if problem.policy.most_suppliers <= TOGETHER else None)


def fill_most(problem: Problem, *, time_limit: float) -> Found | None:
    """The same where not everything can be covered: first as few units open as can be, then the cheapest such plan."""
    ways = columns(problem, partial=True)
    until = monotonic() + time_limit
    master = _master(problem, ways, ways.uncovered.astype(float))
    prices = _prices_of(master, until)
    least = None if prices is None else _whole(master, prices, until)
    if least is None:
        return None
    left = int(ways.at(least).uncovered.sum())
    master = _master(problem, ways, ways.cost, most_uncovered=left)
    prices = _prices_of(master, until + time_limit)
    chosen = None if prices is None else _whole(master, prices, until + time_limit, also=least)
    return Found(_takes(ways.at(least if chosen is None else chosen)), None)


def _master(problem: Problem, ways: Columns, cost: Any, most_uncovered: int | None = None) -> _Master:
    rows = {supplier: row for row, supplier in enumerate(sorted(problem.supplier_capacity))}
    capacity = [float(problem.supplier_limit(supplier) or 0) for supplier in rows]
    usage = _usage(ways, rows)
    if most_uncovered is not None:
        usage = vstack([usage, csr_array(ways.uncovered[np.newaxis].astype(float))], format="csr")
        capacity.append(float(most_uncovered))
    starts = np.flatnonzero(np.diff(ways.need, prepend=-1))
    return _Master(ways, usage, np.array(capacity), cost, starts)


def _usage(ways: Columns, rows: dict[str, int]) -> Any:
    """Units by row of capacity and way; suppliers without a limit have no row."""
    row_of = np.array([*(rows.get(step.offer.supplier, NOBODY) for step in ways.steps), NOBODY])
    places = np.arange(len(ways))
    row = np.concatenate([row_of[ways.first], row_of[ways.second]])
    units = np.concatenate([ways.units_first, ways.units_second]).astype(float)
    shared = row != NOBODY
    return csr_array((units[shared], (row[shared], np.tile(places, 2)[shared])), shape=(len(rows), len(ways)))


def _prices_of(master: _Master, until: float) -> _Prices | None:
    """The best prices found by adding the ways that are missing; None where capacity cannot do at all."""
    best = master.at_prices(np.zeros(len(master.capacity)))
    kept = _cheapest(master, best.above)
    # What a unit beyond capacity costs: more than any way could save by it.
    beyond = 10 * float(master.cost.max(initial=1.0))
    over = 0.0
    for _round in range(ROUNDS):
        shadow, over = _relaxed(master, kept, beyond)
        found = master.at_prices(shadow)
        best = max(best, found, key=lambda one: one.bound)
        missing = np.setdiff1d(_cheapest(master, found.above), kept)
        if not len(missing) or monotonic() > until:
            break
        kept = np.union1d(kept, missing)
    return None if over > CLOSE * max(1.0, float(master.capacity.sum())) else best


def _cheapest(master: _Master, above: Any) -> Any:
    """The place of one cheapest way of each SKU."""
    zero = np.flatnonzero(above <= 0)
    return zero[np.unique(master.ways.need[zero], return_index=True)[1]]


def _relaxed(master: _Master, kept: Any, beyond: float) -> tuple[Any, float]:
    """The shadow prices of capacity with these ways in fractions, and the units beyond capacity that are left."""
    rows, skus = len(master.capacity), master.skus
    spare = csr_array((np.full(rows, -1.0), (np.arange(rows), np.arange(rows))), shape=(rows, rows))
    one_each = csr_array((np.ones(len(kept)), (master.ways.need[kept], np.arange(len(kept)))), shape=(skus, len(kept)))
    found = linprog(
        np.concatenate([master.cost[kept], np.full(rows, beyond)]),
        A_ub=hstack([master.usage[:, kept], spare], format="csr") if rows else None,
        b_ub=master.capacity if rows else None,
        A_eq=hstack([one_each, csr_array((skus, rows))], format="csr"),
        b_eq=np.ones(skus),
        method="highs",
    )
    shadow = -found.ineqlin.marginals if rows else np.zeros(0)
    return np.maximum(shadow, 0.0), float(found.x[len(kept) :].sum())


def _whole(master: _Master, prices: _Prices, until: float, *, also: Any = ()) -> Any | None:
    """The places of the ways of the best plan that was found; None where there is none, or none in time.

    also: places that are looked at in any case, as the ways that use the least of any capacity are.
    """
    order = np.lexsort((master.ways.cost, prices.above))
    places = _places_in_sku(master, order)
    also = np.union1d(np.asarray(also, dtype=np.int64), _sparing(master))
    for portion in PORTIONS:
        some_of_each = np.flatnonzero(places < portion // 2 // master.skus)
        near = np.union1d(np.union1d(order[: portion // 2], some_of_each), also)
        chosen = _chosen(master, near, until)
        if chosen is not None or portion >= len(order) or monotonic() > until:
            return chosen
    return None


def _places_in_sku(master: _Master, order: Any) -> Any:
    """For each way its place, from 0, among the ways of its SKU in this order."""
    by_sku = order[np.argsort(master.ways.need[order], kind="stable")]
    places = np.empty(len(order), dtype=np.int64)
    places[by_sku] = np.arange(len(order)) - master.starts[master.ways.need[by_sku]]
    return places


def _sparing(master: _Master) -> Any:
    """The place of the way of each SKU that uses the least capacity, however dear."""
    used = np.asarray(master.usage.sum(axis=0)).ravel()
    least = np.minimum.reduceat(used, master.starts)
    return _cheapest(master, used - least[master.ways.need])


def _chosen(master: _Master, near: Any, until: float) -> Any | None:
    width = len(near)
    one_each = csr_array((np.ones(width), (master.ways.need[near], np.arange(width))), shape=(master.skus, width))
    capacity = [LinearConstraint(master.usage[:, near], -np.inf, master.capacity)] if len(master.capacity) else []
    found = milp(
        master.cost[near],
        constraints=[LinearConstraint(one_each, 1, 1), *capacity],
        integrality=np.ones(width),
        bounds=Bounds(0, 1),
        options={"time_limit": max(until - monotonic(), LEAST_SECONDS), "mip_rel_gap": WHOLE_GAP},
    )
    return None if found.x is None else near[found.x > 0.5]


def _takes(ways: Columns) -> list[Take]:
    pairs = [*zip(ways.first, ways.units_first, strict=True), *zip(ways.second, ways.units_second, strict=True)]
    return [Take(ways.steps[place].offer, int(units)) for place, units in pairs if place != NOBODY and units]
