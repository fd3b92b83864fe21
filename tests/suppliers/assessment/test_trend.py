"""What a score did, in one finding, and which moments are marked."""

from datetime import date, timedelta

import pytest

from suppliers.assessment.rules import trend
from suppliers.assessment.rules.trend import Finding, Moment, Move, Way

TODAY = date(2026, 11, 25)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def found(*pairs: tuple[int, float | None]) -> Finding:
    """The finding of totals that were made so many days ago."""
    return trend.finding([(ago(days), total) for days, total in pairs], today=TODAY)


class TestFinding:
    def test_a_fall_begins_on_the_last_day_of_its_peak(self) -> None:
        assert found((80, 84), (60, 85.4), (50, 85.4), (20, 60), (1, 48.8)) == Finding(Way.FELL, 85.4, 48.8, ago(50))

    def test_a_rise_begins_on_the_last_day_of_its_lowest(self) -> None:
        assert found((80, 65), (60, 64), (20, 80), (1, 84)) == Finding(Way.ROSE, 64, 84, ago(60))

    def test_small_changes_are_no_news(self) -> None:
        assert found((80, 84), (60, 85), (1, 83)) == Finding(Way.STEADY, 83, 85, ago(80))

    def test_what_lies_further_back_than_a_quarter_does_not_count(self) -> None:
        assert found((150, 20), (120, 80), (85, 80), (1, 81)).way is Way.STEADY

    def test_the_score_that_held_when_the_quarter_began_counts_from_there(self) -> None:
        assert found((150, 91), (120, 80), (1, 60)) == Finding(Way.FELL, 80, 60, ago(trend.LOOK_BACK_DAYS))

    def test_who_fell_deeper_than_they_rose_again_fell(self) -> None:
        assert found((80, 90), (40, 50), (1, 60)).way is Way.FELL
        assert found((80, 90), (40, 50), (1, 85)).way is Way.ROSE

    @pytest.mark.parametrize("pairs", [[], [(9, None)], [(20, 80.0), (9, None)]])
    def test_without_a_score_today_there_is_no_finding(self, pairs: list[tuple[int, float | None]]) -> None:
        assert found(*pairs).way is Way.UNKNOWN


def moment(days: int, kind: str = "fall", title: str = "") -> Moment:
    return Moment(ago(days), kind, title or f"{kind} {days}")


class TestMarked:
    def test_oldest_first_and_the_certain_before_the_large(self) -> None:
        moves = [Move(-9.0, moment(30)), Move(4.0, moment(60, "rise"))]
        kept = trend.marked([moment(2, "stop")], moves)
        assert [one.day for one in kept] == [ago(60), ago(30), ago(2)]

    def test_a_small_step_is_no_news(self) -> None:
        assert trend.marked([], [Move(-2.9, moment(3)), Move(3.0, moment(4))]) == [moment(4)]

    def test_a_day_with_something_certain_needs_no_second_mark(self) -> None:
        assert trend.marked([moment(5, "stop")], [Move(-12.0, moment(5))]) == [moment(5, "stop")]

    def test_of_many_moves_the_largest_are_kept(self) -> None:
        moves = [Move(-float(points), moment(100 - points)) for points in range(3, 30)]
        kept = trend.marked([], moves)
        assert len(kept) == trend.MOST_MARKS
        assert {one.day for one in kept} == {ago(100 - points) for points in range(21, 30)}

    def test_of_many_certain_ones_the_newest_are_kept(self) -> None:
        kept = trend.marked([moment(days) for days in range(20)], [Move(-50.0, moment(70))])
        assert [one.day for one in kept] == [ago(days) for days in reversed(range(trend.MOST_MARKS))]
