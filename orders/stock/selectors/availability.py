"""What can be sold, and every part that leads to it."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date, datetime

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from orders.stock import rules
from orders.stock.models import Inbound, StockLevel, TransferLine
from orders.stock.rules import Parts, Source, TransferState, Wanted


def open_levels(today: date) -> QuerySet[StockLevel]:
    """The levels of warehouses that give goods on a day."""
    opened = Q(warehouse__opens_on__isnull=True) | Q(warehouse__opens_on__lte=today)
    still = Q(warehouse__closes_on__isnull=True) | Q(warehouse__closes_on__gt=today)
    return StockLevel.objects.filter(opened & still)


def sources(wanted: Collection[Wanted], *, today: date, stopped_too: bool) -> dict[str, list[tuple[str, Source, int]]]:
    """Who could give what is wanted now: by SKU, (warehouse code, source, product id) in order of warehouse.

    stopped_too: also what is shown as unavailable.
    """
    rows = open_levels(today).filter(product__sku__in={one.sku for one in wanted})
    if not stopped_too:
        rows = rows.filter(product__shelf__is_shown=True)
    found: defaultdict[str, list[tuple[str, Source, int]]] = defaultdict(list)
    for row in rows.select_related("warehouse", "product").order_by("warehouse_id"):
        available = row.on_hand - row.reserved - row.allocated - row.quarantine
        free = rules.sellable(available=available, buffer=row.buffer)
        found[row.product.sku].append((row.warehouse.code, Source(row.pk, free), row.product_id))
    return found


def parts(product_ids: Collection[int], *, now: datetime, warehouse: str = "") -> dict[int, Parts]:
    """Every part of these articles, by product; three statements however many there are. warehouse: "" for all.

    Goods in a closed warehouse are on hand and not sellable; what is in transit stands beside, never inside.
    """
    today = timezone.localdate(now)
    rows = StockLevel.objects.filter(product__in=product_ids).select_related("warehouse")
    if warehouse:
        rows = rows.filter(warehouse__code=warehouse)
    sums: dict[int, Parts] = {}
    for row in rows:
        sums[row.product_id] = add(sums.get(row.product_id, Parts()), of_level(row, today=today))
    coming = in_transit(product_ids, warehouse=warehouse)
    return {product: add(found, Parts(in_transit=coming.get(product, 0))) for product, found in sums.items()}


def of_level(row: StockLevel, *, today: date) -> Parts:
    """The parts of one level; its warehouse must be loaded."""
    is_open = rules.is_open(opens_on=row.warehouse.opens_on, closes_on=row.warehouse.closes_on, today=today)
    available = row.on_hand - row.reserved - row.allocated - row.quarantine
    return Parts(
        on_hand=row.on_hand,
        reserved=row.reserved,
        allocated=row.allocated,
        quarantine=row.quarantine,
        buffer=row.buffer,
        sellable=rules.sellable(available=available, buffer=row.buffer) if is_open else 0,
    )


def add(one: Parts, other: Parts) -> Parts:
    """Two warehouses together."""
    names = ("on_hand", "reserved", "allocated", "quarantine", "buffer", "sellable", "in_transit")
    return Parts(**{name: getattr(one, name) + getattr(other, name) for name in names})


def in_transit(product_ids: Collection[int], *, warehouse: str = "") -> dict[int, int]:
    """Units on their way, by product: what suppliers announced, and what left one warehouse for another."""
    announced = Inbound.objects.filter(level__product__in=product_ids, arrived__lt=F("quantity"))
    between = TransferLine.objects.filter(product__in=product_ids, transfer__state=TransferState.IN_TRANSIT)
    if warehouse:
        announced = announced.filter(level__warehouse__code=warehouse)
        between = between.filter(transfer__destination__code=warehouse)
    sums: Counter[int] = Counter()
    left = Sum(F("quantity") - F("arrived"))
    for product, units in announced.values_list("level__product").annotate(units=left):
        sums[product] += units
    for product, units in between.values_list("product").annotate(units=Sum("quantity")):
        sums[product] += units
    return dict(sums)
