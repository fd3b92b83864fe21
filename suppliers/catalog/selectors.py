"""Reads of the catalogue: what a supplier sells us, and who sells a product."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Prefetch, QuerySet

from backoffice.kernel import keyset
from backoffice.kernel.keyset import Cursor, Page
from suppliers.catalog import rules
from suppliers.catalog.models import PriceBreak, Product, SupplierItem
from suppliers.catalog.rules import Break, ItemState
from suppliers.directory.models import Supplier

PANEL_ROWS = 25
# A product has a handful of suppliers, and prices are compared at a handful of quantities.
MOST_OFFERS = 50
MOST_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """A supplier's item beside others of the same product. prices: per unit at the compared quantities.

    ordered: what must be ordered to get the wanted quantity, at unit_price each; 0 when none was asked for.
    """

    item: SupplierItem
    prices: tuple[Decimal, ...]
    ordered: int
    unit_price: Decimal
    is_first: bool
    is_last: bool

    @property
    def cost(self) -> Decimal:
        """What the ordered quantity costs."""
        return self.unit_price * self.ordered


@dataclass(frozen=True, slots=True)
class Comparison:
    """A product's offers by rank, and the quantities at which their prices stand side by side."""

    offers: list[Offer]
    quantities: tuple[int, ...]


def items_in_use(supplier_id: int) -> int:
    """How many items are bought from a supplier, those that pause included."""
    return SupplierItem.objects.filter(supplier_id=supplier_id).exclude(state=ItemState.ENDED).count()


def with_breaks(rows: QuerySet[SupplierItem]) -> QuerySet[SupplierItem]:
    """The same items with their price breaks, smallest quantity first, in one more statement."""
    return rows.prefetch_related(Prefetch("breaks", PriceBreak.objects.order_by("min_quantity")))


def first_items(supplier: Supplier) -> list[SupplierItem]:
    """The items a panel shows: those that can be ordered first, by SKU."""
    rows = SupplierItem.objects.filter(supplier=supplier).select_related("product")
    return list(with_breaks(rows).order_by(F("rank").asc(nulls_last=True), "product__sku")[:PANEL_ROWS])


def items(supplier: Supplier, *, cursor: Cursor | None) -> Page[SupplierItem]:
    """One page of all that a supplier sells us, newest first."""
    rows = SupplierItem.objects.filter(supplier=supplier).select_related("product")
    return keyset.page(with_breaks(rows), cursor=cursor)


def compare(product: Product, *, wanted: int) -> Comparison:
    """Who sells a product, by rank, and at which price. wanted: units to be compared, 0 for none."""
    rows = with_breaks(SupplierItem.objects.filter(product=product).select_related("supplier"))
    found = list(rows.order_by(F("rank").asc(nulls_last=True), "id")[:MOST_OFFERS])
    quantities = _quantities(found)
    last = max((item.rank or 0 for item in found), default=0)
    return Comparison([_offer(item, quantities, wanted, last) for item in found], quantities)


def _quantities(found: Sequence[SupplierItem]) -> tuple[int, ...]:
    steps = {step.min_quantity for item in found for step in item.breaks.all()}
    return tuple(sorted({1, *steps})[:MOST_COLUMNS])


def _offer(item: SupplierItem, quantities: tuple[int, ...], wanted: int, last: int) -> Offer:
    breaks = [Break(step.min_quantity, step.price) for step in item.breaks.all()]
    ordered = rules.order_quantity(wanted=wanted, moq=item.moq, multiple=item.order_multiple)
    return Offer(
        item=item,
        prices=tuple(rules.unit_price(base=item.price, breaks=breaks, quantity=n) for n in quantities),
        ordered=ordered,
        unit_price=rules.unit_price(base=item.price, breaks=breaks, quantity=ordered),
        is_first=item.rank == 1,
        is_last=item.rank == last,
    )
