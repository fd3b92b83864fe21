"""What was counted takes the place of what the books say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import User
from backoffice.kernel.text import shown
from orders.stock.models import StockCount, StockCountLine, StockLevel
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


@dataclass(frozen=True, slots=True)
class Counted:
    """What lay there. version: of the level as the person saw it, None when they did not look at our figure."""

    sku: str
    warehouse: str
    quantity: int
    version: int | None = None


def count(*, key: str, lines: Sequence[Counted], reason: str, actor: User | None, now: datetime) -> StockCount:
    """Put what was counted in the place of what our books say. The same key again changes nothing.

    Raises Refusal (stock.role, stock.key, stock.key_reused, stock.reason, stock.lines, stock.quantity, stock.sku,
    stock.warehouse, stock.closed, stock.twice, stock.promised), and Stale when somebody moved goods meanwhile.
    """
    require_editor(actor)
    check_key(key)
    check_quantities([one.quantity for one in lines], smallest=0)
    reason = check_reason(reason)
    if len({(one.sku, one.warehouse) for one in lines}) < len(lines):
        raise Refusal("stock.twice", _("An article stands there twice for one warehouse. Add the two rows up."))

    def known() -> StockCount | None:
        before = StockCount.objects.filter(key=key).first()
        if before is not None and sorted(before.lines.values_list("counted", flat=True)) != sorted(
            one.quantity for one in lines
        ):
            raise reused()
        return before

    return once(known, lambda: _count(key, lines, reason, actor, now))


def _count(key: str, lines: Sequence[Counted], reason: str, actor: User | None, now: datetime) -> StockCount:
    places = warehouses({one.warehouse for one in lines}, today=timezone.localdate(now))
    found = products(one.sku for one in lines)
    keys = {(places[one.warehouse].pk, found[one.sku].pk): one for one in lines}
    levels = levels_of(keys, now=now)
    held = counters.hold(level.pk for level in levels.values())
    told = {held[levels[place].pk].pk: one for place, one in keys.items()}
    for pk, one in told.items():
        _check_counted(held[pk], one)
    done = StockCount.objects.create(key=key, reason=reason, counted_at=now, counted_by=actor)
    StockCountLine.objects.bulk_create(
        StockCountLine(count=done, level_id=pk, expected=held[pk].on_hand, counted=one.quantity)
        for pk, one in sorted(told.items())
    )
    gaps = {pk: one.quantity - held[pk].on_hand for pk, one in told.items() if one.quantity != held[pk].on_hand}
    counters.move(
        kind=Kind.COUNT,
        changes=[
            Change(pk, Deltas(on_hand=units), f"{key}:count:{pk}:{lot_id or 0}", f"count:{done.pk}", lot_id)
            for pk, lot_id, units in lots.spread_gaps(gaps, held)
        ],
        actor=actor,
        now=now,
        reason=reason,
    )
    _turn(held, gaps, now)
    audit.record(
        actor=actor, verb="stock.count", subject=f"count:{done.pk}", now=now, lines=len(lines), differing=len(gaps),
        units=sum(gaps.values()), reason=reason,
    )  # fmt: skip
    return done


def _check_counted(level: StockLevel, one: Counted) -> None:
    if one.version is not None and one.version != level.version:
        raise Stale("row.stale", _("Somebody else changed this meanwhile. Nothing was overwritten."))
    promised = level.reserved + level.allocated + level.quarantine
    if one.quantity < promised:
        raise Refusal(
            "stock.promised",
            _(
                "%(promised)d units of %(sku)s are held, sold or in quarantine, so fewer cannot be written. "
                "Cancel what cannot be kept first."
            )
            % {"promised": promised, "sku": shown(one.sku)},
            "quantity",
        )


def _turn(held: Mapping[int, StockLevel], gaps: Mapping[int, int], now: datetime) -> None:
    """Show or take off what a count changed."""
    shelves.take_off({held[pk].product_id for pk, units in gaps.items() if units < 0}, now=now)
    shelves.put_back({held[pk].product_id for pk, units in gaps.items() if units > 0}, now=now)
