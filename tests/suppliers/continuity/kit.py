"""A supplier with open orders, and backups that can step in or not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from backoffice.kernel.models import User
from suppliers.catalog.models import SupplierItem
from suppliers.continuity import services as continuity
from suppliers.continuity.models import BackupReadiness, Switchover
from suppliers.continuity.rules.switches import ExposureDraft, VerificationDraft
from suppliers.directory.models import Supplier
from tests.factories import NOW
from tests.factories.suppliers import make_item, make_supplier


@dataclass(frozen=True, slots=True)
class Shop:
    """TATRA delivers MUG and CUP; BRNO is a ready backup for both, KOSICE for MUG alone."""

    tatra: Supplier
    brno: dict[str, SupplierItem]
    kosice: SupplierItem


def exposure(supplier: str = "TATRA", sku: str = "MUG", **fields: Any) -> ExposureDraft:
    """100 units on order there, 10 a day sold, stock for 12 days."""
    given: dict[str, Any] = {
        "open_quantity": 100, "open_orders": 2, "order_lines": 30, "revenue": Decimal("900.00"), "currency": "PLN",
        "stock": Decimal(120), "daily_demand": Decimal(10),
    }  # fmt: skip
    return ExposureDraft(supplier_code=supplier, sku=sku, **given | fields)


def verify(item: SupplierItem, *, now: datetime = NOW, **fields: Any) -> BackupReadiness:
    """Somebody visited them today and ordered on trial a month ago; 100 units a week are confirmed."""
    day = now.date()
    given: dict[str, Any] = {
        "verified_on": day, "how": "visit", "trial_order_on": day - timedelta(days=30), "capacity_per_week": 100,
    }  # fmt: skip
    return continuity.verify_backup(item_id=item.pk, draft=VerificationDraft(**given | fields), actor=None, now=now)


def make_shop(*, now: datetime = NOW) -> Shop:
    """The shop, with the exposures of both products."""
    tatra, brno, kosice = make_supplier("TATRA"), make_supplier("BRNO"), make_supplier("KOSICE")
    for sku in ("MUG", "CUP"):
        make_item(tatra, sku, price=Decimal("10.00"))
    items = {sku: make_item(brno, sku, price=Decimal("12.00"), lead_time_days=10) for sku in ("MUG", "CUP")}
    shop = Shop(tatra, items, make_item(kosice, "MUG", price=Decimal("11.00"), lead_time_days=14))
    for item in (*items.values(), shop.kosice):
        verify(item, now=now)
    continuity.record_exposure(source="test", drafts=[exposure(), exposure(sku="CUP")], actor=None, now=now)
    return shop


def draft(shop: Shop, *, actor: User | None = None, now: datetime = NOW) -> Switchover:
    return continuity.draft_switch(supplier_id=shop.tatra.pk, currency="PLN", rates={}, actor=actor, now=now)
