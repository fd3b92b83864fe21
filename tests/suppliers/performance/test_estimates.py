"""Shares, means and spreads: worked by hand, and what must hold for every sample."""

import math
from collections import Counter
from statistics import mean as average
from statistics import stdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.performance.rules import estimates
from suppliers.performance.rules.estimates import student_t

# Bounds are compared as numbers here; that they may be None is shown where they are.
share: Any = estimates.share
mean: Any = estimates.mean
deviation: Any = estimates.deviation
SHARES = st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SAMPLES = st.lists(st.integers(-400, 400), min_size=2, max_size=60)


class TestShare:
    def test_one_of_one_is_not_certain(self) -> None:
        """z = 1.95996, z² = 3.84146: low = (1 + 1.92073 − 1.92073) / (1 + 3.84146) = 1 / 4.84146."""
        found = share(1, 1)
        assert found.value == 1
        assert found.low == pytest.approx(0.206549, abs=1e-6)
        assert found.high == 1

    def test_none_of_ten(self) -> None:
        """high = z² / (n + z²) = 3.84146 / 13.84146."""
        found = share(0, 10)
        assert (found.value, found.low) == (0, 0)
        assert found.high == pytest.approx(0.277533, abs=1e-6)

    def test_a_worked_example(self) -> None:
        """84 late of 484: p = .173554, middle .177522, reach .033973, scale 1.007937."""
        found = share(84, 484)
        assert found.value == pytest.approx(0.173554, abs=1e-6)
        assert found.low == pytest.approx(0.142419, abs=2e-6)
        assert found.high == pytest.approx(0.209830, abs=2e-6)
        assert found.per_million == pytest.approx(173_553.7, abs=0.1)

    def test_nothing_says_nothing(self) -> None:
        found = share(0, 0, unknown=3)
        assert (found.n, found.value, found.low, found.high, found.per_million) == (0, None, None, None, None)
        assert found.unknown == 3

    @pytest.mark.parametrize(("hits", "n"), [(-1, 3), (4, 3), (1, 0)])
    def test_more_hits_than_tries_is_a_mistake(self, hits: int, n: int) -> None:
        with pytest.raises(ValueError, match="of"):
            share(hits, n)

    @given(SHARES)
    def test_the_interval_is_around_the_share_and_inside_0_and_1(self, of: tuple[int, int]) -> None:
        found = share(*of)
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high

    @given(SHARES)
    def test_the_bounds_solve_the_equation_they_come_from(self, of: tuple[int, int]) -> None:
        """At both ends |p̂ − p| = z √(p(1−p)/n): Wilson's own definition."""
        found = share(*of)
        for bound in (found.low, found.high):
            gap = abs(found.value - bound)
            assert gap == pytest.approx(1.959964 * math.sqrt(bound * (1 - bound) / found.n), abs=1e-6)

    @given(SHARES)
    def test_hits_and_misses_mirror_each_other(self, of: tuple[int, int]) -> None:
        hits, misses = share(*of), share(of[1] - of[0], of[1])
        assert hits.low == pytest.approx(1 - misses.high)

    @given(SHARES)
    def test_ten_times_as_many_observations_say_more(self, of: tuple[int, int]) -> None:
        few, many = share(*of), share(10 * of[0], 10 * of[1])
        assert many.high - many.low < few.high - few.low


class TestMeanAndDeviation:
    def test_a_worked_example(self) -> None:
        """2, 4, 4, 6: mean 4, s = √(8/3) = 1.632993, t(3) = 3.182, reach 3.182 × 1.632993 / 2 = 2.598."""
        found = mean({2: 1, 4: 2, 6: 1})
        assert (found.n, found.value) == (4, 4)
        assert found.low == pytest.approx(4 - 2.598, abs=0.01)
        assert found.high == pytest.approx(4 + 2.598, abs=0.01)

    def test_the_spread_of_a_worked_example(self) -> None:
        """m4 = (16 + 16)/4 = 8, s⁴ = 64/9: error √((8 − 7.1111)/4) / (2 × 1.632993) = .144338, times z = .282897."""
        found = deviation({2: 1, 4: 2, 6: 1})
        assert found.value == pytest.approx(1.632993, abs=1e-6)
        assert found.low == pytest.approx(1.350096, abs=1e-5)
        assert found.high == pytest.approx(1.915890, abs=1e-5)

    def test_one_value_has_a_mean_and_no_spread(self) -> None:
        assert (mean({7: 1}).value, mean({7: 1}).low) == (7, None)
        assert deviation({7: 1}).value is None
        assert mean({}).value is None

    @given(SAMPLES)
    def test_they_are_those_of_the_plain_list(self, sample: list[int]) -> None:
        counts = Counter(sample)
        assert mean(counts).value == pytest.approx(average(sample))
        assert deviation(counts).value == pytest.approx(stdev(sample))

    @given(SAMPLES, st.integers(-50, 50))
    def test_a_shift_moves_the_mean_and_leaves_the_spread(self, sample: list[int], days: int) -> None:
        counts, moved = Counter(sample), Counter(value + days for value in sample)
        assert mean(moved).high == pytest.approx(mean(counts).high + days)
        assert deviation(moved).high == pytest.approx(deviation(counts).high, abs=1e-6)

    @given(SAMPLES)
    def test_the_intervals_are_around_the_values(self, sample: list[int]) -> None:
        for found in (mean(Counter(sample)), deviation(Counter(sample))):
            assert found.low <= found.value <= found.high
        assert deviation(Counter(sample)).low >= 0


@pytest.mark.parametrize(
    ("freedom", "bound"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (5, 2.5706), (10, 2.2281), (30, 2.0423), (1000, 1.9623)],
)
def test_students_bounds_are_those_of_the_tables(freedom: int, bound: float) -> None:
    assert student_t(0.95, freedom) == pytest.approx(bound, rel=0.002)
