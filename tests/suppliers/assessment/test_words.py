"""Scores in words: every fact has a sentence, and the lines of an explanation add up."""

from typing import Any

import pytest

from suppliers.assessment import words
from suppliers.assessment.rules.estimating import Measured
from suppliers.assessment.rules.metrics import METRICS, Dimension, Evidence
from suppliers.assessment.rules.policy import Consequence, Switch


def charge(key: str, tenths: int, was: float | None, now: float | None, **fields: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"values": [None, None], "new": 0, "facts": []}
    return {"key": key, "dimension": "delivery", "tenths": tenths, "points": [was, now]} | given | fields


@pytest.mark.parametrize(
    ("code", "number", "sentence"),
    [
        ("late", 9.0, "PO-1042 arrived 9 days after the promise"),
        ("late", 1.0, "PO-1042 arrived 1 day after the promise"),
        ("early", 2.0, "PO-1042 arrived 2 days before the promise"),
        ("open", 4.0, "PO-1042 is still open 4 days after the promise"),
        ("on_the_day", 0.0, "PO-1042 arrived on the promised day"),
        ("recovered", 75.0, "of claim PO-1042 75 % came back"),
        ("rejected", 5.0, "lot PO-1042 was rejected"),
        ("unanswered", None, "PO-1042 was never answered"),
    ],
)
def test_facts_are_told_in_sentences(code: str, number: float | None, sentence: str) -> None:
    assert words.fact(code, "PO-1042", number) == sentence


def test_everything_has_a_name() -> None:
    assert set(words.NAMES) == set(METRICS)
    assert set(words.DIMENSIONS) == set(Dimension)
    assert set(words.EVIDENCE) == set(Evidence)
    assert set(words.CONSEQUENCES) == set(words.TONES) == set(Consequence)
    assert set(words.SWITCHES) == set(Switch)


@pytest.mark.parametrize(
    ("key", "figure", "written"),
    [
        ("otif", 90.74, "90.7%"),
        ("defects", 1234.5, "1,234.5 of a million"),
        ("returns", 4, "4 of 1,000"),
        ("days_valid", -1, "-1 days"),
        ("ack_hours", None, "—"),
    ],
)
def test_figures_have_their_unit(key: str, figure: float | None, written: str) -> None:
    assert words.value(key, figure) == written


@pytest.mark.parametrize(
    ("low", "high", "written"),
    [(4, 9, "4 days – 9 days"), (4, None, "4 days or more"), (None, 9, "9 days or less"), (None, None, "—")],
)
def test_an_interval_without_an_end_says_so(low: float | None, high: float | None, written: str) -> None:
    assert words.interval("days_late_p90", low, high) == written


def test_a_wait_that_goes_on_is_told_by_how_long_it_has_lasted() -> None:
    assert words.figure("ack_hours", Measured(5, least=120)) == "120 hours or more"
    assert words.figure("ack_hours", Measured(5, 30)) == "30 hours"
    assert words.figure("ack_hours", Measured(0)) == "—"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"first": True, "to": 80.0}, "First score"),
        ({"first": True, "to": None}, "First look: not enough data for a score"),
        ({"from": None, "to": None}, "Still not enough data for a score"),
        ({"from": None, "to": 80.0}, "There is a score now: 80"),
        ({"from": 80.0, "to": None}, "No score any more: too little has data"),
        ({"from": 80.0, "to": 73.9}, "−6.1: from 80.0 to 73.9"),
        ({"from": 73.9, "to": 80.0}, "+6.1: from 73.9 to 80.0"),
        ({"from": 73.9, "to": 73.9}, "Unchanged at 73.9"),
    ],
)
def test_the_headline_says_what_happened(told: dict[str, Any], sentence: str) -> None:
    assert words.headline(told).startswith(sentence)


def test_what_only_weighs_otherwise_is_one_line_and_the_lines_add_up() -> None:
    late = charge("otif", -61, 80, 44, values=[90.0, 72.0], new=5, facts=[["late", "PO-1042", 9.0]])
    charges = [
        late,
        charge("on_time", 4, 90, 90),
        charge("ack_hours", -2, 50, 50),
        charge("assessment:7", 10, None, 95),
    ]
    found = words.reasons({"charges": charges}, {"7": "Site visit"})
    assert [one.points for one in found] == ["−6.1", "+1.0", "+0.2"]
    assert found[0].sentence == (
        "Delivery · On time, in full: 90.0% before, 72.0% now; PO-1042 arrived 9 days after the promise; "
        "4 more new facts"
    )
    assert found[1].sentence == "Delivery · Site visit: counts now, with 95 points"


def test_switches_and_policies_are_reasons_too() -> None:
    told = {"stops": {"on": [["certificate", "L-77"]], "off": [["insolvency", "court"]]}, "policy": [1, 2]}
    assert [one.sentence for one in words.reasons(told, {})] == [
        "Stopped: a critical certificate has expired: L-77",
        "No longer: insolvency: court",
        "The policy changed from version 1 to 2.",
    ]
