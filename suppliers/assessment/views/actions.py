"""Corrective actions: the list over all suppliers, one page each, and the forms that move one on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.kernel import access, editing, formats, keyset, text
from backoffice.kernel.editing import EditForm, Screen, initial
from backoffice.kernel.errors import Refusal
from backoffice.kernel.keyset import Cursor
from backoffice.kernel.roles import Capability
from suppliers.assessment import services as assessment
from suppliers.assessment import words
from suppliers.assessment.forms import (
    ActionFilterForm,
    ActionForm,
    AnswerForm,
    RejectForm,
    VerifyForm,
    WithdrawForm,
)
from suppliers.assessment.models import CorrectiveAction
from suppliers.assessment.rules.actions import Act, acts_from, is_overdue
from suppliers.assessment.selectors import actions
from suppliers.assessment.selectors.actions import ActionFilter
from suppliers.directory.models import Supplier

VIEWS = {
    actions.OPEN: gettext_lazy("Open"),
    actions.OVERDUE: gettext_lazy("Overdue"),
    actions.VERIFY: gettext_lazy("To verify"),
    actions.ALL: gettext_lazy("All"),
}
DAYS_TO_ANSWER = 14
DAYS_AFTER_REJECTION = 7
_edits = access.require(read=Capability.EDIT_SUPPLIERS, write=Capability.EDIT_SUPPLIERS)


@access.require(read=Capability.VIEW_SUPPLIERS)
def action_list(request: access.StaffRequest) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate(now)
    wanted, form, notes = _asked(request.GET)
    cursor = None
    try:
        cursor = _place(request.GET)
    except Refusal as refusal:
        notes.append(refusal.message)
    page, count = actions.list_page(wanted, cursor=cursor, today=today)
    context = {
        "views": [
            {"url": f"?view={code}", "label": label, "current": code == wanted.view, "count": None}
            for code, label in VIEWS.items()
        ],
        "filters": form,
        "is_narrowed": wanted != ActionFilter(view=wanted.view),
        "notes": notes,
        "rows": [(row, is_overdue(row.state, row.due_on, today=today)) for row in page.rows],
        "count": _count_words(count),
        "newer_url": keyset.link(request.GET, page.newer),
        "older_url": keyset.link(request.GET, page.older),
        "now": now,
    }
    return render(request, "suppliers/assessment/actions.html", context)


def _asked(query: QueryDict) -> tuple[ActionFilter, ActionFilterForm, list[str]]:
    """A query string, understood; what cannot be used is left out and said."""
    data, notes = query.copy(), []
    view = query.get("view", "") or actions.OPEN
    if view not in VIEWS:
        notes.append(_("There is no view “%(view)s”, so the open ones are shown.") % {"view": text.shown(view)})
        view = actions.OPEN
    data["view"] = view
    form = ActionFilterForm(data, owners=actions.owners())
    form.is_valid()
    return ActionFilter(**form.cleaned_data), form, notes


def _place(query: QueryDict) -> Cursor | None:
    """The place in a list that runs by day. Raises Refusal."""
    cursor = keyset.read(query, named=True)
    try:
        if cursor is not None:
            date.fromisoformat(str(cursor.at))
    except ValueError:
        raise Refusal("list.place", _("The link to that page is incomplete, so this is the first page.")) from None
    return cursor


def _count_words(count: int) -> str:
    capped = min(count, keyset.COUNT_CAP)
    figure = formats.number(capped) + ("+" if count > keyset.COUNT_CAP else "")
    return ngettext("%(n)s corrective action", "%(n)s corrective actions", capped) % {"n": figure}


@access.require(read=Capability.VIEW_SUPPLIERS)
def action_page(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    row = get_object_or_404(CorrectiveAction.objects.select_related("supplier", "owner", "verified_by"), pk=pk)
    may = request.user.can(Capability.EDIT_SUPPLIERS)
    context = {
        "action": row,
        "is_overdue": is_overdue(row.state, row.due_on, today=timezone.localdate(now)),
        "steps": [(step, words.ACTS[Act(step.act)]) for step in actions.steps(row)],
        "acts": [
            {"url": reverse("assessment:act", args=[pk, act.value]), "label": STEPS[act].button, "act": act.value}
            for act in acts_from(row.state)
            if may and act in STEPS
        ],
        "can_change": may and Act.CHANGE in acts_from(row.state),
        "now": now,
    }
    return render(request, "suppliers/assessment/action.html", context)


def _form(*args: Any, **kwargs: Any) -> ActionForm:
    return ActionForm(*args, owners=actions.owners(), **kwargs)


@_edits
def ask(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Ask for a correction; a page that knows the cause hands it over in its link."""
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)

    def first() -> dict[str, Any]:
        given: dict[str, Any] = {
            name: request.GET.get(name, "")[:limit] for name, limit in (("what", 200), ("cause_ref", 80))
        }
        cause = request.GET.get("cause", "")
        return initial(
            cause=cause if cause in CorrectiveAction.Cause.values else CorrectiveAction.Cause.DEFECT,
            due_on=timezone.localdate(now) + timedelta(days=DAYS_TO_ANSWER),
            owner=str(request.user.pk),
            **given,
        )

    def act(form: ActionForm) -> str:
        return actions.url(assessment.ask_action(supplier_id=pk, draft=form.draft(), actor=request.user, now=now))

    screen = Screen(
        _("Ask for a correction"), _("Ask for correction"), _("The correction is asked for."),
        back_url=reverse("suppliers:page", args=[pk]), back_label=supplier.name,
    )  # fmt: skip
    return editing.serve(request, screen, _form, act, purpose=f"action.ask:{pk}", now=now, first=first)


@_edits
def change(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    row = get_object_or_404(CorrectiveAction.objects.select_related("supplier"), pk=pk)
    url = actions.url(row)
    if request.method != "POST" and Act.CHANGE not in acts_from(row.state):
        return redirect(url)

    def stored() -> dict[str, Any]:
        held = CorrectiveAction.objects.get(pk=pk)
        return editing.of_row(held, ActionForm) | {"owner": str(held.owner_id)}

    def act(form: ActionForm) -> str:
        assessment.change_action(
            action_id=pk, version=form.cleaned_data["version"] or 0, draft=form.draft(), actor=request.user, now=now
        )
        return url

    screen = Screen(
        _("Change the request"), _("Save changes"), _("The request is changed."), back_url=url, back_label=str(row)
    )
    return editing.serve(request, screen, _form, act, purpose=f"action.change:{pk}", now=now, stored=stored)


@dataclass(frozen=True, slots=True)
class _Step:
    """One form that moves an action on: its words, the service it calls, and what it shows first."""

    form: type[EditForm]
    service: Callable[..., CorrectiveAction]
    title: Any
    button: Any
    done: Any
    first: Callable[[date], dict[str, Any]] = lambda _today: {}


STEPS = {
    Act.ANSWER: _Step(
        AnswerForm, assessment.answer_action, gettext_lazy("Write down the answer"), gettext_lazy("Write down answer"),
        gettext_lazy("The answer is written down. Verify it next."), lambda today: {"answered_on": today},
    ),
    Act.VERIFY: _Step(
        VerifyForm, assessment.verify_action, gettext_lazy("Verify the correction"), gettext_lazy("Verify correction"),
        gettext_lazy("The correction is verified."),
    ),
    Act.REJECT: _Step(
        RejectForm, assessment.reject_action, gettext_lazy("Reject the answer"), gettext_lazy("Reject answer"),
        gettext_lazy("The answer is rejected; the request is open again."),
        lambda today: {"due_on": today + timedelta(days=DAYS_AFTER_REJECTION)},
    ),
    Act.WITHDRAW: _Step(
        WithdrawForm, assessment.withdraw_action, gettext_lazy("Withdraw the request"),
        gettext_lazy("Withdraw request"), gettext_lazy("The request is withdrawn."),
    ),
}  # fmt: skip


@_edits
def act(request: access.StaffRequest, pk: int, name: str) -> HttpResponse:
    """One step: answer, verify, reject or withdraw."""
    now: datetime = timezone.now()
    if name not in STEPS:
        raise Http404
    step = STEPS[Act(name)]
    row = get_object_or_404(CorrectiveAction.objects.select_related("supplier"), pk=pk)
    url = actions.url(row)
    if request.method != "POST" and Act(name) not in acts_from(row.state):
        return redirect(url)

    def first() -> dict[str, Any]:
        return initial(row.version, **step.first(timezone.localdate(now)))

    def move(form: EditForm) -> str:
        version = form.cleaned_data["version"] or 0
        step.service(action_id=pk, version=version, actor=request.user, now=now, **form.values())
        return url

    screen = Screen(str(step.title), str(step.button), str(step.done), url, str(row), note=row.answer or row.what)
    return editing.serve(request, screen, step.form, move, purpose=f"action.{name}:{pk}", now=now, first=first)
