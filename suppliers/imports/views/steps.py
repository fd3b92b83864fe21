"""The steps before the summary: bring a file, name its columns, mend its rows."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import access, editing, formats
from backoffice.kernel.editing import UNPROCESSABLE, Screen, initial
from backoffice.kernel.errors import Refusal
from suppliers.imports import guessing, selectors
from suppliers.imports import services as imports
from suppliers.imports.forms import ColumnsForm, StartForm, first_choices
from suppliers.imports.kinds import IMPORTERS
from suppliers.imports.models import ImportRow, ImportSession
from suppliers.imports.rules import CONSTANT, SessionState
from suppliers.imports.views import common

EXAMPLES = 3
_CELL = re.compile(r"(c|all)-([0-9]{1,9})-([0-9]{1,4})")


@common.edits
def start(request: access.StaffRequest) -> HttpResponse:
    """Bring a file."""
    now = timezone.now()
    if request.method != "POST":
        first = initial(kind=request.GET.get("kind", ""), encoding="auto", separator="auto", source="erp")
        return _start(request, StartForm(initial=first))
    form = StartForm(request.POST, request.FILES)

    def act() -> str:
        data = form.cleaned_data
        with _on_disk(data["file"]) as path:
            session = imports.start_import(
                kind=data["kind"],
                source=data["source"],
                path=path,
                file_name=data["file"].name,
                encoding=data["encoding"],
                separator=form.separator_sign(),
                actor=request.user,
                now=now,
            )
        return reverse("imports:columns", args=[session.pk])

    screen = Screen("", "", _("The file is read. Nothing is imported yet."), reverse("imports:list"), _("Imports"))
    return editing.answer(
        request, screen, form, act, purpose="import.start", now=now, again=lambda refused: _start(request, form)
    )


def _start(request: access.StaffRequest, form: StartForm) -> HttpResponse:
    context = {"form": form, "steps": common.steps(None, 0)}
    return render(request, "suppliers/imports/start.html", context, status=UNPROCESSABLE if form.errors else 200)


@contextmanager
def _on_disk(upload: "UploadedFile[Any]") -> Iterator[Path]:
    """The upload as a file of our own name."""
    if isinstance(upload, TemporaryUploadedFile):
        yield Path(upload.temporary_file_path())
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as stream:
            stream.writelines(upload.chunks())
        yield path


@common.edits
def columns(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Say which column is which."""
    now = timezone.now()
    session = get_object_or_404(ImportSession, pk=pk)
    url = reverse("imports:page", args=[pk])
    if session.state not in common.OPEN:
        return redirect(url)
    given: dict[str, Any] = {"importer": IMPORTERS[session.kind], "header": session.header}
    if request.method != "POST":
        mapping, last = guessing.first_mapping(session, request.user)
        options = session.options or (last.options if last else {})
        form = ColumnsForm(initial=initial() | first_choices(mapping, options), **given)
        return _columns(request, session, form)
    form = ColumnsForm(request.POST, **given)

    def act() -> str:
        checked = imports.map_columns(
            session_id=pk, mapping=form.mapping(), options=form.chosen(), actor=request.user, now=now
        )
        return reverse("imports:rows", args=[pk]) if checked.refused else url

    screen = Screen("", "", _("Every row is read. Nothing is imported yet."), url, session.file_name)
    return editing.answer(
        request, screen, form, act, purpose=f"import.columns:{pk}", now=now,
        again=lambda refused: _columns(request, session, form),
    )  # fmt: skip


def _columns(request: access.StaffRequest, session: ImportSession, form: ColumnsForm) -> HttpResponse:
    sample = selectors.sample(session)
    rows = []
    for column, bound in form.columns():
        at = str(bound.value() or "")
        shown = [row.cells[int(at)] for row in sample if at.isdigit() and int(at) < len(row.cells)]
        rows.append((column, bound, [text for text in shown if text][:EXAMPLES]))
    context = common.context(session, 1) | {"form": form, "rows": rows, "sample": sample}
    return render(request, "suppliers/imports/columns.html", context, status=UNPROCESSABLE if form.errors else 200)


@common.edits
def rows(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Mend what was refused, row by row."""
    session = get_object_or_404(ImportSession, pk=pk)
    if session.state != SessionState.ROWS:
        return redirect("imports:page", pk=pk)
    if request.method != "POST":
        return _rows(request, session)
    typed: dict[int, dict[int, str]] = {}
    everywhere = []
    for name, text in request.POST.items():
        if not (found := _CELL.fullmatch(name)):
            continue
        if found[1] == "all":
            everywhere.append((int(found[2]), int(found[3])))
        else:
            typed.setdefault(int(found[2]), {})[int(found[3])] = str(text)
    if not typed:
        return _rows(request, session, error=_("Nothing was typed. Change a value, then check again."))
    try:
        mended = imports.mend_rows(
            session_id=pk, cells=typed, everywhere=everywhere, actor=request.user, now=timezone.now()
        )
    except Refusal as refusal:
        return _rows(request, session, error=refusal.message)
    messages.success(request, _left(session.refused, mended.refused))
    return redirect("imports:rows" if mended.refused else "imports:page", pk=pk)


def _left(before: int, after: int) -> str:
    if not after:
        return _("Every row is good now.")
    sentence = ngettext("%(n)s row is left to mend.", "%(n)s rows are left to mend.", after)
    return sentence % {"n": formats.number(after)}


def _rows(request: access.StaffRequest, session: ImportSession, *, error: str = "") -> HttpResponse:
    text = request.GET.get("after", "")
    after = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    found, more = selectors.refused_rows(session, after=after)
    context = common.context(session, 2) | {
        "rows": _shown_rows(found, session),
        "more": found[-1].line if more else None,
        "after": after,
        "good": session.new + session.changed + session.same,
        "error": error,
        "has_errors": bool(error),
    }
    return render(request, "suppliers/imports/rows.html", context, status=UNPROCESSABLE if error else 200)


def _shown_rows(rows: list[ImportRow], session: ImportSession) -> list[dict[str, Any]]:
    """The rows; a value that is wrong in several is offered once to be changed in all of them."""
    often = selectors.often(session)
    shown = [_shown(row, session) for row in rows]
    for row in shown:
        for cell in row["cells"]:
            cell["others"] = often.pop((cell["place"], cell["value"]), 0) if cell["reasons"] else 0
    return shown


def _shown(row: ImportRow, session: ImportSession) -> dict[str, Any]:
    """One refused row: what it is, what is wrong with it as a whole, and the cells to change with their reasons."""
    width = len(session.header)
    cells = [*row.cells, *[""] * (width - len(row.cells))]
    named = sorted(int(at) for at in session.mapping.values() if not at.startswith(CONSTANT))
    reasons: dict[int, list[str]] = {}
    for place, reason in row.problems:
        reasons.setdefault(place, []).append(reason)
    whole = reasons.pop(-1, [])
    wanted = named if whole else sorted(reasons)
    key = session.mapping.get("key", session.mapping.get("sku", ""))
    return {
        "line": row.line,
        "key": cells[int(key)] if key.isdigit() else "",
        "whole": whole,
        "cells": [_input(row.line, at, session.header[at], cells[at], reasons.get(at, [])) for at in wanted],
    }


def _input(line: int, place: int, label: str, value: str, reasons: list[str]) -> dict[str, Any]:
    at = f"{line}-{place}"
    return {"at": at, "place": place, "label": label, "value": value, "reasons": reasons}
