"""What becomes of submitted answers: an assessment that stands on them, or back with a note."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit, changing
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.assessment import services as assessments
from suppliers.assessment import words
from suppliers.assessment.models import Assessment
from suppliers.assessment.rules.drafts import AssessmentDraft
from suppliers.assessment.rules.metrics import Dimension
from suppliers.assessment.rules.policy import Method
from suppliers.directory.services import common
from suppliers.questionnaires import selectors
from suppliers.questionnaires.models import AnswerSheet
from suppliers.questionnaires.rules import judging

LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer decides. points: as they count; reason: why they differ from what was worked out."""

    points: Mapping[Dimension, int]
    reason: str
    valid_until: date


@transaction.atomic
def accept(*, sheet_id: int, version: int, verdict: Verdict, actor: User | None, now: datetime) -> Assessment:
    """Make an assessment draft of submitted answers, which are frozen as its evidence.

    Raises Stale, and Refusal (supplier.role, sheet.state, sheet.reason, assessment.*).
    """
    common.require_editor(actor)
    sheet = _hold_submitted(sheet_id, version)
    worked_out = judging.points(selectors.body_of(sheet.questionnaire), sheet.answers)
    if dict(verdict.points) != worked_out and not verdict.reason:
        raise Refusal("sheet.reason", _("The points differ from what was worked out. Say why."), "reason")
    draft = AssessmentDraft(
        method=Method.QUESTIONNAIRE,
        made_on=common.today(now),
        valid_until=verdict.valid_until,
        points=verdict.points,
        evidence=_evidence(sheet, worked_out, verdict),
    )
    row = assessments.start_assessment(supplier_id=sheet.supplier_id, draft=draft, actor=actor, now=now)
    sheet.state, sheet.assessment = AnswerSheet.State.ACCEPTED, row
    sheet.version += 1
    sheet.links.filter(revoked_at=None).update(revoked_at=now)
    sheet.save(update_fields=["state", "assessment", "version"])
    audit.record(
        actor=actor, verb="sheet.accept", subject=common.subject(sheet.supplier_id), now=now, sheet=sheet.pk,
        assessment=row.pk, worked_out={name.value: found for name, found in worked_out.items()},
    )  # fmt: skip
    return row


@transaction.atomic
def send_back(*, sheet_id: int, version: int, note: str, actor: User | None, now: datetime) -> AnswerSheet:
    """Open submitted answers again, with a note on what is missing. Raises Stale, Refusal (sheet.state, sheet.note)."""
    common.require_editor(actor)
    sheet = _hold_submitted(sheet_id, version)
    if not note.strip():
        raise Refusal("sheet.note", _("Say what is missing, so that it can be answered."), "note")
    sheet.state, sheet.note = AnswerSheet.State.OPEN, note.strip()[:LONGEST_NOTE]
    sheet.version += 1
    sheet.save(update_fields=["state", "note", "version"])
    audit.record(
        actor=actor, verb="sheet.send_back", subject=common.subject(sheet.supplier_id), now=now, sheet=sheet.pk
    )
    return sheet


def _hold_submitted(sheet_id: int, version: int) -> AnswerSheet:
    sheet = changing.lock(AnswerSheet.objects.select_related("questionnaire"), pk=sheet_id, version=version)
    if sheet.state != AnswerSheet.State.SUBMITTED:
        raise Refusal("sheet.state", _("These answers are not waiting for a review. Reload to see where they stand."))
    return sheet


def _evidence(sheet: AnswerSheet, worked_out: Mapping[Dimension, int], verdict: Verdict) -> str:
    """The paper trail in words: which answers, which points, and why they were changed."""
    submission = sheet.submissions.latest("number")
    title = selectors.body_of(sheet.questionnaire).title.in_language("en")
    head = _("%(title)s, version %(number)s, submitted on %(day)s. SHA-256 of the answers: %(digest)s") % {
        "title": title,
        "number": sheet.questionnaire.number,
        "day": f"{submission.at:%Y-%m-%d}",
        "digest": submission.digest,
    }
    earned = ", ".join(f"{words.DIMENSIONS[name]} {found}" for name, found in worked_out.items())
    lines = [head, _("Worked out: %(points)s") % {"points": earned or "—"}]
    if verdict.reason:
        lines.append(_("Changed, because: %(reason)s") % {"reason": verdict.reason})
    return "\n".join(lines)
