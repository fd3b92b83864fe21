"""Goods that come, are counted, are judged, go elsewhere, and are announced."""

from datetime import date, timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import AuditEntry
from orders.stock.models import Inbound, StockCount, StockCountLine, StockLevel, StockLot, StockMovement, Transfer
from orders.stock.rules import Wanted
from orders.stock.selectors import availability
from orders.stock.services import counting, goods, holds, judging, places, sales, transfers
from orders.stock.services.counting import Counted
from orders.stock.services.goods import Arrival
from tests.conftest import Cast
from tests.factories import NOW
from tests.orders.stock import kit
from tests.orders.stock.test_holds import refused

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def receive(*arrivals: Arrival, key: str = "", warehouse: str = "WRO") -> int:
    return goods.receive(
        key=key or kit.fresh_key(), warehouse=warehouse, arrivals=arrivals, ref="po:1", actor=None, now=NOW
    )


def lots(sku: str = kit.SKU, warehouse: str = "WRO") -> dict[str, int]:
    rows = StockLot.objects.filter(level__product__sku=sku, level__warehouse__code=warehouse, quantity__gt=0)
    return dict(rows.values_list("number", "quantity"))


class TestReceiving:
    def test_the_same_receipt_counts_once(self) -> None:
        kit.stock(units=0)
        for _twice in range(2):
            assert receive(Arrival(kit.SKU, 5), Arrival(kit.SKU, 2, to_judge=True), key="receipt-1") == 7
        assert kit.figures() == (7, 0, 0, 2)
        assert AuditEntry.objects.filter(verb="stock.receive").count() == 1

    def test_another_receipt_under_its_key_is_refused(self) -> None:
        kit.stock(units=0)
        receive(Arrival(kit.SKU, 5), key="receipt-1")
        with refused("stock.key_reused"):
            receive(Arrival(kit.SKU, 6), key="receipt-1")
        assert kit.figures() == (5, 0, 0, 0)

    def test_an_article_or_a_house_that_nobody_knows_leaves_everything(self) -> None:
        kit.stock(units=1)
        with refused("stock.sku"):
            receive(Arrival(kit.SKU, 5), Arrival("NO-SUCH", 5))
        with refused("stock.warehouse"):
            receive(Arrival(kit.SKU, 5), warehouse="NOWHERE")
        assert kit.figures() == (1, 0, 0, 0)

    def test_who_may_not_change_stock_changes_none(self, cast: Cast) -> None:
        kit.stock(units=1)
        for person in (cast.agent, cast.auditor):
            with refused("stock.role"):
                goods.receive(key="x", warehouse="WRO", arrivals=[Arrival(kit.SKU, 5)], actor=person, now=NOW)
        assert kit.figures() == (1, 0, 0, 0)

    def test_fifty_articles_cost_as_many_statements_as_one(self) -> None:
        for n in range(50):
            kit.stock(f"ARTICLE-{n}", 1)
        with CaptureQueriesContext(connection) as one:
            receive(Arrival("ARTICLE-0", 1))
        with CaptureQueriesContext(connection) as many:
            receive(*(Arrival(f"ARTICLE-{n}", 1) for n in range(50)))
        assert len(one) == len(many)


class TestLots:
    @pytest.fixture(autouse=True)
    def three_lots(self) -> None:
        kit.stock(units=3)
        receive(
            Arrival(kit.SKU, 4, lot="LATE", expires_on=TODAY + timedelta(days=90)),
            Arrival(kit.SKU, 4, lot="SOON", expires_on=TODAY + timedelta(days=9)),
            Arrival(kit.SKU, 4, lot="GONE", expires_on=TODAY - timedelta(days=1)),
        )

    def ship(self, units: int) -> None:
        key = kit.reserve(units)
        holds.confirm(key=key, now=NOW)
        sales.ship(key=kit.fresh_key(), hold_key=key, now=NOW)

    def test_what_spoils_first_leaves_first_and_loose_units_last(self) -> None:
        self.ship(6)
        assert lots() == {"LATE": 2, "GONE": 4}
        self.ship(3)
        assert lots() == {"GONE": 4}
        assert kit.figures()[0] == 6
        assert kit.drift() == []

    def test_what_is_past_its_day_stays(self) -> None:
        with refused("stock.spoilt"):
            self.ship(12)
        assert lots() == {"LATE": 4, "SOON": 4, "GONE": 4}

    def test_a_lot_keeps_its_name_and_day_in_another_house(self) -> None:
        kit.make_warehouse("GDA")
        moved = transfers.draft(source="WRO", destination="GDA", lines=[Wanted(kit.SKU, 6)], actor=None, now=NOW)
        transfers.send(transfer_id=moved.pk, actor=None, now=NOW)
        transfers.receive(transfer_id=moved.pk, came={moved.lines.get().pk: 5}, actor=None, now=NOW)
        assert lots(warehouse="GDA") == {"SOON": 4, "LATE": 1}
        assert StockLot.objects.get(level__warehouse__code="GDA", number="SOON").expires_on == TODAY + timedelta(days=9)
        assert kit.drift() == []

    def test_a_count_that_finds_less_takes_loose_units_first(self) -> None:
        kit.recount(10)
        assert lots() == {"LATE": 4, "SOON": 4, "GONE": 2}
        assert kit.drift() == []


class TestCounting:
    def test_writes_what_was_expected_and_what_was_there(self) -> None:
        kit.stock(units=5)
        kit.recount(7, key="count-1")
        kit.recount(7, key="count-1")
        line = StockCountLine.objects.get()
        assert (line.expected, line.counted) == (5, 7)
        assert kit.figures() == (7, 0, 0, 0)
        movement = StockMovement.objects.get(kind="count")
        assert (movement.on_hand, movement.reason) == (2, "Yearly count")

    def test_a_count_that_agrees_moves_nothing_and_is_remembered(self) -> None:
        kit.stock(units=5)
        kit.recount(5)
        assert StockCountLine.objects.count() == 1
        assert not StockMovement.objects.filter(kind="count").exists()

    def test_needs_a_reason(self) -> None:
        kit.stock(units=5)
        with refused("stock.reason"):
            kit.recount(7, reason="  ")
        assert kit.figures() == (5, 0, 0, 0)

    def test_never_below_what_is_promised(self) -> None:
        kit.stock(units=5)
        kit.reserve(3)
        with refused("stock.promised"):
            kit.recount(2)
        assert kit.figures() == (5, 3, 0, 0)
        assert not StockCount.objects.exists()
        kit.recount(3)

    def test_two_who_counted_the_same_figure_do_not_overwrite_each_other(self) -> None:
        seen = kit.stock(units=5).version
        kit.recount(7, version=seen)
        with pytest.raises(Stale):
            kit.recount(4, version=seen)
        assert kit.figures() == (7, 0, 0, 0)

    def test_a_sale_meanwhile_disturbs_nobody_who_counts(self) -> None:
        seen = kit.stock(units=5).version
        holds.confirm(key=kit.reserve(2), now=NOW)
        kit.recount(6, version=seen)
        assert kit.figures() == (6, 0, 2, 0)

    def test_the_same_article_twice_is_refused(self) -> None:
        kit.stock(units=5)
        lines = [Counted(kit.SKU, "WRO", 1), Counted(kit.SKU, "WRO", 2)]
        with refused("stock.twice"):
            counting.count(key="c", lines=lines, reason="twice", actor=None, now=NOW)
        assert kit.figures() == (5, 0, 0, 0)


class TestJudging:
    given: ClassVar[dict[str, Any]] = {
        "sku": kit.SKU,
        "warehouse": "WRO",
        "reason": "Wet boxes",
        "actor": None,
        "now": NOW,
    }

    def test_set_aside_then_good_and_bad(self) -> None:
        kit.stock(units=5)
        for _twice in range(2):
            judging.set_aside(key="aside", quantity=3, **self.given)
        assert kit.figures() == (5, 0, 0, 3)
        for _twice in range(2):
            judging.judge(key="verdict", good=1, bad=2, **self.given)
        assert kit.figures() == (3, 0, 0, 0)
        assert kit.drift() == []

    def test_another_verdict_under_the_same_key_is_refused(self) -> None:
        kit.stock(units=5)
        judging.set_aside(key="aside", quantity=3, **self.given)
        with refused("stock.key_reused"):
            judging.set_aside(key="aside", quantity=2, **self.given)
        assert kit.figures() == (5, 0, 0, 3)

    def test_promised_units_are_not_set_aside_and_no_more_judged_than_wait(self) -> None:
        kit.stock(units=5)
        kit.reserve(3)
        with refused("stock.short"):
            judging.set_aside(key="aside", quantity=3, **self.given)
        with refused("stock.short"):
            judging.judge(key="verdict", good=0, bad=1, **self.given)
        assert kit.figures() == (5, 3, 0, 0)


class TestTransfers:
    @pytest.fixture
    def moved(self) -> Transfer:
        kit.stock(units=5)
        kit.make_warehouse("GDA")
        return transfers.draft(source="WRO", destination="GDA", lines=[Wanted(kit.SKU, 4)], actor=None, now=NOW)

    def parts(self) -> tuple[int, int, int]:
        product = StockLevel.objects.filter(product__sku=kit.SKU)[0].product_id
        found = availability.parts([product], now=NOW)[product]
        return found.on_hand, found.sellable, found.in_transit

    def test_goods_on_the_way_are_shown_and_not_sold(self, moved: Transfer) -> None:
        assert self.parts() == (5, 5, 0)
        transfers.send(transfer_id=moved.pk, actor=None, now=NOW)
        assert self.parts() == (1, 1, 4)
        with refused("stock.short"):
            kit.reserve(2)
        transfers.receive(transfer_id=moved.pk, came={moved.lines.get().pk: 3}, actor=None, now=NOW)
        assert self.parts() == (4, 4, 0)
        entry = AuditEntry.objects.get(verb="transfer.receive")
        assert entry.detail == {"units": 3, "missing": 1}

    def test_each_step_is_gone_once(self, moved: Transfer) -> None:
        came = {moved.lines.get().pk: 4}
        with pytest.raises(Stale):
            transfers.receive(transfer_id=moved.pk, came=came, actor=None, now=NOW)
        transfers.send(transfer_id=moved.pk, actor=None, now=NOW)
        with pytest.raises(Stale):
            transfers.send(transfer_id=moved.pk, actor=None, now=NOW)
        transfers.receive(transfer_id=moved.pk, came=came, actor=None, now=NOW)
        with pytest.raises(Stale):
            transfers.receive(transfer_id=moved.pk, came=came, actor=None, now=NOW)
        assert kit.figures() == (1, 0, 0, 0)
        assert kit.figures(warehouse="GDA") == (4, 0, 0, 0)

    def test_what_is_promised_stays(self, moved: Transfer) -> None:
        kit.reserve(2)
        with refused("stock.short"):
            transfers.send(transfer_id=moved.pk, actor=None, now=NOW)
        assert kit.figures() == (5, 2, 0, 0)
        assert Transfer.objects.get().state == "draft"

    def test_no_more_comes_than_was_sent(self, moved: Transfer) -> None:
        transfers.send(transfer_id=moved.pk, actor=None, now=NOW)
        for came in ({moved.lines.get().pk: 5}, {}):
            with refused("stock.quantity"):
                transfers.receive(transfer_id=moved.pk, came=came, actor=None, now=NOW)
        assert Transfer.objects.get().state == "in_transit"

    def test_a_closed_house_takes_nothing(self, moved: Transfer) -> None:
        transfers.send(transfer_id=moved.pk, actor=None, now=NOW)
        places.set_days(code="GDA", opens_on=date(2027, 1, 1), closes_on=None, actor=None, now=NOW)
        with refused("stock.closed"):
            transfers.receive(transfer_id=moved.pk, came={moved.lines.get().pk: 4}, actor=None, now=NOW)


class TestAnnouncing:
    def expect(self, quantity: int, key: str = "po:1:1") -> Inbound:
        return goods.expect(key=key, sku=kit.SKU, warehouse="WRO", quantity=quantity, due_on=TODAY, actor=None, now=NOW)

    def test_stands_beside_what_is_sellable_and_goes_when_it_comes(self) -> None:
        level = kit.stock(units=0)
        self.expect(10)
        self.expect(8)
        assert availability.in_transit([level.product_id]) == {level.product_id: 8}
        with pytest.raises(Refusal):
            kit.reserve(1)
        receive(Arrival(kit.SKU, 5, inbound_key="po:1:1"))
        assert availability.in_transit([level.product_id]) == {level.product_id: 3}
        receive(Arrival(kit.SKU, 5, inbound_key="po:1:1"))
        assert availability.in_transit([level.product_id]) == {}

    def test_never_fewer_than_arrived(self) -> None:
        kit.stock(units=0)
        self.expect(10)
        receive(Arrival(kit.SKU, 6, inbound_key="po:1:1"))
        assert self.expect(2).quantity == 6
