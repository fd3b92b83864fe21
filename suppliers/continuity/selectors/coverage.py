"""Which products hang on whom: every supplier of every product, with what that means for us."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from backoffice.kernel import keyset
from backoffice.kernel.keyset import Cursor, Page
from suppliers.catalog.models import Product, SupplierItem
from suppliers.catalog.rules import ItemState
from suppliers.continuity.models import Exposure
from suppliers.continuity.rules import cover
from suppliers.continuity.selectors import backups, exposures
from suppliers.continuity.selectors.backups import Backup
from suppliers.directory.rules import SupplierState
from suppliers.directory.selectors import today

ALL, SINGLE, ORDERED = "all", "single", "ordered"
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Covered:
    """One product. backups: who sells it, by rank.

    is_single: it can be ordered from one supplier alone. hhi: of the units on order, None when nothing is. survive,
    recover: days.
    """

    product: Product
    backups: list[Backup]
    is_single: bool
    has_ready: bool
    hhi: Decimal | None
    survive: Decimal | None
    recover: int | None
    at_risk: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """One page of products by SKU."""

    rows: list[Covered]
    page: Page[Product]


def page_of(view: str, *, q: str, cursor: Cursor | None, now: datetime) -> Coverage:
    """One page, in a fixed number of statements. q: part of a SKU, of a product's name, or of a supplier's."""
    page = keyset.page(_matching(view, q), cursor=cursor, by="sku", rising=True, size=PAGE_SIZE)
    ids = [product.pk for product in page.rows]
    offers = backups.of_products(ids, now=now)
    ordered, survive = _ordered(ids), _survive(ids, now)
    return Coverage(
        rows=[_covered(one, offers.get(one.pk, []), ordered.get(one.pk, []), survive.get(one.pk)) for one in page.rows],
        page=page,
    )


def _matching(view: str, q: str) -> QuerySet[Product]:
    rows = Product.objects.all()
    active = SupplierItem.objects.filter(state=ItemState.ACTIVE)
    if q:
        called = Q(supplier__code__icontains=q) | Q(supplier__name__icontains=q)
        sold = Exists(active.filter(called, product=OuterRef("pk")))
        rows = rows.filter(Q(sku__icontains=q) | Q(name__icontains=q) | sold)
    if view == SINGLE:
        # Counted by itself, so that the search does not count along.
        alone = (
            active.filter(supplier__state=SupplierState.ACTIVE).values("product").annotate(n=Count("pk")).filter(n=1)
        )
        return rows.filter(pk__in=alone.values("product"))
    if view == ORDERED:
        return rows.filter(Exists(Exposure.objects.filter(product=OuterRef("pk"), open_quantity__gt=0)))
    return rows


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


def _covered(product: Product, offers: list[Backup], ordered: list[Decimal], survive: Decimal | None) -> Covered:
    """What stops is the primary supplier; TTR is that of the others."""
    primary = next((one.item.supplier_id for one in offers if one.item.rank == 1), None)
    recover = backups.recover_days(offers, without=primary)
    open_suppliers = sum(one.item.supplier.state == SupplierState.ACTIVE for one in offers)
    return Covered(
        product=product,
        backups=offers,
        is_single=cover.is_single_source(open_suppliers),
        has_ready=recover is not None,
        hhi=cover.hhi(ordered),
        survive=survive,
        recover=recover,
        at_risk=cover.at_risk(survive=survive, recover=recover),
    )
