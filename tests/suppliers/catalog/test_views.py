"""Item forms, and a product with its suppliers side by side."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.kernel import form_tokens
from backoffice.kernel.roles import Role
from suppliers.catalog import services as catalog
from suppliers.catalog.models import Product, SupplierItem
from suppliers.catalog.rules import Break
from tests.conftest import Cast, ClientFor
from tests.factories import NOW
from tests.factories.suppliers import make_item, make_supplier
from tests.suppliers.directory.test_views import typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


@pytest.fixture
def new_item() -> str:
    """The address of the form that adds an item to a supplier; the product exists."""
    catalog.ensure(names={"KETTLE-1": "Blue kettle"})
    return f"/suppliers/{make_supplier('TATRA').pk}/items/new/"


ITEM = {
    "sku": "kettle-1", "price": "10.50", "currency": "pln", "moq": "50", "pack_size": "10", "order_multiple": "20",
    "lead_time_days": "14", "break_1_quantity": "100", "break_1_price": "9.25",
}  # fmt: skip


class TestItemForm:
    def test_it_adds_an_item_with_its_breaks(self, staff: Client, new_item: str) -> None:
        response = staff.post(new_item, typed(staff, new_item, **ITEM))
        item = SupplierItem.objects.get()
        assert response.status_code == 302
        assert (item.product.sku, item.price, item.currency, item.rank) == ("KETTLE-1", Decimal("10.50"), "PLN", 1)
        assert catalog.breaks_of(item) == (Break(100, Decimal("9.25")),)

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"sku": ""}, "Enter the article number"),
            ({"sku": "NO-SUCH"}, "No product has this number"),
            ({"sku": "KETTLE\u200b-1"}, "U+200B"),
            ({"sku": "=KETTLE"}, "formula"),
            ({"sku": "K" * 65}, "65 characters"),
            ({"price": ""}, "Enter the price"),
            ({"price": "0"}, "above zero"),
            ({"price": "-1"}, "no sign"),
            ({"price": "1,5"}, "more than one way"),
            ({"price": "1.234,50"}, "more than one way"),
            ({"price": "1,234.50"}, "more than one way"),
            ({"price": "19.999"}, "more decimals"),
            ({"price": "1e5"}, "not an amount"),
            ({"price": "NaN"}, "not an amount"),
            ({"price": "9" * 20}, "more than 10 digits"),
            ({"price": "19.9", "currency": "JPY"}, "more decimals"),
            ({"currency": "ABC"}, "not a currency code"),
            ({"currency": ""}, "Enter the currency"),
            ({"moq": "0"}, "from 1 to 999999"),
            ({"moq": "9999999"}, "from 1 to 999999"),
            ({"moq": "1_000"}, "from 1 to 999999"),
            ({"moq": "１２"}, "from 1 to 999999"),
            ({"moq": ""}, "Enter a number of units"),
            ({"order_multiple": "15"}, "multiples of 10"),
            ({"lead_time_days": "731"}, "from 0 to 730"),
            ({"break_1_price": ""}, "Enter the price"),
            ({"break_1_quantity": ""}, "from how many units"),
            ({"break_1_price": "10.50"}, "lower price"),
            ({"break_1_quantity": "1"}, "from 2 to 999999"),
        ],
    )
    def test_what_cannot_be_used_comes_back_in_place_and_writes_nothing(
        self, staff: Client, new_item: str, fields: dict[str, str], sentence: str
    ) -> None:
        response = staff.post(new_item, typed(staff, new_item, **ITEM | fields))
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert not SupplierItem.objects.exists()

    def test_amounts_are_read_and_shown_as_the_reader_writes_them(self, client_for: ClientFor, new_item: str) -> None:
        client = client_for(Role.SHOP_STAFF)
        client.post("/i18n/setlang/", {"language": "pl"})
        assert client.post(new_item, typed(client, new_item, **ITEM)).status_code == 422
        polish = ITEM | {"price": "10,50", "break_1_price": "9,25"}
        assert client.post(new_item, typed(client, new_item, **polish)).status_code == 302
        item = SupplierItem.objects.get()
        assert item.price == Decimal("10.50")
        assert 'value="10,50"' in client.get(f"/suppliers/items/{item.pk}/").content.decode()

    def test_what_is_stored_can_be_saved_again_as_it_is(self, staff: Client) -> None:
        item = make_item(make_supplier(), breaks=(Break(100, Decimal("9.50")),), capacity_per_week=40)
        url = f"/suppliers/items/{item.pk}/"
        assert staff.post(url, typed(staff, url)).status_code == 302
        item.refresh_from_db()
        assert item.version == 1

    def test_two_who_change_one_item_see_both_values(self, staff: Client) -> None:
        item = make_item(make_supplier(), breaks=(Break(100, Decimal("9.50")),))
        url = f"/suppliers/items/{item.pk}/"
        mine = typed(staff, url, price="9.80")
        staff.post(url, typed(staff, url, price="11.00"))
        response = staff.post(url, mine)
        html = response.content.decode()
        assert response.status_code == 409
        assert "Unit price: 11" in html
        assert "Unit price: 9.80" in html
        item.refresh_from_db()
        assert item.price == Decimal(11)


class TestProductPage:
    @pytest.fixture
    def product(self) -> Product:
        make_item(make_supplier("A"), price=Decimal("10.00"), breaks=(Break(100, Decimal("8.00")),))
        make_item(make_supplier("B"), price=Decimal("9.50"), moq=50, order_multiple=12)
        return Product.objects.get()

    def test_prices_stand_side_by_side_at_every_break(self, staff: Client, product: Product) -> None:
        response = staff.get(f"/suppliers/products/{product.pk}/")
        offers = response.context["found"].offers
        assert response.context["found"].quantities == (1, 100)
        assert [offer.prices for offer in offers] == [(10, 8), (Decimal("9.5"), Decimal("9.5"))]

    def test_a_quantity_is_rounded_up_to_what_can_be_ordered(self, staff: Client, product: Product) -> None:
        response = staff.get(f"/suppliers/products/{product.pk}/", {"quantity": "40"})
        offers = response.context["found"].offers
        assert [(offer.ordered, offer.cost) for offer in offers] == [(40, 400), (60, 570)]

    @pytest.mark.parametrize("quantity", ["-1", "1e5", "٣", "9999999"])
    def test_a_quantity_that_makes_no_sense_is_said_and_left_out(
        self, staff: Client, product: Product, quantity: str
    ) -> None:
        response = staff.get(f"/suppliers/products/{product.pk}/", {"quantity": quantity})
        assert response.status_code == 200
        assert "from 1 to 999999" in response.content.decode()

    def test_moving_up_makes_it_the_primary_once(self, staff: Client, product: Product) -> None:
        second = SupplierItem.objects.get(rank=2)
        data = {"direction": "up", "rank": "2", "token": form_tokens.new()}
        for _press in range(2):
            assert staff.post(f"/suppliers/items/{second.pk}/move/", data).status_code == 302
        second.refresh_from_db()
        assert second.rank == 1

    def test_who_saw_another_order_is_told_and_nothing_moves(self, staff: Client, product: Product) -> None:
        second = SupplierItem.objects.get(rank=2)
        data = {"direction": "up", "rank": "5", "token": form_tokens.new()}
        response = staff.post(f"/suppliers/items/{second.pk}/move/", data)
        assert response.status_code == 422
        assert "changed the order meanwhile" in response.content.decode()
        second.refresh_from_db()
        assert second.rank == 2

    def test_agents_see_who_sells_it_and_no_price(self, client_for: ClientFor, product: Product) -> None:
        html = client_for(Role.SUPPORT_AGENT).get(f"/suppliers/products/{product.pk}/?quantity=40").content.decode()
        assert "A Ltd" in html
        assert "9.50" not in html
        assert "570" not in html

    def test_who_changed_the_order_is_for_those_who_see_prices(
        self, client_for: ClientFor, cast: Cast, product: Product
    ) -> None:
        second = SupplierItem.objects.get(product=product, rank=2)
        catalog.move_item(item_id=second.pk, up=True, seen_rank=2, actor=cast.staff, now=NOW)
        url = f"/suppliers/products/{product.pk}/"
        told = {role: "Changes of the order" in client_for(role).get(url).content.decode() for role in Role}
        assert told == {role: role != Role.SUPPORT_AGENT for role in Role}

    def test_it_costs_the_same_with_many_suppliers(self, staff: Client, product: Product) -> None:
        url = f"/suppliers/products/{product.pk}/"
        staff.get(url)  # what every page remembers for a while
        with CaptureQueriesContext(connection) as few:
            staff.get(url)
        for n in range(20):
            make_item(make_supplier(f"S{n}"), breaks=(Break(100 + n, Decimal("9.00")),))
        with CaptureQueriesContext(connection) as many:
            staff.get(url)
        assert len(many) == len(few)


@pytest.mark.parametrize("role", Role)
def test_all_items_are_shown_without_prices_to_agents(client_for: ClientFor, role: Role) -> None:
    supplier = make_supplier()
    make_item(supplier, price=Decimal("12.34"), breaks=(Break(40, Decimal("9.87")),))
    html = client_for(role).get(f"/suppliers/{supplier.pk}/items/").content.decode()
    assert "Blue kettle" in html
    assert [price in html for price in ("12.34", "9.87")] == [role != Role.SUPPORT_AGENT] * 2


def test_all_items_run_in_pages(client_for: ClientFor) -> None:
    supplier = make_supplier()
    for n in range(60):
        make_item(supplier, f"MUG-{n}")
    client: Any = client_for(Role.ADMIN)
    first = client.get(f"/suppliers/{supplier.pk}/items/")
    older = client.get(f"/suppliers/{supplier.pk}/items/{first.context['older_url']}")
    assert (len(first.context["items"]), len(older.context["items"])) == (50, 10)
