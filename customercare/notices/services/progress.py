"""What drives a confirmed fan-out to its end. Every step may die at any line and run twice, anywhere."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from backoffice.kernel import alerts, audit, faultpoints
from backoffice.messaging import services as messaging
from backoffice.messaging.rules import Phase
from customercare.compensation import services as compensation
from customercare.notices import selectors
from customercare.notices.models import Fanout, Notice
from customercare.notices.rules import State, breaker_trips, canary_holds, final_state
from customercare.notices.services import decisions, planning, running
from customercare.vouchers import services as vouchers
from orders.sales import services as sales

LIVE = Q(state__in=[State.HOLDING, State.CANARY, State.RUNNING]) | Q(
    state=State.CANCELLED, finished_at__isnull=True, batch__isnull=False
)
NO_REACH = "no_reach"
_UNREACHED = """
SELECT n.order_id FROM customercare_notice n LEFT JOIN messaging_message m ON m.id = n.message_id
WHERE n.fanout_id = %s
    AND (m.state IN ('failed', 'expired', 'suppressed') OR n.skipped IN ('no_address', 'suppressed'))
"""


def advance(*, now: datetime) -> int:
    """Take every live fan-out one step further; returns how many moved."""
    return sum(drive(fanout_id=pk, now=now) for pk in Fanout.objects.filter(LIVE).values_list("pk", flat=True))


def drive(*, fanout_id: int, now: datetime) -> bool:
    """One step of one fan-out: start it, plan its chunks, judge the canary, end it. True when something moved.

    A fan-out that another process is driving is left to it.
    """
    moved = _step(fanout_id, now)
    while planning_left(fanout_id):
        if not planning.plan_next(fanout_id=fanout_id, now=now):
            break
        faultpoints.reach("notices.after_voucher_commit")
        moved = True
        messaging.ring()
    return moved


def planning_left(fanout_id: int) -> bool:
    """True while a started fan-out may still have contacts without a message."""
    return Fanout.objects.filter(
        pk=fanout_id, state__in=[State.CANARY, State.RUNNING], planned_at__isnull=True
    ).exists()


@transaction.atomic
def _step(fanout_id: int, now: datetime) -> bool:
    fanout = (
        Fanout.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("store", "batch")
        .filter(pk=fanout_id)
        .first()
    )
    if fanout is None:
        return False
    steps: dict[str, Callable[[Fanout, datetime], bool]] = {
        State.HOLDING: _start,
        State.CANARY: _judge_canary,
        State.RUNNING: _watch,
        State.CANCELLED: _settle_cancelled,
    }
    step = steps.get(fanout.state)
    return step(fanout, now) if step else False


def _start(fanout: Fanout, now: datetime) -> bool:
    if fanout.hold_until is None or fanout.hold_until > now:
        return False
    batch = messaging.create_batch(
        key=f"{fanout.cause_ref}/{fanout.wave}",
        store=fanout.store,
        cause_ref=fanout.cause_ref,
        mode=fanout.mode,
        category="service",
        now=now,
    )
    messaging.set_phase(batch=batch, phase=Phase.CANARY)
    fanout.batch, fanout.state, fanout.started_at = batch, State.CANARY, now
    fanout.save(update_fields=["batch", "state", "started_at"])
    audit.record(actor=None, verb="fanout.start", subject=fanout.cause_ref, now=now, wave=fanout.wave)
    return True


def _judge_canary(fanout: Fanout, now: datetime) -> bool:
    first = selectors.canary(fanout)
    if not selectors.is_planned(fanout) or first["waiting"]:
        return False
    done, failed = sum(first.values()), first["failed"] + first["uncertain"]
    if not canary_holds(done=done, failed=failed) and not fanout.resumed_by_person:
        return _stop(fanout, running.CANARY_REASON, now)
    fanout.state = State.RUNNING
    fanout.save(update_fields=["state"])
    if fanout.batch is not None:
        messaging.set_phase(batch=fanout.batch, phase=Phase.RUNNING)
    audit.record(actor=None, verb="fanout.canary_passed", subject=fanout.cause_ref, now=now, messages=done)
    return True


def _watch(fanout: Fanout, now: datetime) -> bool:
    counts = selectors.message_counts(fanout)
    failed = counts["failed"] + counts["uncertain"]
    done = sum(counts.values()) - counts["waiting"]
    if counts["waiting"] and not fanout.resumed_by_person and breaker_trips(done=done, failed=failed):
        return _stop(fanout, running.BREAKER_REASON, now)
    if counts["waiting"] or not selectors.is_planned(fanout):
        return False
    faultpoints.reach("notices.at_resolve")
    _mark_unreached(fanout, now)
    _settle_budget(fanout, now)
    fanout.state, fanout.finished_at = final_state(counts), now
    fanout.save(update_fields=["state", "finished_at"])
    alerts.close(key=f"fanout:{fanout.pk}", now=now)
    audit.record(actor=None, verb="fanout.complete", subject=fanout.cause_ref, now=now, **counts)
    return True


def _stop(fanout: Fanout, reason: str, now: datetime) -> bool:
    """Too many failures: pause, and call a person once."""
    running.pause(fanout_id=fanout.pk, reason=reason, actor=None, now=now)
    alerts.raise_once(
        key=f"fanout:{fanout.pk}",
        title=_("Sending stopped itself: too many messages failed ({title})").format(title=fanout.title)[:200],
        url=f"/messages/sends/{fanout.pk}/",
        severity="bad",
        now=now,
    )
    return True


def _settle_cancelled(fanout: Fanout, now: datetime) -> bool:
    if selectors.message_counts(fanout)["waiting"]:
        return False
    untold = Notice.objects.filter(fanout=fanout, message__state="cancelled", amount__gt=0)
    vouchers.revoke_many(
        cause_ref=fanout.cause_ref,
        order_ids=list(untold.values_list("order_id", flat=True)),
        note="cancelled before it was sent",
        actor_ref="system",
        now=now,
    )
    _mark_unreached(fanout, now)
    _settle_budget(fanout, now)
    fanout.finished_at = now
    fanout.save(update_fields=["finished_at"])
    return True


def _mark_unreached(fanout: Fanout, now: datetime) -> None:
    """Flag the orders whose customer was not reached, so that an agent sees them, and no others: a second try may have
    reached some. Drills flag nothing."""
    if fanout.mode == "drill":
        return
    ref = f"{fanout.cause_ref}/{fanout.wave}"
    sales.unmark_except(source=_UNREACHED, params=[fanout.pk], kind=NO_REACH, ref=ref)
    sales.mark_from(
        source=_UNREACHED,
        params=[fanout.pk],
        kind=NO_REACH,
        ref=ref,
        label=_("Not reached: {title}").format(title=fanout.title),
        url=f"/messages/sends/{fanout.pk}/",
        now=now,
    )


def _settle_budget(fanout: Fanout, now: datetime) -> None:
    """Commit what stands as vouchers, release the rest of the reserve."""
    if fanout.budget_id is None or fanout.mode == "drill":
        return
    ref = decisions.budget_ref(fanout)
    standing = selectors.standing_amount(fanout)
    compensation.commit(
        budget_id=fanout.budget_id,
        amount=standing,
        cause_ref=ref,
        key=f"{ref}/commit",
        drill=False,
        actor_ref="system",
        now=now,
    )
    decisions.release_all(fanout, actor_ref="system", now=now)
