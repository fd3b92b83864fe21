"""Writes to sheets: started, saved while somebody answers, handed in once, closed."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import User
from backoffice.kernel.page_runs import Run, after, may_save
from suppliers.directory.services import common
from suppliers.evidence import services as evidence
from suppliers.evidence.models import EvidenceFile
from suppliers.questionnaires import selectors
from suppliers.questionnaires.models import AnswerSheet, QuestionnaireVersion, SheetFile, SheetLink, Submission
from suppliers.questionnaires.rules import answers as rules
from suppliers.questionnaires.rules import judging
from suppliers.questionnaires.rules.body import LANGUAGES, Kind

MOST_FILES_OF_A_SHEET = 40
State = AnswerSheet.State


@transaction.atomic
def start(
    *, supplier_id: int, questionnaire_id: int, by: str, language: str, due_on: date | None, actor: User | None,
    now: datetime,
) -> AnswerSheet:  # fmt: skip
    """A new sheet with the newest questions. Raises Refusal (supplier.role, sheet.language, sheet.again, sheet.due)."""
    common.require_editor(actor)
    supplier = common.hold(supplier_id)
    if language not in LANGUAGES:
        raise Refusal("sheet.language", _("Choose a language from the list."), "language")
    if due_on is not None and due_on < common.today(now):
        raise Refusal("sheet.due", _("This day is over. Choose a later one."), "due_on")
    version = QuestionnaireVersion.objects.filter(questionnaire_id=questionnaire_id).order_by("-number").first()
    if version is None:
        raise Refusal("sheet.questionnaire", _("Choose a questionnaire from the list."), "questionnaire")
    at_work = AnswerSheet.objects.filter(supplier=supplier, state__in=[State.OPEN, State.SUBMITTED])
    if at_work.filter(questionnaire__questionnaire_id=questionnaire_id).exists():
        raise Refusal(
            "sheet.again", _("This supplier has that questionnaire open already. Go on with it, or close it first."),
            "questionnaire",
        )  # fmt: skip
    sheet = AnswerSheet.objects.create(
        supplier=supplier,
        questionnaire=version,
        by=by,
        language=language,
        due_on=due_on,
        started_by=actor,
        started_at=now,
    )
    _told(sheet, "sheet.start", actor, now, by=by)
    return sheet


@transaction.atomic
def save_answers(
    *, sheet_id: int, version: int, page: str, closes: bool, given: Mapping[str, Any], on_page: Collection[str],
    now: datetime, language: str = "",
) -> AnswerSheet:  # fmt: skip
    """Keep what a page shows; what it does not show stays. page, closes: see kernel.page_runs.

    Saves come every few seconds, so none is told in the log; handing in is. Raises Stale where somebody else saved
    meanwhile, and Refusal (sheet.state, sheet.answer).
    """
    sheet = _hold_open(sheet_id)
    run = Run(sheet.page, sheet.page_since)
    if not may_save(version=sheet.version, run=run, seen=version, page=page):
        raise Stale("row.stale", _("Somebody else changed this meanwhile. Nothing was overwritten."))
    found = rules.merged(selectors.body_of(sheet.questionnaire), sheet.answers, given, on_page=on_page)
    _check(sheet, found)
    run = after(version=sheet.version, run=run, page=page, closes=closes)
    sheet.answers, sheet.page, sheet.page_since = found, run.page, run.since
    sheet.saved_at = now
    sheet.language = language if language in LANGUAGES else sheet.language
    sheet.version += 1
    sheet.save(update_fields=["answers", "language", "page", "page_since", "saved_at", "version"])
    return sheet


@transaction.atomic
def attach(*, sheet_id: int, item: str, content: bytes, name: str, actor: User | None, now: datetime) -> EvidenceFile:
    """Keep a file as part of the answer to one question. Raises Refusal (sheet.state, sheet.files, file.*)."""
    sheet = _hold_open(sheet_id)
    asked = selectors.body_of(sheet.questionnaire).items.get(item)
    if asked is None or asked.kind is not Kind.UPLOAD:
        raise Refusal("sheet.answer", _("This question takes no file."))
    held = list(sheet.answers.get(item) or [])
    if len(held) >= rules.MOST_FILES or sheet.files.count() >= MOST_FILES_OF_A_SHEET:
        raise Refusal("sheet.files", _("There are as many files as can be kept here. Take one away first."))
    file = evidence.keep(content=content, name=name, actor=actor, now=now)
    SheetFile.objects.create(sheet=sheet, item=item, file=file)
    sheet.answers = {**sheet.answers, item: [*held, file.pk]}
    sheet.saved_at = now
    sheet.version += 1
    sheet.save(update_fields=["answers", "saved_at", "version"])
    _told(sheet, "sheet.file", actor, now, file=file.pk)
    return file


@transaction.atomic
def submit(*, sheet_id: int, version: int, actor: User | None, link: SheetLink | None, now: datetime) -> AnswerSheet:
    """Hand in what was saved, once; it waits for somebody to review it.

    Raises Stale where something was saved that the page did not show, and Refusal (sheet.state, sheet.incomplete).
    """
    sheet = _hold_open(sheet_id)
    if sheet.version != version:
        raise Stale("row.stale", _("Somebody else changed this meanwhile. Nothing was overwritten."))
    body = selectors.body_of(sheet.questionnaire)
    if missing := judging.progress(body, sheet.answers).open:
        asked = body.items[missing[0]].text.in_language(sheet.language)
        raise Refusal("sheet.incomplete", _("Not answered yet: %(question)s") % {"question": asked}, missing[0])
    sheet.state, sheet.submitted_at, sheet.note = State.SUBMITTED, now, ""
    sheet.version += 1
    sheet.save(update_fields=["state", "submitted_at", "note", "version"])
    newest = sheet.submissions.aggregate(n=Max("number"))["n"] or 0
    Submission.objects.create(
        sheet=sheet, number=newest + 1, answers=sheet.answers, actor=actor, link=link, at=now,
        digest=rules.digest(sheet.questionnaire.digest, sheet.answers),
    )  # fmt: skip
    _told(sheet, "sheet.submit", actor, now, submission=newest + 1)
    return sheet


@transaction.atomic
def close(*, sheet_id: int, actor: User | None, now: datetime) -> AnswerSheet:
    """Nobody answers any more, its links end, and what was answered stays. Raises Refusal (sheet.state)."""
    common.require_editor(actor)
    sheet = AnswerSheet.objects.select_for_update().get(pk=sheet_id)
    if sheet.state not in (State.OPEN, State.SUBMITTED):
        raise _wrong_state()
    sheet.state = State.CLOSED
    sheet.version += 1
    sheet.save(update_fields=["state", "version"])
    sheet.links.filter(revoked_at=None).update(revoked_at=now)
    _told(sheet, "sheet.close", actor, now)
    return sheet


def _hold_open(sheet_id: int) -> AnswerSheet:
    """The sheet, held until the transaction ends, when it may be answered."""
    rows = AnswerSheet.objects.select_for_update(of=("self",)).select_related("questionnaire")
    sheet = rows.get(pk=sheet_id)
    if sheet.state != State.OPEN:
        raise _wrong_state()
    return sheet


def _wrong_state() -> Refusal:
    return Refusal("sheet.state", _("These answers were handed in or closed meanwhile, so they stay as they are."))


def _check(sheet: AnswerSheet, found: Mapping[str, Any]) -> None:
    body = selectors.body_of(sheet.questionnaire)
    for name, value in found.items():
        if not rules.fits(body.items[name], value):
            asked = body.items[name].text.in_language(sheet.language)
            raise Refusal("sheet.answer", _("This answer cannot be kept: %(question)s") % {"question": asked}, name)
    named = {pk for name, value in found.items() if body.items[name].kind is Kind.UPLOAD for pk in value}
    if named and named - set(sheet.files.values_list("file_id", flat=True)):
        raise Refusal("sheet.answer", _("A file of this answer belongs to something else."))


def _told(sheet: AnswerSheet, verb: str, actor: User | None, now: datetime, **detail: Any) -> None:
    audit.record(
        actor=actor, verb=verb, subject=common.subject(sheet.supplier_id), now=now, sheet=sheet.pk,
        questionnaire=sheet.questionnaire_id, **detail,
    )  # fmt: skip
