"""Reads of the questionnaires room."""

from suppliers.questionnaires.selectors.sheets import (
    Choosable,
    body_of,
    choosable,
    files_of,
    find_link,
    of_supplier,
    page_items,
    sheet,
)
from suppliers.questionnaires.selectors.tasks import Task, tasks

__all__ = [
    "Choosable",
    "Task",
    "body_of",
    "choosable",
    "files_of",
    "find_link",
    "of_supplier",
    "page_items",
    "sheet",
    "tasks",
]
