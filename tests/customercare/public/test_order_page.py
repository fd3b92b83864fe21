"""The page behind the link of a message: for whoever holds it, and about one order alone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from backoffice.kernel.models import AuditEntry, Store, User
from backoffice.kernel.roles import Role
from backoffice.messaging.models import Message
from backoffice.messaging.rules import State
from customercare.incidents import services as incidents
from customercare.incidents.models import Incident
from customercare.notices.models import Fanout, Notice
from customercare.notices.rules import Plan
from orders.sales.models import Order
from orders.sales.rules import OrderState
from tests.conftest import Cast, ClientFor
from tests.customercare.incidents.kit import draft_of
from tests.customercare.notices import kit
from tests.customercare.vouchers.kit import give
from tests.factories import NOW, make_line, make_message, make_order, make_wording, message_values

pytestmark = pytest.mark.django_db
TEXT = (
    "Hello {customer_name},\n\nyour order {order_number} with {items} is late. We are sorry.\n\n"
    "Your code: {voucher_code}\n\nSee {order_url}"
)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def page(order: Order, client: Client | None = None) -> str:
    response = (client or Client()).get(f"/o/{order.public_token}/")
    assert response.status_code == 200
    return response.content.decode()


def tell(order: Order, actor: User, *, state: str = State.SENT, mode: str = "real", **values: Any) -> Message:
    """Write to the customer of this order, as a fan-out does, and return the message."""
    fanout = Fanout.objects.create(
        store=order.store, cause_ref=f"bulk:{order.pk}", title="Late", mode=mode, currency="PLN",
        requested_by=actor, created_at=NOW,
    )  # fmt: skip
    return _notice(order, fanout, state, values)


def _notice(order: Order, fanout: Fanout, state: str, values: dict[str, Any]) -> Message:
    message = make_message(
        state=state,
        wording=make_wording("About your order", TEXT),
        values=values or message_values(order_number=order.number),
    )
    Notice.objects.create(fanout=fanout, order=order, why="test", message=message, contact_key=order.contact_key)
    return message


# --- the link ------------------------------------------------------------------------------------


def test_a_link_that_nobody_was_given_shows_no_order_and_says_what_to_do() -> None:
    response = Client().get("/o/nothing-like-a-token/")

    assert response.status_code == 404
    assert "This link shows no order" in response.content.decode()


def test_a_link_ends_a_year_after_the_order_and_looks_like_one_that_never_was(store: Store) -> None:
    order = make_order(store, placed_at=NOW - timedelta(days=366), promised_at=None)

    gone = Client().get(f"/o/{order.public_token}/")

    assert gone.status_code == 404
    assert gone.content == Client().get("/o/never-was/").content


def test_a_link_lives_on_for_a_year_after_the_last_message(store: Store, cast: Cast) -> None:
    order = make_order(store, placed_at=NOW - timedelta(days=400), promised_at=None)
    message = tell(order, cast.admin)
    Message.objects.filter(pk=message.pk).update(created_at=NOW - timedelta(days=364))

    assert order.number in page(order)


def test_the_page_in_the_customers_browser_language_says_that_a_link_is_over() -> None:
    response = Client(headers={"accept-language": "zh-TW"}).get("/o/nothing/")

    assert "這個連結沒有對應的訂單" in response.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_the_page_is_only_read(store: Store, method: str) -> None:
    assert getattr(Client(), method)(f"/o/{make_order(store).public_token}/").status_code == 405


@pytest.mark.parametrize("path", ["order", "nothing"])
def test_nobody_between_the_shop_and_its_customer_keeps_or_finds_the_page(store: Store, path: str) -> None:
    token = make_order(store).public_token if path == "order" else path

    response = Client().get(f"/o/{token}/")

    assert response["Cache-Control"] == "no-store"
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]


def test_a_visit_of_staff_is_written_down_and_one_of_the_customer_is_not(store: Store, client_for: ClientFor) -> None:
    order = make_order(store)
    seen = AuditEntry.objects.filter(verb="order.public_page", subject=f"order:{order.pk}")

    page(order)
    assert not seen.exists()
    page(order, client_for(Role.SUPPORT_AGENT))
    assert [entry.actor_label for entry in seen] == ["agata"]


# --- where it is -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"promised_at": NOW + timedelta(days=3)}, "We are preparing your order."),
        ({"promised_at": NOW + timedelta(days=3), "state": OrderState.SHIPPED}, "Your order is on its way."),
        ({}, "Your order is late. We have no new date that we can promise yet."),
        ({"expected_on": date(2026, 11, 27)}, "New delivery date: 27 Nov 2026."),
        ({"expected_on": date(2026, 11, 20)}, "Your order is late. We have no new date"),
        ({"state": OrderState.CANCELLED, "expected_on": date(2026, 11, 27)}, "This order was cancelled."),
        ({"state": OrderState.UNAVAILABLE}, "Something in this order is not available at the moment."),
        ({"state": OrderState.DELIVERED, "delivered_at": NOW - timedelta(hours=2)}, "Delivered on 21 Nov 2026."),
        ({"state": OrderState.DELIVERED}, "This order was delivered."),
    ],
    ids=[
        "open",
        "shipped",
        "late",
        "new date",
        "new date over",
        "cancelled",
        "unavailable",
        "delivered",
        "day unknown",
    ],
)
def test_the_first_card_says_where_the_order_is(store: Store, fields: dict[str, Any], sentence: str) -> None:
    assert sentence in page(make_order(store, **fields))


def test_a_cancelled_order_promises_nothing(store: Store) -> None:
    order = make_order(store, state=OrderState.CANCELLED, expected_on=date(2026, 11, 27))

    assert "27 Nov 2026" not in page(order)


def test_days_are_those_of_the_shops_own_clock(store: Store) -> None:
    order = make_order(store, placed_at=datetime(2026, 11, 18, 23, 30, tzinfo=UTC))

    shown = page(order)

    assert "19 Nov 2026" in shown  # half past midnight in Warsaw
    assert "18 Nov 2026" not in shown


def test_an_order_is_late_from_the_shops_midnight_on(store: Store) -> None:
    order = make_order(store, promised_at=NOW)

    with time_machine.travel(datetime(2026, 11, 21, 22, 59, tzinfo=UTC), tick=False):
        assert "We are preparing your order." in page(order)
    with time_machine.travel(datetime(2026, 11, 21, 23, 1, tzinfo=UTC), tick=False):
        assert "Your order is late." in page(order)


# --- whose it is -----------------------------------------------------------------------------------


def test_no_person_stands_on_a_page_that_may_be_forwarded(store: Store, cast: Cast) -> None:
    given = give(store, name="Zofia Wiśniewska", email="zofia@example.com", phone="+48 600 700 800", region="Lubuskie")
    tell(given.order, cast.admin)

    shown = page(given.order)

    told = ("Wiśniewska", "Zofia", "Ewa", "zofia@example.com", "600 700 800", "600700800", "Lubuskie")
    assert [text for text in (*told, given.order.customer_ref) if text in shown] == []


def test_other_orders_of_the_same_customer_stay_private(store: Store, cast: Cast) -> None:
    mine, other = make_order(store, number="A-MINE"), make_order(store, number="A-OTHER")
    values = message_values(order_number=mine.number)
    values["orders"] += message_values(order_number=other.number, items="Secret gift × 1")["orders"]
    tell(mine, cast.admin, **values)

    shown = page(mine)

    assert "your order A-MINE with Blue kettle × 1 is late" in shown
    assert "A-OTHER" not in shown
    assert "Secret gift" not in shown


def test_what_was_said_stands_there_without_greeting_code_and_link(store: Store, cast: Cast) -> None:
    order = make_order(store)
    tell(order, cast.admin)

    shown = page(order)

    assert "About your order" in shown
    assert "is late. We are sorry." in shown
    assert "Hello" not in shown
    assert "Your code" not in shown


def test_what_was_cancelled_before_it_left_is_not_told(store: Store, cast: Cast) -> None:
    order = make_order(store)
    tell(order, cast.admin, state=State.CANCELLED)

    assert "We are sorry." not in page(order)


def test_a_drill_leaves_no_trace(store: Store, cast: Cast) -> None:
    given = give(store, drill=True)
    tell(given.order, cast.admin, mode="drill")

    shown = page(given.order)

    assert "We are sorry." not in shown
    assert given.code not in shown
    assert "Your voucher" not in shown


@pytest.mark.parametrize("is_public", [True, False])
def test_an_incident_that_is_not_public_is_not_told_on_the_page(store: Store, cast: Cast, is_public: bool) -> None:
    order = make_order(store)
    plan = Plan(macro_version_id=kit.approved_macro().pk)
    draft = draft_of(plan=plan, is_public=is_public)
    incident: Incident = incidents.open_incident(store=store, draft=draft, actor=cast.admin, now=NOW)
    fanout = Fanout.objects.get(cause_ref=incident.cause_ref)
    message = make_message(
        state=State.SENT, wording=make_wording("About", TEXT), values=message_values(order_number=order.number)
    )
    Notice.objects.filter(fanout=fanout, order=order).update(message=message)

    assert ("We are sorry." in page(order)) is is_public


# --- the voucher -----------------------------------------------------------------------------------


def test_the_voucher_is_shown_with_its_code_what_is_left_and_its_last_day(store: Store) -> None:
    given = give(store)

    shown = page(given.order)

    assert given.code in shown
    assert "PLN\N{NO-BREAK SPACE}5.00 towards your next order, until 19 Feb 2027." in shown


def test_the_last_day_of_a_voucher_is_the_one_that_the_message_named(store: Store) -> None:
    Store.objects.filter(pk=store.pk).update(time_zone="America/Sao_Paulo")
    given = give(store)
    given.voucher.valid_until = datetime(2027, 2, 21, 2, 59, 59, tzinfo=UTC)  # 23:59:59 on the 20th at the shop
    given.voucher.save(update_fields=["valid_until"])

    assert "until 20 Feb 2027." in page(given.order)


def test_a_voucher_whose_time_is_over_shows_no_code(store: Store) -> None:
    given = give(store, now=NOW - timedelta(days=91))

    shown = page(given.order)

    assert given.code not in shown
    assert "This voucher is used up, or its time is over." in shown


# --- language and text -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "spoken", "heading"),
    [
        ("en", "en", "Where it is"),
        ("pl", "pl", "Co dzieje się z zamówieniem"),
        ("zh-hans", "zh-hans", "订单进度"),
        ("zh-hant", "zh-hant", "訂單進度"),
        ("zh-hk", "zh-hant", "訂單進度"),
        ("de", "en", "Where it is"),
        ("", "en", "Where it is"),
    ],
)
def test_the_page_speaks_the_language_of_the_order(store: Store, asked: str, spoken: str, heading: str) -> None:
    order = make_order(store, language=asked)

    response = Client(headers={"accept-language": "fr"}).get(f"/o/{order.public_token}/")

    assert heading in response.content.decode()
    assert f'<html lang="{spoken}">' in response.content.decode()
    assert response["Content-Language"] == spoken


def test_text_of_shops_is_text_whatever_it_holds(store: Store, cast: Cast) -> None:
    order = make_order(store, lines=(make_line(title="<script>alert(1)</script> {{ 7|add:7 }}"),))
    tell(order, cast.admin, **message_values(order_number=order.number, items="<img src=x onerror=alert(1)> × 1"))

    shown = page(order)

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7|add:7 }}" in shown
    assert "<img" not in shown


def test_a_message_whose_values_are_gone_is_left_out(store: Store, cast: Cast) -> None:
    order = make_order(store)
    tell(order, cast.admin, **message_values(order_number="B-RENAMED"))

    assert "We are sorry." not in page(order)


def test_the_page_asks_the_database_as_often_for_many_messages_as_for_one(
    store: Store, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    order = make_order(store, lines=tuple(make_line(position=n, sku=f"S-{n}") for n in range(1, 9)))
    fanout = Fanout.objects.create(
        store=store, cause_ref="bulk:0", title="Late", currency="PLN", requested_by=cast.admin, created_at=NOW
    )
    _notice(order, fanout, State.SENT, {})
    for number in range(10):
        again = Fanout.objects.create(
            store=store, cause_ref="bulk:0", wave=number + 2, title="Late", currency="PLN",
            requested_by=cast.admin, created_at=NOW,
        )  # fmt: skip
        _notice(order, again, State.SENT, {})

    with django_assert_max_num_queries(6):
        assert page(order).count("We are sorry.") == 11
