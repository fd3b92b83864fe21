"""What people type about corrective actions, checked."""

import unicodedata
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel.editing import EditForm
from backoffice.kernel.fields import Choice, DayField, Line, Text
from suppliers.assessment.models import CorrectiveAction
from suppliers.assessment.rules.actions import ActionDraft
from suppliers.directory.forms import offer

LONGEST = 4_000
SEARCH_LIMIT = 100
_DAY = gettext_lazy("Enter a day.")
_WHY = gettext_lazy("Say why, so that others can follow it later.")


class ActionForm(EditForm):
    """What a supplier is asked to put right. owners: (id, name) of those who may follow it up."""

    cause = Choice(label=gettext_lazy("Why"), choices=CorrectiveAction.Cause.choices)
    cause_ref = Line(
        label=gettext_lazy("Reference"), limit=80, help_text=gettext_lazy("A purchase order, a lot, a complaint.")
    )
    what = Line(
        label=gettext_lazy("What is wrong"),
        limit=200,
        required=True,
        error_messages={"required": gettext_lazy("Say in one line what is wrong.")},
    )
    asked = Text(
        label=gettext_lazy("What is the supplier to do?"),
        limit=LONGEST,
        required=True,
        error_messages={"required": gettext_lazy("Write what the supplier is to do.")},
    )
    due_on = DayField(label=gettext_lazy("Answer due"), error_messages={"required": _DAY})
    owner = Choice(label=gettext_lazy("Who follows it up?"))
    layout: ClassVar = (("what",), ("cause", "cause_ref"), ("asked",), ("due_on", "owner"))

    def __init__(self, *args: Any, owners: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "owner", _("choose a person"), owners)

    def draft(self) -> ActionDraft:
        """The cleaned page as the services take it."""
        values = self.values()
        return ActionDraft(owner_id=int(values.pop("owner")), **values)


class AnswerForm(EditForm):
    """What the supplier answered."""

    answered_on = DayField(label=gettext_lazy("Answered on"), error_messages={"required": _DAY})
    answer = Text(
        label=gettext_lazy("What did they answer?"),
        limit=LONGEST,
        required=True,
        error_messages={"required": gettext_lazy("Write what the supplier answered.")},
    )


class VerifyForm(EditForm):
    """How it was seen that the fault is gone."""

    note = Text(label=gettext_lazy("How was it checked?"), limit=LONGEST)


class RejectForm(EditForm):
    """Why the answer does not do, and until when a better one is due."""

    why = Text(
        label=gettext_lazy("What is missing in the answer?"),
        limit=LONGEST,
        required=True,
        error_messages={"required": _WHY},
    )
    due_on = DayField(label=gettext_lazy("New answer due"), error_messages={"required": _DAY})


class WithdrawForm(EditForm):
    """Why it is asked no more."""

    why = Text(
        label=gettext_lazy("Why is it asked no more?"), limit=LONGEST, required=True, error_messages={"required": _WHY}
    )


class ActionFilterForm(forms.Form):
    """The filters of the list. A field that cannot be used counts as empty and says why."""

    view = forms.CharField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(
        label=gettext_lazy("Search corrective actions"),
        help_text=gettext_lazy("Number, supplier, what is wrong"),
        required=False,
        max_length=SEARCH_LIMIT,
        error_messages={
            "max_length": gettext_lazy("The search has %(show_value)d characters. Use at most %(limit_value)d.")
        },
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    cause = forms.ChoiceField(
        label=gettext_lazy("Why"),
        required=False,
        choices=[("", gettext_lazy("Any cause")), *CorrectiveAction.Cause.choices],
    )
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)

    def __init__(self, data: Any, *, owners: list[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="filter-%s")
        offer(self, "owner", _("Anybody"), owners)
        for name in ("cause", "owner"):
            self.fields[name].error_messages["invalid_choice"] = _("No corrective action has that, so all are shown.")

    def clean_q(self) -> str:
        return " ".join(unicodedata.normalize("NFKC", self.cleaned_data["q"]).split())

    def clean(self) -> dict[str, Any]:
        # Django drops what failed; here it counts as not asked for.
        return dict.fromkeys(self.fields, "") | self.cleaned_data
