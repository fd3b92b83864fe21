"""The figures that the database adds up, against what a person works out by hand."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from suppliers.assessment.rules import policy as policies
from suppliers.assessment.rules.metrics import METRICS, Evidence, Measures
from suppliers.assessment.selectors import measuring
from suppliers.catalog import services as catalog
from suppliers.directory.models import Supplier
from suppliers.performance import services as performance
from suppliers.performance.rules.durations import Durations
from suppliers.performance.rules.facts import AckDraft, AckKind, ClaimDraft, InvoiceDraft
from suppliers.performance.rules.lines import Window
from suppliers.performance.selectors import Scope
from tests.factories import NOW
from tests.factories.suppliers import make_certificate, make_supplier
from tests.suppliers.assessment import facts
from tests.suppliers.assessment.facts import TODAY, ago
from tests.suppliers.assessment.kit import policy

pytestmark = pytest.mark.django_db
# 10 lines, 2 of them late; 5 lots with the same defect, one rejected with 5 of 500 units; 1,000 sold, 4 back; peak: 80
# of 200 confirmed, one silent; surges: one accepted, one silent, one of today that says nothing yet; invoices: 10 %
# and 0 % disputed; a claim recovered by 75 %, one open.
BY_HAND: dict[str, tuple[int, float | None]] = {
    "peak_confirmed": (2, 40),
    "surge_accepted": (2, 50),
    "lots_rejected": (5, 20),
    "defects": (500, 10_000),
    "returns": (1000, 4),
    "repeat_defects": (5, 80),
    "otif": (10, 80),
    "on_time": (10, 80),
    "days_late_p50": (10, 0),
    "days_late_p90": (10, 4),
    "promise_changes": (10, 0.1),
    "ack_hours": (3, 30),
    "price_kept": (2, 50),
    "invoice_match": (2, 50),
    "disputed": (2, 5),
    "deposit_open": (1, 50),
    "claims_recovered": (1, 75),
    "receipt_errors": (5, 1),
    "feed_uptime": (1, 95),
    "feed_age": (1, 3),
    "substitute_hours": (1, 12),
    "days_valid": (2, 40),
    "recalls": (10, 10),
    "labelling": (10, 0),
    "stars": (40, 90),
    "satisfaction": (20, 80),
    "complaints": (2000, 3),
}


def values(supplier_id: int, **scope: Any) -> dict[str, tuple[int, float | None]]:
    found = measuring.measures(Scope(TODAY, **scope), window=Window(5, 0)).get(supplier_id)
    assert found is not None
    read = {key: metric.read(found) for key, metric in METRICS.items()}
    return {key: (one.n, one.value) for key, one in read.items()}


class TestOneSupplier:
    def test_every_metric_is_what_a_person_works_out(self) -> None:
        supplier = make_supplier("ACME")
        make_certificate(supplier, until=TODAY + timedelta(days=40))
        make_certificate(supplier, until=TODAY + timedelta(days=400))
        facts.every_kind()

        found = values(supplier.pk)

        assert {key: found[key] for key in BY_HAND} == {
            key: (n, pytest.approx(value)) for key, (n, value) in BY_HAND.items()
        }

    def test_what_was_before_the_window_does_not_count(self) -> None:
        supplier = make_supplier("ACME")
        facts.every_kind()
        found = values(supplier.pk, since=ago(8))
        # Answers of 9 and more days ago, invoices and lots of 9 and 10 days ago are out.
        assert [found[key][0] for key in ("surge_accepted", "invoice_match", "lots_rejected")] == [0, 0, 0]
        assert found["stars"] == (40, 90)

    def test_an_answer_that_came_later_was_not_there_yet(self) -> None:
        supplier = make_supplier("ACME")
        facts.every_kind()
        found = measuring.measures(Scope(ago(20)), window=Window()).get(supplier.pk)
        assert found is not None
        # Asked 20 days ago at 08:00: one answered the same day, one the next, one never; today's silence says nothing.
        assert METRICS["ack_hours"].read(found).n == 1

    def test_at_peak_a_no_confirms_nothing_and_too_much_confirms_all(self) -> None:
        """Declined: 0 of 100. 300 of 100: 100. An answer without a number or a no: not known."""
        supplier = make_supplier("ACME")
        asked: dict[str, Any] = {
            "supplier_code": "ACME", "kind": AckKind.ORDER, "asked_at": facts.moment(9), "quantity_asked": 100,
            "answered_at": facts.moment(9, 1), "at_peak": True,
        }  # fmt: skip
        drafts = [
            AckDraft(key="no", accepted=False, **asked),
            AckDraft(key="more", quantity_confirmed=300, **asked),
            AckDraft(key="untold", accepted=True, **asked),
            AckDraft(key="quiet day", quantity_confirmed=0, **asked | {"at_peak": False}),
        ]
        performance.record_acknowledgements(source="test", drafts=drafts, actor=None, now=NOW)
        assert values(supplier.pk)["peak_confirmed"] == (2, 50)

    def test_a_withdrawn_fact_and_a_corrected_one_do_not_count(self) -> None:
        supplier = make_supplier("ACME")
        asked: dict[str, Any] = {"supplier_code": "ACME", "kind": AckKind.SURGE, "asked_at": facts.moment(9)}
        drafts = [
            AckDraft(key="1", **asked, answered_at=facts.moment(8), accepted=False),
            AckDraft(key="2", **asked, answered_at=facts.moment(8), accepted=True, corrects="1"),
            AckDraft(key="3", **asked, answered_at=facts.moment(8), accepted=False),
            AckDraft(key="4", **asked, corrects="3", withdrawn=True),
        ]
        performance.record_acknowledgements(source="test", drafts=drafts, actor=None, now=NOW)
        assert values(supplier.pk)["surge_accepted"] == (1, 100)

    def test_replaced_certificates_and_future_ones_do_not_count(self) -> None:
        supplier = make_supplier("ACME")
        make_certificate(supplier, until=ago(9), is_retired=True)
        make_certificate(supplier, until=TODAY + timedelta(days=5), valid_from=TODAY + timedelta(days=1))
        make_certificate(supplier, until=TODAY + timedelta(days=50))
        assert values(supplier.pk)["days_valid"] == (1, 50)


def test_the_number_of_statements_does_not_grow_with_suppliers() -> None:
    counts = []
    for code in ("ACME", "BOLT", "CORE"):
        make_supplier(code)
        facts.every_kind(code)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            measuring.measures(Scope(TODAY), window=Window())
        counts.append(len(queries))
    assert counts == [6, 6, 6]


def test_suppliers_do_not_see_each_other() -> None:
    one, other = make_supplier("ACME"), make_supplier("BOLT")
    facts.every_kind("ACME")
    facts.every_kind("BOLT")
    alone = values(one.pk)
    facts.deliver(*[facts.delivery(f"X-{n}", 9, code="BOLT") for n in range(5)])
    assert values(one.pk) == alone
    assert values(other.pk)["otif"] == (15, pytest.approx(100 * 8 / 15))
    assert set(measuring.measures(Scope(TODAY, supplier_ids=[one.pk]), window=Window())) == {one.pk}


class TestEdges:
    @pytest.fixture
    def acme(self) -> Supplier:
        return make_supplier("ACME")

    def test_no_single_part_is_more_than_its_whole(self, acme: Supplier) -> None:
        """Three times the invoice paid ahead, and nothing: half. Twice the claim recovered, and nothing: half."""
        billed: dict[str, Any] = {
            "supplier_code": "ACME", "invoice_ref": "F", "invoiced_on": ago(3), "currency": "EUR",
            "amount": Decimal(100),
        }  # fmt: skip
        invoices = [InvoiceDraft(key=str(paid), deposit_open=Decimal(paid), **billed) for paid in (300, 0)]
        performance.record_invoices(source="test", drafts=invoices, actor=None, now=NOW)
        claims = [claim(str(back), amount_recovered=Decimal(back), closed_on=TODAY) for back in (200, 0)]
        performance.record_claims(source="test", drafts=claims, actor=None, now=NOW)
        found = values(acme.pk)
        assert (found["deposit_open"], found["claims_recovered"]) == ((2, 50), (2, 50))

    def test_a_claim_that_is_closed_later_says_nothing_yet(self, acme: Supplier) -> None:
        given = {"amount_recovered": Decimal(100), "closed_on": TODAY + timedelta(days=1)}
        performance.record_claims(source="test", drafts=[claim("K", **given)], actor=None, now=NOW)
        assert "claims_recovered" not in measuring.measures(Scope(TODAY), window=Window()).get(acme.pk, NONE).parts

    def test_days_begin_at_the_midnight_of_the_office(self, acme: Supplier, settings: Any) -> None:
        """Half an hour before midnight in UTC is the next day in Warsaw, whose silence says nothing yet."""
        settings.TIME_ZONE = "Europe/Warsaw"
        late = datetime(TODAY.year, TODAY.month, TODAY.day, 23, 30, tzinfo=UTC) - timedelta(days=1)
        asked = AckDraft(key="1", supplier_code="ACME", kind=AckKind.SURGE, asked_at=late)
        performance.record_acknowledgements(source="test", drafts=[asked], actor=None, now=NOW)
        assert measuring.measures(Scope(TODAY), window=Window()).get(acme.pk, NONE).parts == {}
        parts = measuring.measures(Scope(TODAY + timedelta(days=1)), window=Window())[acme.pk].parts
        assert parts["surge_accepted"].n == 1

    def test_a_window_holds_so_many_days_with_the_last_one(self, acme: Supplier) -> None:
        facts.lots(False, observed_on=ago(9), prefix="A")
        facts.lots(False, observed_on=ago(10), prefix="B")
        lately = policy(quality__metrics__lots_rejected__window_days=10)
        found = measuring.measured(lately, day=TODAY, supplier_ids=None)
        assert found[acme.pk]["lots_rejected"].n == 1

    def test_who_is_silent_waits_until_the_end_of_the_day(self, acme: Supplier) -> None:
        """Asked at 08:00 two days ago: 16 hours of that day, and 48 of the next two."""
        asked = AckDraft(key="1", supplier_code="ACME", kind=AckKind.ORDER, asked_at=facts.moment(2))
        performance.record_acknowledgements(source="test", drafts=[asked], actor=None, now=NOW)
        assert measuring.measures(Scope(TODAY), window=Window())[acme.pk].waits["ack_hours"] == Durations({}, {64: 1})

    def test_a_defect_that_is_corrected_later_is_not_corrected_yet(self, acme: Supplier) -> None:
        facts.lots(True, corrected_on=TODAY + timedelta(days=4))
        waits = {
            days: measuring.measures(Scope(TODAY + timedelta(days=days)), window=Window())[acme.pk].waits
            for days in (0, 4)
        }
        assert waits[0]["corrective_days"] == Durations({}, {10: 1})
        assert waits[4]["corrective_days"] == Durations({14: 1}, {})

    def test_the_same_defect_of_another_product_is_no_repeat(self, acme: Supplier) -> None:
        catalog.ensure(names={"MUG": "Mug", "CUP": "Cup"})
        for sku in ("MUG", "CUP", "CUP"):
            facts.lots(True, prefix=f"{sku}-{acme.version}", sku=sku, defect_code="SEAM")
            acme.version += 1
        assert values(acme.pk)["repeat_defects"] == (3, pytest.approx(100 / 3))


NONE = Measures()


def claim(key: str, **fields: Any) -> ClaimDraft:
    given: dict[str, Any] = {
        "supplier_code": "ACME", "claim_ref": key, "opened_on": ago(30), "currency": "EUR",
        "amount_claimed": Decimal(100),
    }  # fmt: skip
    return ClaimDraft(key=key, **given | fields)


class TestWindows:
    """A policy with the shop's own windows: most metrics look back a year, the stock feed 90 days."""

    def test_what_a_window_does_not_need_is_not_read_and_nothing_else_changes(self) -> None:
        make_certificate(make_supplier("ACME"), until=TODAY + timedelta(days=40))
        make_supplier("BOLT")
        facts.every_kind("ACME")
        facts.every_kind("BOLT")
        body = tomllib.loads((settings.BASE_DIR / "seeds" / "scorecard.toml").read_text(encoding="utf-8"))
        policy, _problems = policies.read(body)
        assert policy is not None
        ids = list(Supplier.objects.values_list("pk", flat=True))

        with CaptureQueriesContext(connection) as queries:
            found = measuring.measured(policy, day=TODAY, supplier_ids=ids)

        window = Window(policy.early_days, policy.late_days)
        whole = {days: measuring.measures(Scope(TODAY, since_of(days), ids), window=window) for days in (90, 365)}
        assert policy.windows() == (90, 365)
        for part in policy.dimensions.values():
            for metric in part.metrics:
                told = {pk: METRICS[metric.key].read(one) for pk, one in whole[metric.window_days or 0].items()}
                assert {pk: one for pk, one in told.items() if one.n} == {
                    pk: figures[metric.key] for pk, figures in found.items() if metric.key in figures
                }
        # Deliveries, lots, waits and certificates are asked for once, for the year; the feed's two figures twice.
        assert len(queries) == 6 + 2
        assert sum("suppliers_deliveryfact f" in query["sql"] for query in queries) == 1

    def test_events_that_are_related_to_lines_need_both(self) -> None:
        assert METRICS["recalls"].sources == {Evidence.QUALITY, Evidence.DELIVERY}
        assert METRICS["otif"].sources == {Evidence.DELIVERY}

    def test_nothing_to_read_is_no_statement(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            assert measuring.measures(Scope(TODAY), window=Window(), evidence=()) == {}


def since_of(days: int) -> date:
    return ago(days - 1)
