"""Verifications, exposures, defaults and switches: what is written, what is refused, what the database holds."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import Alert, AuditEntry
from suppliers.assessment import services as assessment
from suppliers.assessment.models import Standing
from suppliers.continuity import services as continuity
from suppliers.continuity.models import BackupReadiness, Exposure, SupplierDefault, Switchover, SwitchoverRow
from suppliers.continuity.rules.readiness import Lack
from suppliers.continuity.rules.split import Take
from suppliers.continuity.selectors import backups, coverage, exposures, switching
from suppliers.continuity.services import switches
from suppliers.performance import services as performance
from suppliers.performance.rules.facts import DeliveryDraft
from suppliers.performance.rules.lines import Outcome
from tests.conftest import Cast
from tests.factories import NOW
from tests.factories.suppliers import make_certificate, make_item, make_supplier
from tests.suppliers.assessment import facts
from tests.suppliers.catalog.test_services import drop
from tests.suppliers.continuity.kit import Shop, draft, exposure, make_shop, verify

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def shop(db: None) -> Shop:
    return make_shop()


class TestVerifying:
    def test_the_newest_counts_and_the_older_stays(self, cast: Cast, shop: Shop) -> None:
        verify(shop.kosice, verified_on=TODAY - timedelta(days=40), trial_order_on=None, capacity_per_week=7)
        found = backups.of_products([shop.kosice.product_id], now=NOW)[shop.kosice.product_id]
        counts = {one.item.supplier.code: one.verification and one.verification.capacity_per_week for one in found}
        assert counts == {"TATRA": None, "BRNO": 100, "KOSICE": 100}
        assert BackupReadiness.objects.filter(item=shop.kosice).count() == 2

    def test_who_and_what_is_in_the_log(self, cast: Cast, shop: Shop) -> None:
        verify(shop.kosice)
        entry = audit.about(f"supplier:{shop.kosice.supplier_id}", limit=1)[0]
        assert (entry.verb, entry.detail["sku"], entry.detail["capacity"]) == ("backup.verify", "MUG", 100)

    @pytest.mark.parametrize(
        ("fields", "code", "field"),
        [
            ({"how": "rumour"}, "backup.how", "how"),
            ({"verified_on": TODAY + timedelta(days=1)}, "backup.future", "verified_on"),
            ({"how": "trial", "trial_order_on": None}, "backup.trial", "trial_order_on"),
            ({"verified_on": TODAY - timedelta(days=9), "trial_order_on": TODAY}, "backup.trial", "trial_order_on"),
            ({"capacity_per_week": -1}, "backup.numbers", "capacity_per_week"),
            ({"supplier_capacity_per_week": 1_000_000}, "backup.numbers", "supplier_capacity_per_week"),
            ({"note": "x" * 501}, "backup.note", "note"),
        ],
    )
    def test_what_is_refused_is_not_written(self, shop: Shop, fields: dict[str, Any], code: str, field: str) -> None:
        before = BackupReadiness.objects.count(), AuditEntry.objects.count()
        with pytest.raises(Refusal) as refused:
            verify(shop.kosice, **fields)
        assert (refused.value.code, refused.value.field) == (code, field)
        assert (BackupReadiness.objects.count(), AuditEntry.objects.count()) == before

    def test_an_item_that_ended_is_not_verified(self, shop: Shop) -> None:
        ended = make_item(make_supplier(), "MUG", state="ended")
        with pytest.raises(Refusal, match="has ended"):
            verify(ended)

    def test_a_verification_is_never_changed(self, shop: Shop) -> None:
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            BackupReadiness.objects.update(capacity_per_week=1)


class TestReadiness:
    def lacks(self, shop: Shop) -> dict[str, tuple[Lack, ...]]:
        found = backups.of_products([shop.kosice.product_id], now=NOW)[shop.kosice.product_id]
        return {one.item.supplier.code: one.readiness.lacks for one in found}

    def test_what_was_verified_and_delivers_is_ready(self, shop: Shop) -> None:
        assert self.lacks(shop) == {"TATRA": (Lack.NEVER_VERIFIED, Lack.NO_CAPACITY), "BRNO": (), "KOSICE": ()}

    def test_a_default_of_its_own_and_an_expired_paper_count(self, shop: Shop) -> None:
        continuity.declare_default(supplier_id=shop.kosice.supplier_id, why="Flooded.", actor=None, now=NOW)
        brno = shop.brno["MUG"].supplier
        make_certificate(brno, until=TODAY - timedelta(days=1), is_critical=True)
        assert self.lacks(shop) | {"TATRA": ()} == {
            "TATRA": (), "BRNO": (Lack.PAPER_EXPIRED,), "KOSICE": (Lack.DEFAULTED,),
        }  # fmt: skip

    def test_who_is_blocked_by_its_standing_is_not_ready_unless_somebody_decided_otherwise(
        self, cast: Cast, shop: Shop
    ) -> None:
        """A ready backup goes insolvent: whatever was verified, nothing is switched to it."""
        facts.save_policy()
        facts.happen(shop.kosice.supplier)
        assert self.lacks(shop)["KOSICE"] == (Lack.BLOCKED,)
        assert not any(take.offer.supplier == "KOSICE" for take in self.split(shop))
        decided: dict[str, Any] = {"consequence": "warn", "until": TODAY, "reason": "Prepaid.", "now": NOW}
        row = Standing.objects.get(supplier=shop.kosice.supplier)
        assessment.override(supplier_id=row.supplier_id, version=row.version, actor=cast.admin, **decided)
        assert self.lacks(shop)["KOSICE"] == ()
        assert any(take.offer.supplier == "KOSICE" for take in self.split(shop))

    @staticmethod
    def split(shop: Shop) -> tuple[Take, ...]:
        asked = switching.question(shop.tatra, currency="PLN", rates={}, now=NOW)
        return switching.dry_run(asked).solution.plan.takes

    @pytest.mark.parametrize(
        ("days", "lead"),
        [
            ([20, 20, 20, 20], (10, False)),  # too few lines: as stated
            ([20, 20, 20, 20, 30], (30, True)),
            ([-3, -3, -3, -3, -3], (0, True)),
            ([20, 20, 20, None, None], (60, True)),  # nine of ten are longer than the 60 days that two have waited
            ([None] * 5, (60, True)),
        ],
    )
    def test_lead_times_follow_from_lines_and_from_those_that_never_came(
        self, shop: Shop, days: list[int | None], lead: tuple[int, bool]
    ) -> None:
        ordered = TODAY - timedelta(days=60)
        lines = [
            DeliveryDraft(
                key=f"L-{number}",
                supplier_code="BRNO",
                outcome=Outcome.OPEN if took is None else Outcome.DELIVERED,
                ordered_on=ordered,
                delivered_on=None if took is None else ordered + timedelta(days=took),
            )
            for number, took in enumerate(days)
        ]
        performance.record_deliveries(source="test", drafts=lines, actor=None, now=NOW)
        found = backups.of_products([shop.kosice.product_id], now=NOW)[shop.kosice.product_id]
        brno = next(one for one in found if one.item.supplier.code == "BRNO")
        assert (brno.lead_p90, brno.is_measured) == lead

    def test_who_waits_less_than_stated_is_as_stated(self, shop: Shop) -> None:
        lines = [
            DeliveryDraft(key=f"L-{number}", supplier_code="BRNO", ordered_on=TODAY - timedelta(days=1))
            for number in range(5)
        ]
        performance.record_deliveries(source="test", drafts=lines, actor=None, now=NOW)
        found = backups.of_products([shop.kosice.product_id], now=NOW)[shop.kosice.product_id]
        assert [(one.lead_p90, one.is_measured) for one in found if one.item.supplier.code == "BRNO"] == [(10, False)]

    def test_the_premium_is_known_in_one_currency_alone(self, shop: Shop) -> None:
        make_item(make_supplier("ZLIN"), "MUG", currency="CZK", price=Decimal(60))
        found = backups.of_products([shop.kosice.product_id], now=NOW)[shop.kosice.product_id]
        assert [one.premium for one in found] == [0, Decimal("0.2"), Decimal("0.1"), None]


class TestExposure:
    def test_a_source_replaces_its_own_rows_and_no_others(self, shop: Shop) -> None:
        continuity.record_exposure(source="demand", drafts=[exposure()], actor=None, now=NOW)
        continuity.record_exposure(source="test", drafts=[exposure(open_quantity=5)], actor=None, now=NOW)
        rows = Exposure.objects.order_by("source").values_list("source", "product__sku", "open_quantity")
        assert list(rows) == [("demand", "MUG", 100), ("test", "MUG", 5)]

    def test_days_of_cover_and_the_end_of_stock_follow_from_stock_and_demand(self, shop: Shop) -> None:
        row = Exposure.objects.get(product__sku="MUG")
        assert (row.cover_days, row.stockout_on) == (12, TODAY + timedelta(days=12))

    def test_what_nobody_buys_never_ends(self, shop: Shop) -> None:
        continuity.record_exposure(source="test", drafts=[exposure(daily_demand=Decimal(0))], actor=None, now=NOW)
        row = Exposure.objects.get()
        assert (row.cover_days, row.stockout_on) == (None, None)

    @pytest.mark.parametrize(
        ("drafts", "code"),
        [
            ([exposure(), exposure()], "exposure.twice"),
            ([exposure(supplier="NOBODY")], "exposure.unknown"),
            ([exposure(sku="NO-1")], "exposure.unknown"),
            ([exposure(stock=Decimal(-1))], "exposure.numbers"),
            ([exposure(currency="ABC")], "money.currency"),
        ],
    )
    def test_one_bad_row_leaves_everything_as_it_was(self, shop: Shop, drafts: list[Any], code: str) -> None:
        before = list(Exposure.objects.order_by("pk").values())
        with pytest.raises(Refusal) as refused:
            continuity.record_exposure(source="test", drafts=drafts, actor=None, now=NOW)
        assert refused.value.code == code
        assert list(Exposure.objects.order_by("pk").values()) == before

    def test_what_hangs_adds_sources_up_and_keeps_currencies_apart(self, shop: Shop) -> None:
        other = exposure(revenue=Decimal(50), currency="EUR", stock=Decimal(30))
        continuity.record_exposure(source="demand", drafts=[other], actor=None, now=NOW)
        stop = exposures.stop_of(shop.tatra, now=NOW)
        mug = stop.rows[0]
        assert (mug.product.sku, mug.open_quantity, mug.survive) == ("MUG", 200, 3)
        assert stop.revenue == [("EUR", 50), ("PLN", 1800)]
        # The quickest ready backup needs 10 days: MUG lasts 3, CUP 12.
        assert [(row.product.sku, row.recover, row.at_risk) for row in stop.rows] == [
            ("MUG", 10, True), ("CUP", 10, False),
        ]  # fmt: skip

    def test_a_report_of_last_week_puts_at_risk_what_was_not_then(self, shop: Shop) -> None:
        """12 days of cover a week ago are 5, and the quickest ready backup needs 10."""
        later = NOW + timedelta(days=7)
        mug = next(row for row in exposures.stop_of(shop.tatra, now=later).rows if row.product.sku == "MUG")
        assert (mug.survive, mug.stockout_on, mug.at_risk) == (5, TODAY + timedelta(days=12), True)
        page = coverage.page_of("all", q="", cursor=None, now=later)
        assert {row.product.sku: (row.survive, row.at_risk) for row in page.rows}["MUG"] == (5, True)


class TestDefaults:
    def test_declaring_tells_the_log_and_opens_one_alert(self, cast: Cast, shop: Shop) -> None:
        row = continuity.declare_default(
            supplier_id=shop.tatra.pk,
            why=" Three lots did not come. ",
            cause_ref="incident:7",
            actor=cast.staff,
            now=NOW,
        )
        assert (row.why, row.cause_ref, row.declared_by) == ("Three lots did not come.", "incident:7", cast.staff)
        alert = Alert.objects.get(key=f"supplier-default:{shop.tatra.pk}")
        assert (alert.closed_at, alert.url) == (None, f"/suppliers/{shop.tatra.pk}/stops/")
        assert audit.about(f"supplier:{shop.tatra.pk}", limit=1)[0].verb == "supplier.default"

    def test_lifting_closes_both_and_it_can_be_declared_again(self, shop: Shop) -> None:
        for _again in range(2):
            continuity.declare_default(supplier_id=shop.tatra.pk, why="Late.", actor=None, now=NOW)
            continuity.lift_default(supplier_id=shop.tatra.pk, actor=None, now=NOW)
        assert SupplierDefault.objects.filter(lifted_at=NOW).count() == 2
        assert not Alert.objects.filter(closed_at__isnull=True).exists()

    @pytest.mark.parametrize(("why", "code"), [("", "default.why"), ("  ", "default.why"), ("x" * 501, "default.why")])
    def test_without_a_reason_nothing_is_declared(self, shop: Shop, why: str, code: str) -> None:
        with pytest.raises(Refusal) as refused:
            continuity.declare_default(supplier_id=shop.tatra.pk, why=why, actor=None, now=NOW)
        assert (refused.value.code, refused.value.field) == (code, "why")
        assert not SupplierDefault.objects.exists()
        assert not Alert.objects.exists()

    def test_it_is_declared_once_and_only_what_is_declared_is_lifted(self, cast: Cast, shop: Shop) -> None:
        with pytest.raises(Refusal, match="nothing to lift"):
            continuity.lift_default(supplier_id=shop.tatra.pk, actor=None, now=NOW)
        continuity.declare_default(supplier_id=shop.tatra.pk, why="Late.", actor=None, now=NOW)
        with pytest.raises(Refusal, match="declared already"):
            continuity.declare_default(supplier_id=shop.tatra.pk, why="Late.", actor=None, now=NOW)
        with pytest.raises(Refusal, match="may not change suppliers"):
            continuity.lift_default(supplier_id=shop.tatra.pk, actor=cast.agent, now=NOW)
        assert SupplierDefault.objects.filter(lifted_at__isnull=True).count() == 1

    def test_a_warehouse_of_ours_owes_us_nothing(self) -> None:
        with pytest.raises(Refusal, match="warehouse of our own"):
            continuity.declare_default(supplier_id=make_supplier(kind="warehouse").pk, why="Late.", actor=None, now=NOW)

    def test_the_database_itself_holds_one_open_default(self, shop: Shop) -> None:
        continuity.declare_default(supplier_id=shop.tatra.pk, why="Late.", actor=None, now=NOW)
        with pytest.raises(IntegrityError, match="one_open_default_per_supplier"), transaction.atomic():
            SupplierDefault.objects.create(supplier=shop.tatra, declared_at=NOW, why="Late.")

    def test_twin_without_that_key_there_would_be_two(self, shop: Shop) -> None:
        with transaction.atomic():
            drop_index("one_open_default_per_supplier")
            for _again in range(2):
                SupplierDefault.objects.create(supplier=shop.tatra, declared_at=NOW, why="Late.")
        assert SupplierDefault.objects.filter(lifted_at__isnull=True).count() == 2


def drop_index(name: str) -> None:
    """A unique key with a condition is an index, not a constraint of the table."""
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(f"DROP INDEX {name}")


class TestDrafting:
    def test_the_cheapest_split_becomes_rows_with_prices_and_dates(self, cast: Cast, shop: Shop) -> None:
        """MUG of KOSICE at 11, two days late at 2 % of 11 each: 11.44, still less than 12 of BRNO."""
        made = draft(shop, actor=cast.staff)
        rows = {row.item.product.sku: row for row in switching.rows_of(made)}
        assert {sku: (row.item.supplier.code, row.quantity, row.price) for sku, row in rows.items()} == {
            "CUP": ("BRNO", 100, 12), "MUG": ("KOSICE", 100, 11),
        }  # fmt: skip
        assert (made.cost, made.penalty, made.proven, made.uncovered) == (2300, 44, True, 0)
        assert (rows["MUG"].arrives_on, rows["MUG"].late_days) == (TODAY + timedelta(days=14), 2)
        assert (made.state, made.drafted_by) == ("draft", cast.staff)

    def test_a_backup_without_a_rate_is_left_out_and_named(self, shop: Shop) -> None:
        zlin = make_item(make_supplier("ZLIN"), "CUP", currency="CZK", price=Decimal(50))
        verify(zlin)
        without = switching.question(shop.tatra, currency="PLN", rates={}, now=NOW)
        assert (without.missing, zlin.pk in without.backups) == (("CZK",), False)
        given = switching.question(shop.tatra, currency="PLN", rates={"CZK": Decimal("0.17")}, now=NOW)
        assert given.missing == ()
        assert next(one.price for one in given.problem.offers if one.key == zlin.pk) == Decimal("8.50")

    def test_a_shared_capacity_holds_over_both_products(self, shop: Shop) -> None:
        verify(shop.brno["CUP"], supplier_capacity_per_week=10)
        assert draft(shop).uncovered == 60

    def test_with_nobody_ready_there_is_no_draft(self, shop: Shop) -> None:
        later = NOW + timedelta(days=200)
        with pytest.raises(Refusal, match="No ready backup"):
            draft(shop, now=later)
        assert not Switchover.objects.exists()

    @pytest.mark.parametrize("rate", ["0", "-1", "1000001"])
    def test_a_rate_that_is_none_is_refused(self, shop: Shop, rate: str) -> None:
        with pytest.raises(Refusal, match="above zero"):
            continuity.draft_switch(
                supplier_id=shop.tatra.pk, currency="PLN", rates={"EUR": Decimal(rate)}, actor=None, now=NOW
            )
        assert not Switchover.objects.exists()


class TestConfirming:
    def test_its_rows_are_then_what_purchasing_orders(self, cast: Cast, shop: Shop) -> None:
        made = draft(shop)
        assert switching.to_send() == []
        continuity.confirm_switch(switch_id=made.pk, actor=cast.manager, now=NOW)
        assert {row.item.supplier.code for row in switching.to_send()} == {"BRNO", "KOSICE"}
        assert audit.about(f"supplier:{shop.tatra.pk}", limit=1)[0].verb == "switch.confirm"

    def test_a_draft_that_no_longer_fits_is_stale(self, shop: Shop) -> None:
        made = draft(shop)
        verify(shop.kosice, capacity_per_week=3)
        with pytest.raises(Stale, match="changed since this draft"):
            continuity.confirm_switch(switch_id=made.pk, actor=None, now=NOW)
        made.refresh_from_db()
        assert (made.state, made.confirmed_at) == ("draft", None)

    def test_one_switch_of_a_supplier_at_a_time(self, shop: Shop) -> None:
        first, second = draft(shop), draft(shop)
        continuity.confirm_switch(switch_id=first.pk, actor=None, now=NOW)
        for again, words in ((first, "no draft any more"), (second, "Another switch")):
            with pytest.raises(Refusal, match=words):
                continuity.confirm_switch(switch_id=again.pk, actor=None, now=NOW)
        assert Switchover.objects.filter(state="confirmed").count() == 1

    def test_agents_may_not(self, cast: Cast, shop: Shop) -> None:
        made = draft(shop)
        with pytest.raises(Refusal, match="may not change suppliers"):
            continuity.confirm_switch(switch_id=made.pk, actor=cast.agent, now=NOW)

    def test_twin_without_key_and_question_both_are_ordered(self, monkeypatch: pytest.MonkeyPatch, shop: Shop) -> None:
        first, second = draft(shop), draft(shop)
        drop_index("one_confirmed_switch_per_supplier")
        monkeypatch.setattr(switches, "_confirmed_elsewhere", lambda _switch: False)
        monkeypatch.setattr(switching, "switched_since", lambda _supplier, _stop: {})
        for each in (first, second):
            continuity.confirm_switch(switch_id=each.pk, actor=None, now=NOW)
        assert sum(row.quantity for row in switching.to_send()) == 400  # 200 are missing


class TestUndoingAndSending:
    @pytest.fixture
    def confirmed(self, shop: Shop) -> Switchover:
        return continuity.confirm_switch(switch_id=draft(shop).pk, actor=None, now=NOW)

    def test_undone_leaves_nothing_to_order_and_makes_room(self, shop: Shop, confirmed: Switchover) -> None:
        continuity.undo_switch(switch_id=confirmed.pk, actor=None, now=NOW)
        assert switching.to_send() == []
        continuity.confirm_switch(switch_id=draft(shop).pk, actor=None, now=NOW)

    def test_once_one_backup_was_told_it_stays(self, shop: Shop, confirmed: Switchover) -> None:
        assert continuity.mark_sent(switch_id=confirmed.pk, item_ids=[shop.kosice.pk], actor=None, now=NOW) == 1
        with pytest.raises(Refusal, match="was told already"):
            continuity.undo_switch(switch_id=confirmed.pk, actor=None, now=NOW)
        confirmed.refresh_from_db()
        assert confirmed.state == "confirmed"

    def test_all_told_it_is_sent_and_telling_again_changes_nothing(self, confirmed: Switchover) -> None:
        items = [row.item_id for row in switching.rows_of(confirmed)]
        counts = [
            continuity.mark_sent(switch_id=confirmed.pk, item_ids=items, actor=None, now=NOW) for _again in range(2)
        ]
        confirmed.refresh_from_db()
        assert (counts, confirmed.state) == ([2, 0], "sent")

    def test_what_was_sent_is_missing_no_more_until_the_next_report(self, shop: Shop, confirmed: Switchover) -> None:
        items = [row.item_id for row in switching.rows_of(confirmed)]
        continuity.mark_sent(switch_id=confirmed.pk, item_ids=items, actor=None, now=NOW)
        with pytest.raises(Refusal, match="switched already"):
            draft(shop)
        assert Switchover.objects.count() == 1
        later = NOW + timedelta(hours=1)
        continuity.record_exposure(source="test", drafts=[exposure(open_quantity=30)], actor=None, now=later)
        assert [row.quantity for row in switching.rows_of(draft(shop, now=later))] == [30]

    def test_what_came_on_top_of_it_is_missing(self, shop: Shop, confirmed: Switchover) -> None:
        more = exposure(open_quantity=25)
        continuity.record_exposure(source="demand", drafts=[more], actor=None, now=NOW + timedelta(hours=1))
        asked = switching.question(shop.tatra, currency="PLN", rates={}, now=NOW)
        assert {need.sku: need.quantity for need in asked.problem.needs} == {"MUG": 25}

    def test_a_draft_is_neither_undone_nor_sent(self, shop: Shop) -> None:
        made = draft(shop)
        with pytest.raises(Refusal, match="Only a confirmed"):
            continuity.undo_switch(switch_id=made.pk, actor=None, now=NOW)
        with pytest.raises(Refusal, match="Only a confirmed"):
            continuity.mark_sent(switch_id=made.pk, item_ids=[], actor=None, now=NOW)


# What the services refuse, written past them.
MEANINGLESS: list[tuple[type[Any], dict[str, Any], str]] = [
    (Exposure, {"revenue": -1}, "exposure_not_negative"),
    (Exposure, {"currency": "zł"}, "exposure_currency_is_a_code"),
    (Exposure, {"stockout_on": None}, "exposure_cover_has_its_day"),
    (SupplierDefault, {"why": ""}, "default_says_why"),
    (SupplierDefault, {"lifted_at": NOW - timedelta(days=1)}, "default_lifted_later"),
    (Switchover, {"state": "confirmed"}, "switch_state_has_its_moments"),
    (Switchover, {"cost": -1}, "switch_costs_not_negative"),
    (SwitchoverRow, {"quantity": 0}, "switch_row_orders_something"),
]


class TestTheDatabaseItself:
    @pytest.fixture(autouse=True)
    def one_of_each(self, shop: Shop) -> None:
        draft(shop)
        continuity.declare_default(supplier_id=shop.tatra.pk, why="Late.", actor=None, now=NOW)

    @pytest.mark.parametrize(("model", "fields", "name"), MEANINGLESS)
    def test_refuses_what_means_nothing(self, model: type[Any], fields: dict[str, Any], name: str) -> None:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            model.objects.update(**fields)

    @pytest.mark.parametrize(("model", "fields", "name"), MEANINGLESS)
    def test_twin_without_its_check_it_would_be_kept(self, model: type[Any], fields: dict[str, Any], name: str) -> None:
        drop(model._meta.db_table, name)
        assert model.objects.update(**fields) >= 1
