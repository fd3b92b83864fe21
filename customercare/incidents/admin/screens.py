"""What the four screens share: the incident behind an address, its steps, and acts that happen once."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import form_tokens
from backoffice.kernel.admin_base import person
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.roles import Capability
from customercare.incidents import services
from customercare.incidents.models import AffectedOrder, Incident
from customercare.notices.models import Fanout
from customercare.notices.rules import OPEN, Plan
from customercare.notices.rules import State as Wave
from orders.sales.models import Order

UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Scene:
    """One incident as one person sees it now. fanout: its newest wave."""

    incident: Incident
    fanouts: list[Fanout]
    user: User
    now: datetime

    @property
    def fanout(self) -> Fanout:
        return self.fanouts[-1]

    @property
    def today(self) -> date:
        return services.today(self.incident.store, self.now)

    @property
    def is_open(self) -> bool:
        """True while the newest wave's plan may still be changed."""
        return self.fanout.state in OPEN

    def can(self, capability: Capability) -> bool:
        return self.user.can(capability)

    def wave(self, fanout_id: object) -> Fanout:
        """The wave with this id; 404 for one of another incident."""
        found = next((fanout for fanout in self.fanouts if str(fanout.pk) == str(fanout_id)), None)
        if found is None:
            raise Http404
        return found


def scene(request: HttpRequest, pk: int) -> Scene:
    """The incident, or 404."""
    # Any order that was hit. Sorted, joined, or asked for by equality (which the database takes for rare before it has
    # counted), all of them would be read.
    hit = AffectedOrder.objects.filter(incident=OuterRef(OuterRef("pk"))).exclude(excluded__gt="")
    page = Order.objects.filter(pk=Subquery(hit.values("order_id")[:1])).values("public_token")
    rows = Incident.objects.select_related("store").annotate(a_token=Subquery(page))
    incident = get_object_or_404(rows, pk=pk)
    # What only one screen shows (the budget) is read there: planning many joins takes longer than all else here.
    waves = Fanout.objects.filter(cause_ref=incident.cause_ref).select_related(
        "macro_version__macro", "requested_by", "approved_by"
    )
    fanouts = list(waves.order_by("wave"))
    for fanout in fanouts:
        fanout.store = incident.store
    return Scene(incident, fanouts, person(request), timezone.now())


def url(suffix: str, *args: Any) -> str:
    return reverse(f"admin:customercare_incident_{suffix}", args=args)


def next_url(here: Scene) -> str:
    """Where work on this incident goes on."""
    if here.fanout.state == Wave.AWAITING_APPROVAL:
        return url("check", here.incident.pk)
    if here.incident.status == Incident.Status.DRAFT:
        return url("audience", here.incident.pk)
    return url("room", here.incident.pk)


def plan_of(fanout: Fanout) -> Plan:
    """What was chosen for a fan-out, as the service takes it."""
    return Plan(**{field.name: getattr(fanout, field.name) for field in fields(Plan)})


def frame(here: Scene, current: str) -> dict[str, Any]:
    """The context of every screen."""
    pk, status = here.incident.pk, here.incident.status
    draft = status == Incident.Status.DRAFT
    screens = [
        ("declare", _("What happened"), url("edit", pk) if draft and here.can(Capability.DRAFT_INCIDENTS) else ""),
        ("audience", _("Affected orders"), url("audience", pk)),
        ("check", _("Check and send"), url("check", pk)),
        ("room", _("Incident room"), url("room", pk)),
    ]
    place = [name for name, _label, _url in screens].index(current)
    steps = [
        {
            "label": label,
            "url": address,
            "state": "current" if name == current else "done" if number < place or not draft else "todo",
        }
        for number, (name, label, address) in enumerate(screens)
    ]
    return {
        "incident": here.incident,
        "fanout": here.fanout,
        "steps": steps,
        "drill": here.incident.mode == "drill",
        "zone": here.incident.store.time_zone,
        "now": here.now,
        "token": form_tokens.new(),
        "can_draft": here.can(Capability.DRAFT_INCIDENTS),
        "can_run": here.can(Capability.RUN_INCIDENTS),
        "can_approve": here.can(Capability.APPROVE),
        "can_operate": here.can(Capability.OPERATE_MESSAGES),
    }


def once(request: HttpRequest, *, purpose: str, run: Callable[[], str]) -> str:
    """Do it unless this form did it already; returns where it led, now or the first time. Raises Refusal.

    A form that carries no token yet (a bookmark, a script) is refused like one that is too old.
    """
    token, user = request.POST.get("token", ""), person(request)
    with transaction.atomic():
        before = form_tokens.use(token=token, user=user, purpose=purpose, now=timezone.now())
        if before is not None:
            return before
        target = run()
        form_tokens.settle(token=token, url=target)
    return target


def preview(request: HttpRequest, incident_id: int) -> bool:
    """Preview the newest wave; what keeps it from being previewed is told on the next page."""
    try:
        services.preview(incident_id=incident_id, now=timezone.now())
    except Refusal as refusal:
        messages.warning(request, refusal.message)
        return False
    return True
