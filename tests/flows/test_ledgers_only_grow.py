"""What was decided, tried and paid is added to and never rewritten: the database itself says no."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from backoffice.kernel.models import AuditEntry
from backoffice.messaging.models import DeliveryAttempt
from customercare.compensation.models import BudgetEntry
from customercare.incidents.models import TimelineEntry
from customercare.vouchers.models import VoucherEntry
from orders.sales.models import Expectation
from orders.stock.models import StockMovement
from suppliers.assessment.models import ActionStep, AssessmentFile, PolicyVersion, Scorecard, StandingChange
from suppliers.continuity.models import BackupReadiness
from suppliers.contracts.models import BreachRevision, ClaimRecovery
from suppliers.directory.models import ContactLog
from suppliers.evidence.models import EvidenceFile
from suppliers.performance.models import AckFact, ClaimFact, DeliveryFact, InvoiceFact, QualityFact, RatingFact
from suppliers.questionnaires.models import QuestionnaireVersion, SheetFile, Submission

pytestmark = pytest.mark.django_db
LEDGERS: tuple[type[models.Model], ...] = (
    AckFact,
    ActionStep,
    AssessmentFile,
    AuditEntry,
    BackupReadiness,
    BreachRevision,
    BudgetEntry,
    ClaimFact,
    ClaimRecovery,
    ContactLog,
    DeliveryAttempt,
    DeliveryFact,
    EvidenceFile,
    Expectation,
    InvoiceFact,
    PolicyVersion,
    QualityFact,
    QuestionnaireVersion,
    RatingFact,
    Scorecard,
    SheetFile,
    StandingChange,
    StockMovement,
    Submission,
    TimelineEntry,
    VoucherEntry,
)
_GUARDED = """
SELECT c.relname, t.tgtype & 8 > 0 AND t.tgtype & 16 > 0 AS on_delete_and_update
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'append_only' AND t.tgenabled = 'O'
"""
# Foreign keys without a check of their own, and the checked key that vouches for them.
VOUCHED_FOR = {
    "customercare.Grant.order": "customercare.Notice.order",
    "customercare.Voucher.store": "customercare.Voucher.order",
}
_DELETION_REFUSED = """
SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE p.proname = 'refuse_change' AND t.tgtype & 8 > 0 AND t.tgenabled = 'O'
"""


def test_what_an_unchecked_key_points_to_is_never_deleted() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_DELETION_REFUSED)
        lasting = {row[0] for row in cursor.fetchall()}
    unchecked = {
        f"{model._meta.label}.{field.name}": field.related_model._meta.db_table
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and not field.db_constraint
    }
    dangling = {name for name, table in unchecked.items() if table not in lasting}
    assert dangling == VOUCHED_FOR.keys()
    assert not VOUCHED_FOR.values() & unchecked.keys()


def test_every_ledger_is_guarded_against_change_and_deletion() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_GUARDED)
        assert dict(cursor.fetchall()) == {ledger._meta.db_table: True for ledger in LEDGERS}


@pytest.mark.parametrize("act", ["UPDATE kernel_auditentry SET verb = 'other'", "DELETE FROM kernel_auditentry"])
def test_the_log_refuses_even_who_speaks_to_the_database(act: str) -> None:
    AuditEntry.objects.create(at="2026-11-21T12:00Z", actor_label="ada", verb="incident.open", subject="incident:1")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act)

    assert [entry.verb for entry in AuditEntry.objects.all()] == ["incident.open"]
