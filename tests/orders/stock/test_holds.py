"""Holds: all of a basket or nothing, once per key, ended once, and never more than is there."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from backoffice.kernel.errors import Refusal
from orders.stock.models import Reservation, ReservationLine, StockLevel, StockMovement
from orders.stock.rules import Wanted
from orders.stock.services import holds, places, sales
from tests.factories import NOW
from tests.orders.stock import kit

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=2)


def refused(code: str):
    """The block is refused with this code."""
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


class TestReserving:
    def test_takes_all_of_a_basket(self) -> None:
        kit.stock(units=5)
        kit.stock("MUG-1", 5)
        kit.reserve(2, Wanted("MUG-1", 3))
        assert kit.figures() == (5, 2, 0, 0)
        assert kit.figures("MUG-1") == (5, 3, 0, 0)

    def test_takes_nothing_when_one_article_is_short(self) -> None:
        kit.stock(units=5)
        kit.stock("MUG-1", 2)
        before = StockMovement.objects.count()
        with refused("stock.short"):
            kit.reserve(2, Wanted("MUG-1", 3))
        assert kit.figures() == (5, 0, 0, 0)
        assert kit.figures("MUG-1") == (2, 0, 0, 0)
        assert not Reservation.objects.exists()
        assert StockMovement.objects.count() == before

    @pytest.mark.parametrize(
        ("lines", "code"),
        [
            ([], "stock.lines"),
            ([Wanted("KETTLE-1", 0)], "stock.quantity"),
            ([Wanted("KETTLE-1", -1)], "stock.quantity"),
            ([Wanted("KETTLE-1", 1_000_000)], "stock.quantity"),
            ([Wanted("NO-SUCH", 1)], "stock.sku"),
            ([Wanted("KETTLE-1", 1, "NOWHERE")], "stock.warehouse"),
            ([Wanted("KETTLE-1", 6)], "stock.short"),
            ([Wanted("KETTLE-1", 3), Wanted("KETTLE-1", 3)], "stock.short"),
        ],
    )
    def test_refuses_and_writes_nothing(self, lines: list[Wanted], code: str) -> None:
        kit.stock(units=5)
        with refused(code):
            kit.reserve(*lines)
        assert kit.figures() == (5, 0, 0, 0)
        assert not Reservation.objects.exists()

    def test_the_same_key_holds_once_and_another_wish_under_it_is_refused(self) -> None:
        kit.stock(units=5)
        kit.reserve(2, key="cart-1")
        kit.reserve(2, key="cart-1")
        assert kit.figures() == (5, 2, 0, 0)
        with refused("stock.key_reused"):
            kit.reserve(3, key="cart-1")
        with refused("stock.key_reused"):
            kit.reserve(2, key="cart-1", ref="order:other")
        assert kit.figures() == (5, 2, 0, 0)

    def test_leaves_the_buffer(self) -> None:
        level = kit.stock(units=5)
        kit.keep(level, buffer=2)
        with refused("stock.short"):
            kit.reserve(4)
        kit.reserve(3)

    def test_one_house_gives_all_if_it_can_else_they_share(self) -> None:
        kit.stock(units=3, warehouse="AAA")
        kit.stock(units=5, warehouse="BBB")
        assert taken_from(kit.reserve(4)) == {"BBB": 4}
        assert taken_from(kit.reserve(4)) == {"AAA": 3, "BBB": 1}

    def test_a_closed_house_gives_nothing(self) -> None:
        kit.stock(units=3)
        places.set_days(code="WRO", opens_on=None, closes_on=date(2026, 11, 21), actor=None, now=NOW)
        with refused("stock.short"):
            kit.reserve(1)
        with refused("stock.closed"):
            kit.reserve(Wanted(kit.SKU, 1, "WRO"))

    def test_costs_as_many_statements_for_one_article_as_for_twenty(self) -> None:
        for n in range(20):
            kit.stock(f"ARTICLE-{n}", 5)
        with CaptureQueriesContext(connection) as one:
            kit.reserve(Wanted("ARTICLE-0", 1))
        with CaptureQueriesContext(connection) as twenty:
            kit.reserve(*(Wanted(f"ARTICLE-{n}", 1) for n in range(20)))
        assert len(one) == len(twenty)


def taken_from(key: str) -> dict[str, int]:
    rows = ReservationLine.objects.filter(reservation__key=key)
    return dict(rows.values_list("level__warehouse__code", "quantity"))


class TestEnding:
    def test_paid_is_sold_and_paying_again_changes_nothing(self) -> None:
        kit.stock(units=5)
        key = kit.reserve(2)
        for _twice in range(2):
            assert holds.confirm(key=key, now=NOW) == holds.Payment(holds.Verdict.SOLD)
            assert kit.figures() == (5, 0, 2, 0)

    def test_given_back_once(self) -> None:
        kit.stock(units=5)
        key = kit.reserve(2)
        assert holds.release(key=key, now=NOW)
        assert not holds.release(key=key, now=NOW)
        assert kit.figures() == (5, 0, 0, 0)

    def test_what_is_sold_is_not_given_back(self) -> None:
        kit.stock(units=5)
        key = kit.reserve(2)
        holds.confirm(key=key, now=NOW)
        with refused("stock.sold"):
            holds.release(key=key, now=NOW)
        assert kit.figures() == (5, 0, 2, 0)

    def test_time_ends_what_is_over_and_nothing_else(self) -> None:
        kit.stock(units=5)
        over = kit.reserve(1)
        kit.reserve(1, expires_at=LATER + timedelta(minutes=1))
        sold = kit.reserve(1)
        holds.confirm(key=sold, now=NOW)
        assert holds.expire(now=LATER) == 1
        assert holds.expire(now=LATER) == 0
        assert Reservation.objects.get(key=over).state == "expired"
        assert kit.figures() == (5, 1, 1, 0)

    def test_hundreds_end_in_as_many_statements_as_one(self) -> None:
        kit.stock(units=200)
        kit.reserve(1)
        with CaptureQueriesContext(connection) as one:
            holds.expire(now=LATER)
        for _each in range(60):
            kit.reserve(1)
        with CaptureQueriesContext(connection) as many:
            assert holds.expire(now=LATER) == 60
        assert len(one) == len(many)
        assert kit.figures() == (200, 0, 0, 0)

    def test_a_payment_that_comes_late_is_told_so_and_takes_nothing(self) -> None:
        kit.stock(units=2)
        key = kit.reserve(2)
        holds.expire(now=LATER)
        assert holds.confirm(key=key, now=LATER) == holds.Payment(holds.Verdict.TOO_LATE, can_take_again=True)
        assert kit.figures() == (2, 0, 0, 0)

    def test_a_late_payment_is_served_if_the_units_are_still_there(self) -> None:
        """The article is shown as unavailable since it was all held; who has paid gets it all the same."""
        kit.stock(units=2)
        key = kit.reserve(2)
        holds.expire(now=LATER)
        for _twice in range(2):
            again = holds.take_again(key=key, new_key="again", now=LATER)
        assert (again.state, again.ref) == ("confirmed", f"order:{key}")
        assert kit.figures() == (2, 0, 2, 0)

    def test_else_a_remedy_is_due_and_nobody_elses_units_are_taken(self) -> None:
        kit.stock(units=2)
        key = kit.reserve(2)
        holds.expire(now=LATER)
        kit.reserve(1, stopped_too=True)
        assert holds.confirm(key=key, now=LATER) == holds.Payment(holds.Verdict.TOO_LATE, can_take_again=False)
        with refused("stock.short"):
            holds.take_again(key=key, new_key="again", now=LATER)
        assert kit.figures() == (2, 1, 0, 0)

    def test_a_hold_that_stands_is_not_taken_again(self) -> None:
        kit.stock(units=4)
        key = kit.reserve(2)
        with refused("stock.not_ended"):
            holds.take_again(key=key, new_key="again", now=NOW)
        assert kit.figures() == (4, 2, 0, 0)

    def test_unknown_keys_are_said_to_be_unknown(self) -> None:
        for act in (holds.confirm, holds.release):
            with refused("stock.no_hold"):
                act(key="never", now=NOW)


class TestAfterTheSale:
    @pytest.fixture
    def sold(self) -> str:
        kit.stock(units=5)
        kit.stock("MUG-1", 5)
        key = kit.reserve(2, Wanted("MUG-1", 3))
        holds.confirm(key=key, now=NOW)
        return key

    def test_shipping_takes_it_off_what_lies_there(self, sold: str) -> None:
        for _twice in range(2):
            assert sales.ship(key="parcel-1", hold_key=sold, now=NOW) == 5
        assert kit.figures() == (3, 0, 0, 0)
        assert kit.figures("MUG-1") == (2, 0, 0, 0)

    def test_a_part_may_go_and_the_rest_be_cancelled(self, sold: str) -> None:
        sales.ship(key="parcel-1", hold_key=sold, lines=[Wanted("MUG-1", 1)], now=NOW)
        assert sales.unallocate(key="cancel-1", hold_key=sold, now=NOW) == 4
        assert kit.figures() == (5, 0, 0, 0)
        assert kit.figures("MUG-1") == (4, 0, 0, 0)
        assert kit.drift() == []

    def test_no_more_leaves_than_was_sold(self, sold: str) -> None:
        for lines in ([Wanted("MUG-1", 4)], [Wanted("NO-SUCH", 1)]):
            with refused("stock.left"):
                sales.ship(key="parcel-1", hold_key=sold, lines=lines, now=NOW)
        assert kit.figures("MUG-1") == (5, 0, 3, 0)

    def test_what_is_only_held_does_not_leave(self) -> None:
        kit.stock(units=5)
        key = kit.reserve(2)
        with refused("stock.not_sold"):
            sales.ship(key="parcel-1", hold_key=key, now=NOW)
        assert kit.figures() == (5, 2, 0, 0)

    def test_orders_that_stand_are_served_without_a_hold_before(self) -> None:
        kit.stock(units=5)
        for _twice in range(2):
            holds.allocate(key="back-1", ref="order:7", lines=[Wanted(kit.SKU, 5)], now=NOW)
        assert kit.figures() == (5, 0, 5, 0)
        with refused("stock.short"):
            holds.allocate(key="back-2", ref="order:8", lines=[Wanted(kit.SKU, 1)], now=NOW)


class TestTheDatabase:
    """The last line, should a statement ever be wrong."""

    @pytest.mark.parametrize(
        "change", ["reserved = 6", "on_hand = 0, reserved = 1", "quarantine = -1", "allocated = 3, reserved = 3"]
    )
    def test_refuses_more_than_is_there(self, change: str) -> None:
        level = kit.stock(units=5)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE orders_stocklevel SET {change} WHERE id = {level.pk}")
        assert kit.figures() == (5, 0, 0, 0)

    def test_twin_without_the_check_more_is_promised_than_is_there(self) -> None:
        level = kit.stock(units=5)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the table is altered with nothing left to check
            cursor.execute("ALTER TABLE orders_stocklevel DROP CONSTRAINT stock_promises_are_there")
            cursor.execute(f"UPDATE orders_stocklevel SET reserved = 6 WHERE id = {level.pk}")
        assert StockLevel.objects.get(pk=level.pk).reserved > 5

    def test_a_line_leaves_once(self) -> None:
        kit.stock(units=5)
        key = kit.reserve(2)
        with pytest.raises(IntegrityError), transaction.atomic():
            ReservationLine.objects.filter(reservation__key=key).update(shipped=2, cancelled=1)

    def test_a_movement_is_never_changed(self) -> None:
        kit.stock(units=5)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            StockMovement.objects.update(on_hand=6)
