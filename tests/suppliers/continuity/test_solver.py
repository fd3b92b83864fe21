"""The split of a shortfall: worked by hand, against every plan there is, and against simpler ways."""

from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suppliers.catalog.rules import Break
from suppliers.continuity import master, programme, solver
from suppliers.continuity.rules.split import (
    Breach,
    Limit,
    Need,
    Offer,
    Plan,
    Policy,
    Problem,
    Take,
    breaches,
    cheapest_first,
    first_backup,
    plan_of,
)
from suppliers.continuity.solver import solve

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def offer(key: int = 1, supplier: str = "B", price: str = "10", **fields: Any) -> Offer:
    given: dict[str, Any] = {"sku": "MUG", "price": Decimal(price), "lead_days": 5}
    return Offer(key=key, supplier=supplier, **given | fields)


def problem(*offers: Offer, quantity: int = 100, days_left: int | None = 10, **fields: Any) -> Problem:
    needs = fields.pop("needs", (Need("MUG", quantity, days_left),))
    return Problem(**{"needs": needs, "offers": offers, "supplier_capacity": {}} | fields)


def taken(plan: Plan) -> dict[int, int]:
    return {take.offer.key: take.quantity for take in plan.takes}


class TestByHand:
    def test_one_backup_gets_all_of_it_in_whole_multiples(self) -> None:
        found = solve(problem(offer(multiple=24)))
        assert taken(found.plan) == {1: 120}
        assert (found.plan.cost, found.proven) == (1200, True)

    def test_the_cheaper_is_filled_and_the_rest_goes_to_the_dearer(self) -> None:
        found = solve(problem(offer(1, "B", "8", capacity=15), offer(2, "C", "10")))
        assert taken(found.plan) == {1: 60, 2: 40}
        assert found.plan.cost == 880

    def test_a_break_that_is_reached_holds_for_every_unit_so_more_can_cost_less(self) -> None:
        """90 at 10 are 900; 100 at 8 are 800."""
        found = solve(problem(offer(breaks=(Break(100, Decimal(8)),)), quantity=90))
        assert taken(found.plan) == {1: 100}
        assert found.plan.cost == 800

    def test_a_minimum_keeps_small_rests_from_being_split_off(self) -> None:
        """B has 96 of 100, C sells 50 at least: 50 of each at 50·8 + 50·10 beats 96·8 + 50·10."""
        found = solve(problem(offer(1, "B", "8", capacity=24), offer(2, "C", "10", moq=50)))
        assert taken(found.plan) == {1: 50, 2: 50}

    def test_late_units_cost_and_can_turn_the_choice(self) -> None:
        """Ten days late at 2 % of 8 a day are 1.60 a unit: 9.60 is more than 9.50."""
        late, quick = offer(1, "B", "8", lead_days=20), offer(2, "C", "9.50")
        assert taken(solve(problem(late, quick)).plan) == {2: 100}
        assert taken(solve(problem(late, quick, days_left=20)).plan) == {1: 100}
        assert taken(solve(problem(late, quick, days_left=None)).plan) == {1: 100}
        assert plan_of(problem(late, quick), [Take(late, 100)]).penalty == 160

    def test_a_supplier_shares_its_capacity_over_its_items(self) -> None:
        mug, cup = offer(1, "B", "8"), offer(2, "B", "8", sku="CUP")
        other = offer(3, "C", "20", sku="CUP")
        needs = (Need("MUG", 100), Need("CUP", 100))
        found = solve(problem(mug, cup, other, needs=needs, supplier_capacity={"B": 30}))
        assert taken(found.plan) == {1: 100, 2: 20, 3: 80}

    def test_no_more_suppliers_for_a_sku_than_the_policy_allows(self) -> None:
        many = [offer(n, f"S{n}", str(8 + n), capacity=10) for n in range(1, 5)]
        assert solve(problem(*many)).plan.uncovered == {"MUG": 20}
        assert taken(solve(problem(*many, policy=Policy(most_suppliers=3))).plan) == {1: 40, 2: 40, 3: 20}

    def test_nothing_missing_is_nothing_ordered(self) -> None:
        found = solve(problem(needs=()))
        assert (found.plan.takes, found.plan.total, found.gap) == ((), 0, 0)


class TestWithoutAPlan:
    def test_the_classes_that_stand_in_the_way_are_named_with_their_slack(self) -> None:
        """B can do 40 and C 20 in four weeks: 40 are open, and more suppliers would not help."""
        found = solve(problem(offer(1, "B", "8", capacity=10), offer(2, "C", "10", capacity=5)))
        assert found.plan.uncovered == {"MUG": 40}
        assert taken(found.plan) == {1: 40, 2: 20}
        assert found.slack == {
            Limit.ITEM_CAPACITY: 40, Limit.SUPPLIER_CAPACITY: None, Limit.SUPPLIERS_PER_SKU: None, Limit.SHORTFALL: 40,
        }  # fmt: skip
        assert found.gap is None

    def test_one_more_supplier_would_do(self) -> None:
        three = [offer(n, f"S{n}", "8", capacity=10) for n in range(3)]
        found = solve(problem(*three))
        assert found.slack[Limit.SUPPLIERS_PER_SKU] == 1
        assert found.slack[Limit.SHORTFALL] == 20

    def test_a_supplier_that_has_too_little_for_all(self) -> None:
        found = solve(problem(offer(), supplier_capacity={"B": 20}))
        assert found.slack[Limit.SUPPLIER_CAPACITY] == 20
        assert found.slack[Limit.ITEM_CAPACITY] is None

    def test_without_any_offer_all_of_it_stays_open(self) -> None:
        found = solve(problem())
        assert found.plan.uncovered == {"MUG": 100}
        assert found.slack[Limit.SHORTFALL] == 100


class TestSimplerWays:
    def test_cheapest_first_cannot_see_the_minimum_coming(self) -> None:
        """It takes 96 of B, and the 4 that are left cost 50 of C."""
        asked = problem(offer(1, "B", "8", capacity=24), offer(2, "C", "10", moq=50))
        assert taken(cheapest_first(asked)) == {1: 96, 2: 50}

    def test_the_first_backup_alone_is_the_first_in_rank(self) -> None:
        asked = problem(offer(1, "B", "12", rank=2, capacity=10), offer(2, "C", "8", rank=3))
        plan = first_backup(asked)
        assert taken(plan) == {1: 40}
        assert plan.uncovered == {"MUG": 60}

    @pytest.mark.parametrize(
        ("take", "breach"),
        [
            (Take(offer(moq=50), 40), Breach.MINIMUM),
            (Take(offer(multiple=12), 40), Breach.MULTIPLE),
            (Take(offer(capacity=9), 40), Breach.ITEM_CAPACITY),
            (Take(offer(supplier="TIGHT"), 40), Breach.SUPPLIER_CAPACITY),
        ],
    )
    def test_the_judge_of_plans_sees_what_is_wrong(self, take: Take, breach: Breach) -> None:
        asked = problem(take.offer, supplier_capacity={"TIGHT": 9})
        assert breaches(asked, plan_of(asked, [take])) == {breach}

    def test_the_judge_counts_suppliers_and_knows_the_offers(self) -> None:
        three = [offer(n, f"S{n}") for n in range(3)]
        asked = problem(*three[:2])
        plan = plan_of(asked, [Take(one, 40) for one in three])
        assert breaches(asked, plan) == {Breach.SUPPLIERS_PER_SKU, Breach.UNKNOWN_OFFER}


@st.composite
def problems(drawn: st.DrawFn, *, skus: int = 3, largest: int = 300) -> Problem:
    """Up to three SKUs, up to three backups for each, every kind of limit there or not."""
    names = ["MUG", "CUP", "JAR"][: drawn(st.integers(1, skus))]
    offers, key = [], 0
    for sku in names:
        for supplier in drawn(st.lists(st.sampled_from("BCDE"), unique=True, max_size=3)):
            key += 1
            price = drawn(st.integers(100, 2000))
            start = drawn(st.none() | st.integers(2, 150))
            offers.append(
                Offer(
                    key=key, sku=sku, supplier=supplier, price=Decimal(price) / 100,
                    lead_days=drawn(st.integers(0, 60)),
                    breaks=(Break(start, Decimal(price * 3 // 4) / 100),) if start else (),
                    moq=drawn(st.integers(1, 60)), multiple=drawn(st.sampled_from([1, 1, 5, 12])),
                    capacity=drawn(st.none() | st.integers(1, 60)), rank=key,
                )
            )  # fmt: skip
    needs = tuple(Need(sku, drawn(st.integers(1, largest)), drawn(st.none() | st.integers(0, 40))) for sku in names)
    shared = drawn(st.dictionaries(st.sampled_from("BCDE"), st.integers(1, 120), max_size=2))
    return Problem(needs, tuple(offers), shared, Policy(most_suppliers=drawn(st.integers(1, 3))))


class TestWhateverTheNumbers:
    @SLOW
    @given(problems())
    def test_every_plan_keeps_every_rule(self, asked: Problem) -> None:
        for plan in (solve(asked).plan, cheapest_first(asked), first_backup(asked)):
            assert breaches(asked, plan) == set()

    @SLOW
    @given(problems())
    def test_it_covers_whatever_a_simpler_way_covers_and_never_at_a_higher_price(self, asked: Problem) -> None:
        found = solve(asked)
        for simple in (cheapest_first(asked), first_backup(asked)):
            if simple.covers_everything:
                assert found.plan.covers_everything
                assert found.plan.total <= simple.total
            assert sum(found.plan.uncovered.values()) <= sum(simple.uncovered.values())

    @SLOW
    @given(problems())
    def test_what_stays_open_is_what_the_shortfall_would_have_to_give(self, asked: Problem) -> None:
        found = solve(asked)
        if found.plan.covers_everything:
            assert found.slack == {}
            assert found.bound is not None
            assert found.bound <= float(found.plan.total) * (1 + 1e-6) + 1e-6
        else:
            assert found.slack[Limit.SHORTFALL] == sum(found.plan.uncovered.values())

    @SLOW
    @given(problems(skus=1, largest=12))
    def test_no_plan_is_cheaper_of_all_there_are(self, asked: Problem) -> None:
        small = replace(
            asked,
            offers=tuple(replace(one, moq=min(one.moq, 4), breaks=_small(one)) for one in asked.offers[:2]),
        )
        every = [
            plan_of(small, [Take(one, n) for one, n in zip(small.offers, counts, strict=True)])
            for counts in product(*(range(26) for _offer in small.offers))
        ]
        fit = [plan for plan in every if plan.covers_everything and not breaches(small, plan)]
        found = solve(small).plan
        assert found.covers_everything == bool(fit)
        if fit:
            assert found.total == min(plan.total for plan in fit)


def _small(one: Offer) -> tuple[Break, ...]:
    return tuple(Break(6, step.price) for step in one.breaks)


def test_twin_a_solver_that_may_stop_early_is_not_the_cheapest(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the fractions it starts from, the minimum of C would be broken: whole numbers are what makes a plan."""
    asked = problem(offer(1, "B", "8", capacity=24), offer(2, "C", "10", moq=50))
    whole = programme._milp
    monkeypatch.setattr(programme, "_milp", lambda made, limit, **how: whole(made, limit, **how, whole=False))
    assert breaches(asked, solve(asked).plan) == {Breach.MINIMUM}


def too_slow(*_given: object, **_how: object) -> None:
    raise solver.OutOfTimeError


def test_out_of_time_as_one_programme_it_is_split_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programme, "run", too_slow)
    asked = problem(offer(1, "B", "8", capacity=24), offer(2, "C", "10", moq=50))
    found = solve(asked)
    assert (taken(found.plan), found.proven, found.gap) == ({1: 50, 2: 50}, False, 0)


def test_where_nothing_is_found_the_better_of_the_simple_plans_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programme, "run", too_slow)
    monkeypatch.setattr(master, "fill", lambda *_given, **_how: None)
    monkeypatch.setattr(master, "fill_most", lambda *_given, **_how: None)
    asked = problem(offer(1, "B", "12", rank=2), offer(2, "C", "10", rank=3))
    found = solve(asked)
    assert (taken(found.plan), found.proven, found.gap) == ({2: 100}, False, None)


def test_what_was_not_found_in_time_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programme, "run", too_slow)
    found = solve(problem(offer(1, "B", "8", capacity=10), offer(2, "C", "10", capacity=5)))
    assert taken(found.plan) == {1: 40, 2: 20}
    assert found.slack == {Limit.SHORTFALL: 40}
