"""A matrix of cells: how full, what sign, and never a zero for what is not known."""

from xml.etree import ElementTree

import pytest
from django.utils.safestring import SafeString

from backoffice.kernel import heatmaps
from backoffice.kernel.heatmaps import Cell, Line


def parsed(svg: SafeString) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own picture


def drawn(*cells: Cell | None) -> SafeString:
    return heatmaps.matrix([Line("TEA-2", cells)], [f"S{n}" for n in range(len(cells))], label="Coverage")


def fill(svg: SafeString) -> list[float]:
    rects = (rect for rect in parsed(svg).iter("rect") if rect.attrib["class"] == "level")
    return [float(rect.attrib["height"].rstrip("%")) for rect in rects]


def test_it_is_one_picture_with_a_name_for_each_row_and_column() -> None:
    picture = parsed(drawn(Cell(50, "1", "primary", "TEA-2: S0 is first"), None))
    assert (picture.attrib["role"], picture.attrib["aria-label"]) == ("img", "Coverage")
    assert all(part.attrib["aria-hidden"] == "true" for part in picture)
    assert [text.text for text in picture.iter("text")] == ["TEA-2", "S0", "S1", "1"]
    assert [title.text for title in picture.iter("title")] == ["TEA-2: S0 is first"]


def test_twice_as_ready_is_twice_as_full() -> None:
    low, high = fill(drawn(Cell(40, "2", "ready", ""), Cell(80, "3", "ready", "")))
    assert high == pytest.approx(2 * low)


def test_nothing_known_is_empty_with_an_outline_of_its_own_and_zero_is_not() -> None:
    svg = drawn(Cell(None, "2?", "not-ready", ""), Cell(0, "2", "not-ready", ""))
    assert fill(svg) == [0, 0]
    assert svg.count("heat-unknown") == 1


def test_where_nobody_sells_it_there_is_a_dot_and_no_cell() -> None:
    picture = parsed(drawn(None))
    assert len(list(picture.iter("circle"))) == 1
    assert list(picture.iter("rect")) == []


def test_long_names_of_columns_get_the_room_they_need() -> None:
    short = parsed(heatmaps.matrix([], ["S"], label="x"))
    long = parsed(heatmaps.matrix([], ["S" * 64], label="x"))
    assert float(long[0].attrib["height"]) > float(short[0].attrib["height"]) + 300


def test_text_cannot_become_markup() -> None:
    evil = "<script>"
    svg = heatmaps.matrix([Line(evil, [Cell(1, evil, "ready", evil)])], [evil], label=evil)
    assert "<script" not in svg
    assert "style=" not in svg
