"""Facts, assessments and policies in the database, in few words."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from suppliers.assessment import services as assessment
from suppliers.assessment.models import Assessment, CriticalEvent, PolicyVersion
from suppliers.assessment.rules.drafts import AssessmentDraft, EventDraft
from suppliers.assessment.rules.metrics import Dimension
from suppliers.directory.models import Supplier
from suppliers.performance import services as performance
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
from suppliers.performance.rules.lines import Outcome
from tests.factories import NOW
from tests.suppliers.assessment.kit import body

TODAY = NOW.date()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def moment(days: int, hours: int = 0) -> datetime:
    """So many days before today at 08:00, and so many hours later."""
    return datetime(TODAY.year, TODAY.month, TODAY.day, 8, tzinfo=UTC) - timedelta(days=days) + timedelta(hours=hours)


def save_policy(**changes: Any) -> PolicyVersion:
    return assessment.save_policy(body=body(**changes), note="", actor=None, now=NOW)


def delivery(key: str, late: int | None = 0, *, code: str = "ACME", promised: int = 30, **fields: Any) -> DeliveryDraft:
    """10 of 10 pieces, promised so many days ago, so many days late; late None: still open."""
    given: dict[str, Any] = {
        "key": key,
        "supplier_code": code,
        "order_ref": key,
        "ordered_on": ago(promised + 30),
        "promised_on": ago(promised),
        "quantity_ordered": 10,
    }
    if late is not None:
        came = {"delivered_on": ago(promised - late), "quantity_delivered": 10, "outcome": Outcome.DELIVERED}
        given |= came
    return DeliveryDraft(**given | fields)


def deliver(*drafts: DeliveryDraft, now: datetime = NOW) -> None:
    performance.record_deliveries(source="test", drafts=drafts, actor=None, now=now)


def lots(*rejected: bool, code: str = "ACME", prefix: str = "L", **fields: Any) -> None:
    """Inspected lots of 100 units, one a value."""
    given: dict[str, Any] = {"observed_on": ago(10)} | fields
    drafts = [
        QualityDraft(
            key=f"{prefix}-{code}-{number}",
            supplier_code=code,
            kind=QualityKind.LOT,
            lot_ref=f"LOT-{number}",
            units_checked=100,
            units_defective=5 if bad else 0,
            rejected=bad,
            **given,
        )
        for number, bad in enumerate(rejected)
    ]
    performance.record_quality(source="test", drafts=drafts, actor=None, now=NOW)


def every_kind(code: str = "ACME") -> None:
    """Some facts of each kind, with values that are easy to check by hand."""
    deliver(*[delivery(f"PO-{code}-{n}", 0 if n < 8 else 4, code=code, promise_changes=n // 9) for n in range(10)])
    lots(False, False, False, False, True, code=code, label_errors=1, defect_code="SEAM")
    quality = [
        QualityDraft(
            key=f"R-{code}",
            supplier_code=code,
            kind=QualityKind.RETURNS,
            observed_on=ago(5),
            units_checked=1000,
            units_defective=4,
        ),
        QualityDraft(key=f"C-{code}", supplier_code=code, kind=QualityKind.RECALL, observed_on=ago(5)),
    ]
    performance.record_quality(source="test", drafts=quality, actor=None, now=NOW)
    acks = [
        AckDraft(
            key=f"O-{code}-1",
            supplier_code=code,
            kind=AckKind.ORDER,
            asked_at=moment(20),
            answered_at=moment(20, 6),
            quantity_asked=100,
            quantity_confirmed=80,
            at_peak=True,
        ),
        AckDraft(
            key=f"O-{code}-2",
            supplier_code=code,
            kind=AckKind.ORDER,
            asked_at=moment(20),
            quantity_asked=100,
            at_peak=True,
        ),
        AckDraft(
            key=f"O-{code}-3", supplier_code=code, kind=AckKind.ORDER, asked_at=moment(20), answered_at=moment(20, 30)
        ),
        AckDraft(
            key=f"S-{code}-1",
            supplier_code=code,
            kind=AckKind.SURGE,
            asked_at=moment(9),
            answered_at=moment(9, 1),
            accepted=True,
        ),
        AckDraft(key=f"S-{code}-2", supplier_code=code, kind=AckKind.SURGE, asked_at=moment(9)),
        AckDraft(key=f"S-{code}-3", supplier_code=code, kind=AckKind.SURGE, asked_at=NOW),
        AckDraft(
            key=f"T-{code}-1",
            supplier_code=code,
            kind=AckKind.SUBSTITUTE,
            asked_at=moment(9),
            answered_at=moment(9, 12),
            accepted=True,
        ),
    ]
    performance.record_acknowledgements(source="test", drafts=acks, actor=None, now=NOW)
    invoices = [
        InvoiceDraft(
            key=f"I-{code}-1",
            supplier_code=code,
            invoice_ref="F-1",
            invoiced_on=ago(9),
            currency="EUR",
            amount=Decimal(1000),
            amount_disputed=Decimal(100),
            matched=False,
            unit_price=Decimal(11),
            unit_price_agreed=Decimal(10),
            deposit_open=Decimal(500),
        ),
        InvoiceDraft(
            key=f"I-{code}-2",
            supplier_code=code,
            invoice_ref="F-2",
            invoiced_on=ago(9),
            currency="PLN",
            amount=Decimal(10),
            amount_disputed=Decimal(0),
            matched=True,
            unit_price=Decimal(10),
            unit_price_agreed=Decimal(10),
        ),
    ]
    performance.record_invoices(source="test", drafts=invoices, actor=None, now=NOW)
    claims = [
        ClaimDraft(
            key=f"K-{code}-1",
            supplier_code=code,
            claim_ref="K-1",
            opened_on=ago(90),
            currency="EUR",
            amount_claimed=Decimal(200),
            amount_recovered=Decimal(150),
            closed_on=ago(9),
        ),
        ClaimDraft(
            key=f"K-{code}-2",
            supplier_code=code,
            claim_ref="K-2",
            opened_on=ago(9),
            currency="EUR",
            amount_claimed=Decimal(200),
        ),
    ]
    performance.record_claims(source="test", drafts=claims, actor=None, now=NOW)
    ratings = [
        RatingDraft(
            key=f"{kind}-{code}",
            supplier_code=code,
            kind=kind,
            observed_on=ago(3),
            value=Decimal(value),
            out_of=None if out_of is None else Decimal(out_of),
            answers=answers,
        )
        for kind, value, out_of, answers in (
            (RatingKind.STARS, "4.5", 5, 40),
            (RatingKind.SATISFACTION, 80, 100, 20),
            (RatingKind.COMPLAINTS, 6, 2000, 1),
            (RatingKind.FEED_UPTIME, 1368, 1440, 1),
            (RatingKind.FEED_AGE, 3, None, 1),
        )
    ]
    performance.record_ratings(source="test", drafts=ratings, actor=None, now=NOW)


def draft(points: Mapping[Dimension, int] | None = None, **fields: Any) -> AssessmentDraft:
    given: dict[str, Any] = {
        "method": "site_visit",
        "made_on": ago(30),
        "valid_until": TODAY + timedelta(days=300),
        "points": {Dimension.QUALITY: 60} if points is None else points,
    }
    return AssessmentDraft(**given | fields)


def assess(supplier: Supplier, points: int = 60, **fields: Any) -> Assessment:
    """A submitted assessment of quality."""
    given = {"points": {Dimension.QUALITY: points}} | fields
    row = assessment.start_assessment(supplier_id=supplier.pk, draft=draft(**given), actor=None, now=NOW)
    return assessment.submit_assessment(assessment_id=row.pk, version=1, actor=None, now=NOW)


def happen(supplier: Supplier, kind: str = "insolvency", **fields: Any) -> CriticalEvent:
    given: dict[str, Any] = {"happened_on": ago(1), "note": "The court opened proceedings."}
    return assessment.add_event(supplier_id=supplier.pk, draft=EventDraft(kind, **given | fields), actor=None, now=NOW)


def rescore(day: date = TODAY, **fields: Any) -> assessment.Rescored:
    return assessment.rescore(day=day, now=NOW + timedelta(days=(day - TODAY).days), **fields)
