"""A score over time: steps that hold, gaps that stay gaps, marks that do not hide each other, and words for readers."""

from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel import timelines
from backoffice.kernel.timelines import Level, Mark, Step

FIRST = date(2026, 6, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def parsed(svg: SafeString) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own picture


def lines(svg: SafeString, name: str = "polyline") -> list[list[tuple[float, float]]]:
    found = [shape.attrib["points"].split() for shape in parsed(svg).iter(name)]
    return [[(float(x), float(y)) for x, _comma, y in (point.partition(",") for point in points)] for points in found]


def drawn(*steps: Step, until: int = 100, **given: object) -> SafeString:
    return timelines.over_time(steps, until=day(until), label="Score", **given)  # type: ignore[arg-type]


def test_a_value_holds_until_the_next_one_and_the_last_one_until_today() -> None:
    svg = drawn(Step(day(0), 80), Step(day(50), 60))
    assert lines(svg) == [[(0, 20), (50, 20), (50, 40), (100, 40), (100, 40)]]


def test_days_keep_their_distance() -> None:
    svg = drawn(Step(day(0), 80), Step(day(10), 70), Step(day(90), 60))
    corners = {x for x, _y in lines(svg)[0]}
    assert corners == {0, 10, 90, 100}


def test_the_interval_lies_round_the_line() -> None:
    svg = drawn(Step(day(0), 50, 40, 70))
    ys = {y for _x, y in lines(svg, "polygon")[0]}
    assert ys == {30, 60}


def test_without_data_there_is_a_gap_and_never_a_zero() -> None:
    svg = drawn(Step(day(0), 80), Step(day(20), None), Step(day(60), 70))
    first, second = lines(svg)
    assert (first[-1][0], second[0][0]) == (20, 60)
    assert 100 not in {y for run in (first, second) for _x, y in run}


def test_a_line_that_ended_has_no_dot_at_the_end() -> None:
    assert parsed(drawn(Step(day(0), 80))).find(".//circle") is not None
    assert parsed(drawn(Step(day(0), 80), Step(day(9), None))).find(".//circle") is None


def test_limits_are_labelled_and_the_scale_begins_at_zero() -> None:
    svg = drawn(Step(day(0), 80), levels=[Level(0, "Unfit from 0"), Level(70, "Approved from 70")])
    texts = [text.text for text in parsed(svg).iter("text")]
    assert texts.count("Approved from 70") == 1
    assert "Unfit from 0" not in texts
    assert {"0", "100"} <= set(texts)


def marks(*days: int, kind: str = "fall") -> list[Mark]:
    return [Mark(day(number), place, kind, f"event {place}") for place, number in enumerate(days, start=1)]


def test_marks_have_shape_number_and_words() -> None:
    svg = parsed(drawn(Step(day(0), 80), marks=[Mark(day(40), 7, "stop", "Default declared")]))
    mark = next(one for one in svg.iter("svg") if "mark-stop" in one.attrib.get("class", ""))
    assert mark.attrib["x"] == "40.0%"
    assert mark.findtext("title") == "7. 11 Jul 2026: Default declared"
    assert mark.findtext("text") == "7"


def test_kinds_differ_by_shape_and_not_by_colour_alone() -> None:
    shapes = set()
    for kind in ("fall", "rise", "stop", "news"):
        path = parsed(timelines.badge(1, kind)).find("path")
        assert path is not None
        shapes.add(path.attrib["d"])
    assert len(shapes) == 4


def test_marks_close_together_stand_in_different_lanes() -> None:
    svg = parsed(drawn(Step(day(0), 80), marks=marks(50, 52, 54)))
    assert len({one.attrib["y"] for one in svg.iter("svg") if "mark" in one.attrib.get("class", "")}) == 3


def test_what_lies_outside_of_the_picture_has_no_mark() -> None:
    assert "mark-fall" not in drawn(Step(day(10), 80), marks=marks(3, 101))


@given(st.lists(st.integers(min_value=0, max_value=100), min_size=1, max_size=9, unique=True))
def test_every_mark_is_drawn_once(days: list[int]) -> None:
    svg = parsed(drawn(Step(day(0), 80), marks=marks(*sorted(days))))
    assert len([one for one in svg.iter("svg") if "mark" in one.attrib.get("class", "")]) == len(days)


@pytest.mark.parametrize("steps", [[], [Step(FIRST, None)], [Step(FIRST, 50)]])
def test_little_or_no_data_still_makes_a_picture(steps: list[Step]) -> None:
    svg = timelines.over_time(steps, until=FIRST, label="empty")
    assert parsed(svg).attrib["aria-label"] == "empty"


def test_text_from_people_cannot_become_markup() -> None:
    evil = "<script>"
    svg = timelines.over_time(
        [Step(FIRST, 1)], until=day(1), label=evil, levels=[Level(50, evil)], marks=[Mark(FIRST, 1, "fall", evil)]
    )
    assert "<script" not in svg
    assert "style=" not in svg
