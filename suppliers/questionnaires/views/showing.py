"""A sheet as its page shows it: sections, questions, what was answered, and what to mind about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backoffice.kernel.models import User
from suppliers.evidence.models import EvidenceFile
from suppliers.questionnaires import selectors
from suppliers.questionnaires.forms import PREFIX, SheetForm
from suppliers.questionnaires.models import AnswerSheet, SheetLink
from suppliers.questionnaires.rules import judging
from suppliers.questionnaires.rules.body import Body, Item, Kind, Text


@dataclass(frozen=True, slots=True)
class Desk:
    """Who answers which sheet, and where. url: of this page; done_url: after handing in; template: the page."""

    sheet: AnswerSheet
    language: str
    url: str
    done_url: str
    template: str
    actor: User | None = None
    link: SheetLink | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> Body:
        return selectors.body_of(self.sheet.questionnaire)


@dataclass(frozen=True, slots=True)
class Row:
    """One item on the page. bound: its field, None for what is only read. warnings: of what was chosen."""

    item: Item
    text: str
    hint: str
    bound: Any
    warnings: list[str]
    files: list[EvidenceFile]
    error: str = ""

    @property
    def is_wanted(self) -> bool:
        """Whether handing in needs an answer."""
        return not self.item.is_optional


@dataclass(frozen=True, slots=True)
class Part:
    """One section. rows: every item in order, None for one that does not show now. number None: nothing shows."""

    id: str
    title: str
    rows: list[tuple[str, Row | None]]
    is_shown: bool


def visible(desk: Desk, answers: Mapping[str, Any] | None = None) -> list[Item]:
    held = desk.sheet.answers if answers is None else answers
    return [desk.body.items[name] for name in judging.visible(desk.body, held)]


def common(desk: Desk, sheet: AnswerSheet, form: SheetForm, errors: Mapping[str, str] | None = None) -> dict[str, Any]:
    body, language = desk.body, desk.language
    say: Callable[[Text], str] = lambda text: text.in_language(language)  # noqa: E731
    return {
        "desk": desk,
        "sheet": sheet,
        "title": say(body.title),
        "intro": say(body.intro),
        "parts": parts(desk, sheet.answers, form, errors or {}),
        "progress": judging.progress(body, sheet.answers),
        "version": sheet.version,
        "saved_at": sheet.saved_at,
    }


@dataclass(frozen=True, slots=True)
class _Beside:
    """What stands beside questions, by their id; files by their number."""

    files: Mapping[int, EvidenceFile]
    warnings: Mapping[str, list[str]]
    errors: Mapping[str, str]


def parts(desk: Desk, answers: Mapping[str, Any], form: SheetForm, errors: Mapping[str, str]) -> list[Part]:
    """The sections with every item in its place."""
    shown = set(judging.visible(desk.body, answers))
    beside = _Beside(selectors.files_of(desk.sheet.pk), warnings(desk, answers), errors)
    found = []
    for section in desk.body.sections:
        rows = [
            (item.id, _row(item, desk.language, form, answers, beside) if item.id in shown else None)
            for item in section.items
        ]
        title = section.title.in_language(desk.language)
        found.append(Part(section.id, title, rows, any(row for _name, row in rows)))
    return found


def warnings(desk: Desk, answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is to be minded about answers that were chosen, by item."""
    found: dict[str, list[str]] = {}
    for one in judging.findings(desk.body, answers):
        if one.item.is_asked and one.warning:
            found.setdefault(one.item.id, []).append(one.warning.in_language(desk.language))
    return found


def _row(item: Item, language: str, form: SheetForm, answers: Mapping[str, Any], beside: _Beside) -> Row:
    name = f"{PREFIX}{item.id}"
    named = answers.get(item.id, []) if item.kind is Kind.UPLOAD else []
    return Row(
        item=item,
        text=item.text.in_language(language),
        hint=item.hint.in_language(language),
        bound=form[name] if name in form.fields else None,
        warnings=beside.warnings.get(item.id, []),
        files=[beside.files[pk] for pk in named if pk in beside.files],
        error=beside.errors.get(item.id, "") if item.kind is Kind.UPLOAD else "",
    )


def words(desk: Desk, item: Item, value: Any) -> str:
    """An answer as a person reads it."""
    if value in (None, "", []):
        return "—"
    bound = SheetForm([item], desk.language).fields.get(f"{PREFIX}{item.id}")
    said = {str(code): str(label) for code, label in getattr(bound, "choices", ())}
    many = value if isinstance(value, list) else [value]
    return ", ".join(said.get(str(one), str(one)) for one in many)
