"""What can be sold, and every part that leads to it."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from orders.stock import rules
from orders.stock.models import Inbound, StockLevel, TransferLine
from orders.stock.rules import Parts, Source, Wanted


def open_levels(today: date) -> QuerySet[StockLevel]:
    """The levels of warehouses that give goods on a day."""
    opened = Q(warehouse__opens_on__isnull=True) | Q(warehouse__opens_on__lte=today)
    still = Q(warehouse__closes_on__isnull=True) | Q(warehouse__closes_on__gt=today)
    return StockLevel.objects.filter(opened & still)


def sources(
    wanted: Collection[Wanted], *, today: date, stopped_too: bool, to_buffer: bool = True
) -> dict[str, list[tuple[str, Source, int]]]:
    """Who could give what is wanted now: by SKU, (warehouse code, source, product id) in order of warehouse.

    stopped_too: also what is shown as unavailable. to_buffer: False lets the buffer be used as well.
    """
    rows = open_levels(today).filter(product__sku__in={one.sku for one in wanted})
    if not stopped_too:
        rows = rows.filter(product__shelf__is_shown=True)
    found: defaultdict[str, list[tuple[str, Source, int]]] = defaultdict(list)
    for row in rows.select_related("warehouse", "product").order_by("warehouse_id"):
        available = row.on_hand - row.reserved - row.allocated - row.quarantine
        free = rules.sellable(available=available, buffer=row.buffer if to_buffer else 0)
        found[row.product.sku].append((row.warehouse.code, Source(row.pk, free), row.product_id))
    return found


def parts(product_ids: Collection[int], *, now: datetime) -> dict[int, Parts]:
    """Every part of these articles over all warehouses, by product; four statements however many there are.

    Goods in a closed warehouse are on hand and not sellable; what is in transit stands beside, never inside.
    """
    today = timezone.localdate(now)
    coming = in_transit(product_ids)
    sums: dict[int, Parts] = {}
    for row in StockLevel.objects.filter(product__in=product_ids).select_related("warehouse"):
        before = sums.get(row.product_id, Parts())
        sums[row.product_id] = add(before, of_level(row, today=today))
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


def in_transit(product_ids: Collection[int]) -> dict[int, int]:
    """Units on their way, by product: what suppliers announced, and what left one warehouse for another."""
    coming = dict(
        Inbound.objects.filter(level__product__in=product_ids, arrived__lt=F("quantity"))
        .values_list("level__product")
        .annotate(units=Sum(F("quantity") - F("arrived")))
    )
    between = dict(
        TransferLine.objects.filter(product__in=product_ids, transfer__state="in_transit")
        .values_list("product")
        .annotate(units=Sum("quantity"))
    )
    return {product: coming.get(product, 0) + between.get(product, 0) for product in {*coming, *between}}
