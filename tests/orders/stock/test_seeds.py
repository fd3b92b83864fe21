"""The demo's warehouses: filled once, through the services, with every page alive and the books in agreement."""

import csv

import pytest
from django.conf import settings

from customercare.management import seeding_stock, seeding_suppliers
from orders.stock.models import Shelf, StockMovement, Transfer
from orders.stock.rules import StockFilter
from orders.stock.selectors import pages
from suppliers.catalog import services as catalog
from suppliers.directory import services as directory
from tests.factories import NOW
from tests.orders.stock import kit

pytestmark = pytest.mark.django_db
FOLDER = settings.BASE_DIR / "seeds" / "shop"


@pytest.fixture(autouse=True)
def shop() -> None:
    for file, key, ensure in (("suppliers.csv", "code", directory.ensure), ("products.csv", "sku", catalog.ensure)):
        with (FOLDER / file).open(encoding="utf-8", newline="") as source:
            ensure(names={row[key]: row["name"] for row in csv.DictReader(source)})
    seeding_suppliers.load(FOLDER, now=NOW)


def test_loading_twice_changes_nothing() -> None:
    assert seeding_stock.load(FOLDER, now=NOW) > 90
    before = StockMovement.objects.count(), Transfer.objects.count()
    assert seeding_stock.load(FOLDER, now=NOW) == 0
    assert (StockMovement.objects.count(), Transfer.objects.count()) == before
    assert kit.drift() == []


def test_every_view_of_the_list_has_something_to_show() -> None:
    seeding_stock.load(FOLDER, now=NOW)
    found = {
        view: pages.list_page(StockFilter(view=view), cursor=None, now=NOW).count
        for view in (
            "all",
            "stopped",
            "back",
            "low",
            "quarantine",
            "transit",
        )
    }
    assert found["all"] == 60
    assert all(found.values())
    assert set(Shelf.objects.values_list("reason", flat=True)) == {"", "low_buffer", "manual_stop"}
