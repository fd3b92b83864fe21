"""Sums of the database as means with intervals."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from suppliers.assessment.rules.estimating import NOTHING, Moments, Parts, mean_of, mean_part, median_wait
from suppliers.assessment.rules.metrics import METRICS, Dimension, Measures
from suppliers.performance.rules.durations import Durations
from suppliers.performance.rules.estimates import share
from suppliers.performance.rules.lines import Tally
from suppliers.performance.rules.measures import delivery

_PARTS = st.lists(st.tuples(st.floats(0.1, 50), st.floats(0, 1)), min_size=1, max_size=30)


def parts_of(pairs: Sequence[tuple[float, float]]) -> Parts:
    return Parts(len(pairs), sum(w for w, _x in pairs), sum(w * w for w, _x in pairs), sum(w * x for w, x in pairs))


class TestPartsOfAWhole:
    def test_equal_weights_of_yes_and_no_are_wilsons_share(self) -> None:
        found, known = mean_part(parts_of([(1, 1)] * 8 + [(1, 0)] * 2)), share(8, 10)
        assert (found.n, found.value) == (10, 0.8)
        assert found.low == pytest.approx(known.low)
        assert found.high == pytest.approx(known.high)

    def test_one_of_one_is_not_certain(self) -> None:
        """z² = 3.8415; the lower bound of 1 of 1 is 1/(1 + z²) = 0.2065."""
        found = mean_part(Parts(1, 1, 1, 1))
        assert (found.value, found.high) == (1.0, 1.0)
        assert found.low == pytest.approx(0.2065, abs=1e-4)

    def test_one_heavy_observation_makes_the_interval_wide(self) -> None:
        """Weights 9 and 1 are (10)²/82 = 1.22 observations, not 2."""
        even, uneven = mean_part(parts_of([(5, 1), (5, 0.5)])), mean_part(parts_of([(9, 0.75), (1, 0.75)]))
        assert even.value == uneven.value == 0.75
        assert uneven.low is not None
        assert even.low is not None
        assert uneven.low < even.low

    def test_nothing_is_nothing(self) -> None:
        assert mean_part(None) == mean_part(Parts(0, 0, 0, 0)) == mean_part(Parts(3, 0, 0, 0)) == NOTHING

    @given(_PARTS)
    @example([(2.0, 0.0), (6.0, 4.773994433919591e-195), (16.0, 0.0)])
    def test_the_interval_holds_the_value_and_stays_a_part(self, pairs: list[tuple[float, float]]) -> None:
        found = mean_part(parts_of(pairs))
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= found.value <= found.high <= 1

    @given(_PARTS, st.floats(0.01, 100))
    def test_the_unit_of_the_weights_does_not_matter(self, pairs: list[tuple[float, float]], factor: float) -> None:
        one, other = mean_part(parts_of(pairs)), mean_part(parts_of([(w * factor, x) for w, x in pairs]))
        assert one.value == pytest.approx(other.value, abs=1e-6)
        assert one.low == pytest.approx(other.low, abs=1e-5)


class TestMeans:
    def test_a_worked_example(self) -> None:
        """4, 6, 8: mean 6, s = 2, t(0.95, 2) = 4.3027, so 6 ± 4.3027·2/√3 = 6 ± 4.968."""
        found = mean_of(Moments(3, 18, 16 + 36 + 64))
        assert (found.n, found.value) == (3, 6)
        assert found.low == pytest.approx(6 - 4.3027 * 2 / math.sqrt(3), abs=1e-3)

    def test_one_observation_has_a_value_and_no_bounds(self) -> None:
        found = mean_of(Moments(1, 7, 49))
        assert (found.value, found.low, found.high) == (7, None, None)

    def test_nothing_is_nothing(self) -> None:
        assert mean_of(None) == mean_of(Moments(0, 0, 0)) == median_wait(None) == median_wait(Durations()) == NOTHING

    def test_who_never_answers_waits_on(self) -> None:
        found = median_wait(Durations({2: 1}, {50: 3}))
        assert (found.n, found.value, found.least, found.high) == (4, None, 50, None)
        assert median_wait(Durations({2: 3}, {50: 1})).value == 2
        assert median_wait(Durations({2: 3}, {50: 1})).least is None


class TestMetrics:
    def test_every_dimension_has_some(self) -> None:
        assert {metric.dimension for metric in METRICS.values()} == set(Dimension)

    def test_nothing_measured_is_no_data_everywhere(self) -> None:
        assert {key: metric.read(Measures()).value for key, metric in METRICS.items()} == dict.fromkeys(METRICS)

    def test_each_is_in_its_unit(self) -> None:
        tally = Tally(in_full={True: 8, False: 2, None: 0}, late_ended={0: 8, 3: 2})  # type: ignore[arg-type]
        found = Measures(
            delivery=delivery(tally),
            parts={"returns": Parts(1000, 1000, 1000, 4), "recalls": Parts(1, 1, 1, 1)},
            days_valid=(300, -1),
        )
        values = {key: METRICS[key].read(found).value for key in ("otif", "returns", "recalls", "days_valid")}
        never = METRICS["ack_hours"].read(Measures(waits={"ack_hours": Durations(open={200: 6})}))
        assert (never.value, never.least) == (None, 200)
        assert values == {"otif": 80, "returns": pytest.approx(4), "recalls": 10, "days_valid": -1}

    def test_recalls_without_any_delivery_relate_to_nothing(self) -> None:
        assert METRICS["recalls"].read(Measures(parts={"recalls": Parts(1, 1, 1, 1)})) == NOTHING
