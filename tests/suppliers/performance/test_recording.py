"""Facts are written once, by their key, and corrected by adding."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import AuditEntry
from suppliers.performance import selectors, services
from suppliers.performance.models import (
    AckFact,
    ClaimFact,
    DeliveryFact,
    InvoiceFact,
    QualityFact,
    RatingFact,
)
from suppliers.performance.rules.facts import (
    AckDraft,
    AckKind,
    ClaimDraft,
    DeliveryDraft,
    InvoiceDraft,
    QualityDraft,
    QualityKind,
    RatingDraft,
    RatingKind,
)
from suppliers.performance.rules.lines import Window
from suppliers.performance.selectors import Scope
from suppliers.performance.services import Recorded
from tests.conftest import Cast
from tests.factories import NOW
from tests.suppliers.performance.kit import draft, suppliers

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 10)


def record(*drafts: DeliveryDraft, source: str = "erp") -> Recorded:
    return services.record_deliveries(source=source, drafts=drafts, actor=None, now=NOW)


def test_a_fact_is_kept_as_it_was_told() -> None:
    suppliers("ACME")
    told = draft(order_ref="PO-7", line_ref="2", sku="PUMP", promise_changes=0, weight_kg=Decimal("12.5"))

    assert record(told) == Recorded(1, 0)

    fact = DeliveryFact.objects.select_related("supplier", "product").get()
    assert fact.product is not None
    assert (fact.source, fact.key, fact.supplier.code, fact.product.sku) == ("erp", "D-1", "ACME", "PUMP")
    assert (fact.delivered_on, fact.promise_changes, fact.weight_kg) == (DAY, 0, Decimal("12.5"))
    assert (fact.order_ref, fact.line_ref, fact.revised_on, fact.recorded_at) == ("PO-7", "2", None, NOW)


def test_the_same_again_changes_nothing() -> None:
    suppliers("ACME")
    record(draft("D-1"), draft("D-2"))
    assert record(draft("D-1"), draft("D-2"), draft("D-3"), draft("D-3")) == Recorded(1, 3)
    assert DeliveryFact.objects.count() == 3


def test_a_no_is_other_content_than_not_captured() -> None:
    suppliers("ACME")
    asked: dict[str, Any] = {"key": "A-1", "supplier_code": "ACME", "kind": AckKind.SURGE, "answered_at": NOW}
    counts = [
        services.record_acknowledgements(
            source="erp", drafts=[AckDraft(asked_at=NOW, accepted=accepted, **asked)], actor=None, now=NOW
        )
        for accepted in (None, False, None)
    ]
    assert counts == [Recorded(1, 0), Recorded(0, 0, ("A-1",)), Recorded(0, 1)]
    assert AckFact.objects.get().accepted is None


def test_the_same_key_with_other_content_is_refused_and_the_rest_recorded() -> None:
    suppliers("ACME")
    record(draft("D-1"))
    assert record(draft("D-1", 5), draft("D-2"), draft("D-2", 3)) == Recorded(1, 0, ("D-1", "D-2"))
    assert list(DeliveryFact.objects.order_by("key").values_list("key", "delivered_on")) == [("D-1", DAY), ("D-2", DAY)]


def test_zero_is_not_the_same_as_not_captured() -> None:
    suppliers("ACME")
    record(draft("D-1", promise_changes=0))
    assert record(draft("D-1", promise_changes=None)).refused == ("D-1",)


def test_keys_are_unique_within_their_source() -> None:
    suppliers("ACME")
    record(draft("D-1"))
    assert record(draft("D-1", 9), source="warehouse") == Recorded(1, 0)


def test_a_correction_names_what_it_corrects_also_in_the_same_call() -> None:
    suppliers("ACME")
    record(draft("D-3", 3, corrects="D-2"), draft("D-2", 2, corrects="D-1"), draft("D-1"))
    record(draft("D-4", 4, corrects="D-3"))
    found = dict(DeliveryFact.objects.values_list("key", "corrects__key"))
    assert found == {"D-1": None, "D-2": "D-1", "D-3": "D-2", "D-4": "D-3"}


def test_a_fact_is_corrected_once() -> None:
    suppliers("ACME")
    record(draft("D-1"), draft("D-2", corrects="D-1"))
    assert record(draft("D-9", corrects="D-1")).refused == ("D-9",)
    assert DeliveryFact.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"supplier_code": "NOBODY"}, "fact.supplier"),
        ({"sku": "NOTHING"}, "fact.product"),
        ({"corrects": "D-0"}, "fact.corrects"),
        ({"corrects": "D-2"}, "fact.corrects"),
    ],
)
def test_what_is_not_there_is_refused_and_nothing_written(wrong: dict[str, Any], code: str) -> None:
    suppliers("ACME")
    with pytest.raises(Refusal) as refused:
        record(draft("D-1"), draft("D-2", **wrong))
    assert refused.value.code == code
    assert not DeliveryFact.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("source", ["", "x" * 61])
def test_a_source_has_a_name(source: str) -> None:
    with pytest.raises(Refusal, match="source"):
        record(draft(), source=source)


def test_who_recorded_is_in_the_log(cast: Cast) -> None:
    suppliers("ACME")
    services.record_deliveries(source="erp", drafts=[draft()], actor=cast.manager, now=NOW)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject, entry.actor) == ("facts.record", "deliveryfact:erp", cast.manager)
    assert entry.detail == {"created": 1, "unchanged": 0, "refused": 0}


def test_many_take_few_queries(django_assert_max_num_queries) -> None:
    suppliers("ACME")
    drafts = [draft(f"D-{n}") for n in range(2_000)]
    with django_assert_max_num_queries(8):
        record(*drafts)
    assert DeliveryFact.objects.count() == 2_000


def test_the_other_kinds_are_kept_as_they_were_told() -> None:
    suppliers("ACME")
    one: dict[str, Any] = {"key": "1", "supplier_code": "ACME"}
    asked = datetime(2026, 6, 1, 9, tzinfo=UTC)
    told: dict[str, Any] = {"source": "erp", "actor": None, "now": NOW}
    services.record_quality(
        drafts=[QualityDraft(kind=QualityKind.LOT, observed_on=DAY, units_checked=5, units_defective=0, **one)], **told
    )
    services.record_acknowledgements(drafts=[AckDraft(kind=AckKind.SURGE, asked_at=asked, **one)], **told)
    services.record_invoices(
        drafts=[InvoiceDraft(invoice_ref="R-1", invoiced_on=DAY, currency="EUR", amount=Decimal("9.5"), **one)], **told
    )
    services.record_claims(
        drafts=[ClaimDraft(claim_ref="C-1", opened_on=DAY, currency="EUR", amount_claimed=Decimal(100), **one)], **told
    )
    services.record_ratings(
        drafts=[RatingDraft(kind=RatingKind.STARS, observed_on=DAY, value=Decimal("4.2"), out_of=Decimal(5), **one)],
        **told,
    )
    assert QualityFact.objects.values_list("kind", "units_defective", "rejected").get() == ("lot", 0, None)
    assert AckFact.objects.values_list("asked_at", "answered_at", "at_peak").get() == (asked, None, False)
    assert InvoiceFact.objects.values_list("amount", "amount_disputed").get() == (Decimal("9.5"), None)
    assert ClaimFact.objects.values_list("amount_claimed", "amount_recovered").get() == (100, None)
    assert RatingFact.objects.values_list("value", "out_of", "answers").get() == (Decimal("4.2"), 5, 1)


# What the database refuses, whoever writes: constraint -> the row. Each would add a late line to the one on time.
GUARDS: dict[str, dict[str, Any]] = {
    "deliveryfact_once_per_source": {"key": "D-1", "outcome": "delivered", "delivered_on": DAY + timedelta(days=9)},
    "deliveryfact_outcome_known": {"outcome": "lost"},
    "deliveryfact_delivered_has_its_day": {"outcome": "delivered"},
}


def _insert(**fields: Any) -> None:
    plain = {"source": "erp", "key": "X", "line_ref": "X", "promised_on": DAY, "recorded_at": NOW}
    with transaction.atomic():
        DeliveryFact.objects.create(**plain | {"supplier_id": suppliers("ACME")["ACME"]} | fields)


def _without(*guards: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for guard in guards:
            cursor.execute(f"ALTER TABLE suppliers_deliveryfact DROP CONSTRAINT {guard}")


def _late() -> tuple[int, int]:
    counts = selectors.delivery(Scope(as_of=NOW.date()), window=Window())
    return (sum(one.late.hits for one in counts.values()), sum(one.late.n for one in counts.values()))


@pytest.mark.parametrize("guard", GUARDS)
def test_the_database_refuses(guard: str) -> None:
    suppliers("ACME")
    record(draft("D-1"))
    with pytest.raises(IntegrityError, match=guard):
        _insert(**GUARDS[guard])
    assert _late() == (0, 1)


@pytest.mark.parametrize("guard", GUARDS)
def test_without_the_guard_a_late_line_appears(guard: str) -> None:
    suppliers("ACME")
    record(draft("D-1"))
    _without(guard)
    _insert(**GUARDS[guard])
    assert _late() == (1, 2)


def test_a_fact_cannot_correct_itself_away() -> None:
    suppliers("ACME")
    with pytest.raises(IntegrityError, match="deliveryfact_corrects_an_older_one"):
        _insert(id=10**6, corrects_id=10**6, outcome="open")
    _without("deliveryfact_corrects_an_older_one")
    _insert(id=10**6, corrects_id=10**6, outcome="open")
    assert _late() == (0, 0)
    assert DeliveryFact.objects.count() == 1


def test_a_fork_of_corrections_is_refused_by_the_database() -> None:
    """Two facts that correct the same one would both count."""
    suppliers("ACME")
    record(draft("D-1"), draft("D-2", corrects="D-1"))
    first = DeliveryFact.objects.get(key="D-1")
    copy = DeliveryFact.objects.get(key="D-2")
    copy.pk, copy.key = None, "D-3"
    with pytest.raises(IntegrityError, match="corrects_id"), transaction.atomic():
        copy.save(force_insert=True)
    assert list(DeliveryFact.objects.filter(corrects=first).values_list("key", flat=True)) == ["D-2"]


def test_facts_are_not_changed() -> None:
    suppliers("ACME")
    record(draft("D-1"))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        DeliveryFact.objects.update(withdrawn=True)
    assert not DeliveryFact.objects.get().withdrawn
