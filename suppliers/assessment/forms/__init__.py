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
from suppliers.assessment.forms.policy import PolicyForm

__all__ = [
    "ActionFilterForm",
    "ActionForm",
    "AnswerForm",
    "AssessmentForm",
    "EventForm",
    "OverrideForm",
    "PolicyForm",
    "RejectForm",
    "SubmitForm",
    "VerifyForm",
    "WithdrawForm",
]
