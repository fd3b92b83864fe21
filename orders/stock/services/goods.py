"""Goods that come, and what is announced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Least
from django.utils import timezone

from backoffice.kernel import audit
from backoffice.kernel.models import User
from orders.stock.models import Inbound, StockMovement
from orders.stock.rules import Change, Deltas, Kind
from orders.stock.services import counters, lots, shelves
from orders.stock.services.common import (
    check_key,
    check_quantities,
    levels_of,
    once,
    products,
    require_editor,
    reused,
    warehouses,
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Units that came. lot: "" when nobody noted one. to_judge: they wait in quarantine."""

    sku: str
    quantity: int
    lot: str = ""
    supplier_id: int | None = None
    expires_on: date | None = None
    to_judge: bool = False
    inbound_key: str = ""


def receive(
    *, key: str, warehouse: str, arrivals: Sequence[Arrival], ref: str = "", actor: User | None, now: datetime
) -> int:
    """Write that goods came; returns how many units. The same key again changes nothing.

    Raises Refusal (stock.role, stock.key, stock.key_reused, stock.lines, stock.quantity, stock.sku, stock.warehouse,
    stock.closed).
    """
    require_editor(actor)
    check_key(key, ref)
    check_quantities([one.quantity for one in arrivals])
    units = sum(one.quantity for one in arrivals)

    def known() -> int | None:
        before = list(StockMovement.objects.filter(key__startswith=f"{key}:receive:").values_list("on_hand", flat=True))
        if before and (sum(before), len(before)) != (units, len(arrivals)):
            raise reused()
        return sum(before) if before else None

    def work() -> int:
        place = warehouses([warehouse], today=timezone.localdate(now))[warehouse]
        found = products(one.sku for one in arrivals)
        levels = levels_of({(place.pk, one.pk) for one in found.values()}, now=now)
        named = lots.ensure(
            [
                (levels[place.pk, found[one.sku].pk].pk, one.supplier_id, one.lot, one.expires_on)
                for one in arrivals
                if one.lot
            ],
            now=now,
        )
        changes = []
        for number, one in enumerate(arrivals):
            level = levels[place.pk, found[one.sku].pk].pk
            lot = named[level, one.supplier_id, one.lot, one.expires_on] if one.lot else None
            deltas = Deltas(on_hand=one.quantity, quarantine=one.quantity if one.to_judge else 0)
            changes.append(Change(level, deltas, f"{key}:receive:{number}", ref, lot))
        counters.move(kind=Kind.RECEIVE, changes=changes, actor=actor, now=now)
        _arrived(arrivals)
        shelves.put_back((one.pk for one in found.values()), now=now)
        audit.record(
            actor=actor, verb="stock.receive", subject=f"warehouse:{place.pk}", now=now, units=units,
            lines=len(arrivals), ref=ref,
        )  # fmt: skip
        return units

    return once(known, work)


@transaction.atomic
def expect(
    *,
    key: str,
    sku: str,
    warehouse: str,
    quantity: int,
    due_on: date | None,
    ref: str = "",
    actor: User | None = None,
    now: datetime,
) -> Inbound:
    """Announce units that will come; the same key again says how many and when anew, never fewer than arrived.

    quantity 0: nothing comes any more. Raises Refusal as `receive`.
    """
    require_editor(actor)
    check_key(key, ref)
    check_quantities([quantity], smallest=0)
    place = warehouses([warehouse], today=due_on or timezone.localdate(now))[warehouse]
    product = products([sku])[sku]
    level = levels_of({(place.pk, product.pk)}, now=now)[place.pk, product.pk]
    row, is_new = Inbound.objects.select_for_update().get_or_create(
        key=key, defaults={"level": level, "ref": ref, "quantity": quantity, "due_on": due_on, "told_at": now}
    )
    if is_new:
        return row
    if row.level_id != level.pk:
        raise reused()
    row.quantity, row.due_on, row.told_at = max(quantity, row.arrived), due_on, now
    row.save(update_fields=["quantity", "due_on", "told_at"])
    return row


def _arrived(arrivals: Sequence[Arrival]) -> None:
    """Count what came against what was announced, in order of key; more than was announced counts as all of it."""
    came: dict[str, int] = {}
    for one in arrivals:
        if one.inbound_key:
            came[one.inbound_key] = came.get(one.inbound_key, 0) + one.quantity
    for key, units in sorted(came.items()):
        Inbound.objects.filter(key=key).update(arrived=Least(F("quantity"), F("arrived") + Value(units)))
