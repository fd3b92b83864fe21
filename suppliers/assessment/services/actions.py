"""Writes to corrective actions: asked, answered, verified or rejected, withdrawn; each step is kept."""

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import alerts, audit
from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import User
from backoffice.kernel.roles import CAPABILITIES, Capability
from suppliers.assessment.models import ActionStep, CorrectiveAction
from suppliers.assessment.rules.actions import TRANSITIONS, Act, ActionDraft
from suppliers.assessment.selectors.actions import alert_key
from suppliers.directory.services import common


@transaction.atomic
def ask_action(*, supplier_id: int, draft: ActionDraft, actor: User | None, now: datetime) -> CorrectiveAction:
    """Ask a supplier to put something right, under the next number. Raises Refusal (supplier.role, action.*)."""
    common.require_editor(actor)
    today = timezone.localdate(now)
    _check(draft, first=today)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('assessment.action_number'))")
    newest: int = CorrectiveAction.objects.aggregate(newest=Max("number"))["newest"] or 0
    row = CorrectiveAction.objects.create(number=newest + 1, supplier_id=supplier_id, asked_on=today, **_columns(draft))
    _tell(row, Act.ASK, draft.asked, actor, now)
    return row


@transaction.atomic
def change_action(
    *, action_id: int, version: int, draft: ActionDraft, actor: User | None, now: datetime
) -> CorrectiveAction:
    """Write what differs. Raises Stale, and Refusal (supplier.role, action.*)."""
    before = _seen(action_id, actor)
    _check(draft, first=before.asked_on)
    new = _columns(draft)
    changed = {name: (getattr(before, name), value) for name, value in new.items() if getattr(before, name) != value}
    if not changed and before.version == version:
        return before
    return _move(before, version, Act.CHANGE, new, actor=actor, now=now, **audit.changes(changed))


@transaction.atomic
def answer_action(
    *, action_id: int, version: int, answer: str, answered_on: date, actor: User | None, now: datetime
) -> CorrectiveAction:
    """Write down what the supplier answered, and when. Raises Stale, and Refusal (supplier.role, action.state,
    action.answer, action.answered_on)."""
    before = _seen(action_id, actor)
    if not answer.strip():
        raise Refusal("action.answer", _("Write what the supplier answered."), "answer")
    if not before.asked_on <= answered_on <= timezone.localdate(now):
        raise Refusal("action.answered_on", _("The answer came after the question and not after today."), "answered_on")
    values = {"answer": answer, "answered_on": answered_on}
    return _move(before, version, Act.ANSWER, values, said=answer, actor=actor, now=now)


@transaction.atomic
def verify_action(*, action_id: int, version: int, note: str, actor: User | None, now: datetime) -> CorrectiveAction:
    """Find that it is put right: the action is over. Raises Stale, and Refusal (supplier.role, action.state)."""
    before = _seen(action_id, actor)
    values = {"closed_on": timezone.localdate(now), "verified_by": actor}
    return _move(before, version, Act.VERIFY, values, said=note, actor=actor, now=now)


@transaction.atomic
def reject_action(
    *, action_id: int, version: int, why: str, due_on: date, actor: User | None, now: datetime
) -> CorrectiveAction:
    """Send the answer back: the action is open again, with a new day. Raises Stale, and Refusal (supplier.role,
    action.state, action.why, action.due)."""
    before = _seen(action_id, actor)
    _check_why(why)
    if due_on < timezone.localdate(now):
        raise Refusal("action.due", _("Give the supplier until today or a later day."), "due_on")
    values = {"answer": "", "answered_on": None, "due_on": due_on}
    return _move(before, version, Act.REJECT, values, said=why, actor=actor, now=now)


@transaction.atomic
def withdraw_action(*, action_id: int, version: int, why: str, actor: User | None, now: datetime) -> CorrectiveAction:
    """Ask for it no more. Raises Stale, and Refusal (supplier.role, action.state, action.why)."""
    before = _seen(action_id, actor)
    _check_why(why)
    values = {"closed_on": timezone.localdate(now)}
    return _move(before, version, Act.WITHDRAW, values, said=why, actor=actor, now=now)


def _seen(action_id: int, actor: User | None) -> CorrectiveAction:
    """The row as it is now, not held: the update that follows asks for its version."""
    common.require_editor(actor)
    return CorrectiveAction.objects.get(pk=action_id)


def _columns(draft: ActionDraft) -> dict[str, Any]:
    names = ("cause", "cause_ref", "what", "asked", "due_on", "owner_id")
    return {name: getattr(draft, name) for name in names}


def _move(
    before: CorrectiveAction,
    version: int,
    act: Act,
    values: dict[str, Any],
    *,
    actor: User | None,
    now: datetime,
    said: str = "",
    **detail: Any,
) -> CorrectiveAction:
    """One step of the table, or none: the update asks for the version and the states that the act may start from."""
    sources, target = TRANSITIONS[act]
    moved = {"state": target} if target else {}
    rows = CorrectiveAction.objects.filter(pk=before.pk, version=version, state__in=sources)
    if not rows.update(**values, **moved, version=F("version") + 1):
        raise _no(before.pk, version)
    alerts.close(key=alert_key(before.pk, before.due_on), now=now)
    row = CorrectiveAction.objects.get(pk=before.pk)
    _tell(row, act, said, actor, now, **detail)
    return row


def _no(action_id: int, version: int) -> Refusal:
    row = CorrectiveAction.objects.get(pk=action_id)
    if row.version != version:
        return Stale("row.stale", _("Somebody else changed this meanwhile. Nothing was overwritten."))
    return Refusal(
        "action.state", _("That cannot be done now: the request is “%(state)s”.") % {"state": row.get_state_display()}
    )


def _tell(row: CorrectiveAction, act: Act, said: str, actor: User | None, now: datetime, **detail: Any) -> None:
    ActionStep.objects.create(action=row, act=act, said=said, due_on=row.due_on, at=now, actor=actor)
    audit.record(
        actor=actor, verb=f"action.{act}", subject=common.subject(row.supplier_id), now=now, action=row.pk,
        number=str(row), **detail,
    )  # fmt: skip


def _check_why(why: str) -> None:
    if not why.strip():
        raise Refusal("action.why", _("Say why, so that others can follow it later."), "why")


def _check(draft: ActionDraft, *, first: date) -> None:
    if draft.cause not in CorrectiveAction.Cause.values:
        raise Refusal("action.cause", _("Choose why something has to be corrected."), "cause")
    if not draft.what:
        raise Refusal("action.what", _("Say in one line what is wrong."), "what")
    if not draft.asked:
        raise Refusal("action.asked", _("Write what the supplier is to do."), "asked")
    if draft.due_on < first:
        raise Refusal("action.due", _("It cannot be due before it is asked."), "due_on")
    editors = [role.value for role, held in CAPABILITIES.items() if Capability.EDIT_SUPPLIERS in held]
    if not User.objects.filter(pk=draft.owner_id, is_active=True, role__in=editors).exists():
        raise Refusal("action.owner", _("Choose an owner who may change suppliers."), "owner")
