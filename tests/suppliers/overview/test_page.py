"""One supplier whole: what each role sees, and what it costs however much there is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.kernel.models import AuditEntry
from backoffice.kernel.roles import Role
from suppliers.catalog.models import Product, SupplierItem
from suppliers.catalog.rules import Break
from suppliers.directory import services as directory
from suppliers.directory.models import Certificate, Supplier, SupplierContact
from suppliers.directory.rules import SupplierDraft
from tests.conftest import Cast, ClientFor
from tests.factories import NOW
from tests.factories.suppliers import make_certificate, make_contact, make_item, make_supplier, make_talk

pytestmark = pytest.mark.django_db
# Pages judge by the real day.
LONG_AGO = NOW.date() - timedelta(days=400)


@pytest.fixture
def supplier() -> Supplier:
    supplier = make_supplier("TATRA", cadence_days=30, languages=("en",), notes="Ask for Jan.\nClosed in August.")
    make_contact(supplier, "Ewa Nowak", email="ewa@tatra.example", for_orders=True)
    make_certificate(supplier, until=LONG_AGO, number="Q-77", is_critical=True)
    make_item(supplier, price=Decimal("10.00"), breaks=(Break(100, Decimal("9.00")),), moq=50)
    make_talk(supplier, LONG_AGO, said="The next lot leaves on Monday.")
    return supplier


def page(client: Client, supplier: Supplier) -> str:
    return client.get(f"/suppliers/{supplier.pk}/").content.decode()


def test_everything_about_it_stands_on_one_page(client_for: ClientFor, supplier: Supplier) -> None:
    html = page(client_for(Role.SHOP_STAFF), supplier)
    for words in (
        "1 critical certificate has expired", "Q-77", "Ewa Nowak", "ewa@tatra.example", "Blue kettle",
        "The next lot leaves on Monday.", "Closed in August.", "Polish", "from 100", "due since", "Supplier added",
    ):  # fmt: skip
        assert words in html


def test_a_change_is_told_with_who_and_both_values(client_for: ClientFor, cast: Cast, supplier: Supplier) -> None:
    draft = SupplierDraft(code="TATRA", name="Tatra Namioty", country="SK", currency="PLN", language="pl")
    directory.change_supplier(supplier_id=supplier.pk, version=1, draft=draft, actor=cast.staff, now=NOW)
    html = page(client_for(Role.AUDITOR), supplier)
    assert "Sofia Staff" in html
    assert "<del><bdi>Poland</bdi></del> → <ins><bdi>Slovakia</bdi></ins>" in html


def test_agents_see_neither_prices_nor_the_history_nor_controls(client_for: ClientFor, supplier: Supplier) -> None:
    html = page(client_for(Role.SUPPORT_AGENT), supplier)
    assert "Blue kettle" in html
    for words in ("9.00", "Unit price", "History", "Add contact", "Write down a talk"):
        assert words not in html


def test_auditors_see_prices_and_no_controls(client_for: ClientFor, supplier: Supplier) -> None:
    html = page(client_for(Role.AUDITOR), supplier)
    assert "9.00" in html
    assert "Add contact" not in html


def test_an_unknown_supplier_is_not_found(client_for: ClientFor) -> None:
    assert client_for(Role.ADMIN).get("/suppliers/4711/").status_code == 404


def test_a_thousand_rows_cost_as_many_statements_as_ten(client_for: ClientFor, supplier: Supplier) -> None:
    client = client_for(Role.ADMIN)
    fill(supplier, 10)
    page(client, supplier)
    with CaptureQueriesContext(connection) as few:
        page(client, supplier)
    fill(supplier, 990)
    with CaptureQueriesContext(connection) as many:
        page(client, supplier)
    assert len(many) == len(few) <= 15


def fill(supplier: Supplier, amount: int) -> None:
    """So many people, papers, items and log entries."""
    start = Product.objects.count()
    SupplierContact.objects.bulk_create(SupplierContact(supplier=supplier, name="Jan") for _ in range(amount))
    Certificate.objects.bulk_create(
        Certificate(supplier=supplier, kind="quality", number=f"N{start + n}") for n in range(amount)
    )
    products = Product.objects.bulk_create(Product(sku=f"P-{start + n}", name="Mug") for n in range(amount))
    SupplierItem.objects.bulk_create(
        SupplierItem(supplier=supplier, product=one, rank=1, price=1, currency="PLN", lead_time_days=1)
        for one in products
    )
    AuditEntry.objects.bulk_create(
        AuditEntry(at=NOW, actor_label="system", verb="supplier.change", subject=f"supplier:{supplier.pk}")
        for _ in range(amount)
    )
