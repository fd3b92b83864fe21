"""Pages of ours: what there is to assess about a supplier, and sheets from their start to the review."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from backoffice.kernel import access, editing, form_tokens, formats
from backoffice.kernel.editing import Screen, initial
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from suppliers.assessment import words as assessed
from suppliers.directory import selectors as directory
from suppliers.directory.models import Supplier
from suppliers.questionnaires import selectors
from suppliers.questionnaires import services as questionnaires
from suppliers.questionnaires.forms import ReviewForm, SendBackForm, SheetForm, StartForm
from suppliers.questionnaires.models import AnswerSheet
from suppliers.questionnaires.rules import judging
from suppliers.questionnaires.rules.body import LANGUAGES
from suppliers.questionnaires.services.reviewing import Verdict
from suppliers.questionnaires.views import filling
from suppliers.questionnaires.views.showing import Desk, parts, words
from suppliers.questionnaires.words import SEVERITIES

_edits = access.require(read=Capability.EDIT_SUPPLIERS, write=Capability.EDIT_SUPPLIERS)
_acts = access.require(write=Capability.EDIT_SUPPLIERS)
VALID_DAYS = 365
DUE_DAYS = 14
State, By = AnswerSheet.State, AnswerSheet.By


@access.require(read=Capability.VIEW_SUPPLIERS)
def tasks_page(request: access.StaffRequest, pk: int) -> HttpResponse:
    """The five ways of assessing a supplier, each with its state."""
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    context = {
        "supplier": supplier,
        "tasks": selectors.tasks(pk, day=timezone.localdate(now)),
        "sheets": [
            (one, selectors.body_of(one.questionnaire).title.in_language(_ours())) for one in selectors.of_supplier(pk)
        ],
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "can_read": request.user.can(Capability.VIEW_COST),
        "now": now,
    }
    return render(request, "suppliers/questionnaires/tasks.html", context)


@_edits
def start(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Choose what is asked, of whom, and until when."""
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    offered = [(one.questionnaire_id, one.body.title.in_language(_ours())) for one in selectors.choosable()]
    screen = _screen(supplier, _("Ask a questionnaire"), _("Start the questionnaire"), _("It is started."))
    if request.method != "POST":
        first = initial(
            by=By.SUPPLIER,
            language=supplier.language if supplier.language in LANGUAGES else "en",
            due_on=timezone.localdate(now) + timedelta(days=DUE_DAYS),
        )
        return editing.show(request, screen, StartForm(offered=offered, initial=first))
    form = StartForm(request.POST, offered=offered)

    def act() -> str:
        values = form.values()
        sheet = questionnaires.start(
            supplier_id=pk,
            questionnaire_id=int(values.pop("questionnaire")),
            actor=request.user,
            now=now,
            **values,
        )
        return reverse("questionnaires:" + ("fill" if sheet.by == By.STAFF else "sheet"), args=[sheet.pk])

    return editing.answer(request, screen, form, act, purpose=f"sheet.start:{pk}", now=now)


@access.require(read=Capability.VIEW_COST)
def sheet_page(request: access.StaffRequest, pk: int) -> HttpResponse:
    """How far a sheet is, what was answered, and what can be done with it."""
    sheet = get_object_or_404(selectors.sheet(pk))
    return render(request, "suppliers/questionnaires/sheet.html", _about(request, sheet))


@_edits
def fill(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Answer a sheet for a supplier, after a talk or with the papers on the desk."""
    sheet = get_object_or_404(selectors.sheet(pk))
    url, done = (reverse(f"questionnaires:{name}", args=[pk]) for name in ("fill", "sheet"))
    if sheet.by != By.STAFF or sheet.state != State.OPEN:
        return redirect(done)
    desk = Desk(sheet, _ours(), url, done, "suppliers/questionnaires/fill.html", actor=request.user)
    if request.method == "POST":
        return filling.answer(request, desk, now=timezone.now())
    return filling.show(request, desk)


@_edits
def review(request: access.StaffRequest, pk: int) -> HttpResponse:
    """The points that were worked out, to be kept or changed with a reason; then there is an assessment."""
    now = timezone.now()
    sheet = get_object_or_404(selectors.sheet(pk))
    worked_out = judging.points(selectors.body_of(sheet.questionnaire), sheet.answers)
    told = ", ".join(f"{assessed.DIMENSIONS[name]} {found}" for name, found in worked_out.items())
    note = _("Worked out from the answers: %(points)s.") % {"points": told or "—"}
    screen = Screen(
        _("Accept the answers"), _("Make it an assessment"), _("The assessment is a draft. Submit it next."),
        back_url=reverse("questionnaires:sheet", args=[pk]), back_label=sheet.supplier.name, note=note,
    )  # fmt: skip
    if request.method != "POST":
        first = {name.value: found for name, found in worked_out.items()}
        until = timezone.localdate(now) + timedelta(days=VALID_DAYS)
        return editing.show(request, screen, ReviewForm(initial=initial(sheet.version, valid_until=until, **first)))
    form = ReviewForm(request.POST)

    def act() -> str:
        values = form.cleaned_data
        verdict = Verdict(form.points(), values["reason"], values["valid_until"])
        row = questionnaires.accept(
            sheet_id=pk, version=values["version"] or 0, verdict=verdict, actor=request.user, now=now
        )
        return reverse("assessment:submit", args=[row.pk])

    return editing.answer(request, screen, form, act, purpose=f"sheet.accept:{pk}", now=now)


@_edits
def send_back(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Open submitted answers again, with a note on what is missing."""
    now = timezone.now()
    sheet = get_object_or_404(selectors.sheet(pk))
    url = reverse("questionnaires:sheet", args=[pk])
    screen = Screen(
        _("Send the answers back"), _("Open them again"), _("The answers are open again."),
        back_url=url, back_label=sheet.supplier.name,
    )  # fmt: skip
    if request.method != "POST":
        return editing.show(request, screen, SendBackForm(initial=initial(sheet.version)))
    form = SendBackForm(request.POST)

    def act() -> str:
        values = form.cleaned_data
        questionnaires.send_back(
            sheet_id=pk, version=values["version"] or 0, note=values["note"], actor=request.user, now=now
        )
        return url

    return editing.answer(request, screen, form, act, purpose=f"sheet.send_back:{pk}", now=now)


@_acts
def issue(request: access.StaffRequest, pk: int) -> HttpResponse:
    """A link for the supplier, shown once, with words to send it in."""
    now = timezone.now()
    sheet = get_object_or_404(selectors.sheet(pk))
    url = reverse("questionnaires:sheet", args=[pk])
    token = request.POST.get("token", "")
    try:
        if form_tokens.use(token=token, user=request.user, purpose=f"sheet.link:{pk}", now=now) is not None:
            return redirect(url)
        issued = questionnaires.issue_link(sheet_id=pk, actor=request.user, now=now)
    except Refusal as refusal:
        return _refused(request, sheet, refusal)
    form_tokens.settle(token=token, url=url)
    address = settings.SITE_URL + reverse("sheet:answers", args=[issued.token])
    context = {
        "sheet": sheet,
        "address": address,
        "issued": issued,
        "letter": _letter(sheet, address),
        "people": [one for one in directory.contacts(sheet.supplier) if one.is_active and one.email],
    }
    return render(request, "suppliers/questionnaires/link.html", context)


@_acts
def revoke(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Let no link work any more."""
    return _do(request, pk, questionnaires.end_links)


@_acts
def close(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Nobody needs to answer any more."""
    return _do(request, pk, questionnaires.close)


def _do(request: access.StaffRequest, pk: int, act: Any) -> HttpResponse:
    sheet = get_object_or_404(selectors.sheet(pk))
    if request.POST.get("sure") != "yes":
        return _refused(request, sheet, Refusal("sheet.sure", _("Press the button on this page once more.")))
    try:
        act(sheet_id=pk, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        return _refused(request, sheet, refusal)
    return redirect("questionnaires:sheet", pk)


def _refused(request: access.StaffRequest, sheet: AnswerSheet, refusal: Refusal) -> HttpResponse:
    context = _about(request, sheet) | {"error": refusal.message, "has_errors": True}
    return render(request, "suppliers/questionnaires/sheet.html", context, status=filling.UNPROCESSABLE)


def _about(request: access.StaffRequest, sheet: AnswerSheet) -> dict[str, Any]:
    body, now = selectors.body_of(sheet.questionnaire), timezone.now()
    desk = Desk(sheet, _ours(), "", "", "")
    shown = [body.items[name] for name in judging.visible(body, sheet.answers)]
    form = SheetForm(shown, desk.language, held=sheet.answers)
    return {
        "sheet": sheet,
        "title": body.title.in_language(desk.language),
        "progress": judging.progress(body, sheet.answers),
        "points": [(assessed.DIMENSIONS[name], found) for name, found in judging.points(body, sheet.answers).items()],
        "findings": [_finding(desk, one) for one in judging.findings(body, sheet.answers)],
        "parts": [
            (
                part.title,
                [(row, words(desk, row.item, sheet.answers.get(row.item.id))) for _name, row in part.rows if row],
            )
            for part in parts(desk, sheet.answers, form, {})
            if part.is_shown
        ],
        "links": list(sheet.links.select_related("issued_by").order_by("-id")),
        "open_links": sheet.links.filter(revoked_at=None, expires_at__gt=now).count(),
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "token": form_tokens.new(),
        "now": now,
    }


def _finding(desk: Desk, one: judging.Finding) -> dict[str, Any]:
    """One thing to mind, in words: what was asked, what was answered, and what follows."""
    label, tone = SEVERITIES[one.severity]
    chosen = one.chosen.in_language(desk.language)
    if one.item.is_asked and not chosen:
        chosen = words(desk, one.item, desk.sheet.answers.get(one.item.id))
    return {
        "state": one.severity.value,
        "label": label,
        "tone": tone,
        "asked": one.item.text.in_language(desk.language),
        "chosen": chosen,
        "warning": one.warning.in_language(desk.language),
    }


def _letter(sheet: AnswerSheet, address: str) -> str:
    """Words to send the link in, in the supplier's language."""
    title = selectors.body_of(sheet.questionnaire).title.in_language(sheet.language)
    with translation.override(sheet.language):
        lines = [
            _("Hello,"),
            _("we would like to know how you work. Here is our questionnaire “%(title)s”:") % {"title": title},
            address,
            _("You can stop at any time and go on later: what you enter is saved. Nobody needs a login."),
        ]
        if sheet.due_on:
            lines.append(_("Could you hand it in by %(day)s?") % {"day": formats.day(sheet.due_on)})
        return "\n\n".join([*lines, _("Thank you!")])


def _ours() -> str:
    language = (translation.get_language() or "en").lower()
    return language if language in LANGUAGES else "en"


def _screen(supplier: Supplier, title: str, button: str, done: str) -> Screen:
    back = reverse("questionnaires:tasks", args=[supplier.pk])
    return Screen(title, button, done, back_url=back, back_label=supplier.name)
