"""Suppliers and what they sell, written the way people write them."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from suppliers.catalog import services as catalog
from suppliers.catalog.models import SupplierItem
from suppliers.catalog.rules import ItemDraft
from suppliers.directory import services as directory
from suppliers.directory.models import Certificate, ContactLog, Prospect, Supplier, SupplierContact
from suppliers.directory.rules import CertificateDraft, ContactDraft, ProspectDraft, SupplierDraft
from tests.factories.clock import NOW

_numbers = count(1)


def make_supplier(code: str = "", **fields: Any) -> Supplier:
    """One active supplier in Poland that is paid in złoty."""
    code = code or f"SUP-{next(_numbers)}"
    given = {"name": f"{code.title()} Ltd", "country": "PL", "currency": "PLN", "language": "pl"}
    return directory.add_supplier(draft=SupplierDraft(code=code, **given | fields), actor=None, now=NOW)


def make_contact(supplier: Supplier, name: str = "Ewa Nowak", **fields: Any) -> SupplierContact:
    """One person at a supplier."""
    return directory.add_contact(supplier_id=supplier.pk, draft=ContactDraft(name=name, **fields), actor=None, now=NOW)


def make_certificate(supplier: Supplier, *, until: date | None, **fields: Any) -> Certificate:
    """One paper of a supplier."""
    given = {"kind": "quality", "number": f"Q-{next(_numbers)}", "valid_until": until}
    return directory.add_certificate(
        supplier_id=supplier.pk, draft=CertificateDraft(**given | fields), actor=None, now=NOW
    )


def make_talk(supplier: Supplier, on: date, **fields: Any) -> ContactLog:
    """One talk with a supplier."""
    given = {"channel": "phone", "said": "The next lot leaves on Monday.", "contact_id": None, "next_contact_on": None}
    return directory.log_talk(supplier_id=supplier.pk, happened_on=on, actor=None, now=NOW, **given | fields)


def make_prospect(name: str = "Sudety Tents", **fields: Any) -> Prospect:
    """Somebody found at a fair."""
    return directory.add_prospect(draft=ProspectDraft(name=name, **{"source": "fair"} | fields), actor=None, now=NOW)


def item_draft(**fields: Any) -> ItemDraft:
    """An active item at 10.00 PLN."""
    given: dict[str, Any] = {"price": Decimal("10.00"), "currency": "PLN", "lead_time_days": 14}
    return ItemDraft(**given | fields)


def make_item(supplier: Supplier, sku: str = "KETTLE-1", **fields: Any) -> SupplierItem:
    """A product as this supplier sells it; the product is made when it is missing."""
    catalog.ensure(names={sku: "Blue kettle"})
    return catalog.add_item(supplier_id=supplier.pk, sku=sku, draft=item_draft(**fields), actor=None, now=NOW)
