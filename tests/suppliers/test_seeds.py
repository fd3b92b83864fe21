"""The demo shop's suppliers: loaded through services, the same each time, and worth looking at."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings

from backoffice.kernel.roles import Role
from customercare.management import seeding_actions, seeding_contracts, seeding_suppliers
from suppliers.assessment.models import CorrectiveAction
from suppliers.assessment.selectors import actions
from suppliers.catalog import services as catalog
from suppliers.catalog.models import PriceBreak, SupplierItem
from suppliers.continuity.models import BackupReadiness, Exposure
from suppliers.continuity.selectors import exposures, switching
from suppliers.contracts.models import ClaimRecovery, Contract, ServiceLevel
from suppliers.contracts.selectors import pages as contracts
from suppliers.directory import services as directory
from suppliers.directory.models import Certificate, ContactLog, Prospect, Supplier, SupplierContact
from suppliers.overview import selectors
from suppliers.overview.rules import SupplierFilter
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db
FOLDER = settings.BASE_DIR / "seeds" / "shop"
CONTRACTS = FOLDER / "contracts.toml"
TABLES = (
    Supplier,
    SupplierContact,
    Certificate,
    ContactLog,
    SupplierItem,
    PriceBreak,
    Prospect,
    Exposure,
    BackupReadiness,
    Contract,
    ServiceLevel,
    ClaimRecovery,
)


@pytest.fixture
def shop() -> None:
    """The names that importing the demo's orders brings."""
    for file, key, ensure in (("suppliers", "code", directory.ensure), ("products", "sku", catalog.ensure)):
        lines = (FOLDER / f"{file}.csv").read_text(encoding="utf-8").splitlines()[1:]
        ensure(names={line.split(",")[0]: line.split(",")[0] for line in lines if key})


def counts() -> list[int]:
    return [table.objects.count() for table in TABLES]


@pytest.mark.usefixtures("shop")
def test_loading_again_changes_nothing() -> None:
    assert seeding_suppliers.load(FOLDER, now=NOW) == 12
    seeding_contracts.load(CONTRACTS, now=NOW)
    first = counts()
    assert seeding_suppliers.load(FOLDER, now=NOW + timedelta(days=9)) == 0
    seeding_contracts.load(CONTRACTS, now=NOW)
    assert counts() == first
    assert min(first) >= 1


@pytest.mark.usefixtures("shop")
def test_each_view_of_the_list_has_something_to_show() -> None:
    seeding_suppliers.load(FOLDER, now=NOW)
    for view in ("due", "papers", "primary"):
        assert selectors.matching(SupplierFilter(view=view), now=NOW).exists()
    ends = NOW.date() + timedelta(days=20)
    assert Certificate.objects.filter(valid_until=ends).exists()
    assert Certificate.objects.filter(valid_until__lt=NOW.date()).count() >= 1
    assert SupplierItem.objects.filter(rank=3).exists()


@pytest.mark.usefixtures("shop")
def test_one_contract_ends_soon_and_one_has_an_open_claim() -> None:
    seeding_suppliers.load(FOLDER, now=NOW)
    seeding_contracts.load(CONTRACTS, now=NOW)
    shown = {view: set(contracts.contracts(view, "", day=NOW.date()).values_list("number", flat=True))
             for view in ("ending", "claims")}  # fmt: skip
    assert shown == {"ending": {"TT/2025/18"}, "claims": {"HD-2026-05"}}


@pytest.mark.usefixtures("shop")
def test_the_switch_of_a_supplier_that_stops_can_be_played() -> None:
    """Four products, two backups; neither simple way is as cheap, or covers as much, as the best split."""
    seeding_suppliers.load(FOLDER, now=NOW)
    stopping = Supplier.objects.get(code="TAICHUNG-ALU")
    stop = exposures.stop_of(stopping, now=NOW)
    assert [len(row.ready) for row in sorted(stop.rows, key=lambda row: row.product.sku)] == [1, 2, 2, 1]
    assert switching.currencies(stop) == ["EUR", "CZK", "USD"]
    asked = switching.question(stopping, currency="EUR", rates={"CZK": Decimal("0.04")}, now=NOW)
    found = switching.dry_run(asked)
    assert found.solution.plan.covers_everything
    assert found.solution.proven
    assert not found.first.covers_everything
    assert not found.cheapest.covers_everything or found.cheapest.total > found.solution.plan.total


def test_what_suppliers_are_asked_for_is_loaded_once_with_every_state(shop: None) -> None:
    seeding_suppliers.load(FOLDER, now=NOW)
    for username in ("ola", "mei"):
        make_user(Role.SHOP_MANAGER, username)
    assert [seeding_actions.load(FOLDER / "actions.toml", now=NOW) for _each in range(2)] == [4, 0]
    assert set(CorrectiveAction.objects.values_list("state", flat=True)) == {"open", "answered", "verified"}
    assert actions.untold(day=NOW.date(), limit=9) == [CorrectiveAction.objects.get(supplier__code="KARPATY")]
