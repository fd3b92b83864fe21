"""A matrix of cells as SVG made on the server: how full a cell is says how much, its sign says what it is.

Rows keep their height and columns share the width, so that it fits a phone. What is not known has a broken outline and
a question mark; where nothing is, nothing is drawn but a dot.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

ROW = 24
# Names of columns are written upwards, so that the longest one says how high their row is, in pixels.
HEAD_LETTER = 7.2
HEAD_LEAST = 40


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. level: 0 to 100, None for not known. sign: one or two characters. kind: of its class in charts.css."""

    level: float | None
    sign: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row with a cell for each column, None where there is nothing."""

    name: str
    cells: Sequence[Cell | None]


def matrix(lines: Sequence[Line], columns: Sequence[str], *, label: str) -> SafeString:
    """Draw the lines under the names of the columns, which are written upwards. One picture of two parts: the names
    keep their width, and the cells share what is left."""
    head = round(max([HEAD_LEAST, *(HEAD_LETTER * len(name) + 8 for name in columns)]))
    height = head + ROW * len(lines) + 2
    width = 100 / max(len(columns), 1)
    return format_html(
        '<div class="heat-map" role="img" aria-label="{0}">'
        '<svg class="chart heat-names" aria-hidden="true" height="{1}">{2}</svg>'
        '<svg class="chart heat-cells" aria-hidden="true" width="100%" height="{1}">{3}{4}</svg></div>',
        label,
        height,
        _names(lines, head),
        _heads(columns, width, head),
        format_html_join(
            "",
            '<svg y="{}" width="100%" height="{}">{}</svg>',
            ((head + ROW * place, ROW, _cells(line, width)) for place, line in enumerate(lines)),
        ),
    )


def _heads(columns: Sequence[str], width: float, head: int) -> SafeString:
    rows = ((round((place + 0.5) * width, 3), head - 6, name) for place, name in enumerate(columns))
    return format_html_join(
        "", '<svg x="{}%" y="{}"><text class="tick" transform="rotate(-90)" dy="4">{}</text></svg>', rows
    )


def _names(lines: Sequence[Line], head: int) -> SafeString:
    rows = ((head + ROW * place + ROW // 2 + 4, line.name) for place, line in enumerate(lines))
    return format_html_join("", '<text class="tick heat-name" y="{}">{}</text>', rows)


def _cells(line: Line, width: float) -> SafeString:
    return format_html_join(
        "",
        '<svg x="{}%" width="{}%" height="100%">{}</svg>',
        ((round(place * width, 3), round(width, 3), _cell(cell)) for place, cell in enumerate(line.cells)),
    )


def _cell(cell: Cell | None) -> SafeString:
    if cell is None:
        return format_html('<circle class="nothing" cx="{0}" cy="{0}" r="1.5"/>', "50%")
    level = 0.0 if cell.level is None else min(max(cell.level, 0.0), 100.0)
    height = round(0.86 * level, 1)
    return format_html(
        '<g class="heat heat-{}{}"><title>{}</title><rect class="box" x="5%" y="7%" width="90%" height="86%"/>'
        '<rect class="level" x="5%" y="{}%" width="90%" height="{}%"/>'
        '<text x="50%" y="50%" dy=".36em" text-anchor="middle">{}</text></g>',
        cell.kind,
        " heat-unknown" if cell.level is None else "",
        cell.title,
        round(93 - height, 1),
        height,
        cell.sign,
    )
