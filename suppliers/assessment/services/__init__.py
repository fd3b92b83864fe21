"""Writes of the assessment room: policies, assessments, critical events, scorecards, and decisions about standings."""

from suppliers.assessment.services.assessments import change_assessment, start_assessment, submit_assessment
from suppliers.assessment.services.events import add_event, change_event
from suppliers.assessment.services.overrides import override
from suppliers.assessment.services.policies import save_policy
from suppliers.assessment.services.scorecards import Rescored, rescore, rescore_due

__all__ = [
    "Rescored",
    "add_event",
    "change_assessment",
    "change_event",
    "override",
    "rescore",
    "rescore_due",
    "save_policy",
    "start_assessment",
    "submit_assessment",
]
