"""Evidence beside an assessment: put there, or taken away while it is a draft."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.assessment.models import Assessment, AssessmentFile
from suppliers.assessment.selectors import files
from suppliers.directory.services import common
from suppliers.evidence import services as evidence
from suppliers.evidence.models import EvidenceFile

MOST_FILES = 30


@transaction.atomic
def attach_file(*, assessment_id: int, content: bytes, name: str, actor: User | None, now: datetime) -> EvidenceFile:
    """Keep a file beside a draft. Raises Refusal (supplier.role, assessment.submitted, assessment.files, file.*)."""
    common.require_editor(actor)
    row = _hold_draft(assessment_id)
    if len(files.attached(row.pk)) >= MOST_FILES:
        raise Refusal(
            "assessment.files", _("There are as many files as can be kept here. Take one away first."), "file"
        )
    file = evidence.keep(content=content, name=name, actor=actor, now=now)
    _write(row, file.pk, AssessmentFile.Act.ATTACH, actor, now)
    return file


@transaction.atomic
def withdraw_file(*, assessment_id: int, file_id: int, actor: User | None, now: datetime) -> None:
    """Take a file away from a draft; its row stays. Raises Refusal (supplier.role, assessment.submitted, .file)."""
    common.require_editor(actor)
    row = _hold_draft(assessment_id)
    if file_id not in {one.pk for one in files.attached(row.pk)}:
        raise Refusal("assessment.file", _("This file is not there any more. Reload to see which are."))
    _write(row, file_id, AssessmentFile.Act.WITHDRAW, actor, now)


def _hold_draft(assessment_id: int) -> Assessment:
    row = Assessment.objects.select_for_update().get(pk=assessment_id)
    if row.state == Assessment.State.SUBMITTED:
        raise Refusal("assessment.submitted", _("This assessment is submitted and stays as it is. Start a new one."))
    return row


def _write(row: Assessment, file_id: int, act: str, actor: User | None, now: datetime) -> None:
    AssessmentFile.objects.create(assessment=row, file_id=file_id, act=act, by=actor, at=now)
    audit.record(
        actor=actor, verb=f"assessment.{act}", subject=common.subject(row.supplier_id), now=now, assessment=row.pk,
        file=file_id,
    )  # fmt: skip
