"""What people type on the messages pages, checked."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SEARCH_LIMIT = 100
LARGEST_ID = 2**63 - 1


class MessageFilterForm(forms.Form):
    """The filters of the messages list. A field that cannot be used counts as empty and says why."""

    view = forms.CharField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(
        label=gettext_lazy("Search part of an address"),
        required=False,
        max_length=SEARCH_LIMIT,
        error_messages={
            "max_length": gettext_lazy("The search has %(show_value)d characters. Use at most %(limit_value)d.")
        },
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    cause = forms.CharField(label=gettext_lazy("Sent because of"), required=False, max_length=80)
    batch = forms.IntegerField(
        label=gettext_lazy("Batch"),
        required=False,
        min_value=1,
        max_value=LARGEST_ID,
        error_messages={
            name: gettext_lazy("Batches have numbers from 1. Use the digits 0-9.")
            for name in ("invalid", "min_value", "max_value")
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="filter-%s")

    def clean_q(self) -> str:
        text: str = self.cleaned_data["q"]
        if len(text) == 1:
            raise forms.ValidationError(_("Type one more character: the search starts at 2."))
        return text

    def clean(self) -> dict[str, Any]:
        # Django drops what failed; here it counts as not asked for.
        empty: dict[str, Any] = dict.fromkeys(self.fields, "") | {"batch": None}
        return empty | self.cleaned_data


class TokenForm(forms.Form):
    """A button on a check page; the token lets a second press find what the first did."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)


class PauseForm(TokenForm):
    """Why everything stops; colleagues read it on every page."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("Colleagues read it on the page about sending."),
        error_messages={
            "required": gettext_lazy("Say why everything stops, so that others know."),
            "max_length": gettext_lazy("The reason has %(show_value)d characters. Shorten it to %(limit_value)d."),
        },
    )
