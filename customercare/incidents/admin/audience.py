"""A2: whom the incident hits, who is left out and why, and what changed since the freeze."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from backoffice.kernel import formats, keyset
from backoffice.kernel.admin_base import need
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from customercare.incidents import rules, selectors, services
from customercare.incidents.admin import reasons, screens
from customercare.incidents.forms import MissingForm
from customercare.incidents.models import AffectedOrder, Incident
from customercare.notices import selectors as fanouts
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from customercare.notices.rules import State
from customercare.notices.services.preview import Totals, count
from orders.reach.rules import from_json

TEMPLATE = "customercare/incidents/audience.html"
UNSENT = (State.PREVIEWED, State.AWAITING_APPROVAL)
WATCHED = (Incident.Status.DRAFT, *rules.OPEN)


def screen(request: HttpRequest, pk: int) -> HttpResponse:
    """The affected orders; POST leaves one out, takes it back, decides on missing dates, or adopts what drifted in."""
    need(request, Capability.VIEW_INCIDENTS)
    here = screens.scene(request, pk)
    if request.method != "POST":
        return _page(request, here)
    need(request, Capability.DRAFT_INCIDENTS)
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Http404
    try:
        return act(request, here)
    except Refusal as refusal:
        return _page(request, here, error=refusal.message, status=screens.UNPROCESSABLE)


def _preview(request: HttpRequest, here: screens.Scene) -> HttpResponse:
    pk = here.incident.pk
    if screens.preview(request, pk) and request.POST.get("then") == "check":
        return redirect(screens.url("check", pk))
    return redirect(screens.url("audience", pk))


def _exclude(request: HttpRequest, here: screens.Scene) -> HttpResponse:
    order_id = _order_of(here, request.POST.get("order", ""))
    note = request.POST.get("note", "")
    services.exclude(incident_id=here.incident.pk, order_ids=[order_id], note=note, actor=here.user, now=here.now)
    return _again(request, here, _("The order is left out. Its customer is not told by this incident."))


def _include(request: HttpRequest, here: screens.Scene) -> HttpResponse:
    order_id = _order_of(here, request.POST.get("order", ""))
    services.include(incident_id=here.incident.pk, order_ids=[order_id], actor=here.user, now=here.now)
    return _again(request, here, _("The order is back in. Its customer is told."))


def _decide_missing(request: HttpRequest, here: screens.Scene) -> HttpResponse:
    form = MissingForm(request.POST)
    if not form.is_valid():
        return _page(request, here, missing=form, status=screens.UNPROCESSABLE)
    plan = replace(screens.plan_of(here.fanout), **form.cleaned_data)
    try:
        with transaction.atomic():
            notices.change_plan(fanout_id=here.fanout.pk, plan=plan, actor=here.user, now=here.now)
            services.preview(incident_id=here.incident.pk, now=here.now)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _page(request, here, missing=form, status=screens.UNPROCESSABLE)
    return redirect(screens.url("check" if request.POST.get("then") == "check" else "audience", here.incident.pk))


def _adopt(request: HttpRequest, here: screens.Scene) -> HttpResponse:
    """Orders that drifted in get a wave of their own, to be previewed and approved like the first."""

    def run() -> str:
        services.adopt_drift(incident_id=here.incident.pk, actor=here.user, now=here.now)
        return screens.url("audience", here.incident.pk)

    target = screens.once(request, purpose=f"incident.adopt:{here.incident.pk}", run=run)
    screens.preview(request, here.incident.pk)
    return redirect(target)


def _refreeze(request: HttpRequest, here: screens.Scene) -> HttpResponse:
    """A draft looks for its orders anew."""
    incident = here.incident
    draft = rules.IncidentDraft(
        title=incident.title,
        kind=incident.kind,
        selector=from_json(incident.selector),
        severity=incident.severity,
        priority=incident.priority,
        mode=incident.mode,
        is_public=incident.is_public,
        plan=screens.plan_of(here.fanout),
    )
    services.change_incident(
        incident_id=incident.pk, draft=draft, seen_edits=incident.edits, actor=here.user, now=here.now
    )
    return _again(request, here, _("The orders are frozen anew. Those that were left out by hand are in again."))


ACTS: dict[str, Callable[[HttpRequest, screens.Scene], HttpResponse]] = {
    "preview": _preview,
    "exclude": _exclude,
    "include": _include,
    "missing": _decide_missing,
    "adopt": _adopt,
    "refreeze": _refreeze,
}


def _again(request: HttpRequest, here: screens.Scene, done: str) -> HttpResponse:
    screens.preview(request, here.incident.pk)
    messages.success(request, done)
    return redirect(screens.url("audience", here.incident.pk))


def _order_of(here: screens.Scene, typed: str) -> int:
    """An order of this incident; 404 for any other."""
    if not (typed.isascii() and typed.isdigit() and len(typed) < 19):
        raise Http404
    if not AffectedOrder.objects.filter(incident=here.incident, order_id=int(typed)).exists():
        raise Http404
    return int(typed)


def _page(
    request: HttpRequest,
    here: screens.Scene,
    *,
    error: str = "",
    missing: MissingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    try:
        cursor = keyset.read(request.GET, dated=False)
    except Refusal as refusal:
        cursor, error = None, error or refusal.message
    fanout = here.fanout
    radius = selectors.radius(here.incident)
    page = keyset.page(selectors.affected(here.incident), cursor=cursor)
    totals = count(fanout, today=here.today) if fanout.state in UNSENT else None
    context = screens.frame(here, "audience") | {
        "radius": radius,
        "kpis": _kpis(here, radius),
        "excluded": reasons.rows(radius.excluded),
        "skipped": reasons.rows(fanouts.skipped_reasons(fanout)),
        "languages": [(_language(code), n) for code, n in sorted(radius.languages.items(), key=lambda row: -row[1])],
        "totals": totals,
        "previewed": fanout.state != State.DRAFT,
        "may_change": here.is_open and here.can(Capability.DRAFT_INCIDENTS),
        "missing": missing or _missing_form(fanout, totals),
        "drift": selectors.drift(here.incident) if here.incident.status in WATCHED else None,
        "may_adopt": fanout.batch_id is not None,
        "rows": [_row(row) for row in page.rows],
        "newer_url": keyset.link(request.GET, page.newer),
        "older_url": keyset.link(request.GET, page.older),
        "error": error,
        "has_errors": bool(error) or bool(missing and missing.errors),
    }
    return render(request, TEMPLATE, context, status=status)


def _missing_form(fanout: Fanout, totals: Totals | None) -> MissingForm | None:
    """The question is asked while it is open, and shown again with its answer."""
    if totals is None or not (totals.undated or fanout.missing):
        return None
    chosen = {"missing": fanout.missing, "fill_on": fanout.fill_on, "next_update_on": fanout.next_update_on}
    return MissingForm(initial=chosen)


def _kpis(here: screens.Scene, radius: selectors.Radius) -> list[dict[str, Any]]:
    currency = here.incident.store.currency
    told = sum(wave.message_n for wave in here.fanouts)
    customers = formats.EMPTY if here.fanout.state == State.DRAFT else formats.number(told)
    overlap = ngettext(
        "%(n)d of them is in another open incident", "%(n)d of them are in another open incident", radius.overlapping
    ) % {"n": radius.overlapping}
    return [
        {"label": _("Orders hit"), "value": formats.number(radius.affected), "url": "#orders"},
        {"label": _("Orders to tell"), "value": formats.number(radius.told), "url": "#orders"}
        | ({"note": overlap, "tone": "warn"} if radius.overlapping else {}),
        {"label": _("Customers written to"), "value": customers, "note": _("one message each, for all their orders")},
        {"label": _("Value of these orders"), "value": formats.money(radius.value, currency)},
    ]


def _row(row: AffectedOrder) -> dict[str, Any]:
    return {
        "affected": row,
        "order": row.order,
        "url": reverse("sales:page", args=[row.order_id]),
        "why": reasons.why(row.why),
        "excluded": reasons.words(row.excluded),
        "by_hand": row.excluded == "manual",
        "overlaps": getattr(row, "overlaps", False),
    }


def _language(code: str) -> str:
    try:
        return str(get_language_info(code)["name_local"]).capitalize()
    except KeyError:
        return code or _("not known")
