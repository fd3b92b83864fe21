"""Whether the counters say what the ledger says, what the holds say, and what the lots say."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

# Every level whose four counters differ from the sum of its movements.
_LEDGER = """
SELECT l.id, w.code, p.sku, l.on_hand, l.reserved, l.allocated, l.quarantine,
  coalesce(m.on_hand, 0), coalesce(m.reserved, 0), coalesce(m.allocated, 0), coalesce(m.quarantine, 0)
FROM orders_stocklevel l
JOIN orders_warehouse w ON w.id = l.warehouse_id JOIN suppliers_product p ON p.id = l.product_id
LEFT JOIN (SELECT level_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved, sum(allocated) AS allocated,
             sum(quarantine) AS quarantine FROM orders_stockmovement GROUP BY level_id) m ON m.level_id = l.id
WHERE (l.on_hand, l.reserved, l.allocated, l.quarantine)
  <> (coalesce(m.on_hand, 0), coalesce(m.reserved, 0), coalesce(m.allocated, 0), coalesce(m.quarantine, 0))
ORDER BY l.id LIMIT %(limit)s
"""
# Every level on which more or less is promised than holds and sales stand for.
_HOLDS = """
SELECT l.id, w.code, p.sku, l.reserved, l.allocated, coalesce(h.held, 0), coalesce(h.sold, 0)
FROM orders_stocklevel l
JOIN orders_warehouse w ON w.id = l.warehouse_id JOIN suppliers_product p ON p.id = l.product_id
LEFT JOIN (SELECT n.level_id,
    sum(n.quantity) FILTER (WHERE r.state = 'held') AS held,
    sum(n.quantity - n.shipped - n.cancelled) FILTER (WHERE r.state = 'confirmed') AS sold
  FROM orders_reservationline n JOIN orders_reservation r ON r.id = n.reservation_id
  WHERE r.state IN ('held', 'confirmed') GROUP BY n.level_id) h ON h.level_id = l.id
WHERE (l.reserved, l.allocated) <> (coalesce(h.held, 0), coalesce(h.sold, 0))
ORDER BY l.id LIMIT %(limit)s
"""
# Every lot that its movements do not add up to.
_LOTS = """
SELECT o.id, w.code, p.sku, o.quantity, coalesce(m.units, 0)
FROM orders_stocklot o JOIN orders_stocklevel l ON l.id = o.level_id JOIN orders_warehouse w ON w.id = l.warehouse_id
JOIN suppliers_product p ON p.id = l.product_id
LEFT JOIN (SELECT lot_id, sum(on_hand) AS units FROM orders_stockmovement WHERE lot_id IS NOT NULL GROUP BY lot_id) m
  ON m.lot_id = o.id
WHERE o.quantity <> coalesce(m.units, 0)
ORDER BY o.id LIMIT %(limit)s
"""
# Every level whose lots together hold more than lies there.
_FULL = """
SELECT l.id, w.code, p.sku, l.on_hand, sum(o.quantity)
FROM orders_stocklevel l JOIN orders_stocklot o ON o.level_id = l.id JOIN orders_warehouse w ON w.id = l.warehouse_id
JOIN suppliers_product p ON p.id = l.product_id
GROUP BY l.id, w.code, p.sku HAVING sum(o.quantity) > l.on_hand
ORDER BY l.id LIMIT %(limit)s
"""
_SIZE = "SELECT (SELECT count(*) FROM orders_stocklevel), (SELECT count(*) FROM orders_stockmovement)"
REPORTED = 100


@dataclass(frozen=True, slots=True)
class Drift:
    """One place where two books differ. what: "ledger", "holds", "lot", "lots". counters: as they stand. proof: as the
    other book says."""

    what: str
    warehouse: str
    sku: str
    counters: tuple[int, ...]
    proof: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "warehouse": self.warehouse,
            "sku": self.sku,
            "counters": list(self.counters),
            "proof": list(self.proof),
        }


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared. drift: at most a hundred of each kind."""

    levels: int
    movements: int
    drift: tuple[Drift, ...]

    def as_json(self) -> dict[str, Any]:
        return {"levels": self.levels, "movements": self.movements, "drift": [one.as_json() for one in self.drift]}


def verify() -> Verified:
    """Compare every counter with the ledger, with the holds and with the lots. Call inside a repeatable-read
    transaction when others write meanwhile; see `services.watching`."""
    drift = [
        *_compared("ledger", _LEDGER, 4),
        *_compared("holds", _HOLDS, 2),
        *_compared("lot", _LOTS, 1),
        *_compared("lots", _FULL, 1),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SIZE)
        levels, movements = cursor.fetchone()
    return Verified(levels, movements, tuple(drift))


def _compared(what: str, statement: str, width: int) -> list[Drift]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"limit": REPORTED})
        return [
            Drift(what, row[1], row[2], tuple(map(int, row[3 : 3 + width])), tuple(map(int, row[3 + width :])))
            for row in cursor.fetchall()
        ]
