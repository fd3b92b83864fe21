"""The books are compared every night; an alert stands open for as long as they differ."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from backoffice.kernel.models import Alert
from orders.stock.services import holds, sales, watching
from orders.stock.services.goods import Arrival
from tests.factories import NOW
from tests.orders.stock import kit
from tests.orders.stock.test_goods import receive

pytestmark = pytest.mark.django_db


def tamper(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture(autouse=True)
def a_day() -> None:
    kit.stock(units=10)
    receive(Arrival(kit.SKU, 5, lot="L-1"))
    kit.reserve(2)
    sold = kit.reserve(3)
    holds.confirm(key=sold, now=NOW)
    sales.ship(key="parcel", hold_key=sold, now=NOW)


def test_a_day_of_business_leaves_no_drift() -> None:
    assert kit.drift() == []


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE orders_stocklevel SET on_hand = on_hand + 1", {"ledger"}),
        ("UPDATE orders_stocklevel SET reserved = reserved - 1", {"ledger", "holds"}),
        ("UPDATE orders_reservationline SET quantity = quantity + 1", {"holds"}),
        ("UPDATE orders_stocklot SET quantity = quantity + 1", {"lot"}),
        ("UPDATE orders_stocklot SET quantity = 1000", {"lot", "lots"}),
    ],
)
def test_whatever_is_written_past_the_ledger_is_found(statement: str, what: set[str]) -> None:
    tamper(statement)
    assert {one.what for one in kit.drift()} == what


def test_the_alert_opens_once_and_closes_when_the_books_agree() -> None:
    tamper("UPDATE orders_stocklevel SET on_hand = on_hand + 1")
    watching.verify(now=NOW)
    watching.verify(now=NOW)
    assert [alert.closed_at for alert in Alert.objects.filter(key="stock.drift")] == [None]
    tamper("UPDATE orders_stocklevel SET on_hand = on_hand - 1")
    watching.verify(now=NOW)
    assert not Alert.objects.filter(key="stock.drift", closed_at=None).exists()


def test_the_command_says_where_and_ends_with_one() -> None:
    out = StringIO()
    call_command("verify_stock", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"levels": 1, "movements": 6, "drift": []}
    tamper("UPDATE orders_stocklevel SET on_hand = on_hand + 1")
    out = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("verify_stock", "--json", stdout=out)
    [found] = json.loads(out.getvalue())["drift"]
    assert (found["what"], found["sku"], found["counters"], found["proof"]) == (
        "ledger", kit.SKU, [13, 2, 0, 0], [12, 2, 0, 0],
    )  # fmt: skip
