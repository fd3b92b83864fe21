"""Stopping, resuming, giving up, trying again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.messaging import services as messaging
from backoffice.messaging.rules import Phase
from customercare.notices.models import Fanout
from customercare.notices.rules import CANCELLABLE, PAUSABLE, State
from customercare.notices.services import audience, decisions

PHASES = {State.CANARY: Phase.CANARY, State.RUNNING: Phase.RUNNING}


@transaction.atomic
def pause(*, fanout_id: int, reason: str, actor: User | None, now: datetime) -> Fanout:
    """Stop claiming; messages already on the wire finish. actor None: the breaker did it."""
    fanout = Fanout.objects.select_for_update().get(pk=fanout_id)
    if fanout.state not in PAUSABLE:
        raise Refusal("fanout.not_running", _("Nothing is being sent here, so there is nothing to pause."))
    fanout.resume_to, fanout.state, fanout.pause_reason = fanout.state, State.PAUSED, reason[:200]
    fanout.save(update_fields=["resume_to", "state", "pause_reason"])
    if fanout.batch is not None:
        messaging.set_phase(batch=fanout.batch, phase=Phase.PAUSED)
    audit.record(actor=actor, verb="fanout.pause", subject=fanout.cause_ref, now=now, reason=reason[:200])
    return fanout


@transaction.atomic
def resume(*, fanout_id: int, actor: User, now: datetime) -> Fanout:
    """Go on where it stopped; a canary that failed its test goes on to the rest, because a person said so."""
    fanout = Fanout.objects.select_for_update().get(pk=fanout_id)
    if fanout.state != State.PAUSED:
        raise Refusal("fanout.not_paused", _("This send is not paused."))
    failed_canary = fanout.pause_reason == CANARY_REASON
    fanout.state = State.RUNNING if failed_canary else State(fanout.resume_to)
    fanout.resume_to, fanout.pause_reason = "", ""
    fanout.resumed_by_person = True
    fanout.save(update_fields=["state", "resume_to", "pause_reason", "resumed_by_person"])
    if fanout.batch is not None and fanout.state in PHASES:
        messaging.set_phase(batch=fanout.batch, phase=PHASES[State(fanout.state)])
    audit.record(actor=actor, verb="fanout.resume", subject=fanout.cause_ref, now=now)
    messaging.ring()
    return fanout


CANARY_REASON = "canary"
BREAKER_REASON = "breaker"


@transaction.atomic
def cancel(*, fanout_id: int, actor: User, now: datetime) -> Fanout:
    """Send nothing more. What left has left; vouchers that no message told of are taken back when it settles."""
    fanout = Fanout.objects.select_for_update().get(pk=fanout_id)
    if fanout.state not in CANCELLABLE:
        raise Refusal("fanout.done", _("This send has ended already."))
    if fanout.batch is None:
        decisions.release_all(fanout, actor_ref=f"user:{actor.pk}", now=now)
        audience.void_preview(fanout.pk)
        fanout.finished_at = now
    else:
        messaging.cancel_batch(batch=fanout.batch)
    fanout.state = State.CANCELLED
    fanout.save(update_fields=["state", "finished_at"])
    audit.record(actor=actor, verb="fanout.cancel", subject=fanout.cause_ref, now=now)
    return fanout


@transaction.atomic
def retry_failed(*, fanout_id: int, actor: User, now: datetime) -> int:
    """Queue the failed messages again; returns how many."""
    fanout = Fanout.objects.select_for_update().get(pk=fanout_id)
    if fanout.batch is None or fanout.state not in (State.RUNNING, State.PAUSED, State.COMPLETED_WITH_FAILURES):
        raise Refusal("fanout.nothing_failed", _("Nothing here can be tried again."))
    queued = messaging.retry_failed(batch=fanout.batch, actor=actor, now=now)
    if not queued:
        raise Refusal("fanout.nothing_failed", _("No message has failed, so there is nothing to try again."))
    if fanout.state == State.COMPLETED_WITH_FAILURES:
        fanout.state, fanout.finished_at = State.RUNNING, None
        fanout.save(update_fields=["state", "finished_at"])
    audit.record(actor=actor, verb="fanout.retry", subject=fanout.cause_ref, now=now, messages=queued)
    messaging.ring()
    return queued
