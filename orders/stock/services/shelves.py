"""Whether an article is shown as available: it goes when the buffer is reached, and comes back when goods arrive.

A cancelled sale or a hold that ran out returns units without showing the article again: whoever was told
"unavailable" would see it flicker, and the next hour's orders would eat the buffer.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import audit, changing
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from orders.stock.models import Shelf
from orders.stock.rules import LARGEST_QUANTITY, StopReason
from orders.stock.services import counters
from orders.stock.services.common import require_editor

_SELLABLE = """
  (SELECT coalesce(sum(greatest(0, l.on_hand - l.reserved - l.allocated - l.quarantine - l.buffer)), 0)
   FROM orders_stocklevel l JOIN orders_warehouse w ON w.id = l.warehouse_id
   WHERE l.product_id = s.product_id
     AND (w.opens_on IS NULL OR w.opens_on <= %(today)s) AND (w.closes_on IS NULL OR w.closes_on > %(today)s))
"""
# Both lock the shelves they change in order of product, after every lock on levels.
_TAKE_OFF = f"""
WITH held AS MATERIALIZED (
  SELECT s.id FROM orders_shelf s WHERE s.product_id = ANY(%(products)s) AND s.is_shown AND {_SELLABLE} <= 0
  ORDER BY s.product_id FOR UPDATE OF s
)
UPDATE orders_shelf s SET is_shown = false, reason = 'low_buffer', since = %(now)s, version = s.version + 1
FROM held WHERE s.id = held.id AND s.is_shown RETURNING s.product_id
"""
_PUT_BACK = f"""
WITH held AS MATERIALIZED (
  SELECT s.id FROM orders_shelf s
  WHERE s.product_id = ANY(%(products)s) AND s.reason = 'low_buffer' AND {_SELLABLE} >= s.back_at
  ORDER BY s.product_id FOR UPDATE OF s
)
UPDATE orders_shelf s SET is_shown = true, reason = '', since = %(now)s, version = s.version + 1
FROM held WHERE s.id = held.id AND s.reason = 'low_buffer' RETURNING s.product_id
"""
_EVERY = "SELECT product_id FROM orders_shelf WHERE is_shown"


def take_off(product_ids: Iterable[int], *, now: datetime) -> list[int]:
    """Show as unavailable whatever of these has nothing sellable left; returns which."""
    return _turn(_TAKE_OFF, "shelf.low_buffer", product_ids, now)


def put_back(product_ids: Iterable[int], *, now: datetime) -> list[int]:
    """Show again what went for want of stock and has enough now; returns which. Call when goods arrived."""
    return _turn(_PUT_BACK, "shelf.back", product_ids, now)


def sweep(*, now: datetime) -> int:
    """Take off what two sales at the same moment left standing with nothing to sell; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_EVERY)
        shown = [row[0] for row in cursor.fetchall()]
    return len(take_off(shown, now=now))


@transaction.atomic
def stop(*, product_id: int, version: int, reason: StopReason, actor: User | None, now: datetime) -> None:
    """Show an article as unavailable until somebody says otherwise.

    Raises Refusal (stock.role, stock.reason), Stale.
    """
    require_editor(actor)
    if reason == StopReason.LOW_BUFFER:
        raise Refusal("stock.reason", _("Only the stock itself stops an article for want of stock."))
    _set(product_id, version, {"is_shown": False, "reason": reason.value}, actor=actor, now=now)


@transaction.atomic
def show(*, product_id: int, version: int, actor: User | None, now: datetime) -> None:
    """Show an article as available again. Raises Refusal (stock.role, stock.empty), Stale."""
    require_editor(actor)
    _set(product_id, version, {"is_shown": True, "reason": ""}, actor=actor, now=now)
    if take_off([product_id], now=now):
        raise Refusal("stock.empty", _("Nothing can be sold. Receive goods or lower the buffer first."))


@transaction.atomic
def keep(
    *, product_id: int, version: int, buffers: dict[int, int], back_at: int, actor: User | None, now: datetime
) -> None:
    """Set how many units each level keeps back, and from how many sellable ones arriving goods show it again.

    buffers: by level. Raises Refusal (stock.role, stock.buffer), Stale.
    """
    require_editor(actor)
    shelf = changing.lock(Shelf.objects.all(), pk=Shelf.objects.get(product=product_id).pk, version=version)
    if not all(0 <= units <= LARGEST_QUANTITY for units in buffers.values()):
        raise Refusal("stock.buffer", _("Enter from 0 to 999999 units."))
    if not 1 <= back_at <= LARGEST_QUANTITY:
        raise Refusal("stock.buffer", _("Enter from 1 to 999999 units."), "back_at")
    levels = counters.hold(buffers)
    if any(level.product_id != product_id for level in levels.values()) or len(levels) != len(buffers):
        raise Refusal("stock.buffer", _("This warehouse does not hold the article."))
    told = {
        f"buffer {levels[level].warehouse_id}": (levels[level].buffer, units)
        for level, units in buffers.items()
        if levels[level].buffer != units
    }
    for level, units in sorted(buffers.items()):
        counters.keep_back(level_id=level, buffer=units)
    told |= changing.apply(shelf, {"back_at": back_at})
    if told and shelf.version == version:
        changing.touch(shelf)
    if told:
        audit.record(
            actor=actor, verb="shelf.keep", subject=f"product:{product_id}", now=now, **audit.changes(told)
        )  # fmt: skip
    take_off([product_id], now=now)
    put_back([product_id], now=now)


def _set(product_id: int, version: int, values: dict[str, object], *, actor: User | None, now: datetime) -> None:
    shelf = changing.lock(Shelf.objects.all(), pk=Shelf.objects.get(product=product_id).pk, version=version)
    changed = changing.apply(shelf, values | {"since": now} if shelf.reason != values["reason"] else values)
    changed.pop("since", None)
    if changed:
        verb = "shelf.show" if values["is_shown"] else "shelf.stop"
        audit.record(actor=actor, verb=verb, subject=f"product:{product_id}", now=now, **audit.changes(changed))


def _turn(statement: str, verb: str, product_ids: Iterable[int], now: datetime) -> list[int]:
    products = sorted(set(product_ids))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"products": products, "today": timezone.localdate(now), "now": now})
        turned = sorted(row[0] for row in cursor.fetchall())
    for product in turned:
        audit.record(actor=None, verb=verb, subject=f"product:{product}", now=now)
    return turned
