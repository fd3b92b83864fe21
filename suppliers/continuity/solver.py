"""The cheapest split of a shortfall over backups: exactly where it is small, close to a proven bound where it is large.

A shortfall of few offers is one integer programme (programme.py). One of many, or one that this leaves unproven, is
split up by SKU (master.py), with a bound that no plan goes below.
"""

from dataclasses import dataclass, field

from suppliers.continuity import master, programme
from suppliers.continuity.programme import Answer, OutOfTimeError
from suppliers.continuity.rules.split import Limit, Plan, Problem, Take, cheapest_first, first_backup, plan_of

TIME_LIMIT = 2.0  # seconds for one programme
LARGE = 2  # times as long for one that is split up
SMALL = 120  # offers
# The limits that can give way on their own; what stays open follows from the plan.
_OTHERS = tuple(limit for limit in Limit if limit is not Limit.SHORTFALL)


@dataclass(frozen=True, slots=True)
class Solution:
    """plan: the best that was found; where no plan covers everything, one that leaves the least open.

    proven: nothing cheaper exists. bound: what every plan costs at least, None where nothing is known of that.
    slack: for each class of limits the units (or suppliers) by which it alone would have to give way, None where that
    alone does not help; a class of which nothing was found in time is missing. Large ones may have been stopped before
    the least was found. Empty when everything is covered.
    """

    plan: Plan
    proven: bool
    bound: float | None
    slack: dict[Limit, int | None] = field(default_factory=dict)

    @property
    def gap(self) -> float | None:
        """How far the plan lies above the bound at most, as a share of the plan; None without a bound."""
        total = float(self.plan.total)
        if self.bound is None:
            return None
        return max(0.0, (total - self.bound) / total) if total > 0 else 0.0


def solve(problem: Problem, *, time_limit: float = TIME_LIMIT) -> Solution:
    """Return the cheapest plan, or what stands in the way of any.

    Where nothing is found in time, the better of the two simple plans is returned, unproven.
    """
    try:
        answer = programme.run(problem, frozenset(), time_limit) if len(problem.offers) <= SMALL else None
        is_impossible = len(problem.offers) <= SMALL and answer is None
    except OutOfTimeError:
        answer, is_impossible = None, False
    if answer is not None and answer.proven:
        return Solution(plan_of(problem, answer.takes), True, answer.bound)
    found = None if is_impossible else _split_up(problem, answer, time_limit)
    if found is not None:
        return found
    return _as_far_as_possible(problem, time_limit)


def _split_up(problem: Problem, answer: Answer | None, time_limit: float) -> Solution | None:
    """The better of the answer so far and of filling SKU by SKU, with the higher of their bounds."""
    split = master.fill(problem, time_limit=LARGE * time_limit)
    plans = [plan_of(problem, one.takes) for one in (answer, split) if one is not None]
    if not plans:
        return None
    bounds = [one.bound for one in (answer, split) if one is not None and one.bound is not None]
    return Solution(min(plans, key=lambda plan: plan.total), False, max(bounds, default=None))


def _as_far_as_possible(problem: Problem, time_limit: float) -> Solution:
    """The plan that leaves the least open, and what would have to give way for all of it."""
    takes, proven = _least_open(problem, time_limit)
    plans = [cheapest_first(problem), first_backup(problem), *([] if takes is None else [plan_of(problem, takes)])]
    plan = min(plans, key=lambda one: (sum(one.uncovered.values()), one.total))
    if plan.covers_everything:
        return Solution(plan, proven, None)
    slack: dict[Limit, int | None] = {Limit.SHORTFALL: sum(plan.uncovered.values())}
    for limit in _OTHERS:
        if given := _given(problem, limit, time_limit):
            slack[limit] = given[0]
    return Solution(plan, proven, None, {limit: slack[limit] for limit in Limit if limit in slack})


def _least_open(problem: Problem, time_limit: float) -> tuple[list[Take] | None, bool]:
    """The orders of such a plan, None where none was found in time, and whether nothing better exists."""
    soft = frozenset({Limit.SHORTFALL})
    try:
        if len(problem.offers) <= SMALL and (least := programme.run(problem, soft, time_limit, slack_only=True)):
            best = programme.run(problem, soft, time_limit, most_slack=least.slack)
            if best is not None:
                return best.takes, least.proven and best.proven
    except OutOfTimeError:
        pass
    found = master.fill_most(problem, time_limit=LARGE * time_limit)
    return None if found is None else found.takes, False


def _given(problem: Problem, limit: Limit, time_limit: float) -> tuple[int | None] | None:
    """The least by which one class of limits must give way when all the others hold; None where time ran out."""
    try:
        found = programme.run(problem, frozenset({limit}), time_limit, slack_only=True)
    except OutOfTimeError:
        return None
    return (None if found is None else found.slack,)
