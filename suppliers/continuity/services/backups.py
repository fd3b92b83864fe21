"""Writing down what was found out about a backup."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.catalog.models import SupplierItem
from suppliers.catalog.rules import ItemState
from suppliers.continuity.models import REASON_LIMIT, BackupReadiness
from suppliers.continuity.rules.switches import LARGEST_QUANTITY, VerificationDraft
from suppliers.directory import services as directory


@transaction.atomic
def verify_backup(*, item_id: int, draft: VerificationDraft, actor: User | None, now: datetime) -> BackupReadiness:
    """Append a verification; the newest counts.

    Raises Refusal (supplier.role, backup.ended, backup.how, backup.future, backup.trial, backup.numbers, backup.note).
    """
    directory.require_editor(actor)
    item = SupplierItem.objects.select_related("product").get(pk=item_id)
    if item.state == ItemState.ENDED:
        raise Refusal("backup.ended", _("This item has ended. Make it active before it is verified."))
    _check(draft, now)
    row = BackupReadiness.objects.create(item=item, verified_by=actor, recorded_at=now, **asdict(draft))
    audit.record(
        actor=actor, verb="backup.verify", subject=f"supplier:{item.supplier_id}", now=now, item=item_id,
        sku=item.product.sku, how=draft.how, verified_on=draft.verified_on.isoformat(),
        capacity=draft.capacity_per_week,
    )  # fmt: skip
    return row


def _check(draft: VerificationDraft, now: datetime) -> None:
    if draft.how not in BackupReadiness.How.values:
        raise Refusal("backup.how", _("Choose how it was found out."), "how")
    if draft.verified_on > timezone.localdate(now):
        raise Refusal("backup.future", _("That day has not come yet. Enter the day on which you asked."), "verified_on")
    _check_trial(draft)
    for name in ("capacity_per_week", "supplier_capacity_per_week"):
        value = getattr(draft, name)
        if value is not None and not 0 <= value <= LARGEST_QUANTITY:
            raise Refusal("backup.numbers", _("Enter from 0 to 999999 units."), name)
    if len(draft.note) > REASON_LIMIT:
        raise Refusal("backup.note", _("Use at most 500 characters."), "note")


def _check_trial(draft: VerificationDraft) -> None:
    if draft.how == BackupReadiness.How.TRIAL and draft.trial_order_on is None:
        raise Refusal("backup.trial", _("Enter the day of the trial order."), "trial_order_on")
    if draft.trial_order_on is not None and draft.trial_order_on > draft.verified_on:
        raise Refusal(
            "backup.trial", _("The trial order is later than the day of asking. Correct one of them."), "trial_order_on"
        )
