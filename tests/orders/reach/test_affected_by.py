"""Which orders an incident hits, criterion by criterion, and which of them are named but left out."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store
from orders.reach import rules
from orders.reach.rules import Selector
from orders.reach.selectors import affected_by, unknown_numbers
from orders.sales.rules import OrderState
from tests.factories import NOW, make_line, make_order, make_parcel, make_store

pytestmark = pytest.mark.django_db
PROMISED = datetime(2026, 11, 10, 0, 0, tzinfo=UTC)


def hit(store: Store, **criteria: object) -> dict[str, tuple[int | None, str]]:
    """Number -> (days late, why left out)."""
    rows = affected_by(store=store, selector=rules.check(Selector(**criteria)))  # type: ignore[arg-type]
    return {row.number: (row.delay_days, row.excluded) for row in rows}


@pytest.fixture
def shop() -> Store:
    return make_store("reach", time_zone="UTC")


def delivered(store: Store, number: str, at: datetime) -> None:
    make_order(store, number=number, state=OrderState.DELIVERED, promised_at=PROMISED, delivered_at=at)


def test_late_by_date_counts_days_and_late_by_timestamp_counts_hours(shop: Store) -> None:
    delivered(shop, "ON-TIME", PROMISED - timedelta(hours=5))
    delivered(shop, "SAME-DAY", PROMISED + timedelta(hours=14))
    delivered(shop, "NEXT-DAY", PROMISED + timedelta(days=1, hours=1))
    make_order(shop, number="WAITING", promised_at=PROMISED)
    assert hit(shop, late_delivered="date") == {"NEXT-DAY": (1, "")}
    assert hit(shop, late_delivered="timestamp") == {"SAME-DAY": (0, ""), "NEXT-DAY": (1, "")}


def test_late_days_alone_means_delivered_so_many_days_late(shop: Store) -> None:
    delivered(shop, "THREE", PROMISED + timedelta(days=3))
    delivered(shop, "FOUR", PROMISED + timedelta(days=4))
    assert hit(shop, late_days=4) == {"FOUR": (4, "")}


def test_days_are_the_stores_own(shop: Store) -> None:
    warsaw = make_store("warsaw", time_zone="Europe/Warsaw")
    just_past_midnight = datetime(2026, 11, 10, 23, 30, tzinfo=UTC)
    make_order(warsaw, number="W", state=OrderState.DELIVERED, promised_at=PROMISED, delivered_at=just_past_midnight)
    assert hit(warsaw, late_delivered="date") == {"W": (1, "")}


def test_overdue_is_undelivered_and_past_the_promise_and_names_cancelled_orders(shop: Store) -> None:
    make_order(shop, number="DUE-TODAY", promised_at=PROMISED)
    make_order(shop, number="OVERDUE", promised_at=PROMISED - timedelta(days=2))
    make_order(shop, number="GIVEN-UP", promised_at=PROMISED - timedelta(days=1), state=OrderState.CANCELLED)
    delivered(shop, "THERE", PROMISED + timedelta(days=9))
    found = hit(shop, overdue_as_of=PROMISED.date())
    assert found == {"OVERDUE": (2, ""), "GIVEN-UP": (1, "cancelled")}
    assert hit(shop, overdue_as_of=PROMISED.date(), late_days=2) == {"OVERDUE": (2, "")}


def test_an_order_without_a_promise_is_never_late(shop: Store) -> None:
    make_order(shop, number="NO-PROMISE", promised_at=None)
    assert hit(shop, overdue_as_of=date(2030, 1, 1)) == {}


def test_scope_criteria_leave_out_what_the_trouble_no_longer_reaches(shop: Store) -> None:
    lines = (make_line(1, sku="STOVE", supplier_code="HOT"), make_line(2, sku="MUG", supplier_code="CLAY"))
    order = make_order(shop, number="HIT", lines=lines, region="Śląskie", campaign_code="D11")
    make_parcel(order, carrier_code="odra")
    gone = make_order(
        shop, number="GONE", lines=lines, region="Śląskie", campaign_code="D11", state=OrderState.DELIVERED,
        delivered_at=NOW,
    )  # fmt: skip
    make_parcel(gone, carrier_code="odra")
    make_order(shop, number="OTHER", lines=(make_line(1, sku="TENT", supplier_code="CLOTH"),))
    for criteria in (
        {"sku": "STOVE"}, {"supplier": "CLAY"}, {"carrier": "odra"}, {"region": "Śląskie"}, {"campaign": "D11"},
        {"sku": "MUG", "supplier": "HOT", "carrier": "odra", "region": "Śląskie", "campaign": "D11"},
    ):  # fmt: skip
        found = hit(shop, **criteria)
        assert {number: why for number, (_days, why) in found.items()} == {"HIT": "", "GONE": "delivered"}


def test_two_lines_of_one_supplier_are_one_order(shop: Store) -> None:
    make_order(shop, number="TWICE", lines=(make_line(1, sku="A"), make_line(2, sku="B")))
    assert list(hit(shop, supplier="ACME")) == ["TWICE"]


def test_the_window_includes_both_days_in_the_stores_zone() -> None:
    store = make_store("taipei", time_zone="Asia/Taipei")
    for number, at in (("IN-FIRST", 31 * 60), ("OUT-BEFORE", 31 * 60 - 16 * 60), ("IN-LAST", 63 * 60 + 59)):
        make_order(store, number=number, placed_at=datetime(2026, 10, 31, 0, 0, tzinfo=UTC) + timedelta(minutes=at))
    found = hit(store, placed_from=date(2026, 11, 1), placed_to=date(2026, 11, 2))
    assert sorted(found) == ["IN-FIRST", "IN-LAST"]


def test_listed_orders_are_in_even_when_delivered(shop: Store) -> None:
    delivered(shop, "N-1", NOW)
    make_order(shop, number="N-2", state=OrderState.CANCELLED)
    found = hit(shop, orders=("N-1", "N-2"))
    assert {number: why for number, (_days, why) in found.items()} == {"N-1": "", "N-2": "cancelled"}
    assert unknown_numbers(store=shop, selector=Selector(orders=("N-1", "N-9"))) == ["N-9"]


def test_another_stores_orders_are_never_hit(shop: Store) -> None:
    make_order(make_store("other"), number="THEIRS", total=Decimal("1.00"))
    assert hit(shop, sku="KETTLE-1") == {}


@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        ({}, "selector.empty"),
        ({"late_delivered": "hours"}, "selector.late_by"),
        ({"overdue_as_of": date(2026, 1, 1), "late_delivered": "date"}, "selector.both_late"),
        ({"late_days": 0}, "selector.late_days"),
        ({"placed_from": date(2026, 2, 1), "placed_to": date(2026, 1, 1)}, "selector.window"),
    ],
)
def test_a_selector_that_cannot_be_meant_is_refused(criteria: dict[str, object], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.check(Selector(**criteria))  # type: ignore[arg-type]
    assert refused.value.code == code


def test_a_selector_survives_json_and_unknown_names_are_refused() -> None:
    selector = Selector(overdue_as_of=date(2026, 11, 1), late_days=2, region="SP", orders=("A", "B"))
    assert rules.from_json(selector.to_json()) == selector
    with pytest.raises(Refusal, match="colour"):
        rules.from_json({"colour": "red"})
