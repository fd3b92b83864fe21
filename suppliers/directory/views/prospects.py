"""Prospects: the list, one page each, and the step that makes a supplier of one."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.kernel import access, editing, formats, keyset, text
from backoffice.kernel.editing import Screen, initial
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from suppliers.directory import selectors, words
from suppliers.directory import services as directory
from suppliers.directory.forms import ProspectForm, TurnForm
from suppliers.directory.models import Prospect
from suppliers.directory.rules import Stage

SEARCH_LIMIT = 100
VIEWS = {
    "open": gettext_lazy("In talks"),
    "due": gettext_lazy("Step due"),
    "won": gettext_lazy("Became suppliers"),
    "dropped": gettext_lazy("Dropped"),
    "all": gettext_lazy("All"),
}


@access.require(read=Capability.VIEW_SUPPLIERS)
def prospect_list(request: access.StaffRequest) -> HttpResponse:
    today, notes = selectors.today(timezone.now()), []
    view = request.GET.get("view", "") or "open"
    if view not in VIEWS:
        notes.append(_("There is no view “%(view)s”, so those in talks are shown.") % {"view": text.shown(view)})
        view = "open"
    cursor = None
    try:
        cursor = keyset.read(request.GET)
    except Refusal as refusal:
        notes.append(refusal.message)
    q = " ".join(request.GET.get("q", "")[:SEARCH_LIMIT].split())
    found, count = selectors.prospects(view=view, q=q, day=today, cursor=cursor)
    counts = {"due": selectors.count(selectors.steps_due(today)) or None}
    shown = ngettext("%(n)s prospect", "%(n)s prospects", count) % {"n": formats.number(count)}
    context = {
        "views": [
            {"url": f"?view={code}", "label": label, "current": code == view, "count": counts.get(code)}
            for code, label in VIEWS.items()
        ],
        "view": view,
        "today": today,
        "q": q,
        "notes": notes,
        "rows": [(one, words.country(one.country) if one.country else "") for one in found.rows],
        "count": shown,
        "newer_url": keyset.link(request.GET, found.newer),
        "older_url": keyset.link(request.GET, found.older),
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "now": timezone.now(),
    }
    return render(request, "suppliers/directory/prospects.html", context)


def _of(pk: int) -> Prospect:
    return get_object_or_404(Prospect.objects.select_related("supplier"), pk=pk)


def _url(prospect: Prospect) -> str:
    return reverse("directory:prospect", args=[prospect.pk])


@access.require(read=Capability.VIEW_SUPPLIERS)
def prospect_page(request: access.StaffRequest, pk: int) -> HttpResponse:
    prospect = _of(pk)
    return _page(request, prospect, TurnForm(initial=initial(prospect.version)))


def _page(request: access.StaffRequest, prospect: Prospect, form: editing.EditForm) -> HttpResponse:
    may = request.user.can(Capability.EDIT_SUPPLIERS) and prospect.stage != Stage.WON
    context = {
        "prospect": prospect,
        "country": words.country(prospect.country) if prospect.country else "",
        "form": form if may and prospect.stage != Stage.DROPPED else None,
        "can_edit": may,
        "steps": _steps(prospect),
        "now": timezone.now(),
    }
    return render(request, "suppliers/directory/prospect.html", context, status=422 if form.errors else 200)


def _steps(prospect: Prospect) -> list[dict[str, Any]]:
    """The way to a supplier, and how far it is gone; empty for one that was dropped."""
    way: list[Stage] = [stage for stage in Stage if stage != Stage.DROPPED]
    if prospect.stage == Stage.DROPPED:
        return []
    reached = way.index(Stage(prospect.stage))
    labels = dict(Prospect.Stage.choices)
    marks = ["done" if place < reached or prospect.stage == Stage.WON else "todo" for place in range(len(way))]
    if prospect.stage != Stage.WON:
        marks[reached] = "current"
    return [{"label": labels[stage], "state": mark} for stage, mark in zip(way, marks, strict=True)]


_edits = access.require(read=Capability.EDIT_SUPPLIERS, write=Capability.EDIT_SUPPLIERS)


@_edits
def add_prospect(request: access.StaffRequest) -> HttpResponse:
    now = timezone.now()
    screen = Screen(
        _("Add a prospect"),
        _("Add prospect"),
        _("The prospect is added."),
        back_url=reverse("directory:prospects"),
        back_label=_("Prospects"),
    )

    def act(form: ProspectForm) -> str:
        return _url(directory.add_prospect(draft=form.draft(), actor=request.user, now=now))

    first = initial(stage=Stage.FOUND)
    return editing.serve(request, screen, ProspectForm, act, purpose="prospect.create", now=now, first=lambda: first)


@_edits
def edit_prospect(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    prospect = _of(pk)
    screen = Screen(
        _("Change the prospect"),
        _("Save changes"),
        _("The prospect is changed."),
        back_url=_url(prospect),
        back_label=prospect.name,
    )

    def act(form: ProspectForm) -> str:
        directory.change_prospect(
            prospect_id=pk, version=form.cleaned_data["version"] or 0, draft=form.draft(), actor=request.user, now=now
        )
        return _url(prospect)

    return editing.serve(
        request, screen, ProspectForm, act, purpose=f"prospect.change:{pk}", now=now,
        stored=lambda: editing.of_row(_of(pk), ProspectForm),
    )  # fmt: skip


@access.require(write=Capability.EDIT_SUPPLIERS)
def turn(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Make a supplier of it; what cannot be used comes back on the prospect's page."""
    now = timezone.now()
    prospect = _of(pk)
    form = TurnForm(request.POST)

    def act() -> str:
        supplier = directory.turn_into_supplier(
            prospect_id=pk,
            version=form.cleaned_data["version"] or 0,
            code=form.cleaned_data["code"],
            currency=form.cleaned_data["currency"],
            actor=request.user,
            now=now,
        )
        return reverse("suppliers:page", args=[supplier.pk])

    screen = Screen("", "", _("The prospect is a supplier now."), back_url=_url(prospect), back_label=prospect.name)
    return editing.answer(
        request, screen, form, act, purpose=f"prospect.turn:{pk}", now=now,
        again=lambda refused: _page(request, _of(pk), refused),
    )  # fmt: skip
