"""How late a supplier's lines came, as a picture with its table."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import formats, histograms
from backoffice.kernel.histograms import Bin, Fence
from suppliers.performance import selectors
from suppliers.performance.rules import lateness
from suppliers.performance.rules.lateness import Lateness, Span
from suppliers.performance.rules.lines import Window
from suppliers.performance.selectors import Scope

WINDOW_DAYS = 365


def lateness_of(supplier_id: int, *, day: date) -> dict[str, Any] | None:
    """The context of the picture for lines promised in the last year, in one statement; None when none was due."""
    scope = Scope(day, day - timedelta(days=WINDOW_DAYS - 1), [supplier_id])
    tally = selectors.tallies(scope, window=Window()).get(supplier_id)
    found = lateness.by_week(tally) if tally else None
    if found is None or not found.came + found.still_open + found.unknown:
        return None
    title = title_of(found)
    return {
        "title": title,
        "chart": histograms.bars(_bins(found), label=title, fence=_fence()),
        "head": [_("Days after the first promise"), _("Delivered"), _("Not yet delivered")],
        "rows": _rows(found),
        "unknown": found.unknown,
        "window": WINDOW_DAYS,
    }


def title_of(found: Lateness) -> str:
    """The finding in one sentence."""
    came = ngettext(
        "%(late)s of %(n)s delivered line came late", "%(late)s of %(n)s delivered lines came late", found.came
    ) % {"late": formats.number(found.came_late), "n": formats.number(found.came)}
    if not found.still_open:
        return came
    still = ngettext(
        "%(n)s is late and not yet delivered", "%(n)s are late and not yet delivered", found.still_open
    ) % {"n": formats.number(found.still_open)}
    return f"{came}; {still}"


def span_label(span: Span) -> str:
    """Days in as few characters as fit under a bar: "early", "0", "1–7", "29+"."""
    if span.first is None:
        return _("early")
    if span.last is None:
        return f"{span.first}+"
    return str(span.first) if span.first == span.last else f"{span.first}–{span.last}"


def _bins(found: Lateness) -> list[Bin]:
    bins = [
        Bin(span_label(week.span), week.came, week.still_open, "warn")
        if week.span.is_late
        else Bin(span_label(week.span), week.came, None, "ok")
        for week in found.weeks
    ]
    return [*bins, Bin("?", found.unknown, None, "neutral")] if found.unknown else bins


def _fence() -> Fence:
    first_late = next(place for place, span in enumerate(lateness.SPANS) if span.is_late)
    return Fence(first_late, _("late"))


def _rows(found: Lateness) -> list[list[Any]]:
    rows: list[list[Any]] = [
        [
            span_label(week.span),
            formats.number(week.came),
            formats.number(week.still_open) if week.span.is_late else formats.EMPTY,
        ]
        for week in found.weeks
    ]
    if found.unknown:
        rows.append([_("nobody noted"), formats.number(found.unknown), formats.EMPTY])
    return rows
