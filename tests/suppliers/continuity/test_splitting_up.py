"""Large shortfalls, filled SKU by SKU: against the exact programme, against every way there is, and against a bound."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from suppliers.continuity import columns, master, programme, solver
from suppliers.continuity.rules.split import Limit, Plan, Policy, Problem, breaches, cheapest_first, plan_of
from suppliers.continuity.solver import solve
from tests.bench.shortfalls import shortfall
from tests.suppliers.continuity.test_solver import SLOW, offer, problem, problems, taken

SECONDS = 20.0


def exact(asked: Problem) -> Plan | None:
    """The cheapest plan by the one programme, which tests of its own hold against every plan there is."""
    answer = programme.run(asked, frozenset(), SECONDS)
    return None if answer is None else plan_of(asked, answer.takes)


def filled(asked: Problem) -> tuple[Plan, float] | None:
    found = master.fill(asked, time_limit=SECONDS)
    return None if found is None else (plan_of(asked, found.takes), found.bound or 0.0)


pairs = problems().map(lambda asked: replace(asked, policy=Policy(most_suppliers=min(asked.policy.most_suppliers, 2))))


class TestWhateverTheNumbers:
    @SLOW
    @given(pairs)
    def test_its_plans_keep_every_rule_and_its_bound_lies_below_every_plan(self, asked: Problem) -> None:
        found, best = filled(asked), exact(asked)
        assume(found is not None)
        assert found is not None
        plan, bound = found
        assert best is not None
        assert breaches(asked, plan) == set()
        assert plan.covers_everything
        assert best.total <= plan.total
        assert bound <= float(best.total) * (1 + 1e-6) + 1e-6

    @SLOW
    @given(pairs)
    def test_without_shared_capacity_it_is_the_cheapest_and_finds_a_plan_where_there_is_one(
        self, asked: Problem
    ) -> None:
        alone = replace(asked, supplier_capacity={})
        found, best = filled(alone), exact(alone)
        assert (found is None) == (best is None)
        if found is not None and best is not None:
            assert float(found[0].total) == pytest.approx(float(best.total), rel=1e-3)
            assert found[1] == pytest.approx(float(best.total), rel=1e-6)

    @SLOW
    @given(pairs, st.lists(st.floats(0, 30), min_size=4, max_size=4))
    def test_the_ends_of_lines_hold_the_least_of_any_prices(self, asked: Problem, shadow: list[float]) -> None:
        """Whatever a unit of each supplier costs on top, nothing between the ends is cheaper."""
        top = dict(zip("BCDE", shadow, strict=True))
        ends, every = (_least(columns.columns(asked, every=whole), top) for whole in (False, True))
        assert ends.keys() == every.keys()
        for need, least in every.items():
            assert ends[need] == pytest.approx(least)

    @SLOW
    @given(problems())
    def test_where_not_everything_can_be_covered_it_keeps_every_rule_and_leaves_no_more_than_simple_ways(
        self, asked: Problem
    ) -> None:
        found = master.fill_most(asked, time_limit=SECONDS)
        assert found is not None
        plan, least = plan_of(asked, found.takes), programme.run(asked, _SHORTFALL, SECONDS, slack_only=True)
        assert breaches(asked, plan) == set()
        assert least is not None
        assert sum(plan.uncovered.values()) >= least.slack
        if asked.policy.most_suppliers <= 2 and not asked.supplier_capacity:
            assert sum(plan.uncovered.values()) == least.slack


_SHORTFALL = frozenset({Limit.SHORTFALL})


def _least(ways: columns.Columns, top: dict[str, float]) -> dict[int, float]:
    added = np.array([*(top[step.offer.supplier] for step in ways.steps), 0.0])
    cost = ways.cost + added[ways.first] * ways.units_first + added[ways.second] * ways.units_second
    return {int(need): float(cost[ways.need == need].min()) for need in np.unique(ways.need)}


class TestLarge:
    @pytest.mark.parametrize("seed", [1, 3])
    def test_sixty_skus_with_three_backups_come_within_one_per_cent_of_the_bound(self, seed: int) -> None:
        asked = shortfall(skus=60, backups=3, suppliers=12, seed=seed, tight=1.0)
        found = solve(asked)
        assert breaches(asked, found.plan) == set()
        assert found.plan.covers_everything
        assert found.gap is not None
        assert found.gap <= 0.01

    def test_the_classes_that_stand_in_the_way_are_named(self) -> None:
        asked = shortfall(skus=60, backups=3, suppliers=12, seed=1, tight=0.3)
        found = solve(asked)
        assert breaches(asked, found.plan) == set()
        left = sum(found.plan.uncovered.values())
        assert found.slack[Limit.SHORTFALL] == left
        assert 0 < left < sum(cheapest_first(asked).uncovered.values())
        assert (found.slack[Limit.SUPPLIER_CAPACITY] or 0) > 0
        assert found.bound is None

    def test_a_sku_that_nobody_sells_leaves_the_others_covered(self) -> None:
        asked = shortfall(skus=60, backups=3, suppliers=12, seed=1, tight=1.0)
        gone = asked.needs[7]
        found = solve(replace(asked, offers=tuple(one for one in asked.offers if one.sku != gone.sku)))
        assert found.plan.uncovered == {gone.sku: gone.quantity}
        assert found.slack == {Limit.SHORTFALL: gone.quantity} | dict.fromkeys(solver._OTHERS)

    def test_where_more_than_two_may_share_a_sku_no_bound_is_claimed(self) -> None:
        """Ways are of two; three suppliers may be cheaper, so that the bound of ways is none of plans."""
        asked = problem(
            *[offer(n, f"S{n}", str(8 + n), capacity=15) for n in range(3)], policy=Policy(most_suppliers=3)
        )
        found = master.fill(asked, time_limit=SECONDS)
        assert found is not None
        assert found.bound is None
        assert taken(plan_of(asked, found.takes)) == {0: 60, 1: 40}


def test_twin_with_ends_alone_of_half_a_period_something_cheaper_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cartons of 12 and of 5: what both bring too much repeats after five cartons of the first, not after two."""
    asked = problem(offer(1, "B", "9.00", multiple=12), offer(2, "C", "9.05", multiple=5), quantity=598)
    best = exact(asked)
    assert best is not None
    found = filled(asked)
    assert found is not None
    assert found[0].total == best.total

    def short(least: int, most: int, first: Any, second: Any, *, every: bool) -> Any:
        units = np.arange(least, most + 1, first.multiple)
        return np.unique(np.concatenate([units[:1], units[-1:]]))

    monkeypatch.setattr(columns, "_line", short)
    missed = filled(asked)
    assert missed is not None
    assert missed[0].total > best.total
