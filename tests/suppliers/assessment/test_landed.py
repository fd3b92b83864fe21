"""Facts in few words: nothing is said that nobody noted."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from suppliers.assessment import words
from suppliers.assessment.rules.metrics import Evidence
from suppliers.assessment.selectors.landed import listed
from suppliers.performance import services as performance
from suppliers.performance.rules.facts import AckDraft, AckKind, ClaimDraft, DeliveryDraft, QualityDraft, QualityKind
from suppliers.performance.rules.lines import Outcome
from tests.factories import NOW
from tests.factories.suppliers import make_supplier
from tests.suppliers.assessment import facts
from tests.suppliers.assessment.facts import TODAY, ago, moment

pytestmark = pytest.mark.django_db


def told(evidence: Evidence, supplier_id: int) -> dict[str, str]:
    rows, _page = listed(evidence, supplier_id, cursor=None, day=TODAY, now=NOW)
    return {row.key: words.fact(row.told.code, row.told.ref, row.told.number) for row in rows}


def test_deliveries() -> None:
    supplier = make_supplier("ACME")
    given: dict[str, Any] = {"supplier_code": "ACME"}
    facts.deliver(
        facts.delivery("late", 9),
        facts.delivery("early", -2),
        facts.delivery("on the day", 0),
        facts.delivery("open", None),
        facts.delivery("waiting", None, promised=-5),
        DeliveryDraft(key="ordered", ordered_on=ago(3), **given),
        DeliveryDraft(key="arrived", outcome=Outcome.DELIVERED, delivered_on=ago(1), **given),
        DeliveryDraft(key="unknown", outcome=Outcome.UNKNOWN, promised_on=ago(9), **given),
        DeliveryDraft(key="gone", corrects="late", withdrawn=True, **given),
    )
    assert told(Evidence.DELIVERY, supplier.pk) == {
        "late": "late arrived 9 days after the promise",
        "early": "early arrived 2 days before the promise",
        "on the day": "on the day arrived on the promised day",
        "open": "open is still open 30 days after the promise",
        "waiting": "waiting is ordered and not due yet",
        "ordered": "ordered is ordered without a promise",
        "arrived": "arrived arrived without a promise",
        "unknown": "nobody noted whether unknown came",
        "gone": "gone was withdrawn",
    }


def test_a_lot_without_a_verdict_was_neither_accepted_nor_rejected() -> None:
    supplier = make_supplier("ACME")
    drafts = [
        QualityDraft(
            key=str(rejected), supplier_code="ACME", kind=QualityKind.LOT, observed_on=TODAY, rejected=rejected
        )
        for rejected in (True, False, None)
    ]
    performance.record_quality(source="test", drafts=drafts, actor=None, now=NOW)
    assert told(Evidence.QUALITY, supplier.pk) == {
        "True": "lot True was rejected",
        "False": "lot False was accepted",
        "None": "lot None was inspected, with no verdict",
    }
    rows, _page = listed(Evidence.QUALITY, supplier.pk, cursor=None, day=TODAY, now=NOW)
    assert {row.key: row.told.severity for row in rows} == {"True": 1, "False": 0, "None": 0}


def test_questions_and_claims() -> None:
    supplier = make_supplier("ACME")
    asked: dict[str, Any] = {"supplier_code": "ACME", "kind": AckKind.SURGE, "asked_at": moment(9)}
    answered: dict[str, Any] = {"answered_at": moment(9, 5)}
    acks = [
        AckDraft(key="yes", accepted=True, **asked, **answered),
        AckDraft(key="no", accepted=False, **asked, **answered),
        AckDraft(key="silent", **asked),
    ]
    performance.record_acknowledgements(source="test", drafts=acks, actor=None, now=NOW)
    claimed: dict[str, Any] = {
        "supplier_code": "ACME", "opened_on": ago(30), "currency": "EUR", "amount_claimed": 200,
    }  # fmt: skip
    claims = [
        ClaimDraft(key="open", claim_ref="K-1", **claimed),
        ClaimDraft(key="part", claim_ref="K-2", closed_on=TODAY, amount_recovered=Decimal(50), **claimed),
        ClaimDraft(key="untold", claim_ref="K-3", closed_on=TODAY - timedelta(days=1), **claimed),
    ]
    performance.record_claims(source="test", drafts=claims, actor=None, now=NOW)
    assert told(Evidence.ACK, supplier.pk) == {
        "yes": "yes was answered after 5 hours",
        "no": "no was declined",
        "silent": "silent was never answered",
    }
    assert told(Evidence.CLAIM, supplier.pk) == {
        "open": "claim K-1 is open",
        "part": "of claim K-2 25 % came back",
        "untold": "claim K-3 is closed, what came back is not known",
    }
