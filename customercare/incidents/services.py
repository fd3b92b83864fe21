"""Incidents: opened with a frozen radius, previewed, declared by one person, approved by another."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit, faultpoints
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store, User
from backoffice.kernel.roles import Capability
from customercare.incidents import rules, selectors
from customercare.incidents.models import AffectedOrder, Incident, TimelineEntry
from customercare.notices import selectors as fanouts
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan
from orders.reach import rules as reach_rules
from orders.reach import selectors as reach
from orders.sales import services as sales

_FREEZE = """
INSERT INTO customercare_affectedorder
    (incident_id, order_id, wave, why, promised_on, delay_days, excluded, excluded_note)
SELECT %s, hit.id, %s, %s, hit.promised_on, hit.delay_days, hit.excluded, ''
FROM ({hit}) AS hit(id, promised_on, delay_days, excluded)
ON CONFLICT (incident_id, order_id) DO NOTHING
"""
_TO_TELL = "SELECT order_id, why FROM customercare_affectedorder WHERE incident_id = %s AND wave = %s AND excluded = ''"


@transaction.atomic
def open_incident(*, store: Store, draft: rules.IncidentDraft, actor: User, now: datetime) -> Incident:
    """A draft incident with its radius frozen and its first fan-out ready to preview.

    Raises Refusal: no right, empty or impossible selector, a code that does not exist.
    """
    _must(actor, Capability.DRAFT_INCIDENTS)
    _check_draft(store, draft)
    incident = Incident.objects.create(
        store=store,
        title=draft.title.strip(),
        kind=draft.kind,
        severity=draft.severity,
        priority=draft.priority,
        mode=draft.mode,
        selector=draft.selector.to_json(),
        is_public=draft.is_public,
        declared_by=actor,
        created_at=now,
    )
    fanout = notices.open_fanout(
        store=store,
        cause_ref=incident.cause_ref,
        title=incident.title,
        mode=incident.mode,
        plan=draft.plan,
        actor=actor,
        now=now,
    )
    _freeze(incident, fanout, wave=1)
    audit.record(actor=actor, verb="incident.open", subject=incident.cause_ref, now=now, mode=incident.mode)
    return incident


@transaction.atomic
def change_incident(
    *, incident_id: int, draft: rules.IncidentDraft, seen_edits: int, actor: User, now: datetime
) -> Incident:
    """Change a draft incident; its radius is frozen anew and the preview is void.

    seen_edits: the edit count the person saw; another one raises Refusal "incident.changed".
    """
    _must(actor, Capability.DRAFT_INCIDENTS)
    incident = Incident.objects.select_for_update().select_related("store").get(pk=incident_id)
    if incident.status != Incident.Status.DRAFT:
        raise Refusal("incident.declared", _("This incident is declared. Open a new one for another scope."))
    if incident.edits != seen_edits:
        raise Refusal("incident.changed", _("Somebody else changed this incident. Reload it, then change it again."))
    _check_draft(incident.store, draft)
    incident.title, incident.kind = draft.title.strip(), draft.kind
    incident.severity, incident.priority = draft.severity, draft.priority
    incident.is_public, incident.selector = draft.is_public, draft.selector.to_json()
    incident.edits += 1
    incident.save()
    fanout = _fanout(incident)
    notices.change_plan(fanout_id=fanout.pk, plan=draft.plan, actor=actor, now=now)
    AffectedOrder.objects.filter(incident=incident).delete()
    _freeze(incident, fanout, wave=1)
    audit.record(actor=actor, verb="incident.change", subject=incident.cause_ref, now=now)
    return incident


def _check_draft(store: Store, draft: rules.IncidentDraft) -> None:
    reach_rules.check(draft.selector)
    if not draft.title.strip():
        raise Refusal("incident.title", _("Give the incident a title that others recognise."), "title")
    if draft.kind not in Incident.Kind.values:
        raise Refusal("incident.kind", _("Choose what happened from the list."), "kind")
    if draft.mode not in ("real", "drill"):
        raise Refusal("incident.mode", _("Choose real or drill."), "mode")
    for field, sentence in selectors.unknown_codes(store=store, selector=draft.selector):
        raise Refusal("incident.unknown_code", sentence, field)


def _freeze(incident: Incident, fanout: Fanout, *, wave: int) -> int:
    selector = reach_rules.from_json(incident.selector)
    hit = reach.affected_by(store=incident.store, selector=selector).order_by()
    sql, params = hit.values_list("pk", "promised_on", "delay_days", "excluded").query.sql_with_params()
    faultpoints.reach("incidents.before_freeze_commit")
    with connection.cursor() as cursor:
        cursor.execute(_FREEZE.replace("{hit}", sql), [incident.pk, wave, reach_rules.why(selector), *params])
        added: int = cursor.rowcount
    notices.refreeze(fanout=fanout, source=_TO_TELL, params=[incident.pk, wave])
    return added


@transaction.atomic
def exclude(*, incident_id: int, order_ids: Sequence[int], note: str, actor: User, now: datetime) -> int:
    """Leave orders out by hand, with the reason. The preview is void. Raises Refusal without a reason."""
    _must(actor, Capability.DRAFT_INCIDENTS)
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    if not note.strip():
        raise Refusal("incident.reason", _("Say why these customers are not told."), "note")
    fanout = _fanout(incident)
    rows = AffectedOrder.objects.filter(incident=incident, wave=fanout.wave, order_id__in=order_ids, excluded="")
    changed = rows.update(excluded="manual", excluded_note=note.strip()[:200])
    notices.refreeze(fanout=fanout, source=_TO_TELL, params=[incident.pk, fanout.wave])
    audit.record(actor=actor, verb="incident.exclude", subject=incident.cause_ref, now=now, orders=changed)
    return changed


@transaction.atomic
def include(*, incident_id: int, order_ids: Sequence[int], actor: User, now: datetime) -> int:
    """Take orders back in that were left out by hand. The preview is void."""
    _must(actor, Capability.DRAFT_INCIDENTS)
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    fanout = _fanout(incident)
    rows = AffectedOrder.objects.filter(incident=incident, wave=fanout.wave, order_id__in=order_ids, excluded="manual")
    changed = rows.update(excluded="", excluded_note="")
    notices.refreeze(fanout=fanout, source=_TO_TELL, params=[incident.pk, fanout.wave])
    audit.record(actor=actor, verb="incident.include", subject=incident.cause_ref, now=now, orders=changed)
    return changed


def preview(*, incident_id: int, now: datetime) -> Fanout:
    """Preview the newest fan-out of the incident and return it with its counts and hash."""
    incident = Incident.objects.select_related("store").get(pk=incident_id)
    fanout = _fanout(incident)
    notices.preview(fanout_id=fanout.pk, today=today(incident.store, now))
    fanout.refresh_from_db()
    return fanout


@transaction.atomic
def declare(*, incident_id: int, content_hash: str, typed_count: int | None, actor: User, now: datetime) -> Fanout:
    """Declare what was previewed: the fan-out holds, or waits for a second person. All of it or nothing.

    Raises Refusal: no right, changed since the preview, undecided, over budget, count not typed.
    """
    _must(actor, Capability.RUN_INCIDENTS)
    incident = Incident.objects.select_for_update().select_related("store").get(pk=incident_id)
    fanout = _fanout(incident)
    if selectors.hits_everything(incident) and typed_count != fanout.message_n:
        raise Refusal(
            "incident.everything",
            _("This incident hits every order of the shop. Type {count} to confirm that.").format(
                count=fanout.message_n
            ),
            "typed_count",
        )
    confirmed = notices.confirm(
        fanout_id=fanout.pk,
        content_hash=content_hash,
        typed_count=typed_count,
        actor=actor,
        today=today(incident.store, now),
        now=now,
    )
    if incident.status == Incident.Status.DRAFT:
        incident.status, incident.declared_at, incident.declared_by = Incident.Status.DECLARED, now, actor
        incident.save(update_fields=["status", "declared_at", "declared_by"])
        audit.record(actor=actor, verb="incident.declare", subject=incident.cause_ref, now=now)
    _mark_orders(incident, now)
    faultpoints.reach("incidents.before_declare_commit")
    return confirmed


def _mark_orders(incident: Incident, now: datetime) -> None:
    """Order lists show the incident; a drill leaves no trace there."""
    if incident.mode == "drill":
        return
    sales.mark_from(
        source="SELECT order_id FROM customercare_affectedorder WHERE incident_id = %s",
        params=[incident.pk],
        kind="incident",
        ref=incident.cause_ref,
        label=incident.title,
        url=selectors.room_url(incident),
        now=now,
    )


@transaction.atomic
def approve(*, incident_id: int, content_hash: str, actor: User, now: datetime) -> Fanout:
    """The second person's yes to the newest fan-out. Raises Refusal as notices.approve."""
    incident = Incident.objects.select_related("store").get(pk=incident_id)
    return notices.approve(
        fanout_id=_fanout(incident).pk,
        content_hash=content_hash,
        approver=actor,
        today=today(incident.store, now),
        now=now,
    )


@transaction.atomic
def cancel(*, incident_id: int, actor: User, now: datetime) -> Incident:
    """Send nothing more for this incident. A draft is cancelled as a whole."""
    _must(actor, Capability.RUN_INCIDENTS)
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    notices.cancel(fanout_id=_fanout(incident).pk, actor=actor, now=now)
    if incident.status == Incident.Status.DRAFT:
        incident.status = Incident.Status.CANCELLED
        incident.save(update_fields=["status"])
    return incident


@transaction.atomic
def adopt_drift(*, incident_id: int, actor: User, now: datetime) -> Fanout:
    """Take the orders that drifted in since the freeze into a wave of their own, to be previewed and approved.

    Raises Refusal when nothing drifted in, or the wave before is not under way yet.
    """
    _must(actor, Capability.DRAFT_INCIDENTS)
    incident = Incident.objects.select_for_update().select_related("store").get(pk=incident_id)
    last = _fanout(incident)
    if last.batch_id is None:
        raise Refusal("incident.wave_open", _("Send or cancel the current wave first; then adopt the new orders."))
    wave = last.wave + 1
    fanout = notices.open_fanout(
        store=incident.store,
        cause_ref=incident.cause_ref,
        title=incident.title,
        mode=incident.mode,
        plan=_plan_of(last),
        actor=actor,
        now=now,
        wave=wave,
    )
    added = _freeze(incident, fanout, wave=wave)
    if not added:
        raise Refusal("incident.no_drift", _("No new orders are hit since the freeze."))
    audit.record(actor=actor, verb="incident.adopt", subject=incident.cause_ref, now=now, orders=added)
    return fanout


def _plan_of(fanout: Fanout) -> Plan:
    return Plan(
        macro_version_id=fanout.macro_version_id,
        rule=fanout.rule,
        rule_value=fanout.rule_value,
        rule_cap=fanout.rule_cap,
        valid_days=fanout.valid_days,
        budget_id=fanout.budget_id,
        missing=fanout.missing,
        next_update_on=fanout.next_update_on,
        fill_on=fanout.fill_on,
    )


@transaction.atomic
def move(*, incident_id: int, status: str, actor: User, now: datetime) -> Incident:
    """Move an incident on: contained, stable, resolved, reviewed, closed. Raises Refusal for a jump."""
    _must(actor, Capability.RUN_INCIDENTS)
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    if not rules.may_move(incident.status, status) or status in ("declared", "cancelled"):
        raise Refusal("incident.move", _("An incident does not go from here to there. Choose the next step."), "status")
    incident.status = status
    if status == Incident.Status.RESOLVED:
        incident.resolved_at = now
    incident.save(update_fields=["status", "resolved_at"])
    audit.record(actor=actor, verb="incident.move", subject=incident.cause_ref, now=now, status=status)
    return incident


@transaction.atomic
def note(*, incident_id: int, text: str, actor: User, now: datetime) -> TimelineEntry:
    """Write a note on the timeline. Raises Refusal for an empty one."""
    _must(actor, Capability.DRAFT_INCIDENTS)
    if not text.strip():
        raise Refusal("incident.note", _("Write what happened or was decided."), "text")
    return TimelineEntry.objects.create(
        incident_id=incident_id, at=now, actor=actor, kind="note", text=text.strip()[:500]
    )


def require_runner(actor: User) -> User:
    """The actor, if their role may run incidents. Raises Refusal "incident.role"."""
    _must(actor, Capability.RUN_INCIDENTS)
    return actor


def today(store: Store, now: datetime) -> date:
    """The store's own day."""
    return now.astimezone(ZoneInfo(store.time_zone)).date()


def _fanout(incident: Incident) -> Fanout:
    fanout = fanouts.current(incident.cause_ref)
    if fanout is None:
        raise LookupError(f"{incident.cause_ref} has no fan-out")
    return fanout


def _must(actor: User, capability: Capability) -> None:
    if not actor.can(capability):
        raise Refusal("incident.role", _("Your role may not do this. Ask an admin."))
