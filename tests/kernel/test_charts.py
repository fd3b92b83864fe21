"""Charts: parts add up, gaps stay gaps, text is escaped, and every picture says what it shows."""

from xml.etree import ElementTree

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel import charts
from backoffice.kernel.charts import Part, Series, Threshold

counts = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=12)


def parsed(svg: SafeString) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own picture


@given(counts)
def test_shares_of_a_whole_add_up_to_exactly_one_hundred(values: list[int]) -> None:
    shares = charts.shares([Part(str(place), value) for place, value in enumerate(values)])
    tenths = sum(round(share.percent * 10) for share in shares)
    assert tenths == (1000 if sum(values) else 0)


@given(counts)
def test_a_share_is_never_further_than_a_tenth_from_the_truth(values: list[int]) -> None:
    total = sum(values) or 1
    for share in charts.shares([Part("x", value) for value in values]):
        assert abs(share.percent - 100 * share.part.value / total) <= 0.1001


@given(counts)
def test_segments_of_a_stacked_bar_follow_each_other_without_a_gap(values: list[int]) -> None:
    svg = parsed(charts.stacked_bar([Part("x", value) for value in values], label="All"))
    end = 0.0
    for segment in svg.findall("svg"):
        assert float(segment.attrib["x"].rstrip("%")) == pytest.approx(end, abs=0.051)
        end += float(segment.attrib["width"].rstrip("%"))
    assert end == pytest.approx(100 if sum(values) else 0, abs=0.001)


def test_a_stacked_bar_is_one_picture_with_a_name_and_a_title_a_segment() -> None:
    svg = parsed(charts.stacked_bar([Part("Sent", 3, "ok"), Part("Failed", 1, "bad")], label="3 of 4 sent"))
    assert (svg.attrib["role"], svg.attrib["aria-label"]) == ("img", "3 of 4 sent")
    assert [title.text for title in svg.iter("title")] == ["Sent: 3 (75.0%)", "Failed: 1 (25.0%)"]


def test_warning_and_failure_carry_stripes_so_that_colour_never_speaks_alone() -> None:
    svg = charts.stacked_bar([Part("Sent", 3, "ok"), Part("Failed", 1, "bad"), Part("Odd", 1, "warn")], label="x")
    assert svg.count("url(#stripes-") == 2


def test_two_bars_on_one_page_share_no_id() -> None:
    one = charts.stacked_bar([Part("Failed", 1, "bad")], label="one")
    two = charts.stacked_bar([Part("Failed", 1, "bad")], label="two")
    assert parsed(one).find(".//pattern").attrib["id"] != parsed(two).find(".//pattern").attrib["id"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "svg",
    [
        charts.sparkline([1, 2], label="<script>"),
        charts.area([1, 2], ["<script>", "b"], label="<script>", threshold=Threshold(1, "<script>"), unit="<script>"),
        charts.stacked_bar([Part("<script>", 1)], label="<script>"),
        charts.small_multiples([Series("<script>", [1], "<script>")]),
    ],
)
def test_text_from_people_cannot_become_markup(svg: SafeString) -> None:
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_no_chart_needs_an_inline_style() -> None:
    svg = charts.area([1, 2], ["a", "b"], label="x", threshold=Threshold(1, "limit"))
    assert "style" not in svg + charts.sparkline([1], label="x") + charts.stacked_bar([Part("a", 1, "bad")], label="x")


def test_missing_values_break_the_line_instead_of_falling_to_zero() -> None:
    svg = parsed(charts.area([4, 4, None, 4, 4], list("abcde"), label="x"))
    lines = [line.attrib["points"] for line in svg.iter("polyline")]
    assert len(lines) == 2
    assert "100.0" not in {point.split(",")[1] for line in lines for point in line.split()}


def test_a_single_value_between_gaps_can_still_be_seen() -> None:
    svg = parsed(charts.sparkline([None, 4, None], label="x"))
    line = svg.find(".//polyline")
    assert line is not None
    assert len(line.attrib["points"].split()) == 2


def test_the_scale_starts_at_zero_and_has_room_for_values_and_threshold() -> None:
    svg = parsed(charts.area([10, 20], ["a", "b"], label="x", threshold=Threshold(90, "limit 90")))
    limit = next(line for line in svg.iter("line") if line.attrib["class"] == "limit")
    assert 0 < float(limit.attrib["y1"].rstrip("%")) < 20
    assert [text.text for text in svg.iter("text") if text.text in {"0", "limit 90"}] == ["0", "limit 90"]


@pytest.mark.parametrize("values", [[], [None], [0], [0, 0], [5]])
def test_little_or_no_data_still_makes_a_picture(values: list[charts.Value]) -> None:
    labels = [str(place) for place in range(len(values))]
    assert parsed(charts.area(values, labels, label="empty")).attrib["role"] == "img"
    assert parsed(charts.sparkline(values, label="empty")).attrib["role"] == "img"


@given(st.lists(st.one_of(st.none(), st.floats(min_value=0, max_value=1e9)), max_size=40))
def test_every_point_lies_inside_the_box(values: list[float | None]) -> None:
    svg = parsed(charts.sparkline(values, label="x"))
    points = [point for line in svg.iter("polyline") for point in line.attrib["points"].split()]
    for point in points:
        x, y = (float(number) for number in point.split(","))
        assert 0 <= x <= 100
        assert 0 <= y <= 100


def test_small_multiples_share_one_scale() -> None:
    svg = parsed(charts.small_multiples([Series("a", [10]), Series("b", [5])]))
    heights = [float(dot.attrib["cy"].rstrip("%")) for dot in svg.iter("circle")]
    assert heights[0] < heights[1]


def test_the_table_beside_a_chart_keeps_gaps_apart_from_zero() -> None:
    assert charts.points_table([1, None, 0], ["a", "b", "c"]) == [("a", 1), ("b", None), ("c", 0)]


def test_a_label_for_each_value_is_demanded() -> None:
    with pytest.raises(ValueError, match="zip"):
        charts.points_table([1, 2], ["a"])


def test_an_interval_is_drawn_round_its_value_and_nothing_for_no_data() -> None:
    svg = charts.interval_bar(60, 45.5, 80, label="<Quality>")
    assert parsed(svg).attrib["aria-label"] == "<Quality>"
    assert 'x1="45.5%" x2="80%"' in svg
    assert 'width="60%"' in svg
    assert "bracket" not in charts.interval_bar(None, None, None, label="no data")


def test_a_scale_can_be_fixed() -> None:
    assert ">100<" in charts.area([10, 20], ["a", "b"], label="x", top=100)
