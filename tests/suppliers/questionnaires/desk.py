"""Sheets, links and what a browser sends, in few words."""

import re
from typing import Any

from django.test import Client

from suppliers.directory.models import Supplier
from suppliers.questionnaires import services as questionnaires
from suppliers.questionnaires.models import AnswerSheet, QuestionnaireVersion
from tests.factories import NOW
from tests.factories.suppliers import make_supplier
from tests.suppliers.questionnaires.kit import ALL_WELL, BODY

PDF = b"%PDF-1.7\n%%EOF\n"


def version(**changes: Any) -> QuestionnaireVersion:
    return questionnaires.save_version(key="quality", body=BODY | changes, actor=None, now=NOW)


def start(supplier: Supplier | None = None, **fields: Any) -> AnswerSheet:
    asked = version()
    given: dict[str, Any] = {
        "supplier_id": (supplier or make_supplier("ACME")).pk,
        "questionnaire_id": asked.questionnaire_id,
        "by": "supplier",
        "language": "en",
        "due_on": None,
        "actor": None,
        "now": NOW,
    }
    return questionnaires.start(**given | fields)


def save(
    sheet: AnswerSheet, given: dict[str, Any], *, page: str = "", closes: bool = True, seen: int = 0
) -> AnswerSheet:
    sheet.refresh_from_db()
    return questionnaires.save_answers(
        sheet_id=sheet.pk, version=seen or sheet.version, page=page, closes=closes, given=given, on_page=list(given),
        now=NOW,
    )  # fmt: skip


def submitted(sheet: AnswerSheet | None = None, **answers: Any) -> AnswerSheet:
    sheet = save(sheet or start(), ALL_WELL | answers)
    return questionnaires.submit(sheet_id=sheet.pk, version=sheet.version, actor=None, link=None, now=NOW)


def hidden(html: str) -> dict[str, Any]:
    """The hidden fields of the sheet's form, as a browser would send them."""
    form = html[html.index('<form id="sheet"') :]
    found: dict[str, Any] = {"shown": re.findall(r'name="shown" value="([^"]+)"', form)}
    for name in ("page", "version", "lang"):
        field = re.search(rf'<input type="hidden"[^>]*name="{name}"[^>]*value="([^"]*)"', form)
        assert field is not None, name
        found[name] = field[1]
    return found


def typed(client: Client, url: str, **answers: Any) -> dict[str, Any]:
    """What a browser sends from this page with these answers typed over what is held."""
    response = client.get(url)
    form = response.context["form"]
    held = {bound.name: bound.value() for bound in form if bound.value() not in (None, "", [])}
    return held | hidden(response.content.decode()) | {f"q_{name}": value for name, value in answers.items()}
