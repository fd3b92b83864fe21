"""What is asked, whether it is answered, and what answers are worth."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.assessment.rules.metrics import Dimension
from suppliers.questionnaires.rules import judging
from suppliers.questionnaires.rules.body import WORST_FIRST
from tests.suppliers.questionnaires.kit import ALL_WELL, ANSWERS, body

BODY = body()
HIDES = ("checks", "certified", "since", "paper", "blind")


def given_answers(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (ALL_WELL | changes).items() if value is not None}


class TestVisible:
    def test_a_section_waits_for_its_condition(self) -> None:
        assert judging.visible(BODY, {}) == ("people", "system", "remarks")
        assert not set(HIDES) & set(judging.visible(BODY, {"system": "system_no"}))
        assert "checks" in judging.visible(BODY, {"system": "system_yes"})

    def test_what_was_answered_in_a_hidden_section_shows_nothing(self) -> None:
        assert "paper" in judging.visible(BODY, given_answers())
        assert "paper" not in judging.visible(BODY, given_answers(system="system_no"))

    def test_a_warning_waits_for_the_answer_it_judges(self) -> None:
        assert "blind" not in judging.visible(BODY, given_answers(checks=None))
        assert "blind" in judging.visible(BODY, given_answers(checks=["checks_in"]))
        assert "blind" not in judging.visible(BODY, given_answers())
        assert "blind" not in judging.visible(BODY, given_answers(checks="na"))


class TestProgress:
    def test_only_visible_questions_that_must_be_answered_count(self) -> None:
        found = judging.progress(BODY, {"system": "system_no"})
        assert (found.answered, found.asked, found.open) == (1, 2, ("people",))

    def test_does_not_apply_is_an_answer(self) -> None:
        assert judging.progress(BODY, given_answers(checks="na")).is_complete
        assert not judging.progress(BODY, given_answers(checks=[])).is_complete


class TestPoints:
    def test_all_well_is_a_hundred(self) -> None:
        assert judging.points(BODY, ALL_WELL) == {Dimension.QUALITY: 100, Dimension.COMPLIANCE: 100}
        assert judging.findings(BODY, ALL_WELL) == ()

    @pytest.mark.parametrize(
        ("changes", "quality", "compliance"),
        [
            # (2·1 + 1·0.25) / 3 = 75, held at 60
            ({"checks": ["checks_none", "checks_out"]}, 60, 100),
            ({"checks": ["checks_in"]}, 85, 100),  # (2 + 1 + 0.5) / 4 = 87.5, held at 85
            ({"checks": "na"}, 100, 100),  # the question leaves both sums, and its warning with it
            ({"certified": "certified_soon"}, 100, 75),
            ({"certified": "certified_no"}, 100, 50),
            ({"certified": None}, 100, None),
        ],
    )
    def test_known_answers(self, changes: dict[str, Any], quality: int, compliance: int | None) -> None:
        found = judging.points(BODY, given_answers(**changes))
        assert (found[Dimension.QUALITY], found.get(Dimension.COMPLIANCE)) == (quality, compliance)

    def test_one_critical_answer_is_not_made_good_by_others(self) -> None:
        heavy = body(
            system={"weight": 1, "no": {"severity": "critical"}},
            people={
                "kind": "yesno", "dimension": "quality", "weight": 100, "min": None, "max": None,
                "yes": {}, "no": {"severity": "low"},
            },
        )  # fmt: skip
        answers = {"people": "people_yes", "system": "system_no"}
        assert judging.points(heavy, answers) == {Dimension.QUALITY: 30}

    @given(ANSWERS)
    def test_what_is_hidden_never_counts(self, answers: dict[str, Any]) -> None:
        shown = judging.visible(BODY, answers)
        only = {name: value for name, value in answers.items() if name in shown}
        assert judging.points(BODY, only) == judging.points(BODY, answers)
        assert judging.findings(BODY, only) == judging.findings(BODY, answers)
        assert judging.visible(BODY, only) == shown

    @given(ANSWERS)
    def test_what_does_not_apply_is_in_neither_sum(self, answers: dict[str, Any]) -> None:
        without = body(checks={"dimension": None})
        silenced = answers | {"checks": "na"}
        assert judging.points(BODY, silenced) == judging.points(without, silenced)

    @given(ANSWERS, st.sampled_from([*WORST_FIRST, None]), st.sampled_from([*WORST_FIRST, None]))
    def test_a_worse_answer_never_earns_more(self, answers: dict[str, Any], one: Any, other: Any) -> None:
        order = [*WORST_FIRST, None]
        worse, better = sorted((one, other), key=order.index)
        answers = answers | {"system": "system_no"}
        low, high = (judging.points(body(system={"no": {"severity": s}}), answers) for s in (worse, better))
        assert low[Dimension.QUALITY] <= high[Dimension.QUALITY]

    @given(ANSWERS)
    def test_points_are_from_0_to_100_for_what_was_asked(self, answers: dict[str, Any]) -> None:
        assert all(0 <= found <= 100 for found in judging.points(BODY, answers).values())


def test_findings_come_worst_first_with_their_words() -> None:
    found = judging.findings(BODY, given_answers(checks=["checks_none"], certified="certified_no"))
    assert [(one.item.id, one.severity.value) for one in found] == [
        ("checks", "high"), ("certified", "medium"), ("blind", "medium"),
    ]  # fmt: skip
    assert found[0].chosen.in_language("en") == "Nothing"
    assert found[2].warning.in_language("pl") == "Check what leaves."
