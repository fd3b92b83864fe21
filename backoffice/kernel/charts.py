"""Charts as SVG made on the server: no script, prints, stays sharp in both colour schemes, text keeps its size.

Every function returns one SafeString whose `<svg>` has role=img and the label as its name. Positions are per cents of
the box, so that a chart fits any width without scaling its letters. None in a series is a gap: no data is not zero.
The numbers behind a chart come from `shares` and `points_table`, for the table that stands beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10
from zlib import crc32

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from backoffice.kernel import formats

Value = float | int | None
MIN_LABEL_SHARE = 9.0
MAX_TICKS = 5
# Upper ends of a scale whose quarters are round numbers too.
# Below this a value is drawn as nothing.
SMALLEST = 1e-9
NICE_STEPS = (1.0, 1.2, 1.6, 2.0, 2.4, 3.2, 4.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a whole. tone: ok, warn, bad, info, neutral or accent; url leads to the rows behind the number."""

    label: str
    value: int
    tone: str = "neutral"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A part with its tenths of a per cent; the shares of a whole add up to exactly 100.0."""

    part: Part
    percent: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """A labelled limit line in a chart."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Series:
    """One small chart of a group; note is the finding in a few words."""

    name: str
    values: Sequence[Value]
    note: str = ""
    tone: str = "accent"


def shares(parts: Sequence[Part]) -> list[Share]:
    """Per cent of each part, rounded by largest remainder, so that the column adds up. All zero gives all 0."""
    total = sum(part.value for part in parts)
    if total <= 0:
        return [Share(part, 0.0) for part in parts]
    tenths = [part.value * 1000 // total for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda place: -(parts[place].value * 1000 % total))
    for place in by_remainder[: 1000 - sum(tenths)]:
        tenths[place] += 1
    return [Share(part, tenth / 10) for part, tenth in zip(parts, tenths, strict=True)]


def points_table(values: Sequence[Value], labels: Sequence[str]) -> list[tuple[str, Value]]:
    """The rows of "Show as table": label and value, gaps as None."""
    return list(zip(labels, values, strict=True))


def stacked_bar(parts: Sequence[Part], *, label: str) -> SafeString:
    """One bar whose segments add up to the whole. Warn and bad carry stripes, so colour never speaks alone."""
    counted = [share for share in shares(parts) if share.part.value > 0]
    key = f"{crc32(repr((label, parts)).encode()):08x}"
    widths = [share.percent for share in counted]
    starts = [round(sum(widths[:place]), 1) for place in range(len(widths))]
    segments = format_html_join("", "{}", ((_segment(s, x, key),) for s, x in zip(counted, starts, strict=True)))
    return format_html(
        '<svg class="chart chart-bar" role="img" aria-label="{}" width="100%" height="32">{}'
        '<rect class="track" width="100%" height="100%"/>{}</svg>',
        label,
        _stripes(key),
        segments,
    )


def _segment(share: Share, start: float, key: str) -> SafeString:
    part = share.part
    striped = part.tone in {"warn", "bad"}
    return format_html(
        '<svg x="{}%" width="{}%" height="100%"><title>{}: {} ({}%)</title>'
        '<rect class="seg seg-{}" width="100%" height="100%"/>{}'
        '<line class="gap" x1="100%" x2="100%" y2="100%"/>{}</svg>',
        start,
        share.percent,
        part.label,
        formats.number(part.value),
        formats.number(share.percent, 1),
        part.tone,
        format_html('<rect fill="url(#stripes-{})" width="100%" height="100%"/>', key) if striped else "",
        _inside(part) if share.percent >= MIN_LABEL_SHARE else "",
    )


def _inside(part: Part) -> SafeString:
    return format_html(
        '<text class="seg-label seg-label-{}" x="10" y="50%" dy=".35em">{}</text>',
        part.tone,
        formats.number(part.value),
    )


def _stripes(key: str) -> SafeString:
    return format_html(
        '<defs><pattern id="stripes-{}" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="stripe" width="3" height="8"/></pattern></defs>',
        key,
    )


def interval_bar(value: Value, low: Value, high: Value, *, label: str, tone: str = "accent") -> SafeString:
    """One bar on a scale from 0 to 100 with its interval as a bracket. value None: an empty track, for no data."""
    drawn = "" if value is None else _bar_with_bracket(value, low, high, tone)
    return format_html(
        '<svg class="chart chart-bar chart-interval" role="img" aria-label="{}" width="100%" height="20">'
        '<rect class="track" width="100%" height="100%"/>{}</svg>',
        label,
        drawn,
    )


def _bar_with_bracket(value: float, low: Value, high: Value, tone: str) -> SafeString:
    first, last = (round(value if end is None else end, 1) for end in (low, high))
    return format_html(
        '<rect class="seg seg-{0}" width="{1}%" height="100%"/>'
        '<line class="bracket" x1="{2}%" x2="{3}%" y1="50%" y2="50%"/>'
        '<line class="bracket" x1="{2}%" x2="{2}%" y1="25%" y2="75%"/>'
        '<line class="bracket" x1="{3}%" x2="{3}%" y1="25%" y2="75%"/>',
        tone,
        round(value, 1),
        first,
        last,
    )


def sparkline(values: Sequence[Value], *, label: str, tone: str = "accent", top: float | None = None) -> SafeString:
    """A line without axes, its last value marked by a dot. It starts at zero; top fixes the scale of a group."""
    height = _top(values, top)
    return format_html(
        '<svg class="chart chart-spark line-{}" role="img" aria-label="{}" width="100%" height="36">{}{}</svg>',
        tone,
        label,
        _plot(values, height, filled=False),
        _last_dot(values, height),
    )


def area(
    values: Sequence[Value],
    labels: Sequence[str],
    *,
    label: str,
    threshold: Threshold | None = None,
    unit: str = "",
    top: float | None = None,
) -> SafeString:
    """A filled line over time with grid, ticks and an optional labelled threshold. labels match values one to one.
    top fixes the upper end of the scale."""
    height = _top([*values, threshold.value if threshold else None], top)
    return format_html(
        '<svg class="chart chart-area" role="img" aria-label="{}" width="100%" height="220">{}{}{}{}{}</svg>',
        label,
        _grid(height, unit),
        _plot(values, height, filled=True),
        _limit(threshold, height) if threshold else "",
        _x_ticks(labels),
        _hits(values, labels, height, unit),
    )


def small_multiples(series: Sequence[Series]) -> SafeString:
    """Several sparklines on one shared scale, each with its name, its last value and its finding."""
    height = _top([value for one in series for value in one.values])
    return format_html(
        '<ul class="multiples">{}</ul>',
        format_html_join("", "{}", ((_multiple(one, height),) for one in series)),
    )


def _multiple(one: Series, height: float) -> SafeString:
    last = next((value for value in reversed(one.values) if value is not None), None)
    return format_html(
        '<li><p class="multiple-head"><span>{}</span><strong>{}</strong></p>{}<p class="note">{}</p></li>',
        one.name,
        formats.EMPTY if last is None else _short(last),
        sparkline(one.values, label=f"{one.name}: {one.note}".rstrip(": "), tone=one.tone, top=height),
        one.note,
    )


def _plot(values: Sequence[Value], height: float, *, filled: bool) -> SafeString:
    """The line (and its filling) in a stretched inner box; strokes and dots are not stretched with it."""
    runs = list(_runs(values, height))
    fills = ((_path([(run[0][0], 100.0), *run, (run[-1][0], 100.0)]),) for run in runs)
    return format_html(
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%">{}{}</svg>',
        format_html_join("", '<polygon class="fill" points="{}"/>', fills) if filled else "",
        format_html_join("", '<polyline class="line" points="{}"/>', ((_path(run),) for run in runs)),
    )


def _runs(values: Sequence[Value], height: float) -> Iterable[list[tuple[float, float]]]:
    """Unbroken stretches of points; a single point between gaps becomes a short dash that can be seen."""
    run: list[tuple[float, float]] = []
    for place, value in enumerate([*values, None]):
        if value is not None:
            run.append((_x(place, len(values)), _y(value, height)))
        elif run:
            yield (
                run if len(run) > 1 else [(max(run[0][0] - 1, 0.0), run[0][1]), (min(run[0][0] + 1, 100.0), run[0][1])]
            )
            run = []


def _grid(height: float, unit: str) -> SafeString:
    rows = ((25 * step, _short(height * (4 - step) / 4), f" {unit}" if unit and step == 0 else "") for step in range(5))
    return format_html_join(
        "",
        '<line class="grid" x2="100%" y1="{0}%" y2="{0}%"/><text class="tick" y="{0}%" dy="-4">{1}{2}</text>',
        rows,
    )


def _limit(threshold: Threshold, height: float) -> SafeString:
    y = _y(threshold.value, height)
    return format_html(
        '<line class="limit" x2="100%" y1="{0}%" y2="{0}%"/>'
        '<text class="limit-label" x="100%" y="{0}%" dy="-6" text-anchor="end">{1}</text>',
        y,
        threshold.label,
    )


def _x_ticks(labels: Sequence[str]) -> SafeString:
    count = len(labels)
    places = sorted({round(step * (count - 1) / (MAX_TICKS - 1)) for step in range(MAX_TICKS)}) if count else []
    ends = {0: "start", count - 1: "end"}
    return format_html_join(
        "",
        '<text class="tick" x="{}%" y="100%" dy="18" text-anchor="{}">{}</text>',
        ((_x(place, count), ends.get(place, "middle"), labels[place]) for place in places),
    )


def _hits(values: Sequence[Value], labels: Sequence[str], height: float, unit: str) -> SafeString:
    """Invisible dots that show label and value under the pointer."""
    rows = (
        (_x(place, len(values)), _y(value, height), labels[place], _short(value), unit)
        for place, value in enumerate(values)
        if value is not None
    )
    return format_html_join("", '<circle class="hit" cx="{}%" cy="{}%" r="7"><title>{}: {} {}</title></circle>', rows)


def _last_dot(values: Sequence[Value], height: float) -> SafeString:
    last = [(place, value) for place, value in enumerate(values) if value is not None][-1:]
    dots = ((_x(place, len(values)), _y(value, height)) for place, value in last)
    return format_html_join("", '<circle class="dot" cx="{}%" cy="{}%" r="3"/>', dots)


def _top(values: Sequence[Value], fixed: float | None = None) -> float:
    """The upper end of the scale: a little above the highest value, on a round number."""
    if fixed is not None:
        return fixed
    highest = max((value for value in values if value is not None), default=0) * 1.02
    magnitude = 10.0 ** floor(log10(highest)) if highest > SMALLEST else 1.0
    return next(step * magnitude for step in NICE_STEPS if step * magnitude >= highest)


def _x(place: int, count: int) -> float:
    return round(100 * place / max(count - 1, 1), 2)


def _y(value: float, height: float) -> float:
    return round(100 - 100 * value / height, 2)


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _short(value: float) -> str:
    return formats.number(round(value, 2) if value < 100 else round(value))
