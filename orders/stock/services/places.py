"""Warehouses: made, opened and closed."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from orders.stock.models import Warehouse
from orders.stock.rules import WarehouseKind
from orders.stock.services.common import require_editor


@transaction.atomic
def ensure_warehouse(
    *,
    code: str,
    name: str,
    kind: str = WarehouseKind.OWN,
    opens_on: date | None = None,
    closes_on: date | None = None,
    actor: User | None,
    now: datetime,
) -> Warehouse:
    """The warehouse with this code; made when there is none, otherwise left as it is.

    Raises Refusal (stock.role, stock.warehouse, stock.days).
    """
    require_editor(actor)
    if kind not in Warehouse.Kind.values or not 0 < len(code) <= 20 or not 0 < len(name) <= 200:
        raise Refusal("stock.warehouse", _("A warehouse has a code of up to 20 characters, a name and a kind."))
    _check_days(opens_on, closes_on)
    row, is_new = Warehouse.objects.get_or_create(
        code=code, defaults={"name": name, "kind": kind, "opens_on": opens_on, "closes_on": closes_on}
    )
    if is_new:
        audit.record(actor=actor, verb="warehouse.create", subject=f"warehouse:{row.pk}", now=now, code=code)
    return row


@transaction.atomic
def set_days(
    *, code: str, opens_on: date | None, closes_on: date | None, actor: User | None, now: datetime
) -> Warehouse:
    """Say from when to when a warehouse gives and takes goods. Raises Refusal (stock.role, stock.days)."""
    require_editor(actor)
    _check_days(opens_on, closes_on)
    row = Warehouse.objects.select_for_update().get(code=code)
    changes = audit.changes({"opens_on": (row.opens_on, opens_on), "closes_on": (row.closes_on, closes_on)})
    row.opens_on, row.closes_on = opens_on, closes_on
    row.save(update_fields=["opens_on", "closes_on"])
    audit.record(actor=actor, verb="warehouse.days", subject=f"warehouse:{row.pk}", now=now, **changes)
    return row


def _check_days(opens_on: date | None, closes_on: date | None) -> None:
    if opens_on and closes_on and closes_on <= opens_on:
        raise Refusal("stock.days", _("A warehouse closes after it opens. Correct one of the days."), "closes_on")
