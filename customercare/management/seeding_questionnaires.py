"""What lies in seeds/ about questionnaires: what is asked, and for the demo two suppliers that were asked."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from suppliers.directory.models import Supplier
from suppliers.questionnaires import services as questionnaires
from suppliers.questionnaires.models import AnswerSheet, Questionnaire, QuestionnaireVersion
from suppliers.questionnaires.rules.body import FALLBACK, LANGUAGES

SELF, CONTINUITY = "supplier-self-assessment", "continuity-and-capacity"
# One supplier of the demo is half-way, another has handed in.
HALF_WAY: dict[str, Any] = {
    "site_name": "Harbin, Daoli",
    "people": "85",
    "makes": "makes_part",
    "qms": "qms_own",
    "checks": ["checks_in", "checks_during"],
}
HANDED_IN: dict[str, Any] = {
    "used": "80",
    "surge": "surge_fifth",
    "season": "season_yes",
    "season_when": "30–31",
    "plan": "plan_written",
    "second_site": "second_site_no",
    "single": "single_yes",
    "single_what": "YKK zips; six weeks.",
    "stock_weeks": "3",
    "insured": "insured_yes",
}
ASKED = (("HARBIN-DOWN", SELF, HALF_WAY), ("TATRA", CONTINUITY, HANDED_IN))


def load_reference(folder: Path, *, now: datetime) -> int:
    """The questionnaires that nobody has saved yet; returns how many. What people changed since stays."""
    known = set(Questionnaire.objects.values_list("key", flat=True))
    new = [path for path in sorted(folder.glob("*.json")) if path.stem not in known]
    for path in new:
        body = json.loads(path.read_text(encoding="utf-8"))
        questionnaires.save_version(key=path.stem, body=body, actor=None, now=now)
    return len(new)


def load_demo(*, now: datetime) -> int:
    """Two sheets, once; returns how many are new."""
    if AnswerSheet.objects.exists():
        return 0
    suppliers = Supplier.objects.filter(code__in=[code for code, _key, _answers in ASKED]).in_bulk(field_name="code")
    for code, key, answers in ASKED:
        if code in suppliers:
            _ask(suppliers[code], key, answers, submits=answers is HANDED_IN, now=now)
    return len(suppliers)


def _ask(supplier: Supplier, key: str, answers: dict[str, Any], *, submits: bool, now: datetime) -> None:
    version = QuestionnaireVersion.objects.filter(questionnaire__key=key).latest("number")
    sheet = questionnaires.start(
        supplier_id=supplier.pk,
        questionnaire_id=version.questionnaire_id,
        by=AnswerSheet.By.SUPPLIER,
        language=supplier.language if supplier.language in LANGUAGES else FALLBACK,
        due_on=timezone.localdate(now) + timedelta(days=10),
        actor=None,
        now=now,
    )
    sheet = questionnaires.save_answers(
        sheet_id=sheet.pk, version=1, page="", closes=True, given=answers, on_page=list(answers), now=now
    )
    if submits:
        questionnaires.submit(sheet_id=sheet.pk, version=sheet.version, actor=None, link=None, now=now)
