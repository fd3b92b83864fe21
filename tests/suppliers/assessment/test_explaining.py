"""The difference between two revisions, split without a remainder."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from suppliers.assessment.rules.explaining import by_dimension, rounded, shares, split
from suppliers.assessment.rules.metrics import Dimension
from suppliers.assessment.rules.scoring import Inputs, score
from tests.suppliers.assessment.kit import DAY, INPUTS, assessed, measured, policy

ANY = policy(coverage=0)


def test_one_metric_that_fell_is_charged_for_all_of_it() -> None:
    """OTIF 90 → 72 % is 80 → 44 points; with 2/3 of delivery and half of the total: −36 · 2/3 · 1/2 = −12."""
    before, after = (score(ANY, Inputs(measured(otif=otif)), day=DAY) for otif in (90, 72))
    assert (before.total, after.total) == (85.0, 73.0)
    charges = split(before, after)
    assert [(charge.key, charge.tenths, charge.was, charge.now) for charge in charges] == [("otif", -120, 80, 44)]
    assert by_dimension(charges) == {Dimension.DELIVERY: -120}


def test_two_changes_are_told_apart() -> None:
    """OTIF −12 as above; rejected lots 1 → 3 % is 90 → 70 points of half the total: −10."""
    before, after = (score(ANY, Inputs(one), day=DAY) for one in (measured(), measured(otif=72, rejected=3)))
    assert {charge.key: charge.tenths for charge in split(before, after)} == {"otif": -120, "lots_rejected": -100}


def test_an_assessment_that_comes_in_is_charged_for_pulling_down() -> None:
    """Quality 90 → 82.5, total 85 → 81.25, shown as 81.2."""
    before, after = (score(ANY, Inputs(measured(), every), day=DAY) for every in ((), [assessed(60)]))
    charges = {charge.key: charge for charge in split(before, after)}
    assert sum(charge.tenths for charge in charges.values()) == -38
    assert charges["assessment:1"].tenths < 0
    assert (charges["assessment:1"].was, charges["assessment:1"].now) == (None, 60)


def test_without_a_total_on_both_sides_there_is_nothing_to_split() -> None:
    before, after = (score(policy(), Inputs(one), day=DAY) for one in ({}, measured()))
    assert split(before, after) == split(after, before) == []


@given(INPUTS, INPUTS)
def test_the_parts_add_up_to_the_difference_that_is_shown(one: Inputs, other: Inputs) -> None:
    before, after = score(ANY, one, day=DAY), score(ANY, other, day=DAY)
    assume(before.total is not None and after.total is not None)
    whole = round(10 * (after.total or 0)) - round(10 * (before.total or 0))
    assert sum(charge.tenths for charge in split(before, after)) == whole


@given(INPUTS, INPUTS)
def test_the_way_back_is_charged_the_other_way_round(one: Inputs, other: Inputs) -> None:
    before, after = score(ANY, one, day=DAY), score(ANY, other, day=DAY)
    there = {(c.key, c.dimension): c.tenths for c in split(before, after)}
    back = {(c.key, c.dimension): c.tenths for c in split(after, before)}
    # Rounding to tenths may fall one way there and the other way back.
    for key in {*there, *back}:
        assert abs(there.get(key, 0) + back.get(key, 0)) <= 2


@given(INPUTS)
def test_no_change_has_no_parts(inputs: Inputs) -> None:
    found = score(ANY, inputs, day=DAY)
    assert split(found, found) == []


@given(INPUTS)
def test_the_shares_of_the_items_add_up_to_one(inputs: Inputs) -> None:
    found = score(ANY, inputs, day=DAY)
    every = shares(found)
    if every:
        assert sum(one.share for one in every.values()) == pytest.approx(1)
        mean = sum(one.share * one.item.points for one in every.values())
        assert found.total == pytest.approx(mean, abs=0.051)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12))
def test_rounding_keeps_the_sum(parts: list[float]) -> None:
    whole = round(10 * sum(parts))
    found = rounded(parts, whole=whole)
    assert sum(found) == whole
    assert all(abs(tenths - 10 * part) <= 1.0 + 1e-6 for tenths, part in zip(found, parts, strict=True))
