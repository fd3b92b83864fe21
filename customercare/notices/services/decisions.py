"""The decisions of people: open, change, confirm, approve, undo."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import approvals, audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store, User
from customercare.compensation import selectors as budgets
from customercare.compensation import services as compensation
from customercare.compensation.models import BudgetEntry
from customercare.notices.models import Fanout, Notice
from customercare.notices.rules import OPEN, TYPED_COUNT_ABOVE, Plan, State
from customercare.notices.services import audience
from customercare.notices.services import preview as previews
from orders.sales import services as sales


@transaction.atomic
def open_fanout(
    *, store: Store, cause_ref: str, title: str, mode: str, plan: Plan, actor: User, now: datetime, wave: int = 1
) -> Fanout:
    """A new fan-out in draft. cause_ref and wave are unique together."""
    fanout = Fanout(
        store=store,
        cause_ref=cause_ref,
        wave=wave,
        title=title,
        mode=mode,
        currency=store.currency,
        requested_by=actor,
        created_at=now,
    )
    _apply(fanout, plan)
    fanout.save(force_insert=True)
    return fanout


@transaction.atomic
def change_plan(*, fanout_id: int, plan: Plan, actor: User, now: datetime) -> Fanout:
    """Set the plan anew; preview and approval are void. Raises Refusal "fanout.started"."""
    fanout = audience.lock_open(fanout_id)
    _apply(fanout, plan)
    fanout.save()
    audience.void_preview(fanout_id)
    audit.record(actor=actor, verb="fanout.plan", subject=fanout.cause_ref, now=now, wave=fanout.wave)
    fanout.refresh_from_db()
    return fanout


def _apply(fanout: Fanout, plan: Plan) -> None:
    if plan.rule != Fanout.Rule.NONE:
        compensation.value_rule(basis=plan.rule, value=plan.rule_value, currency=fanout.currency, cap=plan.rule_cap)
    fanout.macro_version_id = plan.macro_version_id
    fanout.rule, fanout.rule_value, fanout.rule_cap = plan.rule, plan.rule_value, plan.rule_cap
    fanout.valid_days, fanout.budget_id = plan.valid_days, plan.budget_id
    fanout.missing, fanout.next_update_on, fanout.fill_on = plan.missing, plan.next_update_on, plan.fill_on


@transaction.atomic
def confirm(
    *, fanout_id: int, content_hash: str, typed_count: int | None, actor: User, today: date, now: datetime
) -> Fanout:
    """Say yes to exactly what the preview showed: reserve the budget, then hold, or wait for a second person.

    typed_count: how many customers the person typed, needed above 500 messages.
    Raises Refusal with nothing written: not previewed, changed since, missing dates undecided, count not
    typed, budget short or not chosen.
    """
    fanout = Fanout.objects.select_for_update(of=("self",)).select_related("macro_version", "store").get(pk=fanout_id)
    totals = _check_unchanged(fanout, content_hash, today)
    require_decided(totals, missing=fanout.missing)
    if totals.messages > TYPED_COUNT_ABOVE and typed_count != totals.messages:
        raise Refusal(
            "fanout.typed_count",
            _("Type {count} to confirm: that many customers will be written to.").format(count=totals.messages),
            "typed_count",
        )
    _reserve(fanout, totals.cost, actor, now)
    if fanout.missing == Fanout.Missing.FILL:
        _fill_dates(fanout, actor, today, now)
    _settle_hash(fanout, today)
    needed = _approval_needed(fanout, totals, actor)
    audit.record(
        actor=actor, verb="fanout.confirm", subject=fanout.cause_ref, now=now,
        wave=fanout.wave, messages=totals.messages, cost=str(totals.cost),
    )  # fmt: skip
    fanout.requested_by = actor
    if needed:
        _request_approval(fanout, needed, actor=actor, now=now)
    else:
        _hold(fanout, now)
    return fanout


def _check_unchanged(fanout: Fanout, content_hash: str, today: date) -> previews.Totals:
    if fanout.state not in OPEN or fanout.state == State.AWAITING_APPROVAL:
        raise Refusal("fanout.started", _("This send was confirmed already. Look at its progress."))
    if fanout.state != State.PREVIEWED or not fanout.content_hash:
        raise Refusal("fanout.not_previewed", _("Preview this send first: something changed since the last preview."))
    totals = previews.count(fanout, today=today)
    if content_hash != fanout.content_hash or previews.content_hash(fanout, totals) != content_hash:
        raise Refusal("fanout.changed", _("Something changed since you looked. Preview it again, then confirm."))
    return totals


def require_decided(totals: previews.Totals, *, missing: str) -> None:
    """Raises Refusal "fanout.missing" while orders without a new date wait for a choice."""
    if not totals.undated or missing != Fanout.Missing.UNDECIDED:
        return
    sentence = ngettext(
        "%(undated)d of %(told)d orders has no new date. Choose what to do about it.",
        "%(undated)d of %(told)d orders have no new date. Choose what to do about them.",
        totals.undated,
    )
    raise Refusal("fanout.missing", sentence % {"undated": totals.undated, "told": totals.told}, "missing")


def _reserve(fanout: Fanout, cost: Decimal, actor: User, now: datetime) -> None:
    drill = fanout.mode == "drill"
    if not cost or drill:
        return
    if fanout.budget_id is None:
        raise Refusal("fanout.no_budget", _("Choose the budget that pays for these vouchers."), "budget")
    compensation.reserve(
        budget_id=fanout.budget_id,
        amount=cost,
        cause_ref=budget_ref(fanout),
        key=_next_key(fanout, "reserve"),
        drill=drill,
        actor_ref=f"user:{actor.pk}",
        now=now,
    )


def budget_ref(fanout: Fanout) -> str:
    """How the budget ledger names one fan-out."""
    return f"{fanout.cause_ref}/{fanout.wave}"


def _next_key(fanout: Fanout, act: str) -> str:
    """A ledger key for the next booking of this fan-out; its row is locked, so nobody else takes the same."""
    ref = budget_ref(fanout)
    return f"{ref}/{act}/{BudgetEntry.objects.filter(cause_ref=ref).count()}"


def _fill_dates(fanout: Fanout, actor: User, today: date, now: datetime) -> None:
    """Promise only stored dates: the date that was typed becomes a revision of each order that had none."""
    orders = Notice.objects.filter(fanout=fanout, skipped="").exclude(order__expected_on__gte=today)
    if fanout.mode == "real" and fanout.fill_on:
        sales.expect_many(
            order_ids=list(orders.values_list("order_id", flat=True)),
            on=fanout.fill_on,
            source="agent",
            reason=fanout.title[:300],
            actor=actor,
            now=now,
        )


def _settle_hash(fanout: Fanout, today: date) -> None:
    """Filling dates changed what the hash covers, by this very decision; the approval binds to the result."""
    fanout.content_hash = previews.content_hash(fanout, previews.count(fanout, today=today))


@dataclass(frozen=True, slots=True)
class _Needed:
    """The approval that one person alone may not do without."""

    kind: str
    amount: Decimal
    currency: str


def _approval_needed(fanout: Fanout, totals: previews.Totals, actor: User) -> _Needed | None:
    if totals.cost > approvals.limit_for(user=actor, kind="grant_run", currency=fanout.currency):
        return _Needed("grant_run", totals.cost, fanout.currency)
    if totals.messages > approvals.limit_for(user=actor, kind="message_run", currency=""):
        return _Needed("message_run", Decimal(totals.messages), "")
    return None


def _request_approval(fanout: Fanout, needed: _Needed, *, actor: User, now: datetime) -> None:
    approvals.request(
        kind=needed.kind,
        subject_ref=audience.subject(fanout.pk),
        content_hash=fanout.content_hash,
        title=fanout.title,
        url=f"/messages/sends/{fanout.pk}/",
        amount=needed.amount,
        currency=needed.currency,
        requested_by=actor,
        now=now,
    )
    fanout.state = State.AWAITING_APPROVAL
    fanout.save()


def _hold(fanout: Fanout, now: datetime) -> None:
    fanout.state = State.HOLDING
    fanout.hold_until = now + timedelta(seconds=settings.FANOUT_HOLD_SECONDS)
    fanout.save()


@transaction.atomic
def approve(*, fanout_id: int, content_hash: str, approver: User, today: date, now: datetime) -> Fanout:
    """The second person's yes, bound to the hash. Raises Refusal; nothing is written then."""
    fanout = Fanout.objects.select_for_update(of=("self",)).select_related("macro_version", "store").get(pk=fanout_id)
    if fanout.state != State.AWAITING_APPROVAL:
        raise Refusal("approval.none", _("Nothing waits for approval here."))
    if previews.content_hash(fanout, previews.count(fanout, today=today)) != fanout.content_hash:
        raise Refusal("approval.changed", _("The content changed since approval was asked. Preview it again."))
    subject = audience.subject(fanout.pk)
    approvals.approve(
        kind=approvals.pending_kind(subject_ref=subject),
        subject_ref=subject,
        content_hash=content_hash,
        approver=approver,
        now=now,
    )
    fanout.approved_by = approver
    _hold(fanout, now)
    audit.record(actor=approver, verb="fanout.approve", subject=fanout.cause_ref, now=now, wave=fanout.wave)
    return fanout


@transaction.atomic
def undo(*, fanout_id: int, actor: User, now: datetime) -> Fanout:
    """Take a confirmed send back before its first message: as if never confirmed; the reserve is released."""
    fanout = Fanout.objects.select_for_update().get(pk=fanout_id)
    if fanout.state not in (State.HOLDING, State.AWAITING_APPROVAL):
        raise Refusal("fanout.too_late", _("Messages are leaving already. Pause or cancel the send instead."))
    release_all(fanout, actor_ref=f"user:{actor.pk}", now=now)
    audience.void_preview(fanout.pk)
    fanout.refresh_from_db()
    fanout.hold_until, fanout.approved_by = None, None
    fanout.save(update_fields=["hold_until", "approved_by"])
    audit.record(actor=actor, verb="fanout.undo", subject=fanout.cause_ref, now=now, wave=fanout.wave)
    return fanout


def release_all(fanout: Fanout, *, actor_ref: str, now: datetime) -> None:
    """Give back what this fan-out has reserved and not used."""
    if fanout.budget_id is None or fanout.mode == "drill":
        return
    ref = budget_ref(fanout)
    rest = budgets.reserved_for(budget_id=fanout.budget_id, cause_ref=ref)
    compensation.release(
        budget_id=fanout.budget_id,
        amount=rest,
        cause_ref=ref,
        key=_next_key(fanout, "release"),
        drill=False,
        actor_ref=actor_ref,
        now=now,
    )
