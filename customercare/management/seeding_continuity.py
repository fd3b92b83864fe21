"""What lies in seeds/ about a supplier that may stop: what hangs on it, and which backups were verified."""

import tomllib
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from suppliers.catalog.models import SupplierItem
from suppliers.continuity import services as continuity
from suppliers.continuity.models import BackupReadiness, Exposure
from suppliers.continuity.rules.switches import ExposureDraft, VerificationDraft

SOURCE = "demo"


def load(path: Path, *, currency: str, now: datetime) -> None:
    """Tell what nobody has told yet. path: continuity.toml. currency: what the shop sells in."""
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    if not Exposure.objects.filter(source=SOURCE).exists():
        drafts = [_exposure(row, currency) for row in told["exposure"]]
        continuity.record_exposure(source=SOURCE, drafts=drafts, actor=None, now=now)
    known = set(BackupReadiness.objects.values_list("item", flat=True))
    items = {
        (row.supplier.code, row.product.sku): row.pk
        for row in SupplierItem.objects.select_related("supplier", "product")
    }
    for row in told["verified"]:
        item = items[row["supplier"], row["sku"]]
        if item not in known:
            draft = _verification(row, timezone.localdate(now))
            continuity.verify_backup(item_id=item, draft=draft, actor=None, now=now)


def _exposure(row: dict[str, Any], currency: str) -> ExposureDraft:
    return ExposureDraft(
        supplier_code=row["supplier"],
        sku=row["sku"],
        open_quantity=row["open_quantity"],
        open_orders=row["open_orders"],
        order_lines=row["order_lines"],
        revenue=Decimal(row["revenue"]),
        currency=currency,
        stock=Decimal(row["stock"]),
        daily_demand=Decimal(row["daily_demand"]),
    )


def _verification(row: dict[str, Any], today: date) -> VerificationDraft:
    return VerificationDraft(
        verified_on=today + timedelta(days=row["on"]),
        how=row["how"],
        trial_order_on=today + timedelta(days=row["trial"]) if "trial" in row else None,
        capacity_per_week=row["capacity"],
        supplier_capacity_per_week=row.get("capacity_of_all"),
        note=row.get("note", ""),
    )
