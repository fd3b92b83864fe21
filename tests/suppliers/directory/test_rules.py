"""When a supplier is due to hear from us, and how a paper stands."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.directory.rules import EXPIRING_DAYS, Paper, contact_due, paper_state

TODAY = date(2026, 11, 21)
days = st.dates(min_value=date(2020, 1, 1), max_value=date(2035, 12, 31))


class TestContactDue:
    def test_what_was_agreed_counts_before_the_plan(self) -> None:
        agreed = TODAY + timedelta(days=3)
        assert contact_due(last_on=TODAY, next_on=agreed, cadence_days=30, since=TODAY) == agreed

    def test_the_plan_counts_from_the_last_talk(self) -> None:
        assert contact_due(last_on=TODAY, next_on=None, cadence_days=30, since=TODAY) == date(2026, 12, 21)

    def test_who_was_never_talked_to_is_due_since_there_is_a_plan(self) -> None:
        assert contact_due(last_on=None, next_on=None, cadence_days=30, since=TODAY) == TODAY

    def test_without_plan_and_agreement_nothing_is_due(self) -> None:
        assert contact_due(last_on=TODAY, next_on=None, cadence_days=None, since=TODAY) is None


class TestPaper:
    @pytest.mark.parametrize(
        ("until", "state"),
        [
            (TODAY - timedelta(days=1), Paper.EXPIRED),
            (TODAY, Paper.EXPIRING),
            (TODAY + timedelta(days=EXPIRING_DAYS), Paper.EXPIRING),
            (TODAY + timedelta(days=EXPIRING_DAYS + 1), Paper.VALID),
            (None, Paper.VALID),
        ],
    )
    def test_it_counts_on_its_last_day_and_warns_before(self, until: date | None, state: Paper) -> None:
        assert paper_state(valid_from=None, valid_until=until, is_retired=False, today=TODAY) == state

    def test_one_that_begins_later_is_not_valid_yet(self) -> None:
        begins = TODAY + timedelta(days=1)
        assert paper_state(valid_from=begins, valid_until=None, is_retired=False, today=TODAY) == Paper.FUTURE

    @given(until=days, today=days)
    def test_a_replaced_one_never_warns(self, until: date, today: date) -> None:
        assert paper_state(valid_from=None, valid_until=until, is_retired=True, today=today) == Paper.RETIRED

    @given(until=days, today=days)
    def test_it_is_expired_exactly_after_its_last_day(self, until: date, today: date) -> None:
        state = paper_state(valid_from=None, valid_until=until, is_retired=False, today=today)
        assert (state == Paper.EXPIRED) == (today > until)
