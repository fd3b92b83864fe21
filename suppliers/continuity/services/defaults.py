"""Declaring that a supplier does not deliver what it owes, and lifting it."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.kernel import alerts, audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.continuity.models import REASON_LIMIT, SupplierDefault
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier
from suppliers.directory.rules import SupplierKind


@transaction.atomic
def declare_default(
    *, supplier_id: int, why: str, actor: User | None, now: datetime, cause_ref: str = ""
) -> SupplierDefault:
    """Declare it once, tell the log, and open an alert. cause_ref: what it answers to, such as "incident:12".

    Raises Refusal (supplier.role, default.warehouse, default.known, default.why).
    """
    directory.require_editor(actor)
    supplier = Supplier.objects.select_for_update().get(pk=supplier_id)
    if supplier.kind == SupplierKind.WAREHOUSE:
        raise Refusal("default.warehouse", _("A warehouse of our own owes us no delivery."))
    if SupplierDefault.objects.filter(supplier=supplier, lifted_at__isnull=True).exists():
        raise Refusal("default.known", _("This is declared already. Open the supplier to see by whom."))
    if not why.strip() or len(why) > REASON_LIMIT:
        raise Refusal("default.why", _("Say in 1 to 500 characters what they did not deliver."), "why")
    row = SupplierDefault.objects.create(
        supplier=supplier, declared_at=now, declared_by=actor, why=why.strip(), cause_ref=cause_ref
    )
    audit.record(
        actor=actor, verb="supplier.default", subject=f"supplier:{supplier_id}", now=now, default=row.pk,
        cause_ref=cause_ref,
    )  # fmt: skip
    alerts.raise_once(
        key=alert_key(supplier_id),
        title=_("%(name)s does not deliver") % {"name": supplier.name},
        url=reverse("continuity:stops", args=[supplier_id]),
        severity="bad",
        now=now,
    )
    return row


@transaction.atomic
def lift_default(*, supplier_id: int, actor: User | None, now: datetime) -> SupplierDefault:
    """They deliver again: end the default and close its alert. Raises Refusal (supplier.role, default.none)."""
    directory.require_editor(actor)
    Supplier.objects.select_for_update().get(pk=supplier_id)
    row = SupplierDefault.objects.filter(supplier_id=supplier_id, lifted_at__isnull=True).first()
    if row is None:
        raise Refusal("default.none", _("No default is declared, so there is nothing to lift."))
    row.lifted_at, row.lifted_by = now, actor
    row.save(update_fields=["lifted_at", "lifted_by"])
    audit.record(actor=actor, verb="supplier.lift", subject=f"supplier:{supplier_id}", now=now, default=row.pk)
    alerts.close(key=alert_key(supplier_id), now=now)
    return row


def alert_key(supplier_id: int) -> str:
    """One alert for each supplier."""
    return f"supplier-default:{supplier_id}"
