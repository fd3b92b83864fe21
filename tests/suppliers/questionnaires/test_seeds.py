"""The questionnaires that come with the shop: sound, whole in four languages, and loaded once."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from customercare.management import seeding_questionnaires as seeding
from suppliers.questionnaires.models import AnswerSheet, QuestionnaireVersion
from suppliers.questionnaires.rules import judging, reading
from suppliers.questionnaires.rules.body import LANGUAGES, Body, Text
from tests.factories import NOW
from tests.factories.suppliers import make_supplier

FOLDER = settings.BASE_DIR / "seeds" / "questionnaires"
FILES = sorted(FOLDER.glob("*.json"))


def body(path: Path) -> Body:
    found, problems = reading.read(json.loads(path.read_text(encoding="utf-8")))
    assert problems == []
    assert found is not None
    return found


def texts(found: Body) -> list[Text]:
    every = [found.title, found.intro, *(section.title for section in found.sections)]
    for item in found.items.values():
        every += [item.text, item.hint, *(text for one in item.choices for text in (one.text, one.warning))]
    return [text for text in every if text]


def test_there_are_two() -> None:
    assert [path.stem for path in FILES] == [seeding.CONTINUITY, seeding.SELF]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_text_is_said_in_every_language(path: Path) -> None:
    missing = [text.in_language("en") for text in texts(body(path)) if set(text.said) != set(LANGUAGES)]
    assert missing == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_traditional_chinese_is_a_text_of_its_own(path: Path) -> None:
    simple, traditional = ("".join(text.said[code] for text in texts(body(path))) for code in ("zh-hans", "zh-hant"))
    assert not set("质报产业检关") & set(traditional)
    assert not set("質報產業檢關") & set(simple)


@pytest.mark.parametrize(
    ("key", "answers"), [(seeding.SELF, seeding.HALF_WAY), (seeding.CONTINUITY, seeding.HANDED_IN)]
)
def test_what_the_demo_answers_fits(key: str, answers: dict[str, Any]) -> None:
    found = body(FOLDER / f"{key}.json")
    assert set(answers) <= set(judging.visible(found, answers))
    assert judging.progress(found, answers).is_complete == (key == seeding.CONTINUITY)


@pytest.mark.django_db
def test_loading_twice_changes_nothing() -> None:
    for code in ("HARBIN-DOWN", "TATRA"):
        make_supplier(code)
    told = [
        (seeding.load_reference(FOLDER, now=NOW), seeding.load_demo(now=NOW), QuestionnaireVersion.objects.count())
        for _again in range(2)
    ]
    assert told == [(2, 2, 2), (0, 0, 2)]
    assert sorted(AnswerSheet.objects.values_list("state", flat=True)) == ["open", "submitted"]
