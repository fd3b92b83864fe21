"""manage.py import_questionnaire: both forms are read, and what cannot be read writes nothing."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from suppliers.questionnaires.models import Questionnaire, QuestionnaireVersion
from tests.conftest import Cast
from tests.suppliers.questionnaires.kit import BODY
from tests.suppliers.questionnaires.test_vsaq import FILE

pytestmark = pytest.mark.django_db


def run(path: Path, *options: str) -> Any:
    out = StringIO()
    call_command("import_questionnaire", str(path), *options, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    path = tmp_path / "sites.json"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_vsaq_file_says_what_it_held(sites: Path) -> None:
    told = run(sites, "--dimension", "technical")
    assert (told["key"], told["version"], told["sections"], told["items"]) == ("sites", 1, 2, 6)
    assert told["source"]["kinds"]["tip"] == 2
    body = QuestionnaireVersion.objects.get().body
    assert {item.get("dimension") for section in body["sections"] for item in section["items"]} == {None, "technical"}


def test_our_own_form_is_read_too_and_again_is_no_new_version(tmp_path: Path, cast: Cast) -> None:
    path = tmp_path / "own.json"
    path.write_text("// Ours\n" + json.dumps(BODY), encoding="utf-8")
    assert [run(path, "--key", "quality", "--as", "sofia")["version"] for _again in range(2)] == [1, 1]
    assert QuestionnaireVersion.objects.get().saved_by == cast.staff


@pytest.mark.parametrize("text", ["", "[]", "{", '{"title": "T", "sections": []}', '{"questionnaire": []}'])
def test_what_cannot_be_read_writes_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=r"bad\.json"):
        run(path)
    assert not Questionnaire.objects.exists()


@pytest.mark.parametrize("options", [("--as", "nobody"), ("--as", "agata")])
def test_only_who_buys_imports(sites: Path, cast: Cast, options: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(sites, *options)
    assert not Questionnaire.objects.exists()
