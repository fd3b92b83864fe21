"""Prices at a usual quantity, one supplier against the best that could deliver instead.

An alternative is an active item of an active supplier whose orders are not blocked. The usual quantity of a product is
the median of what was ordered in a line over the last year, whoever delivered it; where nobody ordered it, the largest
minimum of those who sell it.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from suppliers.assessment.models import Standing
from suppliers.assessment.rules.policy import Consequence
from suppliers.assessment.rules.prices import Compared, Quote, Summary, compare, summed_up
from suppliers.catalog.models import Product, SupplierItem
from suppliers.catalog.rules import Break, ItemState, order_quantity, unit_price
from suppliers.catalog.selectors import with_breaks
from suppliers.directory.models import Supplier
from suppliers.directory.rules import SupplierKind, SupplierState

YEAR = timedelta(days=365)
MOST_ITEMS = 500
SHOWN = 25
_USUAL = """
SELECT product_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY quantity_ordered), count(*) FROM (
    SELECT DISTINCT ON (f.source, f.order_ref, f.line_ref) f.product_id, f.quantity_ordered
    FROM suppliers_deliveryfact f
    WHERE f.product_id = ANY(%(products)s) AND f.quantity_ordered IS NOT NULL AND NOT f.withdrawn
        AND NOT EXISTS (SELECT FROM suppliers_deliveryfact newer WHERE newer.corrects_id = f.id)
        AND coalesce(f.ordered_on, f.promised_on) BETWEEN %(since)s AND %(day)s
    ORDER BY f.source, f.order_ref, f.line_ref, f.id DESC) lines
GROUP BY product_id
"""


@dataclass(frozen=True, slots=True)
class Usual:
    """A usual quantity in units, and how many ordered lines it is the median of; 0 lines: the largest minimum."""

    quantity: int
    lines: int


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One product of a comparison."""

    product: Product
    usual: Usual
    compared: Compared


@dataclass(frozen=True, slots=True)
class Prices:
    """rows: the dearest against their alternative first, at most SHOWN. looked_at: products that were compared, of
    `sold` that the supplier sells."""

    rows: list[PriceRow]
    summary: Summary
    looked_at: int
    sold: int


def of_supplier(supplier: Supplier, *, day: date) -> Prices:
    """What this supplier asks against the best alternative, product by product. A fixed number of statements."""
    own = SupplierItem.objects.filter(supplier=supplier, state=ItemState.ACTIVE)
    items = list(with_breaks(own.select_related("product", "supplier")).order_by("product__sku")[:MOST_ITEMS])
    ids = [item.product_id for item in items]
    others = _alternatives(ids, day=day, without=supplier.pk)
    ordered = _ordered(ids, day)
    rows = [_row(item, others.get(item.product_id, []), ordered) for item in items]
    gaps = sorted(rows, key=lambda row: (row.compared.gap is None, -(row.compared.gap or 0)))
    return Prices(gaps[:SHOWN], summed_up([row.compared for row in rows]), len(items), own.count())


def of_product(product: Product, *, day: date) -> list[PriceRow]:
    """Everybody who could deliver the product, the cheapest first, each against the best of the others."""
    offers = _alternatives([product.pk], day=day).get(product.pk, [])
    ordered = _ordered([product.pk], day)
    rows = [_row(one, [other for other in offers if other.pk != one.pk], ordered) for one in offers]
    return sorted(rows, key=lambda row: (row.compared.own.currency, row.compared.own.price))


def _row(item: SupplierItem, others: Sequence[SupplierItem], ordered: dict[int, Usual]) -> PriceRow:
    usual = ordered.get(item.product_id) or Usual(max(one.moq for one in (item, *others)), 0)
    quotes = [_quote(other, usual.quantity) for other in others]
    return PriceRow(item.product, usual, compare(_quote(item, usual.quantity), quotes))


def _quote(item: SupplierItem, wanted: int) -> Quote:
    quantity = order_quantity(wanted=wanted, moq=item.moq, multiple=item.order_multiple)
    steps = [Break(step.min_quantity, step.price) for step in item.breaks.all()]
    price = unit_price(base=item.price, breaks=steps, quantity=quantity)
    return Quote(item.supplier_id, item.supplier.name, price, item.currency, quantity)


def _alternatives(
    product_ids: Collection[int], *, day: date, without: int | None = None
) -> dict[int, list[SupplierItem]]:
    rows = SupplierItem.objects.filter(
        product__in=product_ids,
        state=ItemState.ACTIVE,
        supplier__state=SupplierState.ACTIVE,
        supplier__kind=SupplierKind.SUPPLIER,
    ).exclude(supplier=without)
    found: defaultdict[int, list[SupplierItem]] = defaultdict(list)
    for item in with_breaks(rows.select_related("product", "supplier")).order_by("product_id", "rank"):
        found[item.product_id].append(item)
    barred = _blocked({item.supplier_id for items in found.values() for item in items}, day)
    return {pk: [item for item in items if item.supplier_id not in barred] for pk, items in found.items()}


def _blocked(supplier_ids: Collection[int], day: date) -> set[int]:
    rows = Standing.objects.filter(supplier__in=supplier_ids)
    return {row.supplier_id for row in rows if row.effective(day) == Consequence.BLOCK}


def _ordered(product_ids: Sequence[int], day: date) -> dict[int, Usual]:
    with connection.cursor() as cursor:
        cursor.execute(_USUAL, {"products": list(product_ids), "since": day - YEAR, "day": day})
        return {pk: Usual(quantity, lines) for pk, quantity, lines in cursor.fetchall()}
