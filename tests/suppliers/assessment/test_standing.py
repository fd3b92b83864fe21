"""Slow to rise, quick to fall, and what overrides a score."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.assessment.rules.policy import Consequence, Switch
from suppliers.assessment.rules.scoring import Score, Stop
from suppliers.assessment.rules.standing import Held, Verdict, judge, outlives
from tests.suppliers.assessment.kit import DAY, policy

POLICY = policy()


def total(value: float | None, *stops: Stop) -> Score:
    return Score(value, value, value, 100.0 if value is not None else 0.0, (), stops)


def after(*days: tuple[int, Score]) -> Verdict:
    """The standing after these scores, so many days after the first one."""
    held: Held | None = None
    verdict = None
    for days_later, found in days:
        verdict = judge(POLICY, found, held, day=DAY + timedelta(days=days_later))
        held = verdict.held
    assert verdict is not None
    return verdict


EXPIRED = Stop(Switch.CERTIFICATE, "Business licence 77", date(2026, 11, 24))
INSOLVENT = Stop(Switch.INSOLVENCY, "court notice")


def test_the_first_total_gives_its_band_at_once() -> None:
    assert after((0, total(85.0))).held.standing == "good"


def test_exactly_a_hundred_has_a_standing() -> None:
    verdict = after((0, total(100.0)))
    assert (verdict.held.standing, verdict.consequence) == ("good", Consequence.NONE)


def test_not_enough_data_is_a_standing_of_its_own() -> None:
    verdict = after((0, total(None)))
    assert (verdict.held.standing, verdict.consequence) == ("not_enough_data", Consequence.APPROVAL)
    assert verdict.may_override == ("admin", "shop_manager")


class TestHysteresis:
    def test_a_fall_takes_effect_at_once(self) -> None:
        assert after((0, total(85.0)), (1, total(39.9))).held.standing == "poor"

    @pytest.mark.parametrize(("days", "standing"), [(0, "fair"), (59, "fair"), (60, "good")])
    def test_a_rise_waits_for_two_periods(self, days: int, standing: str) -> None:
        assert after((0, total(50.0)), (10, total(85.0)), (10 + days, total(85.0))).held.standing == standing

    def test_a_wait_beyond_the_calendar_is_a_wait(self) -> None:
        patient = policy(rise_periods=3_650, period_days=3_650)
        assert judge(patient, total(85.0), Held("fair", "fair"), day=DAY).held.standing == "fair"

    def test_one_bad_score_starts_the_wait_anew(self) -> None:
        found = [(0, total(50.0)), (10, total(85.0)), (40, total(60.0)), (41, total(85.0)), (100, total(85.0))]
        assert after(*found).held.standing == "fair"
        assert after(*found, (101, total(85.0))).held.standing == "good"

    def test_the_rise_is_to_the_lowest_band_that_was_held(self) -> None:
        assert after((0, total(10.0)), (1, total(85.0)), (30, total(50.0)), (61, total(85.0))).held.standing == "fair"

    def test_missing_data_starts_the_wait_anew(self) -> None:
        found = [(0, total(50.0)), (10, total(85.0)), (40, total(None)), (41, total(85.0)), (80, total(85.0))]
        assert after(*found).held.standing == "fair"

    def test_a_band_that_is_gone_from_the_policy_is_not_compared_with(self) -> None:
        before = Held("retired", band="retired")
        assert judge(POLICY, total(85.0), before, day=DAY).held.standing == "good"

    @given(st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(0, 1000)), min_size=1, max_size=20))
    def test_never_better_than_what_was_shown_in_the_last_two_periods(
        self, steps: list[tuple[int, int | None]]
    ) -> None:
        order, held, day = ["poor", "fair", "good"], None, DAY
        seen: list[tuple[date, int]] = []
        for days, tenths in steps:
            day += timedelta(days=days)
            found = total(None if tenths is None else tenths / 10)
            held = judge(POLICY, found, held, day=day).held
            if tenths is None:
                continue
            now = order.index(judge(POLICY, found, None, day=day).held.band)
            seen.append((day, now))
            lately = [rank for on, rank in seen if on > day - timedelta(days=60)]
            assert order.index(held.band) <= max(lately)
            assert order.index(held.band) <= now


class TestSwitches:
    def test_an_expired_critical_certificate_overrides_the_best_score(self) -> None:
        verdict = after((0, total(100.0, EXPIRED)))
        assert (verdict.held.standing, verdict.consequence) == ("stopped", Consequence.BLOCK)
        assert verdict.may_override == ("admin",)

    def test_a_new_certificate_gives_the_band_back(self) -> None:
        assert after((0, total(85.0)), (1, total(85.0, EXPIRED)), (5, total(85.0))).held.standing == "good"

    def test_one_critical_event_sends_the_band_to_the_bottom(self) -> None:
        found = [(0, total(85.0)), (1, total(85.0, INSOLVENT)), (5, total(85.0))]
        assert after(*found).held.standing == "poor"
        assert after(*found, (64, total(85.0))).held.standing == "poor"
        assert after(*found, (65, total(85.0))).held.standing == "good"

    def test_a_switch_needs_no_data(self) -> None:
        assert after((0, total(None, INSOLVENT))).consequence is Consequence.BLOCK

    @given(st.integers(0, 1000), st.sampled_from(Switch))
    def test_any_switch_blocks_any_score(self, tenths: int, switch: Switch) -> None:
        found = replace(total(tenths / 10), stops=(Stop(switch, "x"),))
        assert judge(POLICY, found, None, day=DAY).consequence is Consequence.BLOCK


@pytest.mark.parametrize(
    ("override", "consequence", "goes_on"),
    [
        ("none", Consequence.BLOCK, False),
        ("warn", Consequence.APPROVAL, False),
        ("approval", Consequence.APPROVAL, True),
        ("block", Consequence.NONE, True),
        ("none", Consequence.NONE, True),
        ("", Consequence.NONE, False),
    ],
)
def test_a_decision_outlives_a_standing_that_asks_no_more(
    override: str, consequence: Consequence, goes_on: bool
) -> None:
    assert outlives(override, consequence) is goes_on
