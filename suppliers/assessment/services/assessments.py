"""Writes to assessments: started, changed while they are drafts, and submitted once."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import audit, changing, form_tokens
from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import User
from backoffice.kernel.page_runs import Run, after, may_save
from suppliers.assessment.models import Assessment
from suppliers.assessment.rules.drafts import AssessmentDraft
from suppliers.assessment.rules.metrics import Dimension
from suppliers.assessment.services import reminding, scorecards
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
    reminding.forget(row, now=now)
    scorecards.rescore(day=timezone.localdate(now), now=now, supplier_ids=[row.supplier_id])
    return row


@transaction.atomic
def save_draft(
    *, supplier_id: int, assessment_id: int | None, version: int, page: str, closes: bool, draft: AssessmentDraft,
    actor: User | None, now: datetime,
) -> Assessment:  # fmt: skip
    """Keep what an open page holds: the first time as a new draft, then over what that page saved before.

    assessment_id None: the page began with nothing; the draft that it made is found by the page. page, closes: see
    kernel.page_runs. Raises Stale where somebody else saved meanwhile, and Refusal (supplier.role, assessment.*).
    """
    common.require_editor(actor)
    common.hold(supplier_id)
    row = _of_page(supplier_id, assessment_id, page)
    if row is None:
        if not closes and form_tokens.is_used(page):
            raise Stale("row.stale", _("This page was saved and left, so nothing more is saved from it."))
        row = start_assessment(supplier_id=supplier_id, draft=draft, actor=actor, now=now)
        row.page, row.page_since = ("" if closes else page), 0
        row.save(update_fields=["page", "page_since"])
        return row
    _refuse_submitted(row)
    row_page, run = row.page, Run(row.page, row.page_since)
    if not may_save(version=row.version, run=run, seen=version, page=page):
        raise Stale("row.stale", _("Somebody else changed this meanwhile. Nothing was overwritten."))
    _check(draft)
    run = after(version=row.version, run=run, page=page, closes=closes)
    changed = changing.apply(row, _columns(draft) | {"page": run.page, "page_since": run.since, "saved_at": now})
    told = {name: pair for name, pair in changed.items() if name not in ("page", "page_since", "saved_at")}
    # One entry for each page that saves by itself, and one for its button; submitting tells the points.
    if told and (closes or row_page != page):
        audit.record(
            actor=actor, verb="assessment.change", subject=common.subject(row.supplier_id), now=now,
            assessment=row.pk, **audit.changes(told),
        )  # fmt: skip
    return row


def _of_page(supplier_id: int, assessment_id: int | None, page: str) -> Assessment | None:
    rows = Assessment.objects.select_for_update(of=("self",)).filter(supplier_id=supplier_id)
    if assessment_id is not None:
        return rows.get(pk=assessment_id)
    return rows.filter(page=page, state=Assessment.State.DRAFT).first() if page else None


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
