"""Writes to assessments: started, changed while they are drafts, and submitted once."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import audit, changing
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.assessment.models import Assessment
from suppliers.assessment.rules.drafts import AssessmentDraft
from suppliers.assessment.rules.metrics import Dimension
from suppliers.assessment.services import scorecards
from suppliers.directory.services import common


@transaction.atomic
def start_assessment(*, supplier_id: int, draft: AssessmentDraft, actor: User | None, now: datetime) -> Assessment:
    """Write a draft, which does not count yet. Raises Refusal (supplier.role, assessment.*)."""
    common.require_editor(actor)
    common.hold(supplier_id)
    _check(draft)
    row = Assessment.objects.create(supplier_id=supplier_id, assessor=actor, saved_at=now, **_columns(draft))
    audit.record(
        actor=actor, verb="assessment.start", subject=common.subject(supplier_id), now=now, assessment=row.pk,
        method=row.method,
    )  # fmt: skip
    return row


@transaction.atomic
def change_assessment(
    *, assessment_id: int, version: int, draft: AssessmentDraft, actor: User | None, now: datetime
) -> Assessment:
    """Write what differs. Raises Stale where somebody saved meanwhile, and Refusal (supplier.role, assessment.*)."""
    common.require_editor(actor)
    row = changing.lock(Assessment.objects.all(), pk=assessment_id, version=version)
    _refuse_submitted(row)
    _check(draft)
    changed = changing.apply(row, _columns(draft))
    if changed:
        audit.record(
            actor=actor, verb="assessment.change", subject=common.subject(row.supplier_id), now=now,
            assessment=row.pk, **audit.changes(changed),
        )  # fmt: skip
    return row


@transaction.atomic
def submit_assessment(*, assessment_id: int, version: int, actor: User | None, now: datetime) -> Assessment:
    """Let the assessment count from now on, and score the supplier again at once. It never changes afterwards.

    Raises Stale where somebody changed it meanwhile, and Refusal (supplier.role, assessment.submitted,
    assessment.empty).
    """
    common.require_editor(actor)
    row = changing.lock(Assessment.objects.all(), pk=assessment_id, version=version)
    _refuse_submitted(row)
    if not row.points():
        raise Refusal("assessment.empty", _("Give points to at least one dimension, then submit."))
    changing.apply(row, {"state": Assessment.State.SUBMITTED, "submitted_at": now})
    audit.record(
        actor=actor, verb="assessment.submit", subject=common.subject(row.supplier_id), now=now, assessment=row.pk,
        points={name.value: points for name, points in row.points().items()},
    )  # fmt: skip
    scorecards.rescore(day=timezone.localdate(now), now=now, supplier_ids=[row.supplier_id])
    return row


def _columns(draft: AssessmentDraft) -> dict[str, Any]:
    own = asdict(draft)
    points = own.pop("points")
    return own | {name.value: points.get(name) for name in Dimension}


def _refuse_submitted(row: Assessment) -> None:
    if row.state == Assessment.State.SUBMITTED:
        raise Refusal("assessment.submitted", _("This assessment is submitted and stays as it is. Start a new one."))


def _check(draft: AssessmentDraft) -> None:
    if draft.method not in Assessment.How.values:
        raise Refusal("assessment.method", _("Choose how the assessment was made."), "method")
    if draft.valid_until < draft.made_on:
        raise Refusal("assessment.dates", _("It cannot end before it was made. Swap the days."), "valid_until")
    for name, points in draft.points.items():
        if not 0 <= points <= 100:
            raise Refusal("assessment.points", _("Points go from 0 to 100."), name.value)
