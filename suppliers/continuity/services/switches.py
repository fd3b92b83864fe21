"""Switching a shortfall to backups: drafted, confirmed once, undone while nothing was sent."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import User
from backoffice.kernel.numbers import currency_exponent
from suppliers.catalog.rules import Break, unit_price
from suppliers.continuity.models import Switchover, SwitchoverRow
from suppliers.continuity.rules.split import Take
from suppliers.continuity.rules.switches import LARGEST_RATE, SwitchState
from suppliers.continuity.selectors import switching
from suppliers.continuity.selectors.switching import Question
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier
from suppliers.directory.selectors import today

_CENTS = Decimal("0.0001")


@transaction.atomic
def draft_switch(
    *, supplier_id: int, currency: str, rates: Mapping[str, Decimal], actor: User | None, now: datetime
) -> Switchover:
    """Keep the best split as a draft, which a person then confirms. rates: one unit of a currency in that of the plan.

    Raises Refusal (supplier.role, money.currency, switch.rate, switch.nothing).
    """
    directory.require_editor(actor)
    currency_exponent(currency)
    if any(not 0 < rate <= LARGEST_RATE for rate in rates.values()):
        raise Refusal("switch.rate", _("A rate is above zero. Correct it."))
    supplier = Supplier.objects.get(pk=supplier_id)
    asked = switching.question(supplier, currency=currency, rates=rates, now=now)
    if not asked.problem.needs:
        raise Refusal("switch.nothing", _("Nothing is left to switch: it is not on order there, or switched already."))
    solution = switching.dry_run(asked).solution
    if not solution.plan.takes:
        raise Refusal("switch.nothing", _("No ready backup can take over anything. Verify one first."))
    switch = Switchover.objects.create(
        supplier=supplier, currency=currency, rates={code: str(rate) for code, rate in asked.rates.items()},
        cost=solution.plan.cost.quantize(_CENTS), penalty=solution.plan.penalty.quantize(_CENTS),
        bound=None if solution.bound is None else Decimal(str(solution.bound)).quantize(_CENTS),
        proven=solution.proven, uncovered=sum(solution.plan.uncovered.values()), digest=asked.digest,
        drafted_at=now, drafted_by=actor,
    )  # fmt: skip
    SwitchoverRow.objects.bulk_create([_row(switch, asked, take, now) for take in solution.plan.takes])
    _tell("switch.draft", switch, actor, now, rows=len(solution.plan.takes))
    return switch


def _row(switch: Switchover, asked: Question, take: Take, now: datetime) -> SwitchoverRow:
    backup = asked.backups[take.offer.key]
    item = backup.item
    steps = [Break(step.min_quantity, step.price) for step in item.breaks.all()]
    arrives = today(now) + timedelta(days=backup.lead_p90)
    stockout = next((row.stockout_on for row in asked.stop.rows if row.product.pk == item.product_id), None)
    return SwitchoverRow(
        switchover=switch, item=item, quantity=take.quantity, packs=take.quantity // item.pack_size,
        price=unit_price(base=item.price, breaks=steps, quantity=take.quantity), currency=item.currency,
        cost=take.offer.cost(take.quantity).quantize(_CENTS), arrives_on=arrives, stockout_on=stockout,
        late_days=asked.problem.late_days(take.offer),
    )  # fmt: skip


@transaction.atomic
def confirm_switch(*, switch_id: int, actor: User | None, now: datetime) -> Switchover:
    """Make a draft the plan of its supplier; there is one at a time until it is sent or undone.

    Its rows are from then on what purchasing orders. Raises Refusal (supplier.role, switch.state, switch.other), and
    Stale (switch.changed) when stock, offers or readiness are no longer those that the draft was made from.
    """
    directory.require_editor(actor)
    switch = _hold(switch_id)
    if switch.state != SwitchState.DRAFT:
        raise Refusal("switch.state", _("This switch is no draft any more. Open it again to see what became of it."))
    if _confirmed_elsewhere(switch):
        raise Refusal(
            "switch.other", _("Another switch of this supplier is confirmed. Undo it or wait until it is sent.")
        )
    rates = {code: Decimal(rate) for code, rate in switch.rates.items()}
    asked = switching.question(switch.supplier, currency=switch.currency, rates=rates, now=now)
    if asked.digest != switch.digest:
        raise Stale("switch.changed", _("Stock, offers or backups changed since this draft. Make a new one."))
    switch.state, switch.confirmed_at, switch.confirmed_by = SwitchState.CONFIRMED, now, actor
    switch.save(update_fields=["state", "confirmed_at", "confirmed_by"])
    _tell("switch.confirm", switch, actor, now, cost=str(switch.cost), currency=switch.currency)
    return switch


def _hold(switch_id: int) -> Switchover:
    """The switch, with its supplier held first, so that two switches of one supplier are decided one by one."""
    supplier_id = Switchover.objects.values_list("supplier_id", flat=True).get(pk=switch_id)
    supplier = Supplier.objects.select_for_update().get(pk=supplier_id)
    switch = Switchover.objects.select_for_update().get(pk=switch_id)
    switch.supplier = supplier
    return switch


def _confirmed_elsewhere(switch: Switchover) -> bool:
    rows = Switchover.objects.filter(supplier=switch.supplier, state=SwitchState.CONFIRMED)
    return rows.exclude(pk=switch.pk).exists()


@transaction.atomic
def undo_switch(*, switch_id: int, actor: User | None, now: datetime) -> Switchover:
    """Take a confirmed switch back. Raises Refusal (supplier.role, switch.state, switch.sent)."""
    directory.require_editor(actor)
    switch = _hold(switch_id)
    if switch.state != SwitchState.CONFIRMED:
        raise Refusal("switch.state", _("Only a confirmed switch can be undone."))
    if SwitchoverRow.objects.filter(switchover=switch, sent_at__isnull=False).exists():
        raise Refusal("switch.sent", _("A backup was told already. Cancel that order with them instead."))
    switch.state, switch.undone_at, switch.undone_by = SwitchState.UNDONE, now, actor
    switch.save(update_fields=["state", "undone_at", "undone_by"])
    _tell("switch.undo", switch, actor, now)
    return switch


@transaction.atomic
def mark_sent(*, switch_id: int, item_ids: Collection[int], actor: User | None, now: datetime) -> int:
    """Purchasing has told these backups; returns how many rows that newly is. All told, the switch is sent.

    Raises Refusal (supplier.role, switch.state).
    """
    directory.require_editor(actor)
    switch = _hold(switch_id)
    if switch.state not in (SwitchState.CONFIRMED, SwitchState.SENT):
        raise Refusal("switch.state", _("Only a confirmed switch is sent."))
    rows = SwitchoverRow.objects.filter(switchover=switch, sent_at__isnull=True)
    count = rows.filter(item__in=item_ids).update(sent_at=now)
    if not rows.exists():
        switch.state = SwitchState.SENT
        switch.save(update_fields=["state"])
    if count:
        _tell("switch.sent", switch, actor, now, rows=count)
    return count


def _tell(verb: str, switch: Switchover, actor: User | None, now: datetime, **detail: object) -> None:
    audit.record(actor=actor, verb=verb, subject=f"supplier:{switch.supplier_id}", now=now, switch=switch.pk, **detail)
