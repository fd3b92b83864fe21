"""switch.split: the shortfall of a supplier that stops, 500 SKUs with six backups each, split over them."""

import statistics
import time
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.optimize import milp

from suppliers.continuity import programme
from suppliers.continuity.rules.split import Problem, breaches
from suppliers.continuity.solver import Solution, solve
from tests.bench.rounds import Figure, tell
from tests.bench.shortfalls import shortfall

SUPPLIERS = 40
SEEDS = range(1, 6)
ALLOWED = 1.0  # per cent


def run(skus: int, backups: int) -> list[Figure]:
    """One round a shortfall. Gaps: to a bound that no plan goes below, and to the relaxation, which no plan reaches."""
    return [tell(one) for one in _figures(skus, backups)]


def _figures(skus: int, backups: int) -> Iterator[Figure]:
    seconds, gaps, relaxed = [], [], []
    for seed in SEEDS:
        asked = shortfall(skus=skus, backups=backups, suppliers=SUPPLIERS, seed=seed)
        began = time.perf_counter()
        found = solve(asked)
        seconds.append(time.perf_counter() - began)
        _check(asked, found)
        gaps.append(100 * (found.gap or 0.0))
        relaxed.append(100 * (1 - _relaxed(asked) / float(found.plan.total)))
    yield _figure("switch.split", "s", seconds)
    yield _figure("switch.split.gap", "% above the bound", gaps, most=ALLOWED)
    yield _figure("switch.split.relaxed", "% above the relaxation", relaxed)


def _figure(name: str, unit: str, values: Sequence[float], most: float | None = None) -> Figure:
    """ratio: how often the largest value fits into what is allowed."""
    ratio = None if most is None else most / max(*values, 1e-9)
    return Figure(name, statistics.median(values), unit, most, ratio, len(values), min(values), max(values), 1.0)


def _check(asked: Problem, found: Solution) -> None:
    if breaches(asked, found.plan) or not found.plan.covers_everything or found.gap is None:
        raise RuntimeError(f"no plan: {breaches(asked, found.plan)}, {found.plan.uncovered}, {found.gap}")


def _relaxed(asked: Problem) -> float:
    """What the programme costs when fractions of multiples could be ordered."""
    made = programme.model(asked, frozenset())
    found = milp(
        programme.prices(made),
        constraints=programme.constraints(made),
        bounds=programme.bounds(made),
        integrality=np.zeros(made.width),
    )
    return float(found.fun)
