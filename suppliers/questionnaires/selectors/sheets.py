"""Questionnaires and sheets as pages need them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Prefetch, QuerySet

from suppliers.evidence.models import EvidenceFile
from suppliers.questionnaires.models import AnswerSheet, QuestionnaireVersion, SheetFile, SheetLink
from suppliers.questionnaires.rules import judging, reading
from suppliers.questionnaires.rules.body import Body, Item

MOST_SHEETS = 50


@dataclass(frozen=True, slots=True)
class Choosable:
    """A questionnaire that can be asked now."""

    questionnaire_id: int
    version: QuestionnaireVersion
    body: Body


def body_of(version: QuestionnaireVersion) -> Body:
    """The questions of a version. They never change, so the last few are kept."""
    return _read(version.digest, version.pk)


@lru_cache(maxsize=64)
def _read(_digest: str, pk: int) -> Body:
    body, problems = reading.read(QuestionnaireVersion.objects.values_list("body", flat=True).get(pk=pk))
    if body is None:
        raise ValueError(f"questionnaire version {pk} cannot be read: {problems[0].code}")
    return body


def choosable() -> list[Choosable]:
    """The newest version of each questionnaire that is still asked."""
    newest = (
        QuestionnaireVersion.objects.filter(questionnaire__is_retired=False)
        .order_by("questionnaire_id", "-number")
        .distinct("questionnaire_id")
        .defer("body")
    )
    return [Choosable(one.questionnaire_id, one, body_of(one)) for one in newest]


def sheet(pk: int) -> QuerySet[AnswerSheet]:
    """One sheet with what its pages show of it."""
    return AnswerSheet.objects.filter(pk=pk).select_related(
        "supplier", "questionnaire", "questionnaire__questionnaire", "started_by", "assessment"
    )


def of_supplier(supplier_id: int) -> list[AnswerSheet]:
    """The sheets of one supplier, newest first."""
    links = Prefetch("links", queryset=SheetLink.objects.order_by("-id"))
    rows = AnswerSheet.objects.filter(supplier_id=supplier_id).select_related("questionnaire").prefetch_related(links)
    return list(rows.order_by("-id")[:MOST_SHEETS])


def find_link(*, token: str, now: datetime) -> SheetLink | None:
    """The link with this token while it works; None when there is none, it is revoked or its time is over."""
    hashed = hashlib.sha256(token.encode()).hexdigest()
    return (
        SheetLink.objects.filter(token_hash=hashed, revoked_at=None, expires_at__gt=now)
        .select_related("sheet", "sheet__supplier", "sheet__questionnaire")
        .first()
    )


def page_items(body: Body, held: judging.Answers) -> list[tuple[str, list[Item]]]:
    """The sections that show, by their id, each with its items that show."""
    shown = set(judging.visible(body, held))
    found = [(section.id, [item for item in section.items if item.id in shown]) for section in body.sections]
    return [(name, items) for name, items in found if items]


def files_of(sheet_id: int) -> dict[int, EvidenceFile]:
    """The files of a sheet, by the number that answers name them with."""
    rows = SheetFile.objects.filter(sheet_id=sheet_id).select_related("file")
    return {row.file_id: row.file for row in rows}
