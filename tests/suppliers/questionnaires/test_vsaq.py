"""Reading the VSAQ form: comments, joined strings, nested blocks, tips. The real files are read by `make realdata`."""

from typing import Any

import pytest

from suppliers.questionnaires.rules import judging, reading, vsaq

FILE = """
// A comment with a "string" + another
{
  "questionnaire": [{
    "type": "block", "text": "Sites", "items": [
      {"type": "info", "text": "<b>Read</b> this &mdash; http://not.a/comment"},
      {"type": "block", "id": "office", "text": "Office", "items": [
        {"type": "radiogroup", "id": "doors", "text": "Are there " + // joined
            "<i>doors</i>?", "choices": [{"doors_yes": "Yes"}, {"doors_no": "No + never"}]},
        {"type": "tip", "id": "warn_doors", "cond": "doors_no", "text": "Get doors.", "name": "No doors",
         "warn": "yes", "severity": "high"},
        {"type": "block", "text": "Locks", "cond": "doors_yes", "items": [
          {"type": "checkgroup", "text": "Which?", "choices": [{"lock_key": "Key"}, {"lock_card": "Card"}]},
          {"type": "tip", "id": "warn_card", "cond": "!lock_card", "text": "Cards are better.", "warn": "yes",
           "name": "No cards", "severity": "medium"},
          {"type": "line", "id": "maker", "cond": "lock_card", "text": "Whose?"}
        ]}
      ]}
    ]
  }]
}
"""


def read(text: str = FILE) -> tuple[Any, vsaq.Counts]:
    data, counts = vsaq.convert(vsaq.load(text), dimension="compliance")
    body, problems = reading.read(data)
    assert problems == []
    return body, counts


def test_comments_go_and_strings_are_joined_but_not_inside_strings() -> None:
    assert vsaq.load('{"a": "x//y" + "z", "b": "1 + 1", /* gone */ "c": "\\"//\\""}') == {
        "a": "x//yz", "b": "1 + 1", "c": '"//"',
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "{", '{"a": "b" "c"}', '{"a": + "b"}', '["a" +]', "[" * 100_000, '{"a": "x'])
def test_what_is_not_that_form_is_refused(text: str) -> None:
    with pytest.raises(vsaq.Unreadable):
        vsaq.convert(vsaq.load(text), dimension="compliance")


@pytest.mark.parametrize("data", [{}, [], {"questionnaire": []}, {"questionnaire": [{"text": "x"}]}])
def test_other_data_is_refused(data: Any) -> None:
    with pytest.raises(vsaq.Unreadable):
        vsaq.convert(data, dimension="compliance")


def test_everything_in_the_file_is_counted() -> None:
    _body, counts = read()
    assert counts.blocks == 3
    assert counts.kinds == {"info": 1, "radiogroup": 1, "tip": 2, "checkgroup": 1, "line": 1}
    assert counts.severities == {"high": 1, "medium": 1}
    assert counts.conditions == 4


def test_blocks_become_sections_and_headings() -> None:
    body, _counts = read()
    assert [section.title.in_language("en") for section in body.sections] == ["", "Office"]
    heading = next(item for item in body.items.values() if item.text.in_language("en") == "Locks")
    assert heading.id in judging.visible(body, {"doors": "doors_yes"})
    assert heading.id not in judging.visible(body, {"doors": "doors_no"})


def test_a_tip_on_one_choice_is_its_severity_and_another_stays_a_warning() -> None:
    body, _counts = read()
    assert "warn_doors" not in body.items
    assert body.items["doors"].choice("doors_no").severity == "high"
    several = next(item for item in body.items.values() if item.kind == "several")
    answers = {"doors": "doors_yes", several.id: ["lock_key"]}
    assert [one.item.id for one in judging.findings(body, answers)] == ["warn_card"]
    assert judging.findings(body, answers | {several.id: ["lock_card"]}) == ()


def test_html_becomes_text() -> None:
    assert vsaq.plain("<p>A &amp; <b>B</b></p><ul><li>one<li>two</ul><a href='http://x.example'>C</a>") == (
        "A & B\n• one\n• two\nC (http://x.example)"
    )
