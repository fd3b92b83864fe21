"""Writes to critical events; each one scores the supplier again at once."""

from dataclasses import asdict
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import audit, changing
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.assessment.models import CriticalEvent
from suppliers.assessment.rules.drafts import EventDraft
from suppliers.assessment.services import scorecards
from suppliers.directory.services import common


@transaction.atomic
def add_event(*, supplier_id: int, draft: EventDraft, actor: User | None, now: datetime) -> CriticalEvent:
    """Write what happened; it stops buying from its day on. Raises Refusal (supplier.role, event.*)."""
    common.require_editor(actor)
    today = timezone.localdate(now)
    _check(draft, today)
    event = CriticalEvent.objects.create(supplier_id=supplier_id, **asdict(draft))
    audit.record(
        actor=actor, verb="event.create", subject=common.subject(supplier_id), now=now, event=event.pk, kind=event.kind
    )
    scorecards.rescore(day=today, now=now, supplier_ids=[supplier_id])
    return event


@transaction.atomic
def change_event(*, event_id: int, version: int, draft: EventDraft, actor: User | None, now: datetime) -> CriticalEvent:
    """Write what differs, such as the day it was over. Raises Stale, and Refusal (supplier.role, event.*)."""
    common.require_editor(actor)
    event = changing.lock(CriticalEvent.objects.all(), pk=event_id, version=version)
    today = timezone.localdate(now)
    _check(draft, today)
    if changed := changing.apply(event, asdict(draft)):
        audit.record(
            actor=actor, verb="event.change", subject=common.subject(event.supplier_id), now=now, event=event.pk,
            **audit.changes(changed),
        )  # fmt: skip
        scorecards.rescore(day=today, now=now, supplier_ids=[event.supplier_id])
    return event


def _check(draft: EventDraft, today: date) -> None:
    if draft.kind not in CriticalEvent.Kind.values:
        raise Refusal("event.kind", _("Choose what happened."), "kind")
    if not draft.note:
        raise Refusal("event.note", _("Write in one line what happened."), "note")
    if draft.happened_on > today:
        raise Refusal("event.future", _("This day has not come yet."), "happened_on")
    if draft.ended_on and draft.ended_on < draft.happened_on:
        raise Refusal("event.dates", _("It cannot be over before it began. Swap the days."), "ended_on")
