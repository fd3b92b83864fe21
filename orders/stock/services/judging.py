"""Units that are set aside, and the verdict on them."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.text import shown
from orders.stock.models import StockLevel, StockMovement
from orders.stock.rules import Change, Deltas, Kind
from orders.stock.services import counters, lots, shelves
from orders.stock.services.common import (
    check_key,
    check_quantities,
    check_reason,
    levels_of,
    once,
    products,
    require_editor,
    reused,
    warehouses,
)


def set_aside(
    *, key: str, sku: str, warehouse: str, quantity: int, reason: str, actor: User | None, now: datetime
) -> None:
    """Put free units into quarantine until somebody judges them. The same key again changes nothing.

    Raises Refusal (stock.role, stock.key, stock.key_reused, stock.reason, stock.quantity, stock.sku, stock.warehouse,
    stock.closed, stock.short).
    """
    require_editor(actor)
    units = {Kind.QUARANTINE: quantity}
    _judge("stock.set_aside", units, key=key, sku=sku, warehouse=warehouse, reason=reason, actor=actor, now=now)


def judge(
    *, key: str, sku: str, warehouse: str, good: int, bad: int, reason: str, actor: User | None, now: datetime
) -> None:
    """The verdict on units in quarantine: good ones can be sold, bad ones leave. Raises as `set_aside`."""
    require_editor(actor)
    check_quantities([good, bad], smallest=0)
    units = {Kind.ACCEPT: good, Kind.REJECT: bad}
    _judge("stock.judge", units, key=key, sku=sku, warehouse=warehouse, reason=reason, actor=actor, now=now)


def _judge(
    verb: str,
    units: Mapping[Kind, int],
    *,
    key: str,
    sku: str,
    warehouse: str,
    reason: str,
    actor: User | None,
    now: datetime,
) -> None:
    """Move units into or out of quarantine, once per key."""
    check_key(key)
    check_quantities([sum(units.values())])
    reason = check_reason(reason)
    moved = {kind.value: quantity for kind, quantity in units.items() if quantity}

    def work() -> bool:
        place = warehouses([warehouse], today=timezone.localdate(now))[warehouse]
        product = products([sku])[sku]
        level = levels_of({(place.pk, product.pk)}, now=now)[place.pk, product.pk]
        level = counters.hold([level.pk])[level.pk]
        if Kind.QUARANTINE not in moved and level.quarantine < sum(moved.values()):
            raise counters.NotEnough
        for kind, quantity in moved.items():
            counters.move(
                kind=Kind(kind), changes=_changes(Kind(kind), quantity, key, level), actor=actor, now=now, reason=reason
            )
        shelves.take_off([product.pk], now=now)
        if Kind.ACCEPT in moved:
            shelves.put_back([product.pk], now=now)
        audit.record(
            actor=actor, verb=verb, subject=f"product:{product.pk}", now=now, reason=reason, warehouse=place.code,
            **moved,
        )  # fmt: skip
        return True

    try:
        once(lambda: _known(key, moved), work)
    except counters.NotEnough:
        raise Refusal(
            "stock.short", _("There are not so many units of %(sku)s there.") % {"sku": shown(sku)}, "quantity"
        ) from None


def _known(key: str, moved: Mapping[str, int]) -> bool | None:
    before: Counter[str] = Counter()
    for kind, units in StockMovement.objects.filter(key__startswith=f"{key}:judge:").values_list("kind", "quarantine"):
        before[kind] += abs(units)
    if before and before != moved:
        raise reused()
    return True if before else None


def _changes(kind: Kind, quantity: int, key: str, level: StockLevel) -> list[Change]:
    """One movement; of bad units one for each lot that loses some."""
    name = f"{key}:judge:{kind}"
    if kind == Kind.REJECT:
        return [
            Change(level.pk, Deltas(on_hand=gone, quarantine=gone), f"{name}:{lot_id or 0}", lot_id=lot_id)
            for _level, lot_id, gone in lots.spread_gaps({level.pk: -quantity}, {level.pk: level})
        ]
    sign = 1 if kind == Kind.QUARANTINE else -1
    return [Change(level.pk, Deltas(quarantine=sign * quantity), name)]
