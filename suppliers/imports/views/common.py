"""What the pages of one import share."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.kernel import access, form_tokens
from backoffice.kernel.roles import Capability
from suppliers.imports import words
from suppliers.imports.models import ImportSession
from suppliers.imports.rules import SessionState

edits = access.require(read=Capability.EDIT_SUPPLIERS, write=Capability.EDIT_SUPPLIERS)
OPEN = (SessionState.COLUMNS, SessionState.ROWS)


def steps(session: ImportSession | None, at: int) -> list[dict[str, Any]]:
    """The way of an import, at its step from 0 to 3; steps behind it can be opened again while it is not done."""
    labels = (_("File"), _("Columns"), _("Rows"), _("Summary"))
    urls = ["", "", "", ""]
    if session is not None and session.state == SessionState.ROWS:
        urls[1:3] = [reverse("imports:columns", args=[session.pk]), reverse("imports:rows", args=[session.pk])]
    over = session is not None and session.state not in OPEN
    return [
        {
            "label": label,
            "url": urls[number],
            "state": "done" if over or number < at else "current" if number == at else "next",
        }
        for number, label in enumerate(labels)
    ]


def context(session: ImportSession, at: int) -> dict[str, Any]:
    """What every page of one import shows."""
    return {
        "session": session,
        "kind": words.KINDS[session.kind],
        "pill": words.STATES[session.state][0],
        "steps": steps(session, at),
        "token": form_tokens.new(),
    }
