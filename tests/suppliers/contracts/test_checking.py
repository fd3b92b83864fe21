"""The daily check: every window once, whatever runs twice, whatever comes late."""

import io
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Alert, AuditEntry
from suppliers.catalog.models import SupplierItem
from suppliers.contracts import services as contracts
from suppliers.contracts.models import Breach, BreachRevision, ServiceLevel
from suppliers.contracts.rules.measuring import Metric
from suppliers.contracts.rules.penalties import Basis, Curve, Shape
from suppliers.contracts.services.judging import Checked
from suppliers.performance import services as performance
from suppliers.performance.rules.facts import (
    AckDraft,
    AckKind,
    InvoiceDraft,
    QualityDraft,
    QualityKind,
)
from tests.factories import NOW
from tests.factories.suppliers import make_item, make_supplier
from tests.suppliers.contracts.kit import (
    BEGIN,
    check,
    claim_all,
    deliver,
    delivery,
    level_draft,
    level_of,
    make_breach,
    make_contract,
    noon,
    october,
    priced,
)

pytestmark = pytest.mark.django_db
FIXED = Curve(Basis.FIXED, Shape.LINEAR, per_point=Decimal(7))


def only() -> Breach:
    return Breach.objects.get()


class TestFinding:
    def test_a_missed_month_is_a_breach_with_its_penalty(self) -> None:
        make_breach()
        breach = only()
        assert (breach.start, breach.end) == (date(2026, 10, 1), date(2026, 10, 31))
        assert (breach.n, breach.value, breach.penalty, breach.currency) == (10, Decimal(80), Decimal(50), "PLN")
        sums = breach.revisions.get().sums
        assert sums == {
            "missed": "15", "rate": "5", "base": "1000", "full": "50", "cap": None, "amount": "50", "unpriced": 0,
        }  # fmt: skip

    def test_it_opens_one_alert_and_says_so_in_the_log(self) -> None:
        make_breach()
        alert = Alert.objects.get(key=f"breach:{only().pk}")
        assert alert.title == "Acme Ltd: On time in full was missed from 1 Oct 2026 to 31 Oct 2026"
        assert alert.url == f"/suppliers/breaches/{only().pk}/"
        assert AuditEntry.objects.filter(verb="breach.found", subject=f"supplier:{only().supplier_id}").count() == 1

    def test_a_month_that_is_kept_leaves_nothing(self) -> None:
        supplier = make_supplier("ACME")
        make_contract(supplier)
        priced(supplier)
        october(0, 10)
        assert check() == Checked(levels=1, windows=2)
        assert not Breach.objects.exists()

    def test_a_window_is_not_judged_before_its_last_promise_and_the_grace_are_over(self) -> None:
        supplier = make_supplier("ACME")
        priced(supplier)
        make_contract(supplier, level_draft(late_days=2))
        october(10, 0)
        assert check(date(2026, 11, 2)).found == 0
        assert check(date(2026, 11, 3)).found == 1

    def test_fewer_lines_than_the_minimum_are_no_breach(self) -> None:
        supplier = make_supplier("ACME")
        priced(supplier)
        make_contract(supplier, level_draft(minimum=3))
        october(2, 0)
        check()
        assert not Breach.objects.exists()

    def test_what_never_came_is_missed_and_what_is_not_known_is_not_counted(self) -> None:
        supplier = make_supplier("ACME")
        priced(supplier)
        make_contract(supplier)
        deliver(*[delivery(f"N{n}", date(2026, 10, 5), None) for n in range(3)])
        deliver(delivery("U", date(2026, 10, 6), 0, quantity_delivered=None))
        check()
        reading = only().revisions.get().reading
        assert (reading["n"], reading["value"], reading["unknown"]) == (3, "0", 1)

    def test_a_line_without_a_price_adds_nothing_and_is_told(self) -> None:
        make_contract()
        make_item(make_supplier("OTHER"))
        october(2, 0)
        check()
        assert only().penalty == 0
        assert only().revisions.get().sums["unpriced"] == 2

    def test_a_price_in_another_currency_adds_nothing(self) -> None:
        supplier = make_supplier("ACME")
        make_item(supplier, currency="EUR")
        make_contract(supplier)
        october(2, 0)
        check()
        assert only().revisions.get().sums["unpriced"] == 2

    def test_a_draft_is_not_watched_and_a_terminated_contract_until_its_day(self) -> None:
        supplier = make_supplier("ACME")
        priced(supplier)
        make_contract(supplier, active=False)
        october(5, 0)
        assert check() == Checked()

    def test_each_metric_is_judged_from_its_own_facts(self) -> None:
        supplier = make_supplier("ACME")
        priced(supplier)
        drafts = [
            level_draft(Metric.DAYS_LATE, 2, curve=FIXED),
            level_draft(Metric.ACK_HOURS, 24, curve=FIXED),
            level_draft(Metric.LOTS_REJECTED, 10),
            level_draft(Metric.INVOICE_MATCH, 90, curve=FIXED),
        ]
        make_contract(supplier, *drafts)
        october(10, 0)
        _acks(supplier.code, 30, 30)
        _lots(supplier.code, rejected=1, of=2)
        _invoices(supplier.code, matched=1, of=2)
        check()
        found = {row.level.metric: (row.n, row.value, row.penalty) for row in Breach.objects.select_related("level")}
        assert found == {
            "days_late_p90": (10, Decimal(3), Decimal(7)),
            "ack_hours_p90": (2, Decimal(30), Decimal(42)),
            "lots_rejected": (2, Decimal(50), Decimal(50)),
            "invoice_match": (2, Decimal(50), Decimal(280)),
        }

    def test_waits_that_go_on_are_a_floor(self) -> None:
        supplier = make_supplier("ACME")
        make_contract(supplier, level_draft(Metric.DAYS_LATE, 2, curve=FIXED))
        deliver(*[delivery(f"N{n}", date(2026, 10, 29), None, sku="") for n in range(3)])
        check()
        revision = only().revisions.get()
        assert (revision.value, revision.reading["is_floor"]) == (Decimal(3), True)


def _acks(code: str, *hours: int) -> None:
    asked = noon(date(2026, 10, 5))
    performance.record_acknowledgements(
        source="test", actor=None, now=NOW,
        drafts=[
            AckDraft(
                key=f"A{n}", supplier_code=code, kind=AckKind.ORDER, asked_at=asked,
                answered_at=asked + timedelta(hours=wait),
            )
            for n, wait in enumerate(hours)
        ],
    )  # fmt: skip


def _lots(code: str, *, rejected: int, of: int) -> None:
    drafts = [
        QualityDraft(
            key=f"L{n}", supplier_code=code, kind=QualityKind.LOT, observed_on=date(2026, 10, 9), lot_ref=f"LOT-{n}",
            units_checked=10, units_defective=4 if n < rejected else 0, rejected=n < rejected,
        )
        for n in range(of)
    ]  # fmt: skip
    performance.record_quality(source="test", drafts=drafts, actor=None, now=NOW)


def _invoices(code: str, *, matched: int, of: int) -> None:
    drafts = [
        InvoiceDraft(
            key=f"I{n}", supplier_code=code, invoice_ref=f"F-{n}", invoiced_on=date(2026, 10, 9), currency="PLN",
            amount=Decimal(100), matched=n < matched,
        )
        for n in range(of)
    ]  # fmt: skip
    performance.record_invoices(source="test", drafts=drafts, actor=None, now=NOW)


class TestOnce:
    def test_running_again_judges_nothing(self) -> None:
        make_breach()
        assert check() == Checked()
        assert (Breach.objects.count(), BreachRevision.objects.count(), Alert.objects.count()) == (1, 1, 1)

    def test_after_weeks_of_standstill_every_missed_month_is_there(self) -> None:
        supplier = make_supplier("ACME")
        priced(supplier)
        make_contract(supplier)
        deliver(*[delivery(f"S{n}", date(2026, 9, 5 + n), 4) for n in range(3)])
        october(3, 0)
        assert check().found == 2
        assert {row.start for row in Breach.objects.all()} == {BEGIN, date(2026, 10, 1)}

    def test_looking_back_writes_the_same_and_forgets_nothing(self) -> None:
        supplier = make_supplier("ACME")
        priced(supplier)
        make_contract(supplier)
        october(3, 0)
        check()
        assert check(date(2026, 10, 10)) == Checked()
        assert level_of(only().contract).judged_until == date(2026, 10, 31)

    def test_a_day_that_has_not_come_is_refused(self) -> None:
        with pytest.raises(Refusal, match="not come"):
            contracts.check(day=NOW.date() + timedelta(days=1), now=NOW)

    def test_the_database_holds_one_breach_a_window(self) -> None:
        make_breach()
        with pytest.raises(IntegrityError, match="one_breach_per_level_and_window"), transaction.atomic():
            _again()

    def test_twin_without_that_key_a_month_is_paid_for_twice(self) -> None:
        make_breach()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE suppliers_breach DROP CONSTRAINT one_breach_per_level_and_window")
        _again()
        assert sum(row.penalty for row in Breach.objects.all()) == 100

    def test_statements_do_not_grow_with_suppliers(self) -> None:
        def more(first: int, n: int) -> None:
            for place in range(first, first + n):
                supplier = make_supplier(f"S{place}")
                make_item(supplier, "KETTLE-1")
                make_contract(supplier)
                october(0, 5, prefix=f"S{place}-", code=f"S{place}")

        more(0, 1)
        with CaptureQueriesContext(connection) as few:
            check()
        more(1, 6)
        with CaptureQueriesContext(connection) as many:
            check()
        assert len(many) == len(few)


def _again() -> None:
    breach = only()
    breach.pk = None
    breach.save(force_insert=True)


class TestLateFacts:
    def test_a_correction_makes_a_new_judgement_and_keeps_the_old_one(self) -> None:
        make_breach()
        deliver(delivery("fix", date(2026, 10, 3), 0, corrects="O1", order_ref="PO-O1", line_ref="O1"))
        assert check() == Checked(levels=1, windows=2, changed=1)
        breach = only()
        assert (breach.revision, breach.value, breach.penalty) == (2, Decimal(90), Decimal(20))
        assert [row.penalty for row in breach.revisions.order_by("revision")] == [Decimal(50), Decimal(20)]

    def test_what_no_longer_stands_costs_nothing_and_its_alert_ends(self) -> None:
        make_breach(1, 9)
        deliver(delivery("fix", date(2026, 10, 2), 0, corrects="O0", order_ref="PO-O0", line_ref="O0"))
        assert check().gone == 1
        assert (only().stands, only().penalty) == (False, 0)
        assert Alert.objects.get().closed_at is not None

    def test_a_month_that_was_kept_may_turn_out_to_be_missed(self) -> None:
        supplier = make_supplier("ACME")
        priced(supplier)
        make_contract(supplier)
        october(0, 10)
        check()
        deliver(*[delivery(f"late-{n}", date(2026, 10, 9), None) for n in range(2)])
        assert check().found == 1

    def test_a_fact_about_another_month_changes_no_judgement(self) -> None:
        make_breach()
        deliver(delivery("nov", date(2026, 11, 9), 0))
        assert check() == Checked(levels=1, windows=2)
        assert only().revision == 1

    def test_what_a_window_is_worth_stays_when_prices_change(self) -> None:
        make_breach()
        SupplierItem.objects.update(price=Decimal("99.00"))
        deliver(delivery("fix", date(2026, 10, 3), 0, corrects="O1", order_ref="PO-O1", line_ref="O1"))
        check()
        assert only().penalty == Decimal(20)

    def test_a_claim_keeps_what_it_was_drafted_over(self) -> None:
        contract = make_breach()
        claim = claim_all(contract)
        deliver(delivery("fix", date(2026, 10, 3), 0, corrects="O1", order_ref="PO-O1", line_ref="O1"))
        check()
        claim.refresh_from_db()
        line = claim.lines.get()
        assert (claim.amount, line.amount, line.revision.revision, only().revision) == (50, 50, 1, 2)


class TestCommand:
    def test_it_tells_what_it_did_and_again_nothing(self) -> None:
        supplier = make_supplier("ACME")
        priced(supplier)
        make_contract(supplier)
        october(2, 8)
        told = [_run("--as-of", "2026-11-21", "--json") for _time in range(2)]
        assert told[0] == {"as_of": "2026-11-21", "levels": 1, "windows": 2, "found": 1, "changed": 0, "gone": 0}
        assert told[1]["windows"] == 0

    @pytest.mark.parametrize("day", ["2099-01-01", "tomorrow"])
    def test_a_day_that_cannot_be_is_refused(self, day: str) -> None:
        with pytest.raises(CommandError):
            _run("--as-of", day)


def _run(*words: str) -> dict[str, object]:
    out = io.StringIO()
    call_command("check_contracts", *words, stdout=out)
    found: dict[str, object] = json.loads(out.getvalue())
    return found


def test_levels_remember_what_they_were_judged_from() -> None:
    make_breach()
    assert ServiceLevel.objects.get().seen == 10
