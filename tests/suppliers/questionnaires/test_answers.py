"""Which values are answers, what a save changes, and when an open page may save by itself."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.page_runs import NOBODY, Run, after, may_save
from suppliers.questionnaires.rules import answers
from tests.suppliers.questionnaires.kit import ALL_WELL, body

BODY = body()


@pytest.mark.parametrize(
    ("item", "value", "wanted"),
    [
        ("people", "40", True), ("people", "0", False), ("people", "1e3", False), ("people", 40, False),
        ("people", "٣", False), ("people", "na", False), ("people", "", True),
        ("system", "system_yes", True), ("system", "certified_yes", False), ("system", ["system_yes"], False),
        ("checks", ["checks_in"], True), ("checks", ["checks_in", "checks_in"], False), ("checks", "na", True),
        ("checks", "checks_in", False), ("checks", [["checks_in"]], False),
        ("since", "2026-02-28", True), ("since", "2026-02-30", False), ("since", "20260228", False),
        ("paper", [1, 2], True), ("paper", ["1"], False), ("paper", [True], False),
        ("paper", list(range(1, 12)), False),
        ("remarks", "x" * 4_000, True), ("remarks", "x" * 4_001, False), ("remarks", "\x00", False),
        ("blind", "x", False), ("blind", "", False),
    ],
)  # fmt: skip
def test_only_answers_are_answers(item: str, value: Any, wanted: bool) -> None:
    assert answers.fits(BODY.items[item], value) is wanted


def test_a_page_changes_what_it_shows_alone() -> None:
    found = answers.merged(BODY, ALL_WELL, {"people": "41", "checks": "x"}, on_page=["people", "system"])
    assert found == {"people": "41", "checks": ALL_WELL["checks"], "certified": "certified_yes"}


def test_what_is_no_question_is_dropped() -> None:
    assert answers.merged(BODY, {"gone": "1"}, {"evil": "1"}, on_page=["evil"]) == {}


def test_the_digest_depends_on_questions_and_answers_and_on_no_order() -> None:
    one = answers.digest("v1", {"a": "1", "b": "2"})
    assert one == answers.digest("v1", {"b": "2", "a": "1"})
    assert len({one, answers.digest("v2", {"a": "1", "b": "2"}), answers.digest("v1", {"a": "1"})}) == 3


class TestPageRuns:
    """P and Q are open pages of one sheet."""

    def save(self, state: tuple[int, Run], seen: int, page: str, *, closes: bool = False) -> tuple[int, Run] | None:
        version, run = state
        if not may_save(version=version, run=run, seen=seen, page=page):
            return None
        return version + 1, after(version=version, run=run, page=page, closes=closes)

    def test_a_page_goes_on_after_its_own_saves(self) -> None:
        state = self.save((5, Run(NOBODY, 0)), 5, "P")
        assert state is not None
        assert self.save(state, 5, "P") is not None  # its button was pressed before it heard of its own save
        assert self.save(state, 6, "P") is not None

    def test_another_page_is_refused_and_sees_both(self) -> None:
        state = self.save((5, Run(NOBODY, 0)), 5, "P")
        assert state is not None
        assert self.save(state, 5, "Q") is None

    def test_a_page_does_not_save_over_what_came_between(self) -> None:
        state = self.save((5, Run(NOBODY, 0)), 5, "P")
        assert state is not None
        between = self.save(state, 6, "Q")
        assert between is not None
        assert self.save(between, 6, "P") is None

    def test_a_save_that_arrives_after_the_page_was_left_is_refused(self) -> None:
        state = self.save((5, Run(NOBODY, 0)), 5, "P", closes=True)
        assert state is not None
        assert self.save(state, 5, "P") is None

    @given(st.lists(st.tuples(st.sampled_from("PQ"), st.integers(0, 3), st.booleans()), max_size=12))
    def test_nobody_ever_saves_over_what_a_stranger_wrote_unseen(self, acts: list[tuple[str, int, bool]]) -> None:
        state, writers = (1, Run(NOBODY, 0)), [""]  # writers[v]: who made version v + 1
        for page, back, closes in acts:
            seen = max(1, state[0] - back)
            saved = self.save(state, seen, page, closes=closes)
            if saved is None:
                continue
            assert set(writers[seen:]) <= {page}
            state = saved
            writers.append(page)
