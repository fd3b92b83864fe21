"""Writes of the questionnaires room: versions, sheets, their links, and what becomes of the answers."""

from suppliers.questionnaires.services.links import Issued, end_links, issue_link, note_opened
from suppliers.questionnaires.services.reviewing import accept, send_back
from suppliers.questionnaires.services.sheets import attach, close, save_answers, start, submit
from suppliers.questionnaires.services.versions import save_version

__all__ = [
    "Issued",
    "accept",
    "attach",
    "close",
    "end_links",
    "issue_link",
    "note_opened",
    "save_answers",
    "save_version",
    "send_back",
    "start",
    "submit",
]
