"""From figures to points: worked by hand, and for every input."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.assessment.rules.estimating import Measured
from suppliers.assessment.rules.metrics import Dimension
from suppliers.assessment.rules.policy import Method
from suppliers.assessment.rules.scoring import Inputs, Score, fresh, points_of, score, weighted
from tests.suppliers.assessment.kit import DAY, INPUTS, assessed, measured, policy, sure

FINITE = st.floats(-1e6, 1e6)


def of(found: Score, name: Dimension) -> float | None:
    return next(row.points for row in found.dimensions if row.dimension is name)


class TestScale:
    @pytest.mark.parametrize(
        ("value", "points"), [(98, 100), (99.5, 100), (89, 50), (80, 0), (12, 0), (95.3, pytest.approx(85))]
    )
    def test_more_is_better(self, value: float, points: float) -> None:
        assert points_of(value, target=98, limit=80) == points

    @pytest.mark.parametrize(("value", "points"), [(0, 100), (-3, 100), (2.5, 75), (10, 0), (90, 0)])
    def test_less_is_better(self, value: float, points: float) -> None:
        assert points_of(value, target=0, limit=10) == points

    @given(FINITE, FINITE, FINITE)
    def test_points_are_points_and_never_fall_towards_the_target(self, value: float, limit: float, step: float) -> None:
        target = limit + (step or 1.0)
        if target == limit:
            return
        here, nearer = (points_of(x, target=target, limit=limit) for x in (value, value + (target - limit) / 7))
        assert 0 <= here <= nearer <= 100


class TestWeightedSheet:
    """A sheet of 20 criteria with the weights below, each marked 0 to 3: Σ weight × 3 = 1,230."""

    WEIGHTS = (30, 30, 30, 30, 30, 25, 25, 25, 20, 20, 20, 20, 20, 15, 15, 15, 10, 10, 10, 10)

    @staticmethod
    def mean(rows: Sequence[tuple[float, float | None]]) -> float:
        found = weighted((w, 100 * mark / 3, 0.0, 100.0) for w, mark in rows if mark is not None)
        assert found is not None
        return found.points

    def test_all_marked_two_of_three_come_to_two_thirds(self) -> None:
        assert 3 * sum(self.WEIGHTS) == 1230
        assert self.mean([(w, 2) for w in self.WEIGHTS]) == pytest.approx(100 * 820 / 1230)
        assert round(100 * 820 / 1230, 3) == 66.667

    @pytest.mark.parametrize("left_out", [(0,), (3, 7, 19), tuple(range(19))])
    def test_rows_that_do_not_apply_leave_equal_rows_unchanged(self, left_out: tuple[int, ...]) -> None:
        rows = [(w, None if place in left_out else 2.0) for place, w in enumerate(self.WEIGHTS)]
        assert self.mean(rows) == pytest.approx(66.667, abs=1e-3)

    def test_unequal_rows(self) -> None:
        """(5·3 + 3·1 + 2·2) / ((5 + 3 + 2)·3) = 22/30; with the fourth row as zero it would be 22/42."""
        rows: list[tuple[float, float | None]] = [(5, 3), (3, 1), (2, 2), (4, None)]
        assert self.mean(rows) == pytest.approx(100 * 22 / 30)
        assert self.mean([*rows[:3], (4, 0)]) == pytest.approx(100 * 22 / 42)

    def test_weights_that_add_up_to_nothing_are_not_applicable(self) -> None:
        assert weighted([(0, 80, 70, 90), (0, 20, 10, 30)]) is None
        assert weighted([]) is None


class TestIntervals:
    def test_one_item_keeps_its_own(self) -> None:
        found = weighted([(7, 60, 45, 80)])
        assert found is not None
        assert (found.points, found.low, found.high) == pytest.approx((60, 45, 80))

    def test_two_items_by_hand(self) -> None:
        """Halves of 80 (70 to 84) and 60 (36 to 63): 70 − √(5² + 12²) = 57, 70 + √(2² + 1.5²) = 72.5."""
        found = weighted([(1, 80, 70, 84), (1, 60, 36, 63)])
        assert found is not None
        assert (found.points, found.low, found.high) == pytest.approx((70, 57, 72.5))

    def test_a_metric_whose_interval_has_no_bound_reaches_to_the_end(self) -> None:
        found = score(policy(), Inputs({"days_late_p90": Measured(9, 2, 1, None)}), day=DAY)
        item = next(row.items[0] for row in found.dimensions if row.items)
        assert (item.points, item.low, item.high) == (80, 0, 90)

    def test_by_caution_the_worse_end_is_scored(self) -> None:
        careful = policy(quality__metrics__lots_rejected__basis="cautious")
        figures = {"lots_rejected": Measured(20, 1, 0, 4)}
        items = [score(one, Inputs(figures), day=DAY).dimensions[0].items[0] for one in (policy(), careful)]
        assert [(item.points, item.low, item.high) for item in items] == [(90, 60, 100), (60, 60, 100)]

    @given(
        st.lists(
            st.tuples(st.floats(0, 9), st.lists(st.floats(0, 100), min_size=3, max_size=3).map(sorted)), max_size=9
        )
    )
    def test_they_hold_the_mean_and_are_no_wider_than_the_widest(self, rows: list[tuple[float, list[float]]]) -> None:
        found = weighted((w, p, low, high) for w, (low, p, high) in rows)
        if found is None:
            return
        assert -1e-9 <= found.low <= found.points + 1e-9
        assert found.points <= found.high + 1e-9 <= 100 + 2e-9
        assert found.points - found.low <= max(p - low for _w, (low, p, _high) in rows) + 1e-6
        assert found.high - found.points <= max(high - p for _w, (_low, p, high) in rows) + 1e-6


class TestDimension:
    def test_measured_and_assessed_parts_are_weighed(self) -> None:
        """Quality: 90 measured with weight 3, 60 assessed with weight 1: 82.5. Delivery: 80. Total 81.25 → 81.2."""
        found = score(policy(), Inputs(measured(), [assessed(60)]), day=DAY)
        assert of(found, Dimension.QUALITY) == pytest.approx(82.5)
        assert of(found, Dimension.DELIVERY) == pytest.approx(80)
        assert found.total == 81.2

    def test_a_metric_without_data_leaves_the_denominator(self) -> None:
        found = score(policy(), Inputs({"otif": sure(100)}), day=DAY)
        assert of(found, Dimension.DELIVERY) == 100
        row = found.dimensions[1]
        assert row.missing == ("days_late_p90",)
        assert row.coverage == pytest.approx(50)  # 2/3 of 3, of 4

    def test_a_small_sample_is_no_data(self) -> None:
        strict = policy(delivery__metrics__otif__minimum=5)
        assert of(score(strict, Inputs({"otif": sure(100, n=4)}), day=DAY), Dimension.DELIVERY) is None
        assert of(score(strict, Inputs({"otif": sure(100, n=5)}), day=DAY), Dimension.DELIVERY) == 100

    def test_nothing_delivered_of_ten_due_is_zero_and_not_unknown(self) -> None:
        found = score(policy(), Inputs({"otif": Measured(10, 0, 0, 27.8)}), day=DAY)
        assert of(found, Dimension.DELIVERY) == 0

    def test_who_never_delivers_is_scored_by_how_long_it_has_waited(self) -> None:
        """Nine of ten are not known while so many wait; it is 4 days at least, and so 60 points at most."""
        waiting = Measured(9, None, None, None, least=4)
        item = score(policy(), Inputs({"days_late_p90": waiting}), day=DAY).dimensions[1].items[0]
        assert (item.points, item.low, item.high, item.n) == (60, 0, 100, 9)
        long = Measured(9, None, 8, None, least=90)
        item = score(policy(), Inputs({"days_late_p90": long}), day=DAY).dimensions[1].items[0]
        assert (item.points, item.low, item.high) == (0, 0, 20)

    @pytest.mark.parametrize("least", [None, 0, -5])
    def test_a_wait_that_is_not_too_long_yet_says_nothing(self, least: float | None) -> None:
        row = score(policy(), Inputs({"days_late_p90": Measured(9, least=least)}), day=DAY).dimensions[1]
        assert (row.items, row.missing) == ((), ("otif", "days_late_p90"))

    def test_the_least_is_no_figure_of_a_metric_of_which_more_is_better(self) -> None:
        row = score(policy(), Inputs({"otif": Measured(9, least=101)}), day=DAY).dimensions[1]
        assert row.items == ()

    def test_methods_share_the_assessed_part_and_the_newest_of_each_counts(self) -> None:
        """Site visit 3 × 80, questionnaire 1 × 40, the older questionnaire not: 70."""
        every = [
            assessed(80, ref="1"),
            assessed(40, ref="2", method=Method.QUESTIONNAIRE),
            assessed(0, ref="3", method=Method.QUESTIONNAIRE, made_on=date(2026, 5, 1)),
        ]
        assert of(score(policy(), Inputs({}, every), day=DAY), Dimension.QUALITY) == pytest.approx(70)


class TestAssessments:
    UNTIL = date(2026, 12, 31)

    @pytest.mark.parametrize(("days", "share"), [(-1, 1), (0, 1), (1, 0.99), (50, 0.5), (99, 0.01), (100, 0), (500, 0)])
    def test_they_fade_linearly_after_their_last_day(self, days: int, share: float) -> None:
        found = fresh(assessed(), day=self.UNTIL + timedelta(days=days), decay_days=100)
        assert found == pytest.approx(share)

    def test_without_days_to_fade_they_end_at_once(self) -> None:
        assert fresh(assessed(), day=self.UNTIL + timedelta(days=1), decay_days=0) == 0

    def test_a_faded_one_weighs_less_than_what_is_measured(self) -> None:
        """Half faded: (3·90 + 0.5·60) / 3.5 = 85.71."""
        found = score(policy(), Inputs(measured(), [assessed(60)]), day=self.UNTIL + timedelta(days=50))
        assert of(found, Dimension.QUALITY) == pytest.approx(300 / 3.5)

    def test_one_dated_in_the_future_does_not_count_yet(self) -> None:
        tomorrow = assessed(0, made_on=DAY + timedelta(days=1))
        older = assessed(60, ref="2")
        assert fresh(tomorrow, day=DAY, decay_days=100) == 0
        both, one = (score(policy(), Inputs(measured(), every), day=DAY) for every in ([tomorrow, older], [older]))
        assert both == one
        later = score(policy(), Inputs(measured(), [tomorrow, older]), day=DAY + timedelta(days=1))
        assert of(later, Dimension.QUALITY) == pytest.approx(67.5)

    @given(st.integers(0, 400), st.integers(0, 300))
    def test_they_never_count_more_as_time_passes(self, days: int, decay: int) -> None:
        now, later = (fresh(assessed(), day=self.UNTIL + timedelta(days=n), decay_days=decay) for n in (days, days + 1))
        assert 0 <= later <= now <= 1


class TestTotal:
    def test_exactly_a_hundred(self) -> None:
        found = score(policy(), Inputs(measured(100, 0, 0)), day=DAY)
        assert (found.total, found.low, found.high) == (100.0, 100.0, 100.0)

    def test_a_supplier_without_facts_has_none(self) -> None:
        found = score(policy(), Inputs(), day=DAY)
        assert (found.total, found.low, found.high, found.coverage) == (None, None, None, 0)

    @pytest.mark.parametrize(("asked", "total"), [(75, 85.0), (75.1, None)])
    def test_there_is_one_only_with_enough_coverage(self, asked: float, total: float | None) -> None:
        found = score(policy(coverage=asked), Inputs(measured()), day=DAY)
        assert (found.coverage, found.total) == (75, total)

    @given(INPUTS)
    def test_it_lies_between_its_dimensions_and_inside_its_interval(self, inputs: Inputs) -> None:
        found = score(policy(coverage=0), inputs, day=DAY)
        known = [row.points for row in found.dimensions if row.points is not None]
        assert (found.total is None) == (not known)
        assert 0 <= found.coverage <= 100
        if found.total is None or found.low is None or found.high is None:
            return
        assert min(known) - 0.06 <= found.total <= max(known) + 0.06
        assert 0 <= found.low <= found.total <= found.high <= 100

    @given(INPUTS)
    def test_it_is_a_function_of_its_arguments_alone(self, inputs: Inputs) -> None:
        turned = Inputs(dict(reversed(list(inputs.measured.items()))), list(reversed(inputs.assessed)), inputs.stops)
        assert score(policy(), inputs, day=DAY) == score(policy(), turned, day=DAY)
