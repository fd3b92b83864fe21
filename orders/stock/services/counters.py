"""The only writer of stock counters: a statement that changes them, and the ledger with them, or nothing at all.

The check and the change are one statement, so that of two who want the last unit one gets it. Rows are locked in order
of their key, so that two baskets never wait for each other in a circle. How many lines the ledger got is the verdict.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from backoffice.kernel.models import User
from orders.stock.models import StockLevel
from orders.stock.rules import Change, Kind

# What must be true of a level afterwards. CHECKs of the table say the same, but for the buffer.
GUARD = """
  l.on_hand + t.on_hand >= 0 AND l.reserved + t.reserved >= 0
  AND l.allocated + t.allocated >= 0 AND l.quarantine + t.quarantine >= 0
  AND l.on_hand + t.on_hand - l.reserved - t.reserved - l.allocated - t.allocated - l.quarantine - t.quarantine
    >= CASE WHEN t.for_sale THEN l.buffer ELSE 0 END
"""
MOVE = f"""
WITH wanted AS (
  SELECT * FROM unnest(
    %(levels)s::bigint[], %(on_hand)s::int[], %(reserved)s::int[], %(allocated)s::int[], %(quarantine)s::int[],
    %(lots)s::bigint[], %(keys)s::text[], %(refs)s::text[], %(for_sale)s::bool[]
  ) AS w (level_id, on_hand, reserved, allocated, quarantine, lot_id, key, ref, for_sale)
), total AS (
  SELECT level_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved, sum(allocated) AS allocated,
    sum(quarantine) AS quarantine, bool_or(for_sale) AS for_sale
  FROM wanted GROUP BY level_id
), held AS MATERIALIZED (
  SELECT id FROM orders_stocklevel WHERE id = ANY(%(levels)s) ORDER BY id FOR UPDATE
), moved AS (
  UPDATE orders_stocklevel l SET
    on_hand = l.on_hand + t.on_hand, reserved = l.reserved + t.reserved,
    allocated = l.allocated + t.allocated, quarantine = l.quarantine + t.quarantine,
    version = l.version + CASE WHEN t.on_hand <> 0 OR t.quarantine <> 0 THEN 1 ELSE 0 END
  FROM total t JOIN held ON held.id = t.level_id
  WHERE l.id = t.level_id AND {GUARD}
  RETURNING l.id
), lots AS (
  UPDATE orders_stocklot o SET quantity = o.quantity + w.units
  FROM (SELECT lot_id, sum(on_hand) AS units FROM wanted WHERE lot_id IS NOT NULL GROUP BY lot_id) w
  WHERE o.id = w.lot_id
)
INSERT INTO orders_stockmovement
  (level_id, lot_id, kind, on_hand, reserved, allocated, quarantine, ref, reason, key, at, actor_id)
SELECT w.level_id, w.lot_id, %(kind)s, w.on_hand, w.reserved, w.allocated, w.quarantine, w.ref, %(reason)s, w.key,
  %(at)s, %(actor)s
FROM wanted w JOIN moved ON moved.id = w.level_id
"""
_CREATE = """
WITH level AS (
  INSERT INTO orders_stocklevel (warehouse_id, product_id, on_hand, reserved, allocated, quarantine, buffer, version)
  SELECT w, p, 0, 0, 0, 0, 0, 1 FROM unnest(%(warehouses)s::bigint[], %(products)s::bigint[]) AS x (w, p)
  ORDER BY p, w
  ON CONFLICT (product_id, warehouse_id) DO NOTHING
)
INSERT INTO orders_shelf (product_id, is_shown, reason, since, back_at, version)
SELECT DISTINCT p, true, '', %(at)s::timestamptz, 1, 1 FROM unnest(%(products)s::bigint[]) AS p ORDER BY p
ON CONFLICT (product_id) DO NOTHING
"""
_BUFFER = "UPDATE orders_stocklevel SET buffer = %(buffer)s WHERE id = %(level)s"


class NotEnough(Exception):
    """At least one level does not have the units. Nothing may be kept: undo the transaction."""


def move(*, kind: Kind, changes: Sequence[Change], actor: User | None, now: datetime, reason: str = "") -> None:
    """Make all movements, or raise NotEnough. Call inside a transaction that this error undoes.

    Several changes of one level count together. Raises IntegrityError for a key that the ledger has already.
    """
    if not changes:
        return
    parameters: dict[str, Any] = {
        "levels": [one.level_id for one in changes],
        "on_hand": [one.deltas.on_hand for one in changes],
        "reserved": [one.deltas.reserved for one in changes],
        "allocated": [one.deltas.allocated for one in changes],
        "quarantine": [one.deltas.quarantine for one in changes],
        "lots": [one.lot_id for one in changes],
        "keys": [one.key for one in changes],
        "refs": [one.ref for one in changes],
        "for_sale": [one.for_sale for one in changes],
        "kind": kind.value,
        "reason": reason,
        "at": now,
        "actor": actor.pk if actor else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE, parameters)
        if cursor.rowcount != len(changes):
            raise NotEnough


def hold(level_ids: Iterable[int]) -> dict[int, StockLevel]:
    """These levels, locked in order of their key until the transaction ends."""
    rows = StockLevel.objects.select_for_update().filter(pk__in=set(level_ids)).order_by("pk")
    return {level.pk: level for level in rows}


def ensure(*, places: Collection[tuple[int, int]], now: datetime) -> None:
    """Make the levels and shelves that are missing. places: (warehouse id, product id)."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CREATE,
            {"warehouses": [place[0] for place in places], "products": [place[1] for place in places], "at": now},
        )


def keep_back(*, level_id: int, buffer: int) -> None:
    """Set the units of a level that are not sold."""
    with connection.cursor() as cursor:
        cursor.execute(_BUFFER, {"level": level_id, "buffer": buffer})
