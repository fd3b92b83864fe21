"""Counts by class as bars, made on the server: two kinds of bar side by side, each with its number on top.

The scale begins at zero. The second kind is striped, so that colour never speaks alone. Positions are per cents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from backoffice.kernel import formats

HEIGHT = 190
# A bar that counts something is never lower than this, in per cent, so that it can be seen.
LOWEST = 1.5


@dataclass(frozen=True, slots=True)
class Bin:
    """One class. plain, striped: how many of each kind; None draws no bar, as nothing can be there. tone: of plain."""

    label: str
    plain: int | None
    striped: int | None = None
    tone: str = "accent"


@dataclass(frozen=True, slots=True)
class Fence:
    """A labelled limit between two classes: it stands before the class of that place."""

    before: int
    label: str


def bars(bins: Sequence[Bin], *, label: str, fence: Fence | None = None) -> SafeString:
    """Draw the classes from left to right; the highest bar fills the height."""
    key = f"{crc32(repr((label, bins)).encode()):08x}"
    top = max((count for one in bins for count in (one.plain, one.striped) if count), default=1)
    width = 100 / max(len(bins), 1)
    columns = ((_column(one, place * width, width, top, key),) for place, one in enumerate(bins))
    return format_html(
        '<svg class="chart chart-bins" role="img" aria-label="{}" width="100%" height="{}">{}'
        '<line class="grid" x2="100%" y1="100%" y2="100%"/>{}{}</svg>',
        label,
        HEIGHT,
        _stripes(key),
        format_html_join("", "{}", columns),
        _fence(fence, width) if fence else "",
    )


def _stripes(key: str) -> SafeString:
    return format_html(
        '<defs><pattern id="bins-{}" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="stripe" width="3" height="7"/></pattern></defs>',
        key,
    )


@dataclass(frozen=True, slots=True)
class _Bar:
    """One bar inside its class: left edge and width in per cent; key: of its stripes, "" for none."""

    count: int
    x: int
    width: int
    tone: str
    key: str = ""


def _column(one: Bin, start: float, width: float, top: int, key: str) -> SafeString:
    """The bars of one class: one in the middle, or two side by side."""
    both = one.plain is not None and one.striped is not None
    wide = 38 if both else 60
    found = []
    if one.plain is not None:
        found.append(_Bar(one.plain, 10 if both else 20, wide, one.tone))
    if one.striped is not None:
        found.append(_Bar(one.striped, 52 if both else 20, wide, "bad", key))
    return format_html(
        '<svg x="{}%" width="{}%" height="100%">{}<text class="tick" x="50%" y="100%" dy="18" text-anchor="middle">'
        "{}</text></svg>",
        round(start, 3),
        round(width, 3),
        format_html_join("", "{}", ((_bar(bar, top),) for bar in found)),
        one.label,
    )


def _bar(bar: _Bar, top: int) -> SafeString:
    """A bar with its number on top; nothing but the number where nothing was counted."""
    height = max(round(88 * bar.count / top, 2), LOWEST) if bar.count else 0.0
    y = round(100 - height, 2)
    number = format_html(
        '<text class="count{}" x="{}%" y="{}%" dy="-5" text-anchor="middle">{}</text>',
        "" if bar.count else " none",
        bar.x + bar.width / 2,
        y,
        formats.number(bar.count),
    )
    if not bar.count:
        return number
    place = format_html('x="{}%" y="{}%" width="{}%" height="{}%"', bar.x, y, bar.width, height)
    stripes = format_html('<rect fill="url(#bins-{})" {}/>', bar.key, place) if bar.key else ""
    return format_html('<rect class="seg seg-{}" {}/>{}{}', bar.tone, place, stripes, number)


def _fence(fence: Fence, width: float) -> SafeString:
    x = round(fence.before * width, 3)
    return format_html(
        '<line class="limit" x1="{0}%" x2="{0}%" y1="0" y2="100%"/>'
        '<text class="limit-label" x="{0}%" dx="6" y="12">{1}</text>',
        x,
        fence.label,
    )
