"""Who can step in for a product, and how ready each is. A fixed number of statements, whatever is asked for."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Max

from suppliers.assessment.selectors import scorecards
from suppliers.catalog import selectors as catalog
from suppliers.catalog.models import SupplierItem
from suppliers.catalog.rules import ItemState
from suppliers.continuity.models import BackupReadiness, Exposure, SupplierDefault
from suppliers.continuity.rules import cover, readiness
from suppliers.continuity.rules.readiness import Known, Readiness
from suppliers.directory.models import Certificate
from suppliers.directory.rules import SupplierState
from suppliers.directory.selectors import today
from suppliers.performance import selectors as performance
from suppliers.performance.rules.lines import Window
from suppliers.performance.rules.measures import DeliveryMeasures
from suppliers.performance.selectors import Scope

# Fewer lines than these say nothing of a lead time; the stated one is used.
FEWEST_LINES = 5
LEAD_DAYS = 365
WEEK = 7


@dataclass(frozen=True, slots=True)
class Backup:
    """An active item of a product and how ready its supplier is. Leads in days; is_measured: from deliveries.

    Otherwise lead_p90 is what the supplier states, and where most lines are still open, no less than they have waited.
    premium: its price over the primary's, less 1; None where the two
    are in different currencies. shared_capacity: units a week of all items of the supplier, None without a limit.
    """

    item: SupplierItem
    readiness: Readiness
    verification: BackupReadiness | None
    lead_p50: int | None
    lead_p90: int
    is_measured: bool
    premium: Decimal | None
    shared_capacity: int | None

    @property
    def is_ready(self) -> bool:
        return self.readiness.is_ready


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of the suppliers and items that were asked for, by their ids."""

    verifications: dict[int, BackupReadiness]
    shared: dict[int, int]
    defaulted: set[int]
    expired: set[int]
    blocked: set[int]
    measures: dict[int, DeliveryMeasures]
    demand: dict[int, Decimal]


def of_products(product_ids: Collection[int], *, now: datetime) -> dict[int, list[Backup]]:
    """Return the active items of these products by product id, in order of rank, each with its readiness."""
    rows = SupplierItem.objects.filter(product_id__in=product_ids, state=ItemState.ACTIVE)
    items = list(catalog.with_breaks(rows.select_related("supplier", "product").order_by("product_id", "rank")))
    facts = _facts(items, today(now))
    primary = {item.product_id: item for item in items if item.rank == 1}
    found: defaultdict[int, list[Backup]] = defaultdict(list)
    for item in items:
        found[item.product_id].append(_backup(item, primary.get(item.product_id), facts, today(now)))
    return dict(found)


def recover_days(backups: Collection[Backup], *, without: int | None = None) -> int | None:
    """Return TTR: the days until the quickest ready backup delivers. without: the supplier that stops."""
    ready = [one.lead_p90 for one in backups if one.is_ready and one.item.supplier_id != without]
    return cover.days_to_recover(ready)


def _facts(items: Collection[SupplierItem], day: date) -> _Facts:
    suppliers = {item.supplier_id for item in items}
    verified = BackupReadiness.objects.filter(item__in=[item.pk for item in items])
    shared = BackupReadiness.objects.filter(item__supplier__in=suppliers, supplier_capacity_per_week__isnull=False)
    expired = Certificate.objects.filter(
        supplier__in=suppliers, is_critical=True, is_retired=False, valid_until__lt=day
    )
    scope = Scope(as_of=day, since=day - timedelta(days=LEAD_DAYS), supplier_ids=suppliers)
    demand = Exposure.objects.filter(product__in={item.product_id for item in items}).values("product")
    return _Facts(
        verifications={row.item_id: row for row in verified.order_by("item", "-verified_on", "-id").distinct("item")},
        shared={
            supplier: units or 0
            for supplier, units in shared.order_by("item__supplier", "-verified_on", "-id")
            .distinct("item__supplier")
            .values_list("item__supplier", "supplier_capacity_per_week")
        },
        defaulted=set(open_defaults(suppliers)),
        expired=set(expired.values_list("supplier", flat=True)),
        blocked=scorecards.blocked(suppliers, day=day),
        measures=performance.delivery(scope, window=Window()) if suppliers else {},
        demand=dict(demand.annotate(most=Max("daily_demand")).values_list("product", "most")),
    )


def open_defaults(suppliers: Collection[int]) -> list[int]:
    """Return those of these suppliers whose default was declared and not lifted."""
    rows = SupplierDefault.objects.filter(supplier__in=suppliers, lifted_at__isnull=True)
    return list(rows.values_list("supplier", flat=True))


def _backup(item: SupplierItem, primary: SupplierItem | None, facts: _Facts, day: date) -> Backup:
    verification = facts.verifications.get(item.pk)
    p50, p90, is_measured = _leads(facts.measures.get(item.supplier_id), stated=item.lead_time_days)
    demand = facts.demand.get(item.product_id)
    premium = None
    if primary is not None and primary.currency == item.currency:
        premium = item.price / primary.price - 1
    known = Known(
        verified_on=verification.verified_on if verification else None,
        trial_on=verification.trial_order_on if verification else None,
        capacity=verification.capacity_per_week if verification else None,
        weekly_demand=None if demand is None else float(demand) * WEEK,
        lead_p50=p50,
        lead_p90=p90,
        price_ratio=None if premium is None else float(premium) + 1,
        is_active=item.supplier.state == SupplierState.ACTIVE,
        has_defaulted=item.supplier_id in facts.defaulted,
        paper_expired=item.supplier_id in facts.expired,
        is_blocked=item.supplier_id in facts.blocked,
    )
    return Backup(
        item=item,
        readiness=readiness.assess(known, on=day),
        verification=verification,
        lead_p50=p50,
        lead_p90=p90,
        is_measured=is_measured,
        premium=premium,
        shared_capacity=facts.shared.get(item.supplier_id),
    )


def _leads(found: DeliveryMeasures | None, *, stated: int) -> tuple[int | None, int, bool]:
    """Lead times p50 and p90 over the lines of the last year, and whether p90 follows from them.

    What came before it was ordered took no time. Too few lines say nothing, and where too many are open p90 is longer
    than the longest wait so far.
    """
    if found is None or found.lead_p90.n < FEWEST_LINES:
        return None, stated, False
    p50, p90 = found.lead_p50.value, found.lead_p90.value
    if p90 is None:
        least = found.lead_p90.least or 0
        return None, max(stated, least), least > stated
    return (None if p50 is None else max(p50, 0)), max(p90, 0), True
