"""Answering a sheet, by us or by a supplier: shown, saved as one goes, handed in. Works without scripts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from backoffice.kernel import form_tokens
from backoffice.kernel.errors import Refusal, Stale
from suppliers.evidence.services import read_capped
from suppliers.questionnaires import services as questionnaires
from suppliers.questionnaires.forms import PREFIX, SheetForm
from suppliers.questionnaires.models import AnswerSheet
from suppliers.questionnaires.rules import judging
from suppliers.questionnaires.rules.body import LANGUAGES, Kind
from suppliers.questionnaires.views.showing import Desk, common, visible, warnings, words
from suppliers.questionnaires.words import LANGUAGES as LANGUAGE_NAMES

UNPROCESSABLE, CONFLICT = 422, 409
LARGEST_VERSION = 2_000_000_000


@dataclass
class Sent:
    """What came with one request, and what became of it. errors: by item, what could not be kept."""

    form: SheetForm
    on_page: list[str]
    errors: dict[str, str] = field(default_factory=dict)


def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The page as the sheet is saved."""
    form = SheetForm(visible(desk), desk.language, held=desk.sheet.answers)
    return _page(request, desk, form)


def answer(request: HttpRequest, desk: Desk, *, now: datetime) -> HttpResponse:
    """Keep what was typed, then do what was asked: go on, add a file, hand in."""
    alone = bool(getattr(request, "htmx", False))
    if request.POST.get("resolve") == "theirs":
        return redirect(desk.url)
    sent = _read(request, desk)
    try:
        sheet = _save(request, desk, sent, closes=not alone, now=now)
    except Stale:
        return _saved_elsewhere(request, desk) if alone else _conflict(request, desk, sent)
    if alone:
        return _changes(request, desk, sheet, sent)
    _attach(request, desk, sent, now)
    sheet.refresh_from_db()
    if request.POST.get("act") == "submit" and not sent.errors:
        return _submit(request, desk, sheet, sent, now)
    return _again(request, desk, sheet, sent) if sent.errors else redirect(desk.url)


def _read(request: HttpRequest, desk: Desk) -> Sent:
    body = desk.body
    on_page = [name for name in dict.fromkeys(request.POST.getlist("shown")) if name in body.items]
    form = SheetForm([body.items[name] for name in on_page], desk.language, request.POST)
    form.is_valid()
    wrong = {form.items[name].id: str(said[0]) for name, said in form.errors.items() if name in form.items}
    return Sent(form, [name for name in on_page if name not in wrong], wrong)


def _save(request: HttpRequest, desk: Desk, sent: Sent, *, closes: bool, now: datetime) -> AnswerSheet:
    given = sent.form.given()
    on_page = []
    for name in sent.on_page:
        item = desk.body.items[name]
        if item.kind is Kind.UPLOAD:
            taken = set(request.POST.getlist(f"take_{name}")) if closes else set()
            given[name] = [pk for pk in desk.sheet.answers.get(name, []) if str(pk) not in taken]
        if item.is_asked:
            on_page.append(name)
    return questionnaires.save_answers(
        sheet_id=desk.sheet.pk,
        version=_version(request),
        page=request.POST.get("page", "")[:64],
        closes=closes,
        given=given,
        on_page=on_page,
        language=request.POST.get("lang", ""),
        now=now,
    )


def _version(request: HttpRequest) -> int:
    typed = request.POST.get("version", "")
    return min(int(typed), LARGEST_VERSION) if typed.isascii() and typed.isdigit() and len(typed) < 11 else 0


def _attach(request: HttpRequest, desk: Desk, sent: Sent, now: datetime) -> None:
    """Each file on its own: one that is refused does not keep another from being kept."""
    for name, upload in request.FILES.items():
        item = name.removeprefix("file_")
        if item == name or item not in sent.on_page or isinstance(upload, list):
            continue
        try:
            read_capped(upload.size)
            questionnaires.attach(
                sheet_id=desk.sheet.pk,
                item=item,
                content=upload.read(),
                name=upload.name or "",
                actor=desk.actor,
                now=now,
            )
        except Refusal as refusal:
            sent.errors[item] = refusal.message


def _submit(request: HttpRequest, desk: Desk, sheet: AnswerSheet, sent: Sent, now: datetime) -> HttpResponse:
    try:
        questionnaires.submit(sheet_id=sheet.pk, version=sheet.version, actor=desk.actor, link=desk.link, now=now)
    except Stale:
        return _conflict(request, desk, sent)
    except Refusal:
        open_items = judging.progress(desk.body, sheet.answers).open
        sent.errors = dict.fromkeys(open_items, _("Answer this question."))
        return _again(request, desk, sheet, sent)
    return redirect(desk.done_url)


def _again(request: HttpRequest, desk: Desk, sheet: AnswerSheet, sent: Sent) -> HttpResponse:
    """The page once more, with everything typed, what shows now, and what to change."""
    items = visible(desk, sheet.answers)
    data = QueryDict(mutable=True)
    for item in items:
        name = f"{PREFIX}{item.id}"
        held = sheet.answers.get(item.id, "")
        typed = request.POST.getlist(name) if item.id in request.POST.getlist("shown") else held
        data.setlist(name, list(typed) if isinstance(typed, list) else [typed])
    form = SheetForm(items, desk.language, data)
    form.is_valid()
    for name, sentence in sent.errors.items():
        if f"{PREFIX}{name}" not in form.errors:
            form.refuse(name, sentence)
    return _page(request, desk, form, sheet=sheet, errors=sent.errors, status=UNPROCESSABLE)


def _page(
    request: HttpRequest,
    desk: Desk,
    form: SheetForm,
    *,
    sheet: AnswerSheet | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = sheet or desk.sheet
    context = {
        **common(desk, shown, form, errors),
        "form": form,
        "page": form_tokens.new(),
        "languages": [(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
        **desk.extra,
    }
    return render(request, desk.template, context, status=status)


def _changes(request: HttpRequest, desk: Desk, sheet: AnswerSheet, sent: Sent) -> HttpResponse:
    """The answer to a save of its own: when it was saved, and what shows now that did not before, or no more."""
    before = set(request.POST.getlist("shown"))
    form = SheetForm(visible(desk, sheet.answers), desk.language, held=sheet.answers)
    context = common(desk, sheet, form)
    changed = []
    for part in context["parts"]:
        was = any(name in before for name, _row_ in part.rows)
        if was != part.is_shown:
            changed.append((part, True, part.rows))
        elif part.is_shown:
            rows = [(name, row) for name, row in part.rows if (row is not None) != (name in before)]
            changed.append((part, False, rows))
    warned = warnings(desk, sheet.answers)
    stood = [name for name in sent.on_page if desk.body.items[name].choices]
    context |= {
        "changed": changed,
        "warned": [(name, warned.get(name, [])) for name in stood if name in {item.id for item in form.items.values()}],
        "kept_out": [desk.body.items[name].text.in_language(desk.language) for name in sent.errors],
    }
    return render(request, "suppliers/public/_saved.html", context)


def _saved_elsewhere(request: HttpRequest, desk: Desk) -> HttpResponse:
    return render(request, "suppliers/public/_elsewhere.html", {"desk": desk}, status=CONFLICT)


def _conflict(request: HttpRequest, desk: Desk, sent: Sent) -> HttpResponse:
    """Both values of what differs; nothing typed is lost, whichever is chosen."""
    desk.sheet.refresh_from_db()
    saved = SheetForm([desk.body.items[name] for name in sent.form.given()], desk.language, held=desk.sheet.answers)
    differing = [
        (
            item.text.in_language(desk.language),
            words(desk, item, desk.sheet.answers.get(item.id)),
            words(desk, item, mine),
        )
        for item in saved.items.values()
        if (mine := sent.form.given().get(item.id) or None) != desk.sheet.answers.get(item.id)
    ]
    skipped = ("csrfmiddlewaretoken", "version", "resolve", "page")
    context = {
        "desk": desk,
        "version": desk.sheet.version,
        "page": form_tokens.new(),
        "theirs": _lines((label, theirs) for label, theirs, _mine in differing),
        "yours": _lines((label, mine) for label, _theirs, mine in differing),
        "kept": [(name, one) for name, many in request.POST.lists() if name not in skipped for one in many],
        **desk.extra,
    }
    return render(request, f"{desk.template.removesuffix('.html')}_conflict.html", context, status=CONFLICT)


def _lines(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{label}: {said}" for label, said in pairs) or _("Both say the same.")
