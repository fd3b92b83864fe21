"""Stock for tests: a warehouse, articles in it, and what its counters say in one line."""

from datetime import timedelta
from itertools import count
from typing import Any

from orders.stock.models import Shelf, StockLevel, Warehouse
from orders.stock.rules import Wanted
from orders.stock.selectors import verifying
from orders.stock.services import counting, goods, holds, places, shelves
from orders.stock.services.counting import Counted
from orders.stock.services.goods import Arrival
from suppliers.catalog import services as catalog
from tests.factories import NOW

SKU = "KETTLE-1"
_numbers = count(1)


def fresh_key(word: str = "key") -> str:
    """A key that nothing else has."""
    return f"{word}-{next(_numbers)}"


def make_warehouse(code: str = "WRO", **fields: Any) -> Warehouse:
    """One warehouse of our own, open."""
    return places.ensure_warehouse(code=code, **{"name": f"House {code}", "actor": None, "now": NOW} | fields)


def stock(sku: str = SKU, units: int = 10, warehouse: str = "WRO", **fields: Any) -> StockLevel:
    """So many units of an article lie in a warehouse; both are made when they are missing."""
    make_warehouse(warehouse)
    catalog.ensure(names={sku: "Blue kettle"})
    if units:
        arrival = Arrival(sku, units, **fields)
        goods.receive(key=fresh_key("in"), warehouse=warehouse, arrivals=[arrival], actor=None, now=NOW)
    else:
        goods.expect(key=fresh_key("none"), sku=sku, warehouse=warehouse, quantity=0, due_on=None, actor=None, now=NOW)
    return StockLevel.objects.get(product__sku=sku, warehouse__code=warehouse)


def reserve(*wanted: Wanted | int, key: str = "", **fields: Any) -> str:
    """Hold units for an hour; a number is so many kettles. Returns the key of the hold."""
    key = key or fresh_key("hold")
    lines = [Wanted(SKU, one) if isinstance(one, int) else one for one in wanted]
    given = {"ref": f"order:{key}", "expires_at": NOW + timedelta(hours=1), "now": NOW}
    holds.reserve(key=key, lines=lines, **given | fields)  # type: ignore[arg-type]
    return key


def recount(units: int, sku: str = SKU, warehouse: str = "WRO", *, reason: str = "Yearly count", **fields: Any) -> None:
    """Somebody counted so many units."""
    version = fields.pop("version", None)
    given = {"key": fresh_key("count"), "actor": None, "now": NOW}
    counting.count(lines=[Counted(sku, warehouse, units, version)], reason=reason, **given | fields)


def figures(sku: str = SKU, warehouse: str = "WRO") -> tuple[int, int, int, int]:
    """On hand, reserved, allocated, quarantine."""
    names = ("on_hand", "reserved", "allocated", "quarantine")
    return StockLevel.objects.values_list(*names).get(product__sku=sku, warehouse__code=warehouse)


def drift() -> list[verifying.Drift]:
    """Where two books differ: nowhere, unless a guard is off."""
    return list(verifying.verify().drift)


def keep(level: StockLevel, *, buffer: int, back_at: int = 1) -> None:
    """Keep so many units of an article back."""
    shelf = Shelf.objects.get(product=level.product_id)
    shelves.keep(
        product_id=shelf.product_id, version=shelf.version, buffers={level.pk: buffer}, back_at=back_at, actor=None,
        now=NOW,
    )  # fmt: skip


def shown(sku: str = SKU) -> str:
    """ "" for an article that is shown as available, else why it is not."""
    return Shelf.objects.values_list("reason", flat=True).get(product__sku=sku)
