"""The list of imports, and one import: its summary before, its result afterwards."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import access, editing, exports, keyset
from backoffice.kernel.editing import UNPROCESSABLE, EditForm, Screen, initial
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from suppliers.imports import selectors, words
from suppliers.imports import services as imports
from suppliers.imports.kinds import IMPORTERS
from suppliers.imports.models import ImportSession
from suppliers.imports.rules import KEPT, SessionState, undo_until
from suppliers.imports.views import common


@access.require(read=Capability.VIEW_COST)
def past(request: access.StaffRequest) -> HttpResponse:
    """Every import that was not thrown away, newest first."""
    note = ""
    try:
        cursor = keyset.read(request.GET)
    except Refusal as refusal:
        cursor, note = None, refusal.message
    found = selectors.past(cursor=cursor)
    context = {
        "rows": [(row, words.KINDS[row.kind], words.STATES[row.state][0]) for row in found.rows],
        "note": note,
        "newer_url": keyset.link(request.GET, found.newer),
        "older_url": keyset.link(request.GET, found.older),
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "now": timezone.now(),
    }
    return render(request, "suppliers/imports/list.html", context)


@access.require(read=Capability.VIEW_COST)
def page(request: access.StaffRequest, pk: int) -> HttpResponse:
    """The summary, or the result."""
    session = get_object_or_404(ImportSession.objects.select_related("started_by", "imported_by", "undone_by"), pk=pk)
    return _page(request, session, EditForm(initial=initial(session.version)))


def _page(request: access.StaffRequest, session: ImportSession, form: EditForm) -> HttpResponse:
    now = timezone.now()
    whole = IMPORTERS[session.kind].whole
    until = undo_until(session.imported_at) if session.imported_at else None
    context = common.context(session, 3) | {
        "form": form,
        "whole": whole,
        "wanted": session.new + session.changed + (session.same if whole else 0),
        "gone": _gone(session) if whole and session.state == SessionState.ROWS else 0,
        "recorded": session.new + session.changed,
        "until": until,
        "has_rows": session.started_at >= now - KEPT,
        "can_undo": session.state == SessionState.DONE and until is not None and now <= until,
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "now": now,
    }
    return render(request, "suppliers/imports/page.html", context, status=UNPROCESSABLE if form.errors else 200)


def _gone(session: ImportSession) -> int:
    keys = set(session.file_rows.exclude(key="").values_list("key", flat=True))
    return IMPORTERS[session.kind].gone(keys, source=session.source)


@access.require(read=Capability.EDIT_SUPPLIERS)
def errors(request: access.StaffRequest, pk: int) -> StreamingHttpResponse:
    """What is wrong, as a file: no cell of it is read as a formula."""
    session = get_object_or_404(ImportSession, pk=pk)
    head = (_("Row"), _("Column"), _("Value"), _("What to do"))
    return exports.csv_response(name=f"import-{pk}-errors", head=head, rows=selectors.every_problem(session))


@access.require(write=Capability.EDIT_SUPPLIERS)
def run(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Import the good rows."""
    version = request.POST.get("version", "")
    service = partial(
        imports.run_import,
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0,
        with_changes=request.POST.get("changes") != "no",
    )
    return _act(request, pk, "run", _("The rows are imported."), service)


@access.require(write=Capability.EDIT_SUPPLIERS)
def undo(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Take the import back."""
    return _act(request, pk, "undo", _("The import is undone. Scores are made anew."), imports.undo_import)


@access.require(write=Capability.EDIT_SUPPLIERS)
def drop(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Throw the file away."""
    return _act(request, pk, "drop", _("The file is thrown away. Nothing was imported."), imports.drop_import)


def _act(
    request: access.StaffRequest, pk: int, name: str, done: str, service: Callable[..., ImportSession]
) -> HttpResponse:
    now: datetime = timezone.now()
    session = get_object_or_404(ImportSession, pk=pk)
    form = EditForm(request.POST)

    def act() -> str:
        after = service(session_id=pk, actor=request.user, now=now)
        return reverse("imports:list") if after.state == SessionState.DROPPED else reverse("imports:page", args=[pk])

    screen = Screen("", "", done, back_url=reverse("imports:page", args=[pk]), back_label=session.file_name)

    def again(refused: EditForm) -> HttpResponse:
        return _page(request, get_object_or_404(ImportSession, pk=pk), refused)

    return editing.answer(request, screen, form, act, purpose=f"import.{name}:{pk}", now=now, again=again)
