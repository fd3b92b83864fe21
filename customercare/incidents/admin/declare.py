"""A1: what happened, what is hit, what customers are told."""

from collections.abc import Sequence
from typing import Any

from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import form_tokens
from backoffice.kernel.admin_base import need
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.roles import Capability
from customercare.incidents import services
from customercare.incidents.admin import screens
from customercare.incidents.forms import IncidentForm, initial_of
from customercare.incidents.models import Incident
from orders.sales import selectors as orders

TEMPLATE = "customercare/incidents/declare.html"
CONFLICT = 409


def add(request: HttpRequest) -> HttpResponse:
    """Open a new incident; a press of the button that comes twice opens one."""
    user = need(request, Capability.DRAFT_INCIDENTS)
    if request.method != "POST":
        first = {name: value for name, value in request.GET.items() if name in IncidentForm.base_fields}
        return _page(request, IncidentForm(initial={"token": form_tokens.new()} | first))
    form = IncidentForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=screens.UNPROCESSABLE)
    opened: list[int] = []

    def run() -> str:
        incident = _open(form, user)
        opened.append(incident.pk)
        return screens.url("audience", incident.pk)

    try:
        target = screens.once(request, purpose="incident.open", run=run)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, form, status=screens.UNPROCESSABLE)
    if opened:
        screens.preview(request, opened[0])
    return redirect(target)


def _open(form: IncidentForm, user: User) -> Incident:
    store, now = form.cleaned_data["store"], timezone.now()
    draft = form.draft(services.today(store, now))
    return services.open_incident(store=store, draft=draft, actor=user, now=now)


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft: its orders are looked for anew."""
    user = need(request, Capability.DRAFT_INCIDENTS)
    here = screens.scene(request, pk)
    if here.incident.status != Incident.Status.DRAFT:
        return redirect(screens.next_url(here))
    saved = initial_of(here.incident, here.fanout) | {"token": form_tokens.new()}
    if request.method != "POST":
        return _page(request, IncidentForm(initial=saved, incident=here.incident), here)
    form = IncidentForm(request.POST, initial=saved, incident=here.incident)
    if not form.is_valid():
        return _page(request, form, here, status=screens.UNPROCESSABLE)
    try:
        services.change_incident(
            incident_id=pk,
            draft=form.draft(here.today),
            seen_edits=_number(form.cleaned_data["edits"]),
            actor=user,
            now=here.now,
        )
    except Refusal as refusal:
        form.refuse(refusal)
        if refusal.code == "incident.changed":
            return _page(request, _retyped(request, here), here, status=CONFLICT, conflict=_differences(form, saved))
        return _page(request, form, here, status=screens.UNPROCESSABLE)
    screens.preview(request, pk)
    return redirect(screens.url("audience", pk))


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() else -1


def _retyped(request: HttpRequest, here: screens.Scene) -> IncidentForm:
    """What was typed, on top of the state that was saved meanwhile: sending it again replaces that one knowingly."""
    typed = request.POST.copy()
    typed["edits"] = str(here.incident.edits)
    form = IncidentForm(typed, initial=initial_of(here.incident, here.fanout), incident=here.incident)
    form.add_error(None, _("Somebody else changed this incident meanwhile. Nothing of yours was saved: compare below."))
    return form


def _differences(form: IncidentForm, saved: dict[str, Any]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for bound in form:
        if bound.is_hidden:
            continue
        theirs, yours = _words(bound, saved.get(bound.name)), _words(bound, bound.value())
        if theirs != yours:
            rows.append({"label": str(bound.label), "theirs": theirs, "yours": yours})
    return rows


def _words(bound: Any, value: Any) -> str:
    if bound.name == "is_public":
        return _("yes") if value else _("no")
    prepared = bound.field.prepare_value(value)
    for code, label in _flat(getattr(bound.field, "choices", ())):
        if str(code) == str(prepared):
            return str(label)
    return "" if prepared is None else str(prepared)


def _flat(choices: Any) -> Any:
    for code, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield code, label


def _page(
    request: HttpRequest,
    form: IncidentForm,
    here: screens.Scene | None = None,
    *,
    status: int = 200,
    conflict: list[dict[str, object]] | None = None,
) -> HttpResponse:
    if here is None:
        context: dict[str, Any] = {"zone": "", "steps": _first_steps()}
    else:
        context = screens.frame(here, "declare")
    context |= {
        "form": form,
        "groups": [
            {"title": _("What happened"), "rows": _rows(form, IncidentForm.WHAT)},
            {
                "title": _("What is hit"),
                "text": _("Every line that is filled must be true of an order. Fill as few as describe the trouble."),
                "rows": _rows(form, IncidentForm.HIT),
                "all_optional": True,
            },
            {
                "title": _("What customers are told"),
                "text": _("Nothing is sent yet: the next pages show who would get what."),
                "rows": _rows(form, IncidentForm.TOLD),
            },
        ],
        "regions": orders.choices().regions,
        "conflict": conflict,
    }
    return render(request, TEMPLATE, context, status=status)


def _rows(form: IncidentForm, names: Sequence[Sequence[str]]) -> list[list[BoundField]]:
    return [[form[name] for name in row] for row in names]


def _first_steps() -> list[dict[str, str]]:
    labels = (_("What happened"), _("Affected orders"), _("Check and send"), _("Incident room"))
    return [{"label": label, "url": "", "state": "todo" if place else "current"} for place, label in enumerate(labels)]
