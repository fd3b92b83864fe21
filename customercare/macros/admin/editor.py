"""Writing a macro: drafts by those who write to customers, publishing by those who answer for it."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel.admin_base import ask_password, need
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.roles import Capability
from backoffice.messaging import wording
from customercare.macros import rules, selectors, services
from customercare.macros.admin import library
from customercare.macros.forms import HeadForm, LanguageForm, initial_head, initial_language
from customercare.macros.models import Macro, MacroVersion

TEMPLATE = "customercare/macros/editor.html"
UNPROCESSABLE = 422
CONFLICT = 409


def add(request: HttpRequest) -> HttpResponse:
    """A new macro: its first draft."""
    user = need(request, Capability.DRAFT_MACROS)
    if request.method != "POST":
        return _page(request, HeadForm(initial={"edits": 0}), [LanguageForm(code) for code in wording.LANGUAGES])
    head, parts = HeadForm(request.POST), [LanguageForm(code, request.POST) for code in wording.LANGUAGES]
    return _save(request, head, parts, user=user, macro=None)


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft of a macro; without one, a draft starts from the published text."""
    user = need(request, Capability.DRAFT_MACROS)
    macro = get_object_or_404(Macro, pk=pk)
    draft, edits = _current(macro)
    if request.method != "POST":
        head = HeadForm(initial=initial_head(draft, edits=edits, macro=macro), macro=macro)
        parts = [LanguageForm(code, initial=initial_language(draft, code)) for code in wording.LANGUAGES]
        return _page(request, head, parts, macro=macro, found=_found(draft))
    head = HeadForm(request.POST, initial=initial_head(draft, edits=edits, macro=macro), macro=macro)
    parts = [LanguageForm(code, request.POST, initial=initial_language(draft, code)) for code in wording.LANGUAGES]
    return _save(request, head, parts, user=user, macro=macro)


def _current(macro: Macro) -> tuple[rules.MacroDraft, int]:
    """The draft, else the published version, as plain data; and how often the draft was saved."""
    versions = library.versions_of(macro)
    for state in (MacroVersion.State.DRAFT, MacroVersion.State.APPROVED):
        for version in versions:
            if version.state == state:
                return selectors.draft_of(version), version.edits if state == MacroVersion.State.DRAFT else 0
    empty = rules.MacroDraft(macro.key, macro.name, macro.scenario, macro.owner_role, False, ())
    return empty, 0


def _save(
    request: HttpRequest, head: HeadForm, parts: list[LanguageForm], *, user: User, macro: Macro | None
) -> HttpResponse:
    sound = [form.is_valid() for form in (head, *parts)]
    if not all(sound):
        return _page(request, head, parts, macro=macro, status=UNPROCESSABLE)
    data, now = head.cleaned_data, timezone.now()
    draft = rules.MacroDraft(
        key=data["key"],
        folder=data["folder"],
        scenario=data["scenario"],
        owner_role=data["owner_role"],
        needs_new_date=data["needs_new_date"],
        variants=tuple(variant for part in parts for variant in part.variants()),
    )
    seen = int(data["edits"]) if data["edits"].isascii() and data["edits"].isdigit() else -1
    try:
        with transaction.atomic():
            version = services.save_draft(draft=draft, actor=user, now=now, seen_edits=seen)
            services.plan_review(macro_id=version.macro_id, review_on=data["review_on"], actor=user, now=now)
    except Refusal as refusal:
        return _refused(request, head, parts, macro, refusal)
    messages.success(request, _("The draft is saved. Customers get the published version until this one is published."))
    return redirect(library.url("draft", version.macro_id))


def _refused(
    request: HttpRequest, head: HeadForm, parts: list[LanguageForm], macro: Macro | None, refusal: Refusal
) -> HttpResponse:
    head.add_error(refusal.field if refusal.field in head.fields else None, refusal.message)
    if refusal.code != "macro.changed" or macro is None:
        return _page(request, head, parts, macro=macro, status=UNPROCESSABLE)
    saved, edits = _current(macro)
    typed = request.POST.copy()
    typed["edits"] = str(edits)
    again = HeadForm(typed, initial=initial_head(saved, edits=edits, macro=macro), macro=macro)
    again.add_error(None, _("Somebody else saved this draft meanwhile. Nothing of yours was saved: compare below."))
    rows = [row for part in parts for row in _rows(part, initial_language(saved, part.language))]
    return _page(request, again, parts, macro=macro, status=CONFLICT, conflict=rows)


def _rows(part: LanguageForm, saved: dict[str, Any]) -> list[dict[str, str]]:
    rows = []
    for name in part.fields:
        theirs, yours = saved.get(name) or "", part.cleaned_data.get(name) or ""
        if name != "says" and theirs != yours:
            rows.append({"label": f"{part.title} · {part.fields[name].label}", "theirs": theirs, "yours": yours})
    return rows


def _found(draft: rules.MacroDraft) -> dict[str, list[dict[str, str]]]:
    """What the lint says, by language; "" is the macro as a whole."""
    found: dict[str, list[dict[str, str]]] = {}
    for entry in rules.lint_macro(draft):
        language, _sep, kind = entry.place.partition(".")
        late = kind == rules.Kind.NEXT_UPDATE
        sentence = entry.problem.sentence(_)
        found.setdefault(language, []).append(
            {
                "text": f"{_('When no new date is known')}: {sentence}" if late else sentence,
                "tone": "bad" if rules.blocking([entry]) else "warn",
                "target": _target(language, entry.problem.field, late=late),
            }
        )
    return found


def _target(language: str, field: str, *, late: bool) -> str:
    """The id of the box that a line of the lint is about."""
    if not language or field not in ("subject", "text", "offer", "closing", "says"):
        return ""
    if field == "says":
        return f"id_{language}-says_0"
    return f"id_{language}-{'next_' if late and field in ('subject', 'text') else ''}{field}"


def _page(
    request: HttpRequest,
    head: HeadForm,
    parts: list[LanguageForm],
    *,
    macro: Macro | None = None,
    found: dict[str, list[dict[str, str]]] | None = None,
    conflict: list[dict[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    found = found or {}
    context = {
        "macro": macro,
        "folder": library.folder(macro) if macro else "",
        "head": head,
        "parts": [
            {
                "form": part,
                "found": found.get(part.language, ()),
                "open": place == 0 or bool(part.errors) or part.language in found,
            }
            for place, part in enumerate(parts)
        ],
        "found": found.get("", ()),
        "blocked": any(line["tone"] == "bad" for lines in found.values() for line in lines),
        "names": list(wording.REGISTRY),
        "conflict": conflict,
        "has_errors": status >= UNPROCESSABLE or status == CONFLICT,
        "drafted": macro is not None and macro.versions.filter(state=MacroVersion.State.DRAFT).exists(),
    }
    return render(request, TEMPLATE, context, status=status)


def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish the draft exactly as it was looked at; POST alone does it."""
    user = need(request, Capability.PUBLISH_MACROS)
    macro = get_object_or_404(Macro, pk=pk)
    if asked := ask_password(request):
        return asked
    draft = (
        MacroVersion.objects.filter(macro=macro, state=MacroVersion.State.DRAFT).select_related("created_by").first()
    )
    error, status = "", 200
    if request.method == "POST":
        try:
            _publish(request, macro, user)
        except Refusal as refusal:
            error, status = refusal.message, UNPROCESSABLE
        else:
            messages.success(request, _("Published. From now on customers get this version."))
            return redirect(library.url("change", pk))
    found = _found(selectors.draft_of(draft)) if draft else {}
    context = {
        "macro": macro,
        "folder": library.folder(macro),
        "draft": draft,
        "found": [
            {**line, "place": library.language_name(code) if code else ""}
            for code, lines in found.items()
            for line in lines
        ],
        "blocked": any(line["tone"] == "bad" for lines in found.values() for line in lines),
        "error": error,
        "has_errors": bool(error),
    }
    return render(request, "customercare/macros/publish.html", context, status=status)


@transaction.atomic
def _publish(request: HttpRequest, macro: Macro, user: User) -> None:
    draft = MacroVersion.objects.select_for_update().filter(macro=macro, state=MacroVersion.State.DRAFT).first()
    if draft is None:
        raise Refusal("macro.no_draft", _("There is no draft to publish. Somebody may have published it already."))
    if request.POST.get("edits") != str(draft.edits):
        raise Refusal("macro.changed", _("The draft changed since you looked. Read it again, then publish it."))
    services.approve(version_id=draft.pk, actor=user, now=timezone.now())
