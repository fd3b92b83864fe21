"""The figures that the database adds up, against what a person works out by hand."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from suppliers.assessment.rules.metrics import METRICS
from suppliers.assessment.selectors import measuring
from suppliers.performance import services as performance
from suppliers.performance.rules.facts import AckDraft, AckKind
from suppliers.performance.rules.lines import Window
from suppliers.performance.selectors import Scope
from tests.factories import NOW
from tests.factories.suppliers import make_certificate, make_supplier
from tests.suppliers.assessment import facts
from tests.suppliers.assessment.facts import TODAY, ago

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
