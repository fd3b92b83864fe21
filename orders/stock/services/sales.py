"""What was sold: it leaves the house, or the sale is cancelled. Both once per key."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from orders.stock import rules
from orders.stock.models import Reservation, ReservationLine, StockMovement
from orders.stock.rules import Change, Deltas, HoldState, Kind, Wanted
from orders.stock.services import counters, lots
from orders.stock.services.common import check_key, check_quantities, once, reused


def ship(*, key: str, hold_key: str, lines: Sequence[Wanted] = (), actor: User | None = None, now: datetime) -> int:
    """Sold units leave the house, from the lots that spoil first; returns how many. lines: () for all that is left.

    The same key again changes nothing.
    Raises Refusal (stock.key, stock.key_reused, stock.no_hold, stock.not_sold, stock.left, stock.spoilt).
    """
    return _settle(Kind.SHIP, key=key, hold_key=hold_key, lines=lines, actor=actor, now=now)


def unallocate(
    *, key: str, hold_key: str, lines: Sequence[Wanted] = (), actor: User | None = None, now: datetime
) -> int:
    """Sold units stay here, because the sale was cancelled; returns how many. The article is not shown again by it.

    Raises Refusal as `ship` does.
    """
    return _settle(Kind.UNALLOCATE, key=key, hold_key=hold_key, lines=lines, actor=actor, now=now)


def _settle(kind: Kind, *, key: str, hold_key: str, lines: Sequence[Wanted], actor: User | None, now: datetime) -> int:
    check_key(key)
    if lines:
        check_quantities([line.quantity for line in lines])
    wanted = {line.sku: line.quantity for line in rules.merged(Wanted(one.sku, one.quantity) for one in lines)}
    hold = Reservation.objects.filter(key=hold_key).first()
    if hold is None:
        raise Refusal("stock.no_hold", _("There is no hold with this key."))
    if hold.state != HoldState.CONFIRMED:
        raise Refusal("stock.not_sold", _("This is not sold, so nothing of it leaves."))

    def known() -> int | None:
        before = list(StockMovement.objects.filter(key__startswith=f"{key}:{kind}:").values_list("allocated", "ref"))
        units = -sum(moved for moved, _ref in before)
        if before and (before[0][1] != hold.ref or (wanted and units != sum(wanted.values()))):
            raise reused()
        return units if before else None

    def work() -> int:
        taken = _of_lines(hold, wanted, kind)
        moved = _leaving(taken, now) if kind == Kind.SHIP else [(level, None, units) for level, units in taken.items()]
        gone = -1 if kind == Kind.SHIP else 0
        counters.move(
            kind=kind,
            changes=[
                Change(
                    level, Deltas(on_hand=gone * units, allocated=-units), f"{key}:{kind}:{level}:{lot_id or 0}",
                    hold.ref, lot_id,
                )
                for level, lot_id, units in moved
            ],
            actor=actor,
            now=now,
        )  # fmt: skip
        return sum(taken.values())

    return once(known, work)


def _leaving(taken: Mapping[int, int], now: datetime) -> list[tuple[int, int | None, int]]:
    return lots.leave(taken, counters.hold(taken), now=now)


def _of_lines(hold: Reservation, wanted: Mapping[str, int], kind: Kind) -> dict[int, int]:
    """Take the units off the lines of the sale, in order of level. Raises Refusal (stock.left)."""
    rows = hold.lines.select_for_update(of=("self",)).select_related("level__product").order_by("level_id")
    left = dict(wanted)
    taken: dict[int, int] = {}
    for row in rows:
        still = row.quantity - row.shipped - row.cancelled
        units = min(still, left.get(row.level.product.sku, 0)) if wanted else still
        if units:
            taken[row.level_id] = units
            left[row.level.product.sku] = left.get(row.level.product.sku, 0) - units
            column = "shipped" if kind == Kind.SHIP else "cancelled"
            ReservationLine.objects.filter(pk=row.pk).update(**{column: F(column) + units})
    if not taken or (wanted and any(units > 0 for units in left.values())):
        raise Refusal("stock.left", _("There is not so much left of this sale. Nothing was changed."))
    return taken
