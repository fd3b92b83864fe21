"""A score over time as SVG made on the server: steps, the interval round them, labelled bands, and numbered marks.

As in charts.py positions are per cents of the box, so that a picture fits any width; days keep their distance. A value
holds until the next one, so the line has steps. None is a gap: no data is not zero. Marks differ by shape, not only by
colour, and their numbers lead to the list that stands below the picture.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from backoffice.kernel import formats
from backoffice.kernel.charts import Value

PLOT_HEIGHT = 230
LANE_HEIGHT = 26
LANES = 3
# Two marks in one lane are at least so many per cent of the width apart; enough for a narrow phone.
LANE_GAP = 8.0
DAY_TICKS = 3
# Each shape round 0,0. Whatever is not named here is a disc.
SHAPES = {
    "fall": "M-12,-9 H12 L0,12 Z",
    "rise": "M-12,9 H12 L0,-12 Z",
    "stop": "M-10,-10 H10 V10 H-10 Z",
}
DISC = "M-10,0 a10,10 0 1,0 20,0 a10,10 0 1,0 -20,0 Z"
# Letters sit lower in a triangle that stands on its side and higher in one that hangs.
LETTER_Y = {"fall": 1, "rise": 7}


@dataclass(frozen=True, slots=True)
class Step:
    """What held from a day on: a value on the scale with its interval, None for no data."""

    day: date
    value: Value
    low: Value = None
    high: Value = None


@dataclass(frozen=True, slots=True)
class Level:
    """A labelled limit of the scale; label names what begins there."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened. kind: fall, rise, stop, or anything else for a disc; number: as in the list below."""

    day: date
    number: int
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class _Frame:
    """Days and values as per cents of the plot. last is never before first."""

    first: date
    last: date
    top: float

    def x(self, day: date) -> float:
        span = (self.last - self.first).days or 1
        return round(100 * min(max((day - self.first).days / span, 0.0), 1.0), 2)

    def y(self, value: float) -> float:
        return round(100 - 100 * value / self.top, 2)


def over_time(
    steps: Sequence[Step],
    *,
    until: date,
    label: str,
    levels: Sequence[Level] = (),
    marks: Sequence[Mark] = (),
    top: float = 100.0,
) -> SafeString:
    """Draw the steps from the first one's day to `until`, on a scale from 0 to `top`. Without steps it is empty."""
    first = steps[0].day if steps else until
    frame = _Frame(first, max(until, first + timedelta(days=1)), top)
    inside = [mark for mark in marks if frame.first <= mark.day <= frame.last]
    lanes = _lanes(inside, frame)
    above = LANE_HEIGHT * (max(lanes, default=-1) + 1)
    drawn = format_html_join(
        "", "{}", ((_mark(mark, lane, frame, above),) for mark, lane in zip(inside, lanes, strict=True))
    )
    return format_html(
        '<svg class="chart chart-time" role="img" aria-label="{}" width="100%" height="{}">'
        '<svg y="{}" width="100%" height="{}">{}{}{}{}</svg>{}</svg>',
        label,
        above + PLOT_HEIGHT,
        above,
        PLOT_HEIGHT,
        _levels(levels, frame),
        _plot(steps, frame),
        _days(frame),
        _last(steps, frame),
        drawn,
    )


def _plot(steps: Sequence[Step], frame: _Frame) -> SafeString:
    """Line and interval in a stretched inner box; strokes are not stretched with it."""
    runs = list(_runs(steps, frame.last))
    bands = ((_outline(run, frame),) for run in runs)
    lines = ((_path(_corners([(day, value) for day, value, _l, _h in run]), frame),) for run in runs)
    return format_html(
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%">{}{}</svg>',
        format_html_join("", '<polygon class="spread" points="{}"/>', bands),
        format_html_join("", '<polyline class="line" points="{}"/>', lines),
    )


def _runs(steps: Sequence[Step], last: date) -> Iterator[list[tuple[date, float, float, float]]]:
    """Stretches without a gap, each as (day, value, low, high), the last of them up to where the next step begins."""
    run: list[tuple[date, float, float, float]] = []
    for step in steps:
        if step.value is None:
            if run:
                yield [*run, (step.day, *run[-1][1:])]
            run = []
            continue
        low = step.value if step.low is None else step.low
        high = step.value if step.high is None else step.high
        run.append((step.day, step.value, low, high))
    if run:
        yield [*run, (last, *run[-1][1:])]


def _corners(points: Sequence[tuple[date, float]]) -> list[tuple[date, float]]:
    """The way along the steps: level to the next day, then up or down."""
    found = list(points[:1])
    for (_day, before), (day, value) in pairwise(points):
        found += [(day, before), (day, value)]
    return found


def _outline(run: Sequence[tuple[date, float, float, float]], frame: _Frame) -> str:
    highs = _corners([(day, high) for day, _v, _l, high in run])
    lows = _corners([(day, low) for day, _v, low, _h in run])
    return _path([*highs, *reversed(lows)], frame)


def _path(points: Sequence[tuple[date, float]], frame: _Frame) -> str:
    return " ".join(f"{frame.x(day)},{frame.y(value)}" for day, value in points)


def _levels(levels: Sequence[Level], frame: _Frame) -> SafeString:
    """The floor, the ceiling, and each limit with what begins there."""
    ends = format_html_join(
        "",
        '<line class="grid" x2="100%" y1="{0}%" y2="{0}%"/><text class="tick" y="{0}%" dy="{2}">{1}</text>',
        ((frame.y(value), formats.number(value), dy) for value, dy in ((0.0, -4), (frame.top, 14))),
    )
    limits = format_html_join(
        "",
        '<line class="level" x2="100%" y1="{0}%" y2="{0}%"/><text class="level-label" y="{0}%" dy="-4">{1}</text>',
        ((frame.y(level.value), level.label) for level in levels if 0 < level.value < frame.top),
    )
    return format_html("{}{}", ends, limits)


def _days(frame: _Frame) -> SafeString:
    span = (frame.last - frame.first).days
    days = sorted({frame.first + timedelta(days=round(span * n / (DAY_TICKS - 1))) for n in range(DAY_TICKS)})
    anchors = {frame.first: "start", frame.last: "end"}
    return format_html_join(
        "",
        '<text class="tick" x="{}%" y="100%" dy="18" text-anchor="{}">{}</text>',
        ((frame.x(day), anchors.get(day, "middle"), formats.day(day)) for day in days),
    )


def _last(steps: Sequence[Step], frame: _Frame) -> SafeString:
    """A dot where the line ends, if it still goes on."""
    value = steps[-1].value if steps else None
    if value is None:
        return format_html("{}", "")
    return format_html('<circle class="dot" cx="100%" cy="{}%" r="4"/>', frame.y(value))


def _lanes(marks: Sequence[Mark], frame: _Frame) -> list[int]:
    """The lane of each mark: the lowest in which it is far enough from the one before."""
    ends = [-LANE_GAP] * LANES
    found = []
    for mark in marks:
        x = frame.x(mark.day)
        lane = next((n for n, end in enumerate(ends) if x - end >= LANE_GAP), ends.index(min(ends)))
        ends[lane] = x
        found.append(lane)
    return found


def _mark(mark: Mark, lane: int, frame: _Frame, above: int) -> SafeString:
    """A shape with its number over the plot, and a line down from it. Lane 0 lies next to the plot."""
    y = above - LANE_HEIGHT * lane - LANE_HEIGHT // 2
    return format_html(
        '<svg class="mark mark-{}" x="{}%" y="{}"><title>{}. {}: {}</title><line class="mark-line" y2="{}"/>'
        '<path d="{}"/><text text-anchor="middle" dy="{}">{}</text></svg>',
        mark.kind,
        frame.x(mark.day),
        y,
        mark.number,
        formats.day(mark.day),
        mark.label,
        above - y + PLOT_HEIGHT,
        SHAPES.get(mark.kind, DISC),
        LETTER_Y.get(mark.kind, 4),
        mark.number,
    )


def badge(number: int, kind: str) -> SafeString:
    """The shape of a mark with its number, for the list below the picture; hidden from readers, which hear the list."""
    return format_html(
        '<svg class="mark mark-{} mark-small" viewBox="-14 -14 28 28" aria-hidden="true"><path d="{}"/>'
        '<text text-anchor="middle" dy="{}">{}</text></svg>',
        kind,
        SHAPES.get(kind, DISC),
        LETTER_Y.get(kind, 4),
        number,
    )
