"""The score of a supplier with all that is behind it, and the rows of one dimension."""

from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import access, charts, formats, keyset
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from suppliers.assessment import words
from suppliers.assessment.models import Standing
from suppliers.assessment.rules import snapshot
from suppliers.assessment.rules.metrics import Dimension, Evidence
from suppliers.assessment.rules.policy import Consequence
from suppliers.assessment.selectors import moments, pages, prices, scorecards
from suppliers.assessment.selectors.pages import Bar, MetricRow, Sheet
from suppliers.assessment.selectors.prices import Prices
from suppliers.assessment.views import behind, trend
from suppliers.directory.models import Supplier
from suppliers.directory.rules import SupplierKind
from suppliers.performance import pictures

OPEN_REVISIONS = 5


@access.require(read=Capability.VIEW_SUPPLIERS)
def score_page(request: access.StaffRequest, pk: int) -> HttpResponse:
    supplier = get_object_or_404(Supplier, pk=pk)
    now = timezone.now()
    sheet = pages.sheet(pk)
    bands = {band.key: band.label for band in sheet.policy.bands} if sheet.policy else {}
    may_edit = request.user.can(Capability.EDIT_SUPPLIERS)
    context = {
        "supplier": supplier,
        "is_ranked": supplier.kind == SupplierKind.SUPPLIER,
        "sheet": sheet,
        "now": now,
        "score": _interval(sheet),
        "standing": _standing(sheet.standing, bands, timezone.localdate(now)),
        "stops": words.stopping(sheet.card.result["stops"]) if sheet.card else [],
        "bars": [_bar(pk, bar) for bar in sheet.bars],
        "trend": trend.shown(sheet, moments.from_above(pk), names=_names(sheet), today=timezone.localdate(now)),
        "revisions": _revisions(sheet),
        "prices": _prices(request, supplier, timezone.localdate(now)),
        "changes": [_change(change, bands) for change in sheet.changes],
        "can_edit": may_edit,
        "can_override": may_edit and sheet.standing and request.user.role in sheet.standing.may_override,
    }
    return render(request, "suppliers/assessment/score.html", context)


def _prices(request: access.StaffRequest, supplier: Supplier, day: date) -> Prices | None:
    may_see = supplier.kind == SupplierKind.SUPPLIER and request.user.can(Capability.VIEW_COST)
    return prices.of_supplier(supplier, day=day) if may_see else None


def _interval(sheet: Sheet) -> dict[str, str] | None:
    card = sheet.card
    if card is None or card.total is None:
        return None
    return {
        "total": formats.number(card.total, 1),
        "low": formats.number(card.low, 1),
        "high": formats.number(card.high, 1),
    }


def _standing(row: Standing | None, bands: dict[str, str], day: Any) -> dict[str, Any] | None:
    if row is None:
        return None
    holds = Consequence(row.effective(day))
    return {
        "name": words.standing(row.standing, bands),
        "tone": words.TONES[Consequence(row.consequence)],
        "holds": words.CONSEQUENCES[holds],
        "since": row.since,
        "override": row if row.is_overridden(day) else None,
        "rises_to": words.standing(row.better_band, bands) if row.better_band and row.standing in bands else "",
        "better_since": row.better_since,
    }


def _bar(pk: int, bar: Bar) -> dict[str, Any]:
    row = bar.row
    name = words.DIMENSIONS[row.dimension]
    written = formats.EMPTY if row.points is None else formats.number(round(row.points, 1), 1)
    interval = "" if row.low is None else f"{formats.number(round(row.low, 1), 1)}–{formats.number(row.high, 1)}"
    label = _("%(name)s: no data") if row.points is None else _("%(name)s: %(points)s of 100, interval %(interval)s")
    return {
        "name": name,
        "url": reverse("assessment:evidence", args=[pk, row.dimension.value]),
        "weight": bar.weight,
        "points": written,
        "interval": interval,
        "coverage": row.coverage / 100,
        "facts": bar.facts,
        "newest": bar.newest,
        "chart": charts.interval_bar(
            row.points, row.low, row.high, label=label % {"name": name, "points": written, "interval": interval}
        ),
    }


def _revisions(sheet: Sheet) -> list[dict[str, Any]]:
    """Each with its reasons; the first ones are open, the others are a click away."""
    names = _names(sheet)
    return [
        {
            "card": card,
            "headline": words.headline(card.explanation),
            "reasons": words.reasons(card.explanation, names),
            "is_open": place < OPEN_REVISIONS,
        }
        for place, card in enumerate(sheet.revisions)
    ]


def _names(sheet: Sheet) -> dict[str, str]:
    return {str(one.pk): f"{one.get_method_display()}, {formats.day(one.made_on)}" for one in sheet.assessments}


def _change(change: Any, bands: dict[str, str]) -> dict[str, Any]:
    return {
        "row": change,
        "was": words.standing(change.was, bands) if change.was else "",
        "standing": words.standing(change.standing, bands),
        "consequence": words.CONSEQUENCES[Consequence(change.override or change.consequence)],
    }


@access.require(read=Capability.VIEW_SUPPLIERS)
def evidence_page(request: access.StaffRequest, pk: int, dimension: str) -> HttpResponse:
    """The metrics of one dimension, and the rows behind them."""
    supplier = get_object_or_404(Supplier, pk=pk)
    try:
        name = Dimension(dimension)
    except ValueError:
        raise Http404 from None
    now = timezone.now()
    kinds = pages.kinds_of(name)
    shown = _chosen(request.GET.get("facts", ""), kinds)
    note = ""
    try:
        cursor = keyset.read(request.GET)
    except Refusal as refusal:
        cursor, note = None, refusal.message
    may_ask = request.user.can(Capability.EDIT_SUPPLIERS)
    listed = behind.rows(pk, shown, cursor=cursor, now=now, may_ask=may_ask)
    context = {
        "supplier": supplier,
        "name": words.DIMENSIONS[name],
        "metrics": _metrics(pk, name),
        "late": _lateness(pk, name, now),
        "views": [
            {"url": f"?facts={kind.value}", "label": words.EVIDENCE[kind], "current": kind is shown, "count": None}
            for kind in kinds
        ],
        "shown": words.EVIDENCE[shown],
        "rows": listed.rows,
        "ask_url": behind.ask_url(pk, name) if may_ask else "",
        "newer_url": keyset.link(request.GET, listed.newer),
        "older_url": keyset.link(request.GET, listed.older),
        "note": note,
        "now": now,
    }
    return render(request, "suppliers/assessment/evidence.html", context)


def _lateness(pk: int, name: Dimension, now: datetime) -> dict[str, Any] | None:
    return pictures.lateness_of(pk, day=timezone.localdate(now)) if name is Dimension.DELIVERY else None


def _chosen(asked: str, kinds: list[Evidence]) -> Evidence:
    return next((kind for kind in kinds if kind.value == asked), kinds[0])


def _metrics(pk: int, name: Dimension) -> list[dict[str, Any]]:
    card = scorecards.newest([pk]).get(pk)
    if card is None:
        return []
    found = pages.metrics_of(
        name,
        scorecards.policy_of(card.policy),
        snapshot.score_from_data(card.result),
        snapshot.inputs_from_data(card.inputs),
    )
    return [_metric(row) for row in found]


def _metric(row: MetricRow) -> dict[str, Any]:
    key, measured = row.policy.key, row.measured
    return {
        "name": words.NAMES[key],
        "value": words.figure(key, measured),
        "interval": words.interval(key, measured.low, measured.high),
        "n": measured.n,
        "minimum": row.policy.minimum,
        "too_few": measured.n < row.policy.minimum,
        "points": None if row.item is None else formats.number(round(row.item.points, 1), 1),
        "target": words.value(key, row.policy.target),
        "limit": words.value(key, row.policy.limit),
        "window": row.policy.window_days,
    }
