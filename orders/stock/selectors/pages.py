"""What the stock pages show: the list of articles, one article whole, and transfers."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, ExpressionWrapper, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from backoffice.kernel import keyset
from backoffice.kernel.keyset import Cursor, Page
from orders.stock import rules
from orders.stock.models import (
    Inbound,
    ReservationLine,
    Shelf,
    StockLevel,
    StockLot,
    StockMovement,
    Transfer,
    TransferLine,
    Warehouse,
)
from orders.stock.rules import HoldState, Parts, StockFilter, StopReason, TransferState
from orders.stock.selectors import availability
from suppliers.catalog.models import Product

PANEL_ROWS = 25


@dataclass(frozen=True, slots=True)
class StockRow:
    """One line of the list."""

    product: Product
    shelf: Shelf
    parts: Parts

    @property
    def could_be_shown(self) -> bool:
        """Stopped for want of stock, which there is enough of by now: a person may show it again."""
        return self.shelf.reason == StopReason.LOW_BUFFER and self.parts.sellable >= self.shelf.back_at


@dataclass(frozen=True, slots=True)
class StockList:
    """One page of articles, by SKU. count: matches, counted no further than the cap of lists."""

    rows: list[StockRow]
    count: int
    page: Page[Product]


@dataclass(frozen=True, slots=True)
class LevelRow:
    """One article in one warehouse. is_open: it gives and takes goods today."""

    level: StockLevel
    parts: Parts
    is_open: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """Units on their way. transfer: None when a supplier sends them."""

    warehouse: str
    units: int
    due_on: date | None
    ref: str
    transfer: int | None = None


def warehouses() -> list[Warehouse]:
    """All of them, by code."""
    return list(Warehouse.objects.order_by("code"))


def list_page(wanted: StockFilter, *, cursor: Cursor | None, now: datetime) -> StockList:
    """One page of the list in five statements, whatever the number of rows."""
    rows = matching(wanted, today=timezone.localdate(now))
    page = keyset.page(rows.select_related("shelf"), cursor=cursor, by="sku", rising=True)
    parts = availability.parts([one.pk for one in page.rows], now=now, warehouse=wanted.warehouse)
    return StockList(
        rows=[StockRow(one, one.shelf, parts.get(one.pk, Parts())) for one in page.rows],
        count=keyset.capped_count(rows, cap=keyset.COUNT_CAP),
        page=page,
    )


def matching(wanted: StockFilter, *, today: date) -> QuerySet[Product]:
    """Every article the filter means, in no order."""
    rows = _view(Product.objects.filter(shelf__isnull=False), wanted.view, today)
    if wanted.warehouse:
        rows = rows.filter(Exists(_levels().filter(warehouse__code=wanted.warehouse)))
    if wanted.q:
        rows = rows.filter(Q(sku__icontains=wanted.q) | Q(name__icontains=wanted.q))
    return rows


def _levels() -> QuerySet[StockLevel]:
    return StockLevel.objects.filter(product=OuterRef("pk"))


def _view(rows: QuerySet[Product], view: str, today: date) -> QuerySet[Product]:
    if view == "stopped":
        return rows.filter(shelf__is_shown=False)
    if view == "back":
        ready = rows.filter(shelf__reason=StopReason.LOW_BUFFER)
        return ready.annotate(sellable_n=_sellable(today)).filter(sellable_n__gte=F("shelf__back_at"))
    if view == "low":
        kept = _levels().order_by().values("product").annotate(n=Sum("buffer")).values("n")
        near = rows.filter(shelf__is_shown=True).annotate(sellable_n=_sellable(today), kept_n=Subquery(kept))
        return near.filter(sellable_n__lte=F("kept_n"))
    if view == "quarantine":
        return rows.filter(Exists(_levels().filter(quarantine__gt=0)))
    if view == "transit":
        announced = Inbound.objects.filter(level__product=OuterRef("pk"), arrived__lt=F("quantity"))
        between = TransferLine.objects.filter(product=OuterRef("pk"), transfer__state=TransferState.IN_TRANSIT)
        return rows.filter(Exists(announced) | Exists(between))
    return rows


def _sellable(today: date) -> Coalesce:
    free = F("on_hand") - F("reserved") - F("allocated") - F("quarantine") - F("buffer")
    above = Greatest(ExpressionWrapper(free, output_field=IntegerField()), Value(0))
    own = availability.open_levels(today).filter(product=OuterRef("pk")).order_by().values("product")
    return Coalesce(Subquery(own.annotate(n=Sum(above)).values("n"), output_field=IntegerField()), 0)


def levels(product: Product, *, today: date) -> list[LevelRow]:
    """The article in each warehouse, by code."""
    rows = StockLevel.objects.filter(product=product).select_related("warehouse").order_by("warehouse__code")
    return [
        LevelRow(
            row,
            availability.of_level(row, today=today),
            rules.is_open(opens_on=row.warehouse.opens_on, closes_on=row.warehouse.closes_on, today=today),
        )
        for row in rows
    ]


def promises(product: Product) -> list[ReservationLine]:
    """Who waits for units of it: holds that run out soonest first, then sales that have not left."""
    held = Q(reservation__state=HoldState.HELD)
    sold = Q(reservation__state=HoldState.CONFIRMED, quantity__gt=F("shipped") + F("cancelled"))
    rows = ReservationLine.objects.filter(held | sold, level__product=product)
    return list(
        rows.select_related("reservation", "level__warehouse")
        .annotate(left=F("quantity") - F("shipped") - F("cancelled"))
        .order_by(F("reservation__expires_at").asc(nulls_last=True), "id")[:PANEL_ROWS]
    )


def lots(product: Product) -> list[StockLot]:
    """What is left of its lots, what spoils first before the others."""
    rows = StockLot.objects.filter(level__product=product, quantity__gt=0).select_related(
        "level__warehouse", "supplier"
    )
    return list(rows.order_by(F("expires_on").asc(nulls_last=True), "id")[:PANEL_ROWS])


def coming(product: Product) -> list[Coming]:
    """What is on its way, by the day on which it is expected."""
    announced = Inbound.objects.filter(level__product=product, arrived__lt=F("quantity"))
    found = [
        Coming(row.level.warehouse.name, row.quantity - row.arrived, row.due_on, row.ref)
        for row in announced.select_related("level__warehouse").order_by("id")[:PANEL_ROWS]
    ]
    between = TransferLine.objects.filter(product=product, transfer__state=TransferState.IN_TRANSIT)
    found += [
        Coming(
            line.transfer.destination.name, line.quantity, line.transfer.due_on, line.transfer.source.name,
            line.transfer_id,
        )
        for line in between.select_related("transfer__source", "transfer__destination").order_by("id")[:PANEL_ROWS]
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.due_on is None, one.due_on or date.max))


def ledger(product: Product, *, cursor: Cursor | None) -> Page[StockMovement]:
    """One page of its movements, newest first."""
    rows = StockMovement.objects.filter(level__product=product)
    return keyset.page(rows.select_related("level__warehouse", "lot", "actor"), cursor=cursor, size=PANEL_ROWS)


def transfers(*, cursor: Cursor | None) -> Page[Transfer]:
    """One page of transfers, newest first, with how many units each has and how many are missing."""
    rows = Transfer.objects.select_related("source", "destination").annotate(
        units=Coalesce(Sum("lines__quantity"), 0), came=Sum("lines__received")
    )
    return keyset.page(rows, cursor=cursor)


def transfer_lines(transfer_id: int) -> list[TransferLine]:
    """What a transfer carries, by SKU."""
    rows = TransferLine.objects.filter(transfer=transfer_id).select_related("product")
    return list(rows.order_by("product__sku"))
