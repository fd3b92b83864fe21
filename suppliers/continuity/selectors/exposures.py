"""What hangs on a supplier, product by product."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from suppliers.catalog.models import Product
from suppliers.continuity.models import Exposure, SupplierDefault
from suppliers.continuity.rules import cover
from suppliers.continuity.selectors import backups
from suppliers.continuity.selectors.backups import Backup
from suppliers.directory.models import Supplier
from suppliers.directory.selectors import today

MOST_PRODUCTS = 200


@dataclass(frozen=True, slots=True)
class Hanging:
    """One product of a supplier, over all sources. revenue: amounts by currency. survive, recover: days (TTS, TTR).

    backups: everybody else who is active for the product, by rank. stopping: the supplier's own item, if it is active.
    """

    product: Product
    open_quantity: int
    open_orders: int
    order_lines: int
    revenue: dict[str, Decimal]
    daily_demand: Decimal
    survive: Decimal | None
    stockout_on: date | None
    recover: int | None
    backups: list[Backup]
    stopping: Backup | None

    @property
    def ready(self) -> list[Backup]:
        return [one for one in self.backups if one.is_ready]

    @property
    def at_risk(self) -> bool:
        return cover.at_risk(survive=self.survive, recover=self.recover)


@dataclass(frozen=True, slots=True)
class Stop:
    """What happens when a supplier stops. as_of: of the oldest row, None without any.

    left_out: products beyond the most that are looked at once; they are in none of the numbers.
    """

    rows: list[Hanging]
    as_of: datetime | None
    left_out: int = 0

    @property
    def open_quantity(self) -> int:
        return sum(row.open_quantity for row in self.rows)

    @property
    def open_orders(self) -> int:
        """Purchase orders, counted once for each product that they hold."""
        return sum(row.open_orders for row in self.rows)

    @property
    def order_lines(self) -> int:
        return sum(row.order_lines for row in self.rows)

    @property
    def at_risk(self) -> int:
        return sum(row.at_risk for row in self.rows)

    @property
    def revenue(self) -> list[tuple[str, Decimal]]:
        """Amounts by currency, by its code; currencies are never added up."""
        total: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in self.rows:
            for currency, amount in row.revenue.items():
                total[currency] += amount
        return sorted(total.items())


def stop_of(supplier: Supplier, *, now: datetime) -> Stop:
    """What hangs on a supplier, soonest end of stock first; at most 200 products."""
    rows = list(
        Exposure.objects.filter(supplier=supplier).select_related("product").order_by("stockout_on", "product__sku")
    )
    by_product: dict[int, list[Exposure]] = {}
    for row in rows:
        by_product.setdefault(row.product_id, []).append(row)
    kept = dict(list(by_product.items())[:MOST_PRODUCTS])
    others = backups.of_products(kept.keys(), now=now)
    return Stop(
        rows=[_hanging(parts, others.get(product, []), supplier, today(now)) for product, parts in kept.items()],
        as_of=min((row.as_of for row in rows), default=None),
        left_out=len(by_product) - len(kept),
    )


def survive_of(rows: Iterable[Exposure], *, day: date) -> Decimal | None:
    """TTS on a day, by the source that sees the end first; None where stock does not end."""
    return min(
        (
            cover.days_left(row.cover_days, age=(day - timezone.localdate(row.as_of)).days)
            for row in rows
            if row.cover_days is not None
        ),
        default=None,
    )


def _hanging(parts: list[Exposure], offers: list[Backup], supplier: Supplier, day: date) -> Hanging:
    revenue: defaultdict[str, Decimal] = defaultdict(Decimal)
    for part in parts:
        revenue[part.currency] += part.revenue
    others = [one for one in offers if one.item.supplier_id != supplier.pk]
    return Hanging(
        product=parts[0].product,
        open_quantity=sum(part.open_quantity for part in parts),
        open_orders=sum(part.open_orders for part in parts),
        order_lines=sum(part.order_lines for part in parts),
        revenue=dict(revenue),
        daily_demand=max(part.daily_demand for part in parts),
        survive=survive_of(parts, day=day),
        stockout_on=min((part.stockout_on for part in parts if part.stockout_on is not None), default=None),
        recover=backups.recover_days(others),
        backups=others,
        stopping=next((one for one in offers if one.item.supplier_id == supplier.pk), None),
    )


def open_default(supplier: Supplier) -> SupplierDefault | None:
    """The default that was declared and not lifted, if any."""
    rows = SupplierDefault.objects.filter(supplier=supplier, lifted_at__isnull=True)
    return rows.select_related("declared_by").first()


def told_before(source: str) -> list[dict[str, Any]]:
    """All rows of a source as JSON keeps them, by column."""
    rows = Exposure.objects.filter(source=source).order_by("id").values()
    return [{name: None if value is None else str(value) for name, value in row.items()} for row in rows]


def by_pair(source: str) -> dict[tuple[str, str], Exposure]:
    """All rows of a source, by the code of the supplier and the SKU."""
    rows = Exposure.objects.filter(source=source).select_related("supplier", "product")
    return {(row.supplier.code, row.product.sku): row for row in rows}
