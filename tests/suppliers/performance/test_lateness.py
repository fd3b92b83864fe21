"""Lines by how late they were: each in one class, open ones apart, and the same for rules and database."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from suppliers.performance import pictures
from suppliers.performance.rules import lateness
from suppliers.performance.rules.lateness import SPANS
from suppliers.performance.rules.lines import Outcome, Tally
from tests.factories.suppliers import make_supplier
from tests.suppliers.assessment import facts

days = st.dictionaries(st.integers(min_value=-400, max_value=400), st.integers(min_value=1, max_value=99))


def test_every_day_is_in_exactly_one_span() -> None:
    for day in range(-400, 401):
        assert sum(span.holds(day) for span in SPANS) == 1


@given(days, days, st.integers(min_value=0, max_value=9))
def test_no_line_is_lost_and_none_counted_twice(ended: dict[int, int], still: dict[int, int], unknown: int) -> None:
    overdue = {abs(day) + 1: count for day, count in still.items()}
    found = lateness.by_week(Tally(late_ended=Counter(ended), late_open=Counter(overdue), late_unknown=unknown))
    assert sum(week.came for week in found.weeks) == found.came == sum(ended.values())
    assert sum(week.still_open for week in found.weeks) == found.still_open == sum(overdue.values())
    assert found.came_late == sum(count for day, count in ended.items() if day > 0)
    assert found.unknown == unknown
    assert all(week.still_open == 0 for week in found.weeks if not week.span.is_late)


@pytest.mark.parametrize(("day", "label"), [(-3, "early"), (0, "0"), (1, "1–7"), (7, "1–7"), (8, "8–14"), (29, "29+")])
def test_spans_have_short_names(day: int, label: str) -> None:
    assert pictures.span_label(next(span for span in SPANS if span.holds(day))) == label


@pytest.mark.django_db
class TestPicture:
    def test_it_tells_early_late_and_not_yet_delivered_apart(self) -> None:
        acme = make_supplier("ACME")
        facts.deliver(
            facts.delivery("A", -2), facts.delivery("B", 0), facts.delivery("C", 5), facts.delivery("D", 9),
            facts.delivery("E", None, promised=16), facts.delivery("F", None, promised=-4),
        )  # fmt: skip
        found = pictures.lateness_of(acme.pk, day=facts.TODAY)
        assert found is not None
        assert found["title"] == "2 of 4 delivered lines came late; 1 is late and not yet delivered"
        assert found["rows"] == [
            ["early", "1", "—"], ["0", "1", "—"], ["1–7", "1", "0"], ["8–14", "1", "0"], ["15–21", "0", "1"],
            ["22–28", "0", "0"], ["29+", "0", "0"],
        ]  # fmt: skip

    def test_what_nobody_noted_is_neither_late_nor_in_time(self) -> None:
        acme = make_supplier("ACME")
        facts.deliver(facts.delivery("A", 0), facts.delivery("B", None, outcome=Outcome.UNKNOWN))
        found = pictures.lateness_of(acme.pk, day=facts.TODAY)
        assert found is not None
        assert found["title"] == "0 of 1 delivered line came late"
        assert found["rows"][-1] == ["nobody noted", "1", "—"]
        assert found["unknown"] == 1

    def test_before_anything_was_due_there_is_no_picture(self) -> None:
        acme = make_supplier("ACME")
        assert pictures.lateness_of(acme.pk, day=facts.TODAY) is None
        facts.deliver(facts.delivery("A", None, promised=-4))
        assert pictures.lateness_of(acme.pk, day=facts.TODAY) is None

    def test_a_promise_of_more_than_a_year_ago_does_not_count(self) -> None:
        acme = make_supplier("ACME")
        facts.deliver(facts.delivery("A", 0, promised=365), facts.delivery("B", 0, promised=364))
        found = pictures.lateness_of(acme.pk, day=facts.TODAY)
        assert found is not None
        assert found["title"] == "0 of 1 delivered line came late"

    def test_many_lines_cost_one_statement(self) -> None:
        acme = make_supplier("ACME")
        facts.deliver(*[facts.delivery(f"A{n}", n % 30) for n in range(60)])
        with CaptureQueriesContext(connection) as queries:
            pictures.lateness_of(acme.pk, day=facts.TODAY + timedelta(days=1))
        assert len(queries) == 1
