"""Writes of the assessment room: policies, assessments, events, scorecards, standings and corrective actions."""

from suppliers.assessment.services.actions import (
    answer_action,
    ask_action,
    change_action,
    reject_action,
    verify_action,
    withdraw_action,
)
from suppliers.assessment.services.assessments import (
    change_assessment,
    save_draft,
    start_assessment,
    submit_assessment,
)
from suppliers.assessment.services.events import add_event, change_event
from suppliers.assessment.services.files import attach_file, withdraw_file
from suppliers.assessment.services.overrides import override
from suppliers.assessment.services.policies import save_policy
from suppliers.assessment.services.reminding import remind
from suppliers.assessment.services.scorecards import Rescored, rescore, rescore_due
from suppliers.assessment.services.watching import tell_overdue

__all__ = [
    "Rescored",
    "add_event",
    "answer_action",
    "ask_action",
    "attach_file",
    "change_action",
    "change_assessment",
    "change_event",
    "override",
    "reject_action",
    "remind",
    "rescore",
    "rescore_due",
    "save_draft",
    "save_policy",
    "start_assessment",
    "submit_assessment",
    "tell_overdue",
    "verify_action",
    "withdraw_action",
    "withdraw_file",
]
