"""Quantiles of waits, ended and open: worked by hand, and what must hold for every sample."""

import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.performance.rules import durations as rules
from suppliers.performance.rules.durations import Durations, survival

# Bounds are compared as numbers here; that they may be None is shown where they are.
quantile: Any = rules.quantile
DAYS = st.lists(st.integers(-30, 120), min_size=1, max_size=80)
SOME_OPEN = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=80)


def of(pairs: list[tuple[int, bool]]) -> Durations:
    """Durations from (days, still open)."""
    return Durations(
        Counter(days for days, still in pairs if not still), Counter(days for days, still in pairs if still)
    )


class TestSurvival:
    def test_a_worked_example(self) -> None:
        """Ended 3, 5, 5, 8 and open 4, 8: S(3) = 5/6, S(5) = 5/6 · 2/4 = 5/12, S(8) = 5/12 · 1/2 = 5/24."""
        steps = survival(Durations({3: 1, 5: 2, 8: 1}, {4: 1, 8: 1}))
        assert [step.day for step in steps] == [3, 5, 8]
        assert [step.alive for step in steps] == pytest.approx([5 / 6, 5 / 12, 5 / 24])

    def test_the_error_is_greenwoods(self) -> None:
        """After day 3: √(1/(6·5)) / |ln(5/6)| = .182574 / .182322."""
        steps = survival(Durations({3: 1, 5: 2, 8: 1}, {4: 1, 8: 1}))
        assert steps[0].error == pytest.approx(0.182574 / 0.182322, abs=1e-4)

    @given(DAYS)
    def test_without_open_waits_it_is_the_share_above(self, days: list[int]) -> None:
        for step in survival(Durations(Counter(days))):
            assert step.alive == pytest.approx(sum(1 for day in days if day > step.day) / len(days), abs=1e-9)

    @given(SOME_OPEN)
    def test_it_only_falls(self, pairs: list[tuple[int, bool]]) -> None:
        alive = [1.0, *(step.alive for step in survival(of(pairs)))]
        assert alive == sorted(alive, reverse=True)
        assert min(alive) >= 0

    @given(SOME_OPEN)
    def test_an_open_wait_never_makes_the_rest_look_quicker(self, pairs: list[tuple[int, bool]]) -> None:
        """Had the open ones ended on the day they were last seen, the curve would be nowhere higher."""
        without = {step.day: step.alive for step in survival(of([(days, False) for days, _open in pairs]))}
        for step in survival(of(pairs)):
            assert step.alive >= without[step.day] - 1e-9


class TestQuantile:
    def test_a_worked_example(self) -> None:
        durations = Durations({3: 1, 5: 2, 8: 1}, {4: 1, 8: 1})
        assert quantile(durations, 0.5).value == 5
        assert (quantile(durations, 0.5).n, quantile(durations, 0.5).open) == (6, 2)

    def test_a_curve_that_never_falls_so_far_says_unknown(self) -> None:
        """5 of 24 still wait when the last wait ended: the day by which 90 % are over has not come yet."""
        durations = Durations({3: 1, 5: 2, 8: 1}, {4: 1, 8: 1})
        assert quantile(durations, 0.9).value is None
        assert quantile(durations, 0.9).high is None
        assert quantile(Durations({}, {40: 9}), 0.5).value is None

    def test_what_is_unknown_is_longer_than_the_longest_wait_so_far(self) -> None:
        durations = Durations({3: 1, 5: 2, 8: 1}, {4: 1, 9: 1})
        assert (quantile(durations, 0.9).least, quantile(durations, 0.5).least) == (9, None)
        assert quantile(Durations(), 0.5).least is None

    def test_nothing_says_nothing(self) -> None:
        found = quantile(Durations(), 0.5)
        assert (found.n, found.value, found.low, found.high) == (0, None, None, None)

    def test_the_interval_of_a_median_of_ten(self) -> None:
        """Conover's ranks for n = 10, p = 0.5: P(B <= 1) = 11/1024 = .0107, P(B <= 2) = .0547, so ranks 2 and 9."""
        found = quantile(Durations(dict.fromkeys(range(1, 11), 1)), 0.5)
        assert (found.value, found.low, found.high) == (5, 2, 9)

    def test_few_values_bound_nothing(self) -> None:
        found = quantile(Durations(dict.fromkeys(range(1, 6), 1)), 0.9)
        assert (found.value, found.high) == (5, None)

    def test_exact_and_normal_ranks_meet(self) -> None:
        """About a thousand values the two ways differ by at most one rank."""
        exact = quantile(Durations(dict.fromkeys(range(1_000), 1)), 0.5)
        normal = quantile(Durations(dict.fromkeys(range(1_002), 1)), 0.5)
        assert abs(normal.low - exact.low) <= 2
        assert abs(normal.high - exact.high) <= 2

    def test_the_interval_of_a_median_of_two_thousand(self) -> None:
        """1,000 ∓ 1.96·√500 are 956.2 and 1,043.8, both rounded up."""
        found = quantile(Durations(dict.fromkeys(range(1, 2_001), 1)), 0.5)
        assert (found.value, found.low, found.high) == (1_000, 957, 1_044)

    @given(DAYS, st.sampled_from([0.1, 0.25, 0.5, 0.9]))
    def test_without_open_waits_it_is_the_order_statistic(self, days: list[int], p: float) -> None:
        rank = max(1, math.ceil(p * len(days) - 1e-9))
        assert quantile(Durations(Counter(days)), p).value == sorted(days)[rank - 1]

    @given(SOME_OPEN, st.sampled_from([0.5, 0.9]))
    def test_the_interval_is_around_the_value(self, pairs: list[tuple[int, bool]], p: float) -> None:
        found = quantile(of(pairs), p)
        if found.value is not None:
            assert found.low is None or found.low <= found.value
            assert found.high is None or found.high >= found.value

    @given(SOME_OPEN)
    def test_nine_tenths_take_no_less_than_half(self, pairs: list[tuple[int, bool]]) -> None:
        half, most = quantile(of(pairs), 0.5).value, quantile(of(pairs), 0.9).value
        if most is not None:
            assert half is not None
            assert half <= most

    @given(SOME_OPEN, st.integers(1, 40))
    def test_waiting_longer_for_what_is_open_never_lowers_it(self, pairs: list[tuple[int, bool]], more: int) -> None:
        now, later = (
            quantile(of(pairs), 0.5).value,
            quantile(of([(days + more if still else days, still) for days, still in pairs]), 0.5).value,
        )
        if later is not None:
            assert now is not None
            assert later >= now

    @pytest.mark.parametrize("p", [0, 1, -0.1, 1.1])
    def test_only_shares_between_0_and_1(self, p: float) -> None:
        with pytest.raises(ValueError, match=str(p)):
            quantile(Durations({1: 1}), p)
