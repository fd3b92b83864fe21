"""Samples of the larger pictures, for the page that shows every component."""

from datetime import date
from typing import Any

from backoffice.kernel import heatmaps, histograms, timelines
from backoffice.kernel.heatmaps import Cell, Line
from backoffice.kernel.histograms import Bin, Fence
from backoffice.kernel.timelines import Level, Mark, Step


def more_charts() -> dict[str, Any]:
    """A score over time, classes side by side, and a matrix, with a table for the first."""
    return {
        "over_time": timelines.over_time(
            [Step(date(2026, 6, 1), 84, 78, 88), Step(date(2026, 9, 1), None), Step(date(2026, 10, 1), 52, 45, 58)],
            until=date(2026, 11, 23),
            label="Score fell from 84 to 52",
            levels=[Level(40, "Restricted from 40"), Level(70, "Approved from 70")],
            marks=[Mark(date(2026, 10, 1), 1, "fall", "Approved → Restricted")],
        ),
        "bins": histograms.bars(
            [
                Bin("early", 14, None, "ok"),
                Bin("0", 4, None, "ok"),
                Bin("1–7", 3, 1, "warn"),
                Bin("?", 2, None, "neutral"),
            ],
            label="3 of 21 lines came late; 1 is not yet delivered",
            fence=Fence(2, "late"),
        ),
        "heat": heatmaps.matrix(
            [
                Line("PK-204-M", [Cell(100, "1", "primary", "ACME is first"), Cell(72, "2", "ready", "BRNO is ready")]),
                Line(
                    "PK-204-L", [Cell(0, "✕", "stopped", "ACME is stopped"), Cell(None, "2?", "not-ready", "not asked")]
                ),
                Line("PK-204-S", [None, Cell(24, "1", "not-ready", "BRNO is not ready")]),
            ],
            ["ACME", "BRNO"],
            label="1 of 3 products has a ready backup",
        ),
        "figure_head": ["Day", "Score", "From", "To"],
        "figure_rows": [["1 Jun 2026", "84.0", "78.0", "88.0"], ["1 Sep 2026", None, None, None]],
    }
