"""A questionnaire is read whole, or refused with its place."""

from copy import deepcopy
from typing import Any

import pytest

from suppliers.questionnaires.rules.body import Kind
from suppliers.questionnaires.rules.reading import read
from tests.suppliers.questionnaires.kit import BODY, body, data


def test_the_questionnaire_of_these_tests_is_sound() -> None:
    found, problems = read(BODY)
    assert problems == []
    assert found is not None
    assert [section.id for section in found.sections] == ["start", "details", "end"]
    assert found.items["system"].kind is Kind.YESNO
    assert [one.id for one in found.items["system"].choices] == ["system_yes", "system_no"]
    assert found.asks["checks_na"] == "checks"


def test_texts_fall_back_to_english() -> None:
    title = body().title
    assert title.in_language("zh-hant") == "關於品質"
    assert body().sections[0].title.in_language("zh-hant") == "Your company"
    assert body().sections[0].title.in_language("pl") == "Państwa firma"


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"people": {"kind": "slider"}}, "quest.kind", "people"),
        ({"people": {"id": "1 2"}}, "quest.id", "start, item 1"),
        ({"people": {"colour": "red"}}, "quest.key", "people"),
        ({"people": {"text": ""}}, "quest.text", "people"),
        ({"people": {"text": {"de": "Wie viele?"}}}, "quest.language", "people"),
        ({"people": {"text": "x" * 4_001}}, "quest.long", "people"),
        ({"people": {"min": 5, "max": 1}}, "quest.bounds", "people"),
        ({"people": {"min": "one"}}, "quest.bounds", "people"),
        ({"people": {"id": "system"}}, "quest.twice", "system"),
        ({"people": {"cond": "system_yes"}}, "quest.order", "people"),
        ({"since": {"cond": "since"}}, "quest.order", "since"),
        ({"since": {"cond": "nobody"}}, "quest.order", "since"),
        ({"since": {"cond": "certified_yes &&"}}, "quest.condition", "since"),
        ({"since": {"cond": ["certified_yes"]}}, "quest.condition", "since"),
        ({"system": {"weight": 0}}, "quest.weight", "system"),
        ({"system": {"weight": float("nan")}}, "quest.weight", "system"),
        ({"system": {"weight": True}}, "quest.weight", "system"),
        ({"system": {"dimension": "weather"}}, "quest.dimension", "system"),
        ({"system": {"no": {"severity": "awful"}}}, "quest.severity", "system"),
        ({"certified": {"choices": []}}, "quest.empty", "certified"),
        ({"certified": {"choices": [{"id": "one", "text": "One"}]}}, "quest.choices", "certified"),
        ({"certified": {"choices": [{"id": "one"}, {"id": "two"}]}}, "quest.text", "certified"),
        ({"checks": {"choices": [{"id": f"c{n}", "text": "C"} for n in range(61)]}}, "quest.many", "checks"),
        ({"people": {"na": True}}, "quest.na", "people"),
        ({"blind": {"severity": None}}, "quest.warning", "blind"),
        ({"blind": {"cond": ""}}, "quest.warning", "blind"),
    ],
)
def test_what_cannot_be_asked_is_named(changes: dict[str, Any], code: str, where: str) -> None:
    found, problems = read(data(**changes))
    assert found is None
    assert (code, where) in [(problem.code, problem.where) for problem in problems]


@pytest.mark.parametrize("wrong", [None, [], "x", {"title": "T"}, {"title": "T", "sections": [1]}])
def test_other_shapes_are_refused(wrong: Any) -> None:
    found, problems = read(wrong)
    assert found is None
    assert problems


def test_more_items_than_anybody_answers_are_refused() -> None:
    many = deepcopy(BODY)
    many["sections"] = [
        {"id": f"s{n}", "title": "S", "items": [{"id": f"i{n}_{m}", "kind": "text", "text": "T"} for m in range(100)]}
        for n in range(6)
    ]
    assert [problem.code for problem in read(many)[1]] == ["quest.many"]
