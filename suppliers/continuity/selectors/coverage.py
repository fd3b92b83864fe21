"""Which products hang on whom: every supplier of every product, with what that means for us."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from backoffice.kernel import keyset
from backoffice.kernel.keyset import Cursor, Page
from suppliers.catalog.models import Product
from suppliers.catalog.rules import ItemState
from suppliers.continuity.models import Exposure
from suppliers.continuity.rules import cover
from suppliers.continuity.selectors import backups, exposures
from suppliers.continuity.selectors.backups import Backup
from suppliers.directory.models import Supplier
from suppliers.directory.rules import SupplierState
from suppliers.directory.selectors import today

ALL, SINGLE, ORDERED = "all", "single", "ordered"
MOST_COLUMNS = 16


@dataclass(frozen=True, slots=True)
class Covered:
    """One product. cells: its backup at each column's supplier, None where that one does not sell it.

    more: suppliers that have no column. suppliers: those that can be ordered from now. hhi: of the units on order, None
    when nothing is. survive, recover: days.
    """

    product: Product
    cells: list[Backup | None]
    more: int
    suppliers: int
    is_single: bool
    has_ready: bool
    hhi: Decimal | None
    survive: Decimal | None
    recover: int | None
    at_risk: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """One page of products by SKU. columns: the suppliers that sell most of them."""

    columns: list[Supplier]
    rows: list[Covered]
    page: Page[Product]


def page_of(view: str, *, cursor: Cursor | None, now: datetime) -> Coverage:
    """One page, in a fixed number of statements."""
    page = keyset.page(_matching(view), cursor=cursor, by="sku", rising=True)
    ids = [product.pk for product in page.rows]
    offers = backups.of_products(ids, now=now)
    columns = _columns(offers)
    ordered, survive = _ordered(ids), _survive(ids, now)
    return Coverage(
        columns=columns,
        rows=[
            _covered(one, offers.get(one.pk, []), columns, ordered.get(one.pk, []), survive.get(one.pk))
            for one in page.rows
        ],
        page=page,
    )


def _matching(view: str) -> QuerySet[Product]:
    rows = Product.objects.all()
    if view == SINGLE:
        active = Count("items", filter=Q(items__state=ItemState.ACTIVE, items__supplier__state=SupplierState.ACTIVE))
        return rows.annotate(active_n=active).filter(active_n=1)
    if view == ORDERED:
        return rows.filter(Exists(Exposure.objects.filter(product=OuterRef("pk"), open_quantity__gt=0)))
    return rows


def _columns(offers: dict[int, list[Backup]]) -> list[Supplier]:
    sells: defaultdict[int, int] = defaultdict(int)
    by_id: dict[int, Supplier] = {}
    for parts in offers.values():
        for one in parts:
            sells[one.item.supplier_id] += 1
            by_id[one.item.supplier_id] = one.item.supplier
    most = sorted(by_id.values(), key=lambda supplier: (-sells[supplier.pk], supplier.code))[:MOST_COLUMNS]
    return sorted(most, key=lambda supplier: supplier.code)


def _ordered(ids: list[int]) -> dict[int, list[Decimal]]:
    """Units on order by product, one number for each supplier."""
    found: defaultdict[int, list[Decimal]] = defaultdict(list)
    rows = Exposure.objects.filter(product__in=ids).values("product", "supplier").annotate(units=Sum("open_quantity"))
    for row in rows.order_by():
        found[row["product"]].append(Decimal(row["units"]))
    return dict(found)


def _survive(ids: list[int], now: datetime) -> dict[int, Decimal | None]:
    by_product: defaultdict[int, list[Exposure]] = defaultdict(list)
    for row in Exposure.objects.filter(product__in=ids).only("product", "cover_days", "as_of"):
        by_product[row.product_id].append(row)
    return {product: exposures.survive_of(rows, day=today(now)) for product, rows in by_product.items()}


def _covered(
    product: Product, offers: list[Backup], columns: list[Supplier], ordered: list[Decimal], survive: Decimal | None
) -> Covered:
    """What stops is the primary supplier; TTR is that of the others."""
    by_supplier = {one.item.supplier_id: one for one in offers}
    primary = next((one.item.supplier_id for one in offers if one.item.rank == 1), None)
    recover = backups.recover_days(offers, without=primary)
    cells = [by_supplier.get(supplier.pk) for supplier in columns]
    open_suppliers = sum(one.item.supplier.state == SupplierState.ACTIVE for one in offers)
    return Covered(
        product=product,
        cells=cells,
        more=len(offers) - sum(cell is not None for cell in cells),
        suppliers=open_suppliers,
        is_single=cover.is_single_source(open_suppliers),
        has_ready=recover is not None,
        hhi=cover.hhi(ordered),
        survive=survive,
        recover=recover,
        at_risk=cover.at_risk(survive=survive, recover=recover),
    )
