"""The edges of what is read about backups and asked of them: newest, oldest, used up, converted, packed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from suppliers.catalog.models import SupplierItem
from suppliers.catalog.rules import Break
from suppliers.continuity import services as continuity
from suppliers.continuity.models import Exposure
from suppliers.continuity.rules.readiness import Lack, Part
from suppliers.continuity.selectors import backups, coverage, switching
from suppliers.continuity.selectors.backups import Backup
from suppliers.performance import services as performance
from suppliers.performance.rules.facts import DeliveryDraft
from suppliers.performance.rules.lines import Outcome
from tests.factories import NOW
from tests.factories.suppliers import make_item, make_supplier
from tests.suppliers.continuity.kit import Shop, draft, exposure, make_shop, verify

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop()


def backup(item: SupplierItem) -> Backup:
    found = backups.of_products([item.product_id], now=NOW)[item.product_id]
    return next(one for one in found if one.item.pk == item.pk)


class TestWhatIsKnownOfABackup:
    def test_of_two_verifications_of_one_day_the_later_written_counts(self, shop: Shop) -> None:
        for capacity in (7, 9):
            verify(shop.kosice, capacity_per_week=capacity)
        verification = backup(shop.kosice).verification
        assert verification is not None
        assert verification.capacity_per_week == 9

    def test_the_newest_answer_about_all_items_together_counts(self, shop: Shop) -> None:
        verify(shop.brno["MUG"], supplier_capacity_per_week=10)
        earlier: dict[str, Any] = {"verified_on": TODAY - timedelta(days=9), "trial_order_on": None}
        verify(shop.brno["CUP"], supplier_capacity_per_week=500, **earlier)
        assert [backup(item).shared_capacity for item in shop.brno.values()] == [10, 10]
        assert backup(shop.kosice).shared_capacity is None

    def test_a_supplier_that_pauses_is_not_ready(self) -> None:
        item = make_item(make_supplier("OPAVA", state="paused"), "MUG")
        verify(item)
        assert backup(item).readiness.lacks == (Lack.NOT_ACTIVE,)

    def test_capacity_a_week_is_held_against_the_demand_of_seven_days(self, shop: Shop) -> None:
        """10 a day are 70 a week, of which 35 are half."""
        verify(shop.kosice, capacity_per_week=35)
        assert backup(shop.kosice).readiness.parts[Part.CAPACITY] == 50

    def test_lead_times_of_more_than_a_year_ago_say_nothing(self, shop: Shop) -> None:
        def lines(ordered: int, source: str) -> None:
            day = TODAY - timedelta(days=ordered)
            drafts = [
                DeliveryDraft(
                    key=str(n), supplier_code="KOSICE", outcome=Outcome.DELIVERED, ordered_on=day,
                    delivered_on=day + timedelta(days=90),
                )
                for n in range(5)
            ]  # fmt: skip
            performance.record_deliveries(source=source, drafts=drafts, actor=None, now=NOW)

        lines(366, "old")
        assert (backup(shop.kosice).lead_p90, backup(shop.kosice).is_measured) == (14, False)
        lines(365, "new")
        assert (backup(shop.kosice).lead_p90, backup(shop.kosice).is_measured) == (90, True)

    def test_the_primary_does_not_recover_from_its_own_stop(self, shop: Shop) -> None:
        own = SupplierItem.objects.get(supplier=shop.tatra, product__sku="MUG")
        verify(own)
        SupplierItem.objects.filter(pk=own.pk).update(lead_time_days=1)
        assert backup(own).is_ready
        page = coverage.page_of("all", q="", cursor=None, now=NOW)
        assert {row.product.sku: row.recover for row in page.rows}["MUG"] == 10


class TestWhatIsAsked:
    def test_stock_that_has_ended_leaves_no_days_and_not_less(self, shop: Shop) -> None:
        """It ended eight days ago; whoever needs 10 days is 10 days late, not 18."""
        asked = switching.question(shop.tatra, currency="PLN", rates={}, now=NOW + timedelta(days=20))
        assert {need.days_left for need in asked.problem.needs} == {0}
        assert {offer.supplier: asked.problem.late_days(offer) for offer in asked.problem.offers} == {
            "BRNO": 10, "KOSICE": 14,
        }  # fmt: skip

    def test_prices_of_breaks_are_converted_too(self, shop: Shop) -> None:
        zlin = make_item(
            make_supplier("ZLIN"), "CUP", currency="CZK", price=Decimal(50), breaks=(Break(50, Decimal(40)),)
        )
        verify(zlin)
        asked = switching.question(shop.tatra, currency="PLN", rates={"CZK": Decimal("0.2")}, now=NOW)
        offer = next(one for one in asked.problem.offers if one.key == zlin.pk)
        assert (offer.cost(49), offer.cost(50)) == (490, 400)

    def test_what_is_not_on_order_is_not_missing(self, shop: Shop) -> None:
        drafts = [exposure(open_quantity=0), exposure(sku="CUP", open_quantity=1)]
        continuity.record_exposure(source="test", drafts=drafts, actor=None, now=NOW)
        asked = switching.question(shop.tatra, currency="PLN", rates={}, now=NOW)
        assert [(need.sku, need.quantity) for need in asked.problem.needs] == [("CUP", 1)]

    def test_rows_count_whole_packs(self, shop: Shop) -> None:
        """100 in steps of 12 are 108, nine boxes of 12."""
        SupplierItem.objects.filter(product__sku="CUP").update(pack_size=12, order_multiple=12)
        rows = {row.item.product.sku: (row.quantity, row.packs) for row in switching.rows_of(draft(shop))}
        assert rows == {"CUP": (108, 9), "MUG": (100, 100)}


class TestCover:
    @pytest.mark.parametrize(
        ("stock", "days", "ends"), [("125.9", "12.5", 12), ("9.9", "0.9", 0), ("36500", "3650", 3650)]
    )
    def test_a_day_that_is_not_whole_is_not_counted_on(self, shop: Shop, stock: str, days: str, ends: int) -> None:
        told = exposure(stock=Decimal(stock))
        continuity.record_exposure(source="test", drafts=[told], actor=None, now=NOW)
        row = Exposure.objects.get()
        assert (row.cover_days, row.stockout_on) == (Decimal(days), TODAY + timedelta(days=ends))

    def test_stock_for_more_than_ten_years_does_not_end(self, shop: Shop) -> None:
        told = exposure(stock=Decimal(36_501))
        continuity.record_exposure(source="test", drafts=[told], actor=None, now=NOW)
        assert (Exposure.objects.get().cover_days, Exposure.objects.get().stockout_on) == (None, None)
