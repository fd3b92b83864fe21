"""Saving a version of a questionnaire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.directory.services import common
from suppliers.questionnaires.models import Questionnaire, QuestionnaireVersion
from suppliers.questionnaires.rules import reading
from suppliers.questionnaires.rules.answers import fingerprint

SENTENCES = {
    "quest.shape": gettext_lazy("%(where)s is no object with names and values. Correct it."),
    "quest.empty": gettext_lazy("%(where)s has no %(said)s. Give it a list with at least one entry."),
    "quest.many": gettext_lazy("%(where)s has more than can be kept (%(said)s). Split the questionnaire."),
    "quest.id": gettext_lazy(
        "%(where)s has the id “%(said)s”. Give it one that begins with a letter and goes on with letters, digits, _ -"
    ),
    "quest.twice": gettext_lazy("The id “%(where)s” stands twice. Give each item and answer its own."),
    "quest.key": gettext_lazy("“%(where)s” says “%(said)s”, which no item has. Remove it, or correct its spelling."),
    "quest.kind": gettext_lazy("“%(where)s” is of the kind “%(said)s”, which does not exist."),
    "quest.dimension": gettext_lazy("“%(where)s” earns points for “%(said)s”, which is no dimension."),
    "quest.severity": gettext_lazy("“%(where)s” has the severity “%(said)s”. Say critical, high, medium or low."),
    "quest.weight": gettext_lazy("“%(where)s” weighs %(said)s. Give it a number above 0, up to 100."),
    "quest.bounds": gettext_lazy("The smallest and the largest number of “%(where)s” do not fit. Correct them."),
    "quest.text": gettext_lazy("“%(where)s” has no text to show. Write it, in English at least."),
    "quest.language": gettext_lazy("“%(where)s” has a text for “%(said)s”. Texts are in en, zh-Hans, zh-Hant and pl."),
    "quest.long": gettext_lazy("The text of “%(where)s” is longer than 4000 characters. Shorten it."),
    "quest.choices": gettext_lazy("“%(where)s” has one answer alone. Give it two or more."),
    "quest.condition": gettext_lazy("The condition of “%(where)s” cannot be read: %(said)s."),
    "quest.order": gettext_lazy(
        "“%(where)s” depends on “%(said)s”, which is not asked further up. Move it, or correct it."
    ),
    "quest.na": gettext_lazy("“%(where)s” cannot have “does not apply”: only questions with answers to choose can."),
    "quest.warning": gettext_lazy("The warning “%(where)s” needs a condition and a severity."),
}


@transaction.atomic
def save_version(*, key: str, body: Mapping[str, Any], actor: User | None, now: datetime) -> QuestionnaireVersion:
    """Write the next version of a questionnaire, which is made when it is missing; the versions before it stay.

    The same questions as the newest version are no new one. Raises Refusal (quest.*, supplier.role).
    """
    common.require_editor(actor)
    _found, problems = reading.read(body)
    if problems:
        raise _refusal(problems[0])
    Questionnaire.objects.bulk_create([Questionnaire(key=key)], ignore_conflicts=True)
    questionnaire = Questionnaire.objects.select_for_update().get(key=key)
    digest = fingerprint(body)
    newest = questionnaire.versions.order_by("-number").first()
    if newest is not None and newest.digest == digest:
        return newest
    version = QuestionnaireVersion.objects.create(
        questionnaire=questionnaire,
        number=newest.number + 1 if newest else 1,
        body=body,
        digest=digest,
        saved_by=actor,
        saved_at=now,
    )
    audit.record(
        actor=actor, verb="questionnaire.save", subject=f"questionnaire:{key}", now=now, version=version.number
    )
    return version


def _refusal(problem: reading.Problem) -> Refusal:
    return Refusal(problem.code, SENTENCES[problem.code] % {"where": problem.where, "said": problem.said}, "body")
