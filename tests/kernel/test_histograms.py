"""Bars by class: heights from zero, two kinds apart, and nothing where nothing can be."""

from xml.etree import ElementTree

import pytest
from django.utils.safestring import SafeString

from backoffice.kernel import histograms
from backoffice.kernel.histograms import Bin, Fence


def parsed(svg: SafeString) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own picture


def heights(svg: SafeString, tone: str) -> list[float]:
    found = (rect for rect in parsed(svg).iter("rect") if f"seg-{tone}" in rect.attrib.get("class", ""))
    return [float(rect.attrib["height"].rstrip("%")) for rect in found]


def test_heights_stand_to_each_other_as_counts_do() -> None:
    svg = histograms.bars([Bin("0", 10), Bin("1–7", 5)], label="Lines")
    tall, short = heights(svg, "accent")
    assert short == pytest.approx(tall / 2)
    assert (parsed(svg).attrib["role"], parsed(svg).attrib["aria-label"]) == ("img", "Lines")


def test_every_number_is_written_and_nothing_is_a_number_too() -> None:
    svg = histograms.bars([Bin("0", 10), Bin("1–7", 0, 3), Bin("?", None, 0)], label="x")
    texts = [text.text for text in parsed(svg).iter("text")]
    assert texts == ["10", "0", "0", "3", "1–7", "0", "?"]


def test_one_among_many_can_still_be_seen() -> None:
    svg = histograms.bars([Bin("0", 100_000), Bin("1–7", 1)], label="x")
    assert min(heights(svg, "accent")) == histograms.LOWEST


def test_the_second_kind_is_striped_and_has_the_same_scale() -> None:
    svg = histograms.bars([Bin("1–7", 4, 4, "warn")], label="x")
    assert heights(svg, "warn") == heights(svg, "bad")
    assert svg.count("url(#bins-") == 1


def test_where_nothing_can_be_there_is_no_bar_and_no_zero() -> None:
    svg = histograms.bars([Bin("early", 4, None)], label="x")
    assert [text.text for text in parsed(svg).iter("text")] == ["4", "early"]


def test_a_labelled_limit_stands_between_two_classes() -> None:
    svg = parsed(histograms.bars([Bin(str(n), n) for n in range(4)], label="x", fence=Fence(2, "late")))
    limit = next(line for line in svg.iter("line") if line.attrib["class"] == "limit")
    assert limit.attrib["x1"] == "50.0%"
    assert "late" in {text.text for text in svg.iter("text")}


@pytest.mark.parametrize("bins", [[], [Bin("0", 0)], [Bin("0", 0, 0)]])
def test_without_anything_counted_it_still_is_a_picture(bins: list[Bin]) -> None:
    assert parsed(histograms.bars(bins, label="empty")).attrib["role"] == "img"


def test_text_cannot_become_markup() -> None:
    svg = histograms.bars([Bin("<script>", 1)], label="<script>", fence=Fence(0, "<script>"))
    assert "<script" not in svg
    assert "style=" not in svg
