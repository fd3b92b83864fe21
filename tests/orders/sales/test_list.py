"""The orders list: what it finds, how it pages, and what it says to an address that makes no sense."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.kernel.models import Store
from backoffice.kernel.roles import Role
from orders.sales import filters, selectors
from orders.sales.models import Order, OrderMark
from orders.sales.rules import OrderFilter, OrderState
from tests.conftest import ClientFor
from tests.factories import NOW, make_line, make_order, make_orders, order_draft

URL = "/orders/"


def shown(html: bytes) -> list[str]:
    """The order numbers on a page, top to bottom."""
    return re.findall(r'href="/orders/\d+/"><bdi>([^<]+)', html.decode())


def found(**wanted: Any) -> set[str]:
    page = selectors.list_page(OrderFilter(**wanted), cursor=None, now=NOW)
    return {row.number for row in page.rows}


@pytest.fixture
def agent(client_for: ClientFor) -> Client:
    return client_for(Role.SUPPORT_AGENT)


class TestSavedViews:
    @pytest.fixture(autouse=True)
    def orders(self, store: Store) -> None:
        kept = NOW + timedelta(days=3)
        make_orders(
            store,
            [
                order_draft(number="OPEN", promised_at=kept),
                order_draft(number="LATE", promised_at=NOW - timedelta(days=2)),
                order_draft(number="LATE-ON-THE-WAY", state=OrderState.SHIPPED, promised_at=NOW - timedelta(days=1)),
                order_draft(
                    number="CAME-LATE",
                    state=OrderState.DELIVERED,
                    promised_at=NOW - timedelta(days=5),
                    delivered_at=NOW - timedelta(days=1),
                ),
                order_draft(number="DUE-TODAY", promised_at=NOW),
                order_draft(number="GONE", state=OrderState.CANCELLED, promised_at=NOW - timedelta(days=9)),
                order_draft(number="SILENT", email="", state=OrderState.SHIPPED, promised_at=kept),
            ],
        )

    def test_all_shows_every_order(self) -> None:
        assert len(found()) == 7

    def test_to_ship_shows_open_orders(self) -> None:
        assert found(view="to_ship") == {"OPEN", "LATE", "DUE-TODAY"}

    def test_late_shows_what_is_past_its_promise_and_not_delivered(self) -> None:
        assert found(view="late") == {"LATE", "LATE-ON-THE-WAY"}

    def test_no_reach_shows_orders_without_an_address_and_those_whose_message_did_not_arrive(self) -> None:
        bounced = Order.objects.get(number="LATE")
        OrderMark.objects.create(order=bounced, kind="no_reach", ref="1", label="Not reached", marked_at=NOW)
        assert found(view="no_reach") == {"SILENT", "LATE"}

    def test_cancelled_shows_cancelled_orders(self) -> None:
        assert found(view="cancelled") == {"GONE"}

    def test_the_list_says_in_words_how_late_an_order_is(self, agent: Client) -> None:
        page = agent.get(URL, {"q": "LATE"}).content.decode()
        assert "days late" in page

    def test_the_view_and_the_page_mean_the_same_orders(self) -> None:
        late = OrderFilter(view="late")
        assert {order.number for order in selectors.matching(late, now=NOW)} == found(view="late")


def test_an_order_is_late_by_the_calendar_of_its_own_store(store: Store) -> None:
    """At 23:30 UTC on the 21st it is the 22nd in Warsaw: what was promised for the 21st is late there."""
    make_order(store, number="A", promised_at=NOW)
    evening = NOW.replace(hour=23, minute=30)
    page = selectors.list_page(OrderFilter(view="late"), cursor=None, now=evening)
    assert [row.days_late for row in page.rows] == [1]
    assert selectors.list_page(OrderFilter(view="late"), cursor=None, now=NOW).rows == []


class TestFilters:
    @pytest.fixture(autouse=True)
    def orders(self, store: Store) -> None:
        make_orders(
            store,
            [
                order_draft(
                    number="NORTH", region="Pomorskie", campaign_code="BF26", placed_at=NOW - timedelta(days=9)
                ),
                order_draft(number="SOUTH", region="Śląskie", placed_at=NOW - timedelta(days=3)),
                order_draft(number="SENT", region="Śląskie", state=OrderState.SHIPPED),
            ],
        )

    def test_by_state_region_and_campaign(self) -> None:
        assert found(state="shipped") == {"SENT"}
        assert found(region="Śląskie") == {"SOUTH", "SENT"}
        assert found(campaign="BF26") == {"NORTH"}
        assert found(region="Śląskie", state="open") == {"SOUTH"}

    def test_by_the_days_between_which_it_was_placed_both_included(self) -> None:
        day = (NOW - timedelta(days=3)).date()
        assert found(placed_from=day, placed_to=day) == {"SOUTH"}
        assert found(placed_to=day) == {"NORTH", "SOUTH"}

    def test_the_choices_are_what_orders_have(self) -> None:
        offered = selectors.choices()
        assert offered.regions == ("Pomorskie", "Śląskie")
        assert offered.campaigns == ("BF26",)

    def test_every_filter_stands_in_the_address_and_can_be_taken_out_singly(self, agent: Client) -> None:
        page = agent.get(URL, {"region": "Śląskie", "state": "open"}).content.decode()
        assert 'href="?state=open"' in page
        assert "SOUTH" in page
        assert "NORTH" not in page

    def test_a_filter_and_its_link_say_the_same(self) -> None:
        wanted = OrderFilter(view="late", q="ewa", region="Śląskie", placed_from=date(2026, 11, 1))
        assert filters.read(QueryDict(wanted.to_query())).filter == wanted


def test_days_are_counted_by_the_calendar_of_the_store(store: Store) -> None:
    """23:30 UTC is past midnight in Warsaw, so the order belongs to the next day there."""
    make_order(store, number="NIGHT", placed_at=NOW.replace(day=10, hour=23, minute=30))
    assert found(placed_from=date(2026, 11, 11), placed_to=date(2026, 11, 11)) == {"NIGHT"}
    assert found(placed_to=date(2026, 11, 10)) == set()


class TestSearch:
    @pytest.fixture(autouse=True)
    def orders(self, store: Store) -> None:
        make_orders(
            store,
            [
                order_draft(
                    number="PL-7001", name="Ewa O'Brien-Łęcka", email="ewa.l@post.example", phone="+48 600 123 777",
                    lines=(make_line(sku="MUG-6"),),
                ),
                order_draft(number="CN-9002", name="王小明", email="wang@mail.example", phone="+86 (138) 0013-8000"),
                order_draft(number="XX-100%", name="Bo", email="bo_x@mail.example", phone=""),
            ],
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("q", "numbers"),
        [
            ("7001", {"PL-7001"}),
            ("pl-70", {"PL-7001"}),
            ("łęcka", {"PL-7001"}),
            ("O'Brien", {"PL-7001"}),
            ("MAIL.example", {"CN-9002", "XX-100%"}),
            ("mug-6", {"PL-7001"}),
            ("123777", {"PL-7001"}),
            ("123 777", {"PL-7001"}),
            ("8000", {"CN-9002"}),
            ("小明", {"CN-9002"}),
            ("王", {"CN-9002"}),
            ("bo", {"XX-100%"}),
            ("100%", {"XX-100%"}),
            ("o_x", {"XX-100%"}),
            ("%%%", set()),
            ("nobody", set()),
        ],
    )
    def test_finds_by_number_name_address_phone_end_and_sku(self, q: str, numbers: set[str]) -> None:
        assert found(q=q) == numbers
        assert {order.number for order in selectors.matching(OrderFilter(q=q), now=NOW)} == numbers

    def test_keeps_the_other_filters(self) -> None:
        assert found(q="mail.example", view="cancelled") == set()

    def test_one_letter_is_too_few_and_says_so(self, agent: Client) -> None:
        response = agent.get(URL, {"q": "e"})
        assert response.status_code == 200
        assert b"Type one more character" in response.content

    def test_full_width_letters_are_read_as_ordinary_ones(self, agent: Client) -> None:
        assert shown(agent.get(URL, {"q": "ＰＬ－７００１"}).content) == ["PL-7001"]

    def test_the_indexes_are_used(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
            plan = selectors._narrowed(OrderFilter(), NOW).filter(selectors._text_match("post.example")).explain()
            assert "order_search" in plan
            cursor.execute("SET LOCAL enable_indexscan = on; SET LOCAL enable_bitmapscan = off")
            ends = selectors._with_phone_end(selectors.matching(OrderFilter(), now=NOW))
            assert "order_by_phone_end" in ends.filter(selectors._phone_match("123777")).explain()


class TestPages:
    def test_next_and_previous_show_every_order_once_with_the_filters_kept(self, store: Store, agent: Client) -> None:
        orders = make_orders(store, 120)
        make_order(store, number="OTHER", region="Śląskie")
        response = agent.get(URL, {"region": "Mazowieckie"})
        pages = [shown(response.content)]
        while response.context["older_url"]:
            response = agent.get(URL + response.context["older_url"])
            pages.append(shown(response.content))
        assert [number for page in pages for number in page] == [order.number for order in orders]
        assert [len(page) for page in pages] == [50, 50, 20]
        back = agent.get(URL + response.context["newer_url"])
        assert shown(back.content) == pages[1]
        first = agent.get(URL + back.context["newer_url"])
        assert shown(first.content) == pages[0]
        assert first.context["newer_url"] == ""

    def test_orders_of_the_same_moment_are_not_lost_between_pages(self, store: Store, agent: Client) -> None:
        make_orders(store, [order_draft(number=f"S-{n}", placed_at=NOW) for n in range(60)])
        first = agent.get(URL)
        second = agent.get(URL + first.context["older_url"])
        assert len({*shown(first.content), *shown(second.content)}) == 60

    def test_the_count_stops_at_a_limit(self, store: Store, agent: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        make_orders(store, 5)
        monkeypatch.setattr("backoffice.kernel.keyset.COUNT_CAP", 3)
        assert "3+ orders" in agent.get(URL).content.decode()


class TestCost:
    @pytest.mark.parametrize(
        "query", ["", "?view=late", "?q=example.com", "?q=100200", "?region=Mazowieckie&state=open"]
    )
    def test_twenty_one_rows_cost_as_many_statements_as_one(self, store: Store, agent: Client, query: str) -> None:
        make_order(store)
        agent.get(URL + query)  # what the filters offer is remembered for a minute
        with CaptureQueriesContext(connection) as one:
            agent.get(URL + query)
        orders = make_orders(store, 20)
        OrderMark.objects.bulk_create(
            OrderMark(order=order, kind="incident", ref="1", label="Incident 1", marked_at=NOW) for order in orders
        )
        with CaptureQueriesContext(connection) as many:
            response = agent.get(URL + query)
        assert len(shown(response.content)) == 21
        assert len(many) == len(one) <= 6


class TestHostileAddresses:
    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("page=-1", "no numbers"),
            ("sort=password", "does not know"),
            ("view=everything", "There is no view"),
            ("state=%3Cscript%3E", "no such state"),
            ("placed_from=2026-02-30", "not a day of the calendar"),
            ("placed_from=0001-01-01", "outside 1970 to 2100"),
            ("placed_to=99999-01-01", "not a day of the calendar"),
            ("placed_from=2026-11-20&placed_to=2026-11-01", "before the first"),
            ("after=zz", "incomplete"),
            ("after=2026-11-20T10:00:00~5", "incomplete"),
            ("after=9999-12-31T23:59:59Z~5", "incomplete"),
            ("before=2026-11-20T10:00:00%2B00:00~99999999999999999999", "incomplete"),
            ("q=" + "a" * 101, "101 characters"),
            ("region=" + "r" * 300, "too long to exist"),
        ],
    )
    def test_what_cannot_be_used_is_said_and_left_out(
        self, store: Store, agent: Client, query: str, sentence: str
    ) -> None:
        make_order(store, number="A-1")
        response = agent.get(f"{URL}?{query}")
        assert response.status_code == 200
        assert sentence in response.content.decode()
        assert b"<script>" not in response.content

    @pytest.mark.parametrize("query", ["q=" + "x" * 10_000, "q=%00"])
    def test_what_no_form_of_ours_sends_is_refused(self, agent: Client, query: str) -> None:
        assert agent.get(f"{URL}?{query}").status_code == 400

    def test_a_region_nobody_has_finds_nothing_and_says_so(self, store: Store, agent: Client) -> None:
        make_order(store)
        assert b"No order matches" in agent.get(URL, {"region": "Narnia"}).content


class TestWhatIsShown:
    def test_nothing_yet_and_nothing_matching_are_two_things(self, store: Store, agent: Client) -> None:
        assert b"No orders yet" in agent.get(URL).content
        assert b"No order is late" in agent.get(URL, {"view": "late"}).content
        make_order(store)
        assert b"No order matches" in agent.get(URL, {"q": "zzz"}).content

    def test_names_are_kept_apart_and_never_markup(self, store: Store, agent: Client) -> None:
        make_order(store, name="<script>alert(1)</script>", number="<b>1</b>")
        page = agent.get(URL).content.decode()
        assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in page
        assert "<bdi>&lt;b&gt;1&lt;/b&gt;</bdi>" in page

    def test_marks_lead_to_what_they_stand_for(self, store: Store, agent: Client) -> None:
        order = make_order(store)
        OrderMark.objects.create(order=order, kind="incident", ref="7", label="Incident 7", url="/x/7/", marked_at=NOW)
        assert '<a class="chip" href="/x/7/">' in agent.get(URL).content.decode()

    def test_items_total_and_currency(self, store: Store, agent: Client) -> None:
        make_order(store, lines=(make_line(quantity=2), make_line(position=2, quantity=3)), total="1234.50")
        page = agent.get(URL).content.decode()
        assert "5 items" in page
        assert "PLN\xa01,234.50" in page or "PLN 1,234.50" in page


class TestWhoMaySee:
    def test_the_button_to_message_customers_carries_the_filter(self, store: Store, client_for: ClientFor) -> None:
        make_order(store, region="Śląskie")
        response = client_for(Role.SUPPORT_AGENT).get(URL, {"region": "Śląskie", "view": "to_ship", "after": "zz"})
        assert f'href="{reverse("notices:compose")}?view=to_ship&amp;region=' in response.content.decode()
        assert response.context["asked"].to_query() == "view=to_ship&region=%C5%9Al%C4%85skie"

    @pytest.mark.parametrize("role", [Role.SHOP_STAFF, Role.AUDITOR])
    def test_who_may_not_send_does_not_see_the_button(self, store: Store, client_for: ClientFor, role: Role) -> None:
        make_order(store)
        assert b"Message customers" not in client_for(role).get(URL).content

    def test_strangers_are_sent_to_the_login(self, client: Client, db: None) -> None:
        assert client.get(URL).headers["Location"].startswith("/login/")

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
    def test_it_can_only_be_read(self, client_for: ClientFor, method: str) -> None:
        assert client_for(Role.ADMIN).generic(method, URL).status_code == 405
