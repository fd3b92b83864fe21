"""What lies in seeds/ about suppliers: their people, papers and talks, what they sell, and prospects."""

import csv
import tomllib
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from customercare.management import seeding_continuity
from suppliers.catalog import services as catalog
from suppliers.catalog.models import SupplierItem
from suppliers.catalog.rules import Break, ItemDraft
from suppliers.directory import services as directory
from suppliers.directory.models import Prospect, Supplier
from suppliers.directory.rules import CertificateDraft, ContactDraft, ProspectDraft, SupplierDraft

# What the demo shop's customers pay in.
SELLS_IN = "EUR"
# Suppliers were written down before what seeds/supply tells of them, so that their history reads in order.
KNOWN_FOR = timedelta(days=240)


def load(folder: Path, *, now: datetime) -> int:
    """Describe the suppliers that nobody has changed yet; returns how many. What people changed since stays.

    folder: holds directory.toml, whose days count from today, items.csv, in order of rank, and continuity.toml.
    """
    described = tomllib.loads((folder / "directory.toml").read_text(encoding="utf-8"))
    untouched = Supplier.objects.filter(version=1).in_bulk(field_name="code")
    rows = [row for row in described["supplier"] if row["code"] in untouched]
    for row in rows:
        _describe(untouched[row["code"]], row, now)
    _items(folder / "items.csv", now - KNOWN_FOR)
    seeding_continuity.load(folder / "continuity.toml", currency=SELLS_IN, now=now)
    for row in described["prospect"]:
        if not Prospect.objects.filter(name=row["name"]).exists():
            directory.add_prospect(draft=_prospect(row, timezone.localdate(now)), actor=None, now=now)
    return len(rows)


def _describe(supplier: Supplier, row: dict[str, Any], now: datetime) -> None:
    today, then = timezone.localdate(now), now - KNOWN_FOR
    own = {name: value for name, value in row.items() if name not in ("contacts", "certificates", "talks")}
    own["languages"] = tuple(own.get("languages", ()))
    draft = SupplierDraft(**{"name": supplier.name} | own)
    directory.change_supplier(supplier_id=supplier.pk, version=1, draft=draft, actor=None, now=then)
    people = {
        person["name"]: directory.add_contact(
            supplier_id=supplier.pk, draft=ContactDraft(**person), actor=None, now=then
        ).pk
        for person in row.get("contacts", [])
    }
    for paper in row.get("certificates", []):
        certificate = CertificateDraft(
            kind=paper["kind"],
            number=paper["number"],
            issuer=paper["issuer"],
            valid_from=_day(today, paper["from"]),
            valid_until=_day(today, paper["until"]),
            is_critical=paper.get("critical", False),
        )
        directory.add_certificate(supplier_id=supplier.pk, draft=certificate, actor=None, now=then)
    for talk in row.get("talks", []):
        directory.log_talk(
            supplier_id=supplier.pk,
            channel=talk["channel"],
            happened_on=_day(today, talk["on"]),
            said=talk["said"],
            contact_id=people.get(talk["with"]),
            next_contact_on=_day(today, talk["next"]) if "next" in talk else None,
            actor=None,
            now=now + timedelta(days=talk["on"]),
        )


def _prospect(row: dict[str, Any], today: date) -> ProspectDraft:
    own = {name: value for name, value in row.items() if name != "next"}
    return ProspectDraft(**own, next_step_on=_day(today, row["next"]) if "next" in row else None)


def _day(today: date, days: int) -> date:
    return today + timedelta(days=days)


def _items(path: Path, now: datetime) -> None:
    known = set(SupplierItem.objects.values_list("product__sku", "supplier__code"))
    suppliers = dict(Supplier.objects.values_list("code", "pk"))
    with path.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            if (row["sku"], row["supplier_code"]) not in known:
                catalog.add_item(
                    supplier_id=suppliers[row["supplier_code"]], sku=row["sku"], draft=_draft(row), actor=None, now=now
                )


def _draft(row: dict[str, str]) -> ItemDraft:
    steps = (step.split(":") for step in row["breaks"].split(";") if step)
    return ItemDraft(
        price=Decimal(row["price"]),
        currency=row["currency"],
        supplier_sku=row["supplier_sku"],
        moq=int(row["moq"]),
        pack_size=int(row["pack_size"]),
        order_multiple=int(row["order_multiple"]),
        lead_time_days=int(row["lead_time_days"]),
        capacity_per_week=int(row["capacity_per_week"]),
        state=row["state"],
        breaks=tuple(Break(int(quantity), Decimal(price)) for quantity, price in steps),
    )
