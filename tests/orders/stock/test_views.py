"""The stock pages: what they show, what a button does, and what a list costs."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.kernel import form_tokens
from backoffice.kernel.roles import Role
from orders.stock import filters
from orders.stock.models import Shelf, StockCount, StockLevel, StockMovement, Transfer
from orders.stock.rules import StockFilter, Wanted
from orders.stock.selectors import pages
from orders.stock.services import goods, holds, places, transfers
from orders.stock.services.goods import Arrival
from suppliers.catalog import services as catalog
from suppliers.catalog.models import Product
from tests.conftest import ClientFor
from tests.factories import NOW
from tests.orders.stock import kit

pytestmark = pytest.mark.django_db
URL = "/stock/"
LATER = NOW + timedelta(hours=2)


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


def shown(html: bytes) -> list[str]:
    """The articles on a page, top to bottom."""
    return re.findall(r'href="/stock/\d+/"><bdi>([^<]+)', html.decode())


def found(**wanted: str) -> list[str]:
    page = pages.list_page(StockFilter(**wanted), cursor=None, now=NOW)
    return [row.product.sku for row in page.rows]


def fill(units: int) -> None:
    """So many articles with stock."""
    place = kit.make_warehouse()
    first = Product.objects.count()
    names = {f"FILL-{n:05}": "Filler" for n in range(first, first + units)}
    catalog.ensure(names=names)
    ids = Product.objects.filter(sku__in=names).values_list("pk", flat=True)
    goods.receive(
        key=kit.fresh_key(), warehouse=place.code, arrivals=[Arrival(sku, 5) for sku in names], actor=None, now=NOW
    )
    assert StockLevel.objects.filter(product__in=ids).count() == units


class TestList:
    @pytest.fixture(autouse=True)
    def articles(self) -> None:
        kit.stock("A-PLENTY", 50)
        kit.keep(kit.stock("B-LOW", 8), buffer=5)
        kit.stock("C-GONE", 2)
        kit.reserve(Wanted("C-GONE", 2))
        kit.stock("D-BACK", 2)
        holds.release(key=kit.reserve(Wanted("D-BACK", 2)), now=NOW)
        kit.stock("E-ASIDE", 9, warehouse="GDA", to_judge=True)
        kit.stock("F-COMING", 0)
        goods.expect(key="po", sku="F-COMING", warehouse="WRO", quantity=7, due_on=None, actor=None, now=NOW)

    @pytest.mark.parametrize(
        ("wanted", "skus"),
        [
            ({}, ["A-PLENTY", "B-LOW", "C-GONE", "D-BACK", "E-ASIDE", "F-COMING"]),
            ({"view": "stopped"}, ["C-GONE", "D-BACK"]),
            ({"view": "back"}, ["D-BACK"]),
            ({"view": "low"}, ["B-LOW", "E-ASIDE", "F-COMING"]),
            ({"view": "quarantine"}, ["E-ASIDE"]),
            ({"view": "transit"}, ["F-COMING"]),
            ({"warehouse": "GDA"}, ["E-ASIDE"]),
            ({"q": "plen"}, ["A-PLENTY"]),
            ({"q": "100%"}, []),
        ],
    )
    def test_views_and_filters(self, wanted: dict[str, str], skus: list[str]) -> None:
        assert found(**wanted) == skus

    def test_every_part_is_shown(self, staff: Client) -> None:
        html = staff.get(f"{URL}?q=b-low").content.decode()
        cells = re.findall(r'<td class="r" data-label="([^"]+)">(?:<strong>)?([^<]+)', html)
        assert dict(cells) == {
            "On hand": "8", "Reserved": "0", "Sold": "0", "Quarantine": "0", "Buffer": "5", "Sellable": "3",
            "In transit": "0",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("page=-1", "no numbers"),
            ("sort=password", "does not know"),
            ("view=everything", "There is no view"),
            ("warehouse=NOWHERE", "There is no such warehouse"),
            ("after=zz", "incomplete"),
            ("q=" + "a" * 101, "101 characters"),
        ],
    )
    def test_what_cannot_be_used_is_said_and_left_out(self, staff: Client, query: str, sentence: str) -> None:
        response = staff.get(f"{URL}?{query}")
        assert response.status_code == 200
        assert sentence in response.content.decode()

    @pytest.mark.parametrize("view", [*filters.VIEWS, "none"])
    def test_every_view_says_what_would_stand_there(self, staff: Client, view: str) -> None:
        Shelf.objects.all().delete()
        response = staff.get(f"{URL}?view={view}")
        assert response.status_code == 200
        assert shown(response.content) == []
        assert b"would be listed here" in response.content or b"No stock yet" in response.content


class TestCost:
    def test_next_and_previous_show_every_article_once(self, staff: Client) -> None:
        fill(120)
        response = staff.get(URL)
        seen = shown(response.content)
        while response.context["older_url"]:
            response = staff.get(URL + response.context["older_url"])
            seen += shown(response.content)
        assert seen == sorted(Product.objects.values_list("sku", flat=True))

    @pytest.mark.parametrize("query", ["", "?view=low", "?view=back", "?view=transit", "?warehouse=WRO", "?q=fill"])
    def test_hundreds_of_articles_cost_as_many_statements_as_ten(self, staff: Client, query: str) -> None:
        fill(10)
        staff.get(URL + query)
        with CaptureQueriesContext(connection) as few:
            staff.get(URL + query)
        fill(390)
        with CaptureQueriesContext(connection) as many:
            staff.get(URL + query)
        assert len(many) == len(few) <= 15

    def test_an_article_with_a_long_ledger_costs_as_much_as_a_new_one(self, staff: Client) -> None:
        level = kit.stock(units=90)
        kit.reserve(1)
        url = f"{URL}{level.product_id}/"
        staff.get(url)
        with CaptureQueriesContext(connection) as few:
            staff.get(url)
        for _each in range(40):
            kit.reserve(1)
        with CaptureQueriesContext(connection) as many:
            response = staff.get(url)
        assert len(many) == len(few) <= 20
        assert len(response.context["ledger"]) == 25
        older = staff.get(url + response.context["older_url"])
        assert len(older.context["ledger"]) == 42 - 25

    def test_transfers_cost_the_same_however_many(self, staff: Client) -> None:
        kit.stock(units=9)
        kit.make_warehouse("GDA")
        self.draft()
        staff.get("/stock/transfers/")
        with CaptureQueriesContext(connection) as few:
            staff.get("/stock/transfers/")
        for _each in range(20):
            self.draft()
        staff.get("/stock/transfers/")
        with CaptureQueriesContext(connection) as many:
            staff.get("/stock/transfers/")
        assert len(many) == len(few)

    def draft(self) -> None:
        transfers.draft(source="WRO", destination="GDA", lines=[Wanted(kit.SKU, 1)], actor=None, now=NOW)


class TestArticle:
    def test_tells_the_whole_story(self, staff: Client) -> None:
        level = kit.stock(units=5)
        goods.receive(
            key="lot", warehouse="WRO", arrivals=[Arrival(kit.SKU, 4, lot="L-77")], ref="po:9", actor=None, now=NOW
        )
        kit.reserve(2, ref="order:A-1")
        kit.recount(8, reason="One broke")
        html = staff.get(f"{URL}{level.product_id}/").content.decode()
        for words in ("L-77", "order:A-1", "One broke", "po:9", "Counted", "House WRO"):
            assert words in html

    def test_an_article_without_stock_is_not_found(self, staff: Client) -> None:
        catalog.ensure(names={"NEW-1": "New"})
        assert staff.get(f"{URL}{Product.objects.get().pk}/").status_code == 404

    def test_those_who_only_read_see_no_button(self, client_for: ClientFor) -> None:
        level = kit.stock(units=5)
        for role in (Role.SUPPORT_AGENT, Role.AUDITOR):
            html = client_for(role).get(f"{URL}{level.product_id}/").content.decode()
            main = html[html.index("<main") : html.index("</main>")]
            assert 'method="post"' not in main
            assert "Adjust" not in main

    def test_stop_and_show_again(self, staff: Client) -> None:
        level = kit.stock(units=5)
        self.press(staff, level, "stop")
        assert kit.shown() == "manual_stop"
        self.press(staff, level, "show")
        assert kit.shown() == ""

    def press(self, client: Client, level: StockLevel, name: str, version: int | None = None) -> int:
        shelf = Shelf.objects.get(product=level.product_id)
        data = {"token": form_tokens.new(), "version": shelf.version if version is None else version}
        return client.post(f"{URL}{level.product_id}/{name}/", data).status_code

    def test_a_button_of_an_old_page_does_nothing(self, staff: Client) -> None:
        level = kit.stock(units=5)
        self.press(staff, level, "stop")
        assert self.press(staff, level, "show", version=1) == 422
        assert kit.shown() == "manual_stop"

    def test_buffer_of_each_warehouse(self, staff: Client) -> None:
        level = kit.stock(units=5)
        url = f"{URL}{level.product_id}/buffer/"
        data = {"token": form_tokens.new(), "version": 1, f"buffer_{level.pk}": "5", "back_at": "2"}
        assert staff.post(url, data).status_code == 302
        assert StockLevel.objects.get().buffer == 5
        assert kit.shown() == "low_buffer"


class TestAdjusting:
    @pytest.fixture
    def level(self) -> StockLevel:
        return kit.stock(units=5)

    def post(self, client: Client, level: StockLevel, counted: str, *, version: int, **data: str):
        given = {"token": form_tokens.new(), "version": version, "counted": counted, "reason": "Shelf counted"}
        return client.post(f"{URL}levels/{level.pk}/adjust/", given | data)

    def test_writes_the_count_with_its_reason_and_person(self, staff: Client, level: StockLevel) -> None:
        assert self.post(staff, level, "3", version=level.version).status_code == 302
        movement = StockMovement.objects.get(kind="count")
        assert (movement.on_hand, movement.reason, str(movement.actor and movement.actor.username)) == (
            -2,
            "Shelf counted",
            "sofia",
        )

    def test_the_second_of_two_sees_both_figures_and_overwrites_nothing(
        self, staff: Client, client_for: ClientFor, level: StockLevel
    ) -> None:
        self.post(staff, level, "3", version=level.version)
        other = self.post(client_for(Role.SHOP_MANAGER), level, "7", version=level.version)
        html = other.content.decode()
        assert other.status_code == 409
        assert "Counted units: 3" in html
        assert "Counted units: 7" in html
        assert kit.figures() == (3, 0, 0, 0)

    def test_who_then_insists_is_written(self, staff: Client, level: StockLevel) -> None:
        self.post(staff, level, "3", version=level.version)
        newer = StockLevel.objects.get().version
        assert self.post(staff, level, "7", version=newer, resolve="yours").status_code == 302
        assert kit.figures() == (7, 0, 0, 0)

    @pytest.mark.parametrize("typed", ["", "-1", "1e3", "５", "1.5", "1000000"])
    def test_what_is_no_count_comes_back(self, staff: Client, level: StockLevel, typed: str) -> None:
        assert self.post(staff, level, typed, version=level.version).status_code == 422
        assert not StockCount.objects.exists()

    def test_needs_a_reason(self, staff: Client, level: StockLevel) -> None:
        assert self.post(staff, level, "3", version=level.version, reason=" ").status_code == 422
        assert kit.figures() == (5, 0, 0, 0)

    def test_a_double_press_counts_once(self, staff: Client, level: StockLevel) -> None:
        token = form_tokens.new()
        for _twice in range(2):
            assert self.post(staff, level, "3", version=level.version, token=token).status_code == 302
        assert StockCount.objects.count() == 1

    def test_fewer_than_are_promised_is_said_on_the_page(self, staff: Client, level: StockLevel) -> None:
        kit.reserve(4)
        response = self.post(staff, level, "3", version=level.version)
        assert response.status_code == 422
        assert "4 units of KETTLE-1 are held" in response.content.decode()
        assert kit.figures() == (5, 4, 0, 0)


class TestTransferPages:
    @pytest.fixture(autouse=True)
    def two_houses(self) -> None:
        kit.stock(units=5)
        kit.make_warehouse("GDA")

    def draft(self, client: Client, **data: str):
        given = {"token": form_tokens.new(), "source": "WRO", "destination": "GDA", "sku_1": "kettle-1", "units_1": "4"}
        return client.post("/stock/transfers/new/", given | data)

    def test_drafted_sent_and_received(self, staff: Client) -> None:
        assert self.draft(staff).status_code == 302
        moved = Transfer.objects.get()
        url = f"/stock/transfers/{moved.pk}/"
        assert staff.post(f"{url}send/", {"token": form_tokens.new()}).status_code == 302
        assert kit.figures() == (1, 0, 0, 0)
        came = {"token": form_tokens.new(), f"came_{moved.lines.get().pk}": "3"}
        assert staff.post(f"{url}receive/", came).status_code == 302
        assert kit.figures(warehouse="GDA") == (3, 0, 0, 0)
        assert b"Received" in staff.get(url).content

    @pytest.mark.parametrize(
        "wrong",
        [
            {"destination": "WRO"}, {"source": "NOWHERE"}, {"sku_1": ""}, {"units_1": "0"}, {"sku_1": "NO-SUCH"},
            {"sku_2": "KETTLE-1"}, {"units_2": "3"},
        ],
    )  # fmt: skip
    def test_what_cannot_go_comes_back(self, staff: Client, wrong: dict[str, str]) -> None:
        assert self.draft(staff, **wrong).status_code == 422
        assert not Transfer.objects.exists()

    def test_what_is_not_free_is_said_and_stays(self, staff: Client) -> None:
        self.draft(staff)
        kit.reserve(3)
        moved = Transfer.objects.get()
        response = staff.post(f"/stock/transfers/{moved.pk}/send/", {"token": form_tokens.new()})
        assert response.status_code == 422
        assert b"not enough that is free" in response.content
        assert kit.figures() == (5, 3, 0, 0)


def test_a_closed_house_is_named_so(staff: Client) -> None:
    level = kit.stock(units=5)
    places.set_days(code="WRO", opens_on=None, closes_on=NOW.date() - timedelta(days=300), actor=None, now=NOW)
    assert b"closed" in staff.get(f"{URL}{level.product_id}/").content
