"""What people type in this room, checked."""

from suppliers.assessment.forms.actions import (
    ActionFilterForm,
    ActionForm,
    AnswerForm,
    RejectForm,
    VerifyForm,
    WithdrawForm,
)
from suppliers.assessment.forms.assessing import AssessmentForm, EventForm, OverrideForm, SubmitForm

__all__ = [
    "ActionFilterForm",
    "ActionForm",
    "AnswerForm",
    "AssessmentForm",
    "EventForm",
    "OverrideForm",
    "RejectForm",
    "SubmitForm",
    "VerifyForm",
    "WithdrawForm",
]
