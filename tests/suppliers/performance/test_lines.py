"""When a line is whole, in full and on time; what is due, late, open or not known."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.performance.rules import measures
from suppliers.performance.rules.lines import Line, Outcome, Tally, Window, tally
from suppliers.performance.rules.measures import DeliveryMeasures, Lot
from tests.suppliers.performance.kit import AS_OF, ON_THE_DAY, PROMISE, day, line, part


def count(*lines: Line, window: Window = ON_THE_DAY) -> Tally:
    return tally(lines, window=window, as_of=AS_OF)


def measured(*lines: Line, window: Window = ON_THE_DAY) -> DeliveryMeasures:
    return measures.delivery(count(*lines, window=window))


class TestLine:
    def test_two_halves_on_time_are_in_full(self) -> None:
        found = line(part(-3, quantity_delivered=5), part(0, quantity_delivered=5), window=Window(early=5))
        assert (found.outcome, found.whole_on, found.in_full) == (Outcome.DELIVERED, day(0), True)

    def test_one_half_late_is_not(self) -> None:
        found = line(part(0, quantity_delivered=5), part(1, quantity_delivered=5))
        assert (found.whole_on, found.in_full) == (day(1), False)

    def test_one_half_alone_leaves_the_line_open(self) -> None:
        found = line(part(0, quantity_delivered=5))
        assert (found.outcome, found.whole_on, found.in_full) == (Outcome.OPEN, None, False)

    def test_more_than_was_ordered_is_whole_once_and_on_the_day_it_was(self) -> None:
        found = line(part(0), part(90))
        assert (found.whole_on, found.in_full) == (day(0), True)

    @pytest.mark.parametrize(
        ("came", "window", "in_full"),
        [
            (0, Window(), True),
            (-1, Window(), False),
            (-1, Window(early=1), True),
            (-2, Window(early=1), False),
            (1, Window(), False),
            (1, Window(late=1), True),
            (2, Window(late=1), False),
        ],
    )
    def test_the_window_includes_both_ends(self, came: int, window: Window, in_full: bool) -> None:
        assert line(part(came), window=window).in_full is in_full

    def test_it_is_the_first_promise_that_counts(self) -> None:
        found = line(part(20, quantity_delivered=5), part(20, quantity_delivered=5, promised_on=day(20)))
        assert (found.promised_on, found.in_full) == (PROMISE, False)

    def test_what_comes_tomorrow_is_open_today(self) -> None:
        found = line(part(5), as_of=day(4))
        assert (found.outcome, found.whole_on) == (Outcome.OPEN, None)

    def test_quantities_that_nobody_noted_leave_in_full_unknown_and_the_day_known(self) -> None:
        for untold in ({"quantity_ordered": None}, {"quantity_delivered": None}):
            found = line(part(3, **untold))
            assert (found.outcome, found.whole_on, found.in_full) == (Outcome.DELIVERED, day(3), None)

    def test_a_delivery_that_nobody_noted_is_not_known(self) -> None:
        found = line(part(None, outcome=Outcome.UNKNOWN))
        assert (found.outcome, found.in_full) == (Outcome.UNKNOWN, None)

    def test_a_part_that_nobody_noted_does_not_matter_once_the_rest_is_whole(self) -> None:
        assert line(part(0), part(None, outcome=Outcome.UNKNOWN)).in_full is True


class TestOtif:
    def test_ten_due_and_none_delivered_is_zero(self) -> None:
        found = measured(*[line(part(None))] * 10).otif
        assert (found.n, found.hits, found.value) == (10, 0, 0)

    def test_two_hundred_per_cent_delivered_is_one_hundred(self) -> None:
        found = measured(*[line(part(0, quantity_delivered=20))] * 3).otif
        assert (found.n, found.value) == (3, 1)

    def test_a_line_is_due_when_its_window_has_closed(self) -> None:
        still = line(part(None, promised_on=AS_OF - timedelta(days=2)), window=Window(late=2))
        over = line(part(None, promised_on=AS_OF - timedelta(days=3)), window=Window(late=2))
        assert measured(still, over, window=Window(late=2)).otif.n == 1

    def test_what_cannot_be_told_is_counted_beside_it(self) -> None:
        found = measured(line(part(0)), line(part(0, quantity_delivered=None))).otif
        assert (found.n, found.hits, found.unknown) == (1, 1, 1)

    def test_lines_without_a_promise_are_never_due(self) -> None:
        found = measured(line(part(0, promised_on=None)))
        assert (found.otif.n, found.late.n, found.otif.value) == (0, 0, None)


class TestLate:
    def test_early_is_on_time_and_open_past_its_promise_is_late(self) -> None:
        """Of five: early, on the day, one day late, never, and one not known."""
        unknown = line(part(None, outcome=Outcome.UNKNOWN))
        found = measured(line(part(-9)), line(part(0)), line(part(1)), line(part(None)), unknown)
        assert (found.late.n, found.late.hits, found.late.unknown) == (4, 2, 1)
        assert (found.on_time.hits, found.on_time.value) == (2, 0.5)

    def test_days_late_know_of_the_open(self) -> None:
        """Days −2, 0, 3 have ended and one is open: three of four are over after 3 days, nine tenths are unknown."""
        found = measured(line(part(-2)), line(part(0)), line(part(3)), line(part(None)))
        assert (found.days_late_p50.value, found.days_late_p90.value) == (0, None)
        assert found.days_late_p90.open == 1


class TestLeadTime:
    def test_a_worked_example(self) -> None:
        """30, 32 and 37 days: mean 33, s = √13; one open since 174 days counts in n of the quantiles alone."""
        found = measured(line(part(0)), line(part(2)), line(part(7)), line(part(None)))
        assert found.lead_mean.value == 33
        assert found.lead_deviation.value == pytest.approx(13**0.5)
        assert (found.lead_mean.n, found.lead_p50.n, found.lead_p50.open) == (3, 4, 1)
        assert (found.lead_p50.value, found.lead_p90.value) == (32, None)

    def test_negative_times_are_kept(self) -> None:
        assert measured(line(part(0, ordered_on=day(5)))).lead_mean.value == -5

    def test_what_is_ordered_later_is_not_there_yet(self) -> None:
        later = line(part(None, ordered_on=AS_OF + timedelta(days=1)))
        assert count(later) == Tally()


def test_promise_changes_per_line() -> None:
    """0, 1 and 5 changes: mean 2; a line of which nobody noted it is left out."""
    changes = [line(part(0, promise_changes=times)) for times in (0, 1, 5, None)]
    assert (measured(*changes).promise_changes.n, measured(*changes).promise_changes.value) == (3, 2)


CAME = st.lists(st.none() | st.integers(-20, 60), max_size=30)


@given(CAME, st.integers(0, 5), st.integers(0, 5))
def test_a_wider_window_never_lowers_otif(came: list[int | None], early: int, late: int) -> None:
    narrow, wide = Window(), Window(early, late)
    hits = [
        count(*[line(part(days), window=window) for days in came], window=window).in_full[True]
        for window in (narrow, wide)
    ]
    assert hits[0] <= hits[1]


@given(CAME)
def test_every_due_line_is_in_one_place(came: list[int | None]) -> None:
    found = measured(*[line(part(days)) for days in came])
    assert found.late.n + found.late.unknown == len(came)
    assert found.late.hits + found.on_time.hits == found.late.n
    assert found.otif.n == len(came)
    assert found.otif.hits <= found.on_time.hits


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(1, 9)), min_size=1, max_size=6), st.randoms())
def test_the_order_of_the_parts_does_not_matter(parts: list[tuple[int, int]], chance: object) -> None:
    made = [part(came, quantity_delivered=quantity) for came, quantity in parts]
    mixed = list(made)
    chance.shuffle(mixed)
    assert line(*made, window=Window(1, 1)) == line(*mixed, window=Window(1, 1))


class TestQuality:
    def test_a_worked_example(self) -> None:
        """1 of 4 lots rejected (one not noted), 3 of 2,000 units defective: 1,500 PPM, at most 4,402."""
        lots = [
            Lot(True, 500, 3),
            Lot(False, 500, 0),
            Lot(False, 1_000, 0),
            Lot(False, None, None),
            Lot(None, 80, None),
        ]
        found = measures.quality(measures.count_lots(lots))
        assert (found.lots.n, found.lots.value, found.lots.unknown) == (4, 0.25, 1)
        assert (found.units.n, found.units.per_million) == (2_000, 1_500)
        assert (found.units.high or 0) * 1_000_000 == pytest.approx(4_401, abs=2)

    def test_no_lot_is_no_zero(self) -> None:
        assert measures.quality(measures.count_lots([])).lots.value is None
