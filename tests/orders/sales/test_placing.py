"""Placing orders: new, changed, the same again; whole or not at all; what must exist exists."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import AuditEntry, Store
from orders.sales import services as sales
from orders.sales.models import Expectation, Order, OrderLine, OrderMark
from orders.sales.rules import OrderDraft, moved
from suppliers.catalog.models import Product
from suppliers.directory.models import Supplier
from tests.conftest import Cast
from tests.factories import NOW, make_line, make_order, make_store, order_draft

pytestmark = pytest.mark.django_db
ALL = ("products", "suppliers")


def place(store: Store, *drafts: OrderDraft, create: tuple[str, ...] = ALL) -> sales.Placed:
    return sales.place_many(store=store, drafts=drafts, create_missing=create, now=NOW)


def test_an_order_is_written_whole_with_its_contact_and_lines(store: Store) -> None:
    lines = (
        make_line(1, sku="A", supplier_code="S-1"),
        make_line(2, sku="B", quantity=3, unit_price=Decimal("0.3333")),
    )
    placed = place(store, order_draft(number="N-1", email=" Ewa@Example.com ", lines=lines))
    assert (placed.created, placed.changed, placed.unchanged) == (1, 0, 0)
    order = Order.objects.get(pk=placed.ids["N-1"])
    assert (order.contact_email, order.contact_key) == ("Ewa@Example.com", "ewa@example.com")
    assert list(order.lines.order_by("position").values_list("sku", "quantity", "unit_price")) == [
        ("A", 1, Decimal("59.0000")), ("B", 3, Decimal("0.3333")),
    ]  # fmt: skip
    assert set(Supplier.objects.values_list("code", flat=True)) == {"S-1", "ACME"}
    assert len(order.public_token) >= 32


def test_the_same_order_again_is_left_alone(store: Store) -> None:
    draft = order_draft(number="N-1")
    place(store, draft)
    token = Order.objects.get().public_token
    again = place(store, draft)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 1)
    assert Order.objects.get().public_token == token


def test_a_changed_order_keeps_its_link_and_gets_its_new_lines(store: Store) -> None:
    place(store, order_draft(number="N-1"))
    token = Order.objects.get().public_token
    again = place(store, order_draft(number="N-1", total=Decimal("10.00"), lines=(make_line(1, sku="NEW"),)))
    assert (again.created, again.changed) == (0, 1)
    order = Order.objects.get()
    assert (order.public_token, order.total) == (token, Decimal("10.00"))
    assert list(OrderLine.objects.values_list("sku", flat=True)) == ["NEW"]


def test_an_order_without_lines_is_an_order(store: Store) -> None:
    assert place(store, order_draft(lines=())).created == 1


@pytest.mark.parametrize(("create", "code"), [(("suppliers",), "unknown_sku"), (("products",), "unknown_supplier")])
def test_what_may_not_be_created_is_refused_and_nothing_is_written(
    store: Store, create: tuple[str, ...], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        place(store, order_draft(), create=create)
    assert refused.value.code == f"order.{code}"
    assert Order.objects.count() == Product.objects.count() == Supplier.objects.count() == 0


def test_days_are_counted_in_the_stores_zone() -> None:
    taipei = make_store("taipei", time_zone="Asia/Taipei")
    late_evening = datetime(2026, 11, 9, 20, 0, tzinfo=UTC)
    order = make_order(taipei, promised_at=late_evening)
    assert order.promised_on == date(2026, 11, 10)


def test_two_stores_may_use_the_same_number(store: Store) -> None:
    place(store, order_draft(number="1"))
    place(make_store("second"), order_draft(number="1"))
    assert Order.objects.filter(number="1").count() == 2


def test_the_database_refuses_a_second_order_of_one_number(store: Store) -> None:
    order = make_order(store)
    order.pk = None
    order.public_token = "another"
    with pytest.raises(IntegrityError, match="one_order_per_number_at_the_shop"), transaction.atomic():
        order.save(force_insert=True)


def test_many_orders_cost_few_statements(store: Store, django_assert_max_num_queries: object) -> None:
    drafts = [order_draft() for _n in range(300)]
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        assert place(store, *drafts).created == 300


def test_expected_dates_are_revisions_and_the_newest_counts(store: Store, cast: Cast) -> None:
    order = make_order(store, expected_on=date(2026, 11, 25), expected_reason="carrier says")
    sales.expect(actor=cast.agent, order=order, on=date(2026, 11, 27), source="agent", reason="called", now=NOW)
    sales.expect_many(
        order_ids=[order.pk], on=date(2026, 11, 28), source="incident", reason="flood", actor=cast.admin, now=NOW
    )
    order.refresh_from_db()
    assert order.expected_on == date(2026, 11, 28)
    assert list(Expectation.objects.order_by("id").values_list("source", flat=True)) == ["import", "agent", "incident"]
    assert AuditEntry.objects.filter(verb="order.expect", actor=cast.agent).count() == 1


@pytest.mark.parametrize("statement", ["UPDATE orders_expectation SET reason = 'x'", "DELETE FROM orders_expectation"])
def test_a_revision_is_never_changed(store: Store, statement: str) -> None:
    make_order(store, expected_on=date(2026, 11, 25))
    with pytest.raises((IntegrityError, InternalError), match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)


def test_marks_are_pinned_once(store: Store) -> None:
    orders = [make_order(store), make_order(store)]
    given = {"kind": "incident", "ref": "incident:1", "label": "Flood", "url": "/x/", "now": NOW}
    source, params = "SELECT unnest(%s::bigint[])", [[order.pk for order in orders]]
    assert sales.mark_from(source=source, params=params, **given) == 2  # type: ignore[arg-type]
    assert sales.mark_from(source=source, params=params, **given) == 0  # type: ignore[arg-type]
    assert OrderMark.objects.count() == 2


def test_a_mark_is_taken_off_the_orders_that_are_not_named_any_more(store: Store) -> None:
    stays, goes = make_order(store), make_order(store)
    for ref in ("incident:1", "incident:2"):
        for order in (stays, goes):
            OrderMark.objects.create(order=order, kind="no_reach", ref=ref, label="Not reached", marked_at=NOW)

    assert sales.unmark_except(source="SELECT %s", params=[stays.pk], kind="no_reach", ref="incident:1") == 1

    kept = OrderMark.objects.values_list("order", "ref")
    assert set(kept) == {(stays.pk, "incident:1"), (stays.pk, "incident:2"), (goes.pk, "incident:2")}


def test_moving_an_order_in_time_moves_every_date() -> None:
    draft = order_draft(expected_on=date(2026, 11, 25), delivered_at=NOW)
    later = moved(draft, timedelta(days=3))
    assert later.placed_at - draft.placed_at == timedelta(days=3)
    assert later.promised_at == (draft.promised_at or NOW) + timedelta(days=3)
    assert (later.expected_on, later.delivered_at) == (date(2026, 11, 28), NOW + timedelta(days=3))
    assert moved(draft, timedelta(0)) is draft
