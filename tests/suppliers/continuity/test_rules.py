"""Readiness, cover, HHI, and times to survive and recover: worked by hand, and true for whatever numbers."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.continuity.rules import cover
from suppliers.continuity.rules.readiness import POLICY, Known, Lack, Part, Span, assess

TODAY = date(2026, 11, 23)
# Everything at its best.
BEST = Known(
    verified_on=TODAY, trial_on=TODAY, capacity=500, weekly_demand=500.0, lead_p50=10, lead_p90=10, price_ratio=1.0
)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


class TestReadiness:
    def test_everything_at_its_best_is_a_hundred(self) -> None:
        found = assess(BEST, on=TODAY)
        assert (found.score, found.coverage, found.is_ready) == (100.0, 1.0, True)

    def test_a_worked_example(self) -> None:
        """67 days old is halfway from 14 to 120; half the demand; p90 37 is halfway from 14 to 60; 30 % dearer."""
        known = replace(BEST, verified_on=ago(67), capacity=250, lead_p50=37, lead_p90=37, price_ratio=1.3)
        found = assess(known, on=TODAY)
        assert found.parts == {
            Part.VERIFIED: 50.0, Part.TRIAL: 100.0, Part.CAPACITY: 50.0, Part.LEAD: 50.0, Part.STEADY: 100.0,
            Part.PRICE: pytest.approx(70.0),
        }  # fmt: skip
        # (30·50 + 15·100 + 25·50 + 15·50 + 5·100 + 10·70) / 100
        assert found.score == pytest.approx(62.0)
        assert found.is_ready

    def test_an_unknown_part_leaves_the_denominator(self) -> None:
        found = assess(replace(BEST, trial_on=None, price_ratio=None), on=TODAY)
        assert found.score == 100.0
        assert found.coverage == pytest.approx(0.75)

    def test_nothing_known_is_no_score_and_not_zero(self) -> None:
        found = assess(Known(), on=TODAY)
        assert (found.score, found.coverage) == (None, 0.0)
        assert found.lacks == (Lack.NEVER_VERIFIED, Lack.NO_CAPACITY)

    @pytest.mark.parametrize(("days", "lacks"), [(90, ()), (91, (Lack.STALE,))])
    def test_the_last_day_of_a_verification_still_counts(self, days: int, lacks: tuple[Lack, ...]) -> None:
        assert assess(replace(BEST, verified_on=ago(days)), on=TODAY).lacks == lacks

    @pytest.mark.parametrize(
        ("change", "lack"),
        [
            ({"is_active": False}, Lack.NOT_ACTIVE),
            ({"has_defaulted": True}, Lack.DEFAULTED),
            ({"paper_expired": True}, Lack.PAPER_EXPIRED),
            ({"is_blocked": True}, Lack.BLOCKED),
            ({"capacity": None}, Lack.NO_CAPACITY),
            ({"capacity": 0}, Lack.NO_CAPACITY),
            ({"verified_on": None}, Lack.NEVER_VERIFIED),
        ],
    )
    def test_one_lack_is_enough_whatever_the_score(self, change: dict[str, object], lack: Lack) -> None:
        found = assess(replace(BEST, **change), on=TODAY)  # type: ignore[arg-type]
        assert lack in found.lacks
        assert not found.is_ready

    def test_a_low_score_is_a_reason_of_its_own(self) -> None:
        poor = replace(BEST, verified_on=ago(90), trial_on=ago(600), capacity=10, lead_p90=60, price_ratio=2.0)
        assert assess(poor, on=TODAY).lacks == (Lack.LOW_SCORE,)

    def test_lead_times_of_no_days_are_steady(self) -> None:
        assert assess(replace(BEST, lead_p50=0, lead_p90=0), on=TODAY).parts[Part.STEADY] == 100.0

    @given(
        st.builds(
            Known,
            verified_on=st.none() | st.integers(-5, 900).map(ago),
            trial_on=st.none() | st.integers(-5, 900).map(ago),
            capacity=st.none() | st.integers(0, 5000),
            weekly_demand=st.none() | st.floats(0, 5000),
            lead_p50=st.none() | st.integers(0, 200),
            lead_p90=st.none() | st.integers(0, 200),
            price_ratio=st.none() | st.floats(0.1, 5),
        )
    )
    def test_a_score_is_between_nothing_and_a_hundred(self, known: Known) -> None:
        found = assess(known, on=TODAY)
        assert all(0 <= points <= 100 for points in found.parts.values())
        assert found.score is None or -1e-9 <= found.score <= 100 + 1e-9
        assert 0 <= found.coverage <= 1
        assert (found.score is None) == (not found.parts)

    @given(st.integers(0, 400), st.integers(0, 400))
    def test_a_younger_verification_never_scores_less(self, a: int, b: int) -> None:
        newer, older = sorted((a, b))
        scores = [assess(replace(BEST, verified_on=ago(days)), on=TODAY).score or 0 for days in (newer, older)]
        assert scores[0] >= scores[1]

    def test_the_weights_name_every_part(self) -> None:
        assert set(POLICY.weights) == set(Part)

    def test_points_are_straight_between_the_ends(self) -> None:
        assert [Span(10, 20).points(value) for value in (5, 10, 15, 20, 25)] == [100, 100, 50, 0, 0]


class TestCover:
    def test_hhi_by_hand(self) -> None:
        assert cover.hhi([Decimal(50), Decimal(30), Decimal(20)]) == Decimal("0.38")
        assert cover.hhi([Decimal(7)]) == 1
        assert cover.hhi([Decimal(0), Decimal(0)]) is None
        assert cover.hhi([]) is None

    @given(st.lists(st.integers(1, 10_000), min_size=1, max_size=12))
    def test_hhi_lies_between_equal_parts_and_one_source(self, parts: list[int]) -> None:
        found = cover.hhi([Decimal(part) for part in parts])
        assert found is not None
        assert Decimal(1) / len(parts) - Decimal("1e-12") <= found <= Decimal(1) + Decimal("1e-12")

    @given(st.lists(st.integers(0, 10_000), max_size=12))
    def test_shares_add_up_to_one_or_to_nothing(self, parts: list[int]) -> None:
        total = sum(cover.shares([Decimal(part) for part in parts]), Decimal(0))
        assert abs(total - (1 if any(parts) else 0)) < Decimal("1e-12")

    @pytest.mark.parametrize(("age", "left"), [(0, "12.5"), (1, "11.5"), (12, "0.5"), (13, "0"), (-1, "12.5")])
    def test_cover_that_was_reported_earlier_is_used_up_meanwhile(self, age: int, left: str) -> None:
        assert cover.days_left(Decimal("12.5"), age=age) == Decimal(left)

    def test_survive_and_recover(self) -> None:
        """700 in stock, 50 a day: 14 days; the quicker of two backups needs 21: at risk by a week."""
        survive = cover.days_to_survive(stock=Decimal(700), daily_demand=Decimal(50))
        assert survive == 14
        assert cover.days_to_recover([30, 21]) == 21
        assert cover.at_risk(survive=survive, recover=21)
        assert not cover.at_risk(survive=survive, recover=14)

    def test_without_a_backup_what_sells_is_at_risk_and_what_does_not_is_not(self) -> None:
        assert cover.days_to_recover([]) is None
        assert cover.at_risk(survive=Decimal(900), recover=None)
        assert cover.days_to_survive(stock=Decimal(5), daily_demand=Decimal(0)) is None
        assert not cover.at_risk(survive=None, recover=None)

    @pytest.mark.parametrize(("suppliers", "single"), [(0, False), (1, True), (2, False)])
    def test_a_single_source_is_one_supplier(self, suppliers: int, single: bool) -> None:
        assert cover.is_single_source(suppliers) is single
