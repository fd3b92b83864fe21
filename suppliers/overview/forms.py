"""The filters of the suppliers list."""

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from suppliers.directory import words
from suppliers.directory.forms import offer
from suppliers.directory.models import Supplier

SEARCH_LIMIT = 100


class SupplierFilterForm(forms.Form):
    """A field that cannot be used counts as empty and says why. countries: codes that suppliers have."""

    view = forms.CharField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(
        label=gettext_lazy("Search suppliers"),
        help_text=gettext_lazy("Code, name, legal name"),
        required=False,
        max_length=SEARCH_LIMIT,
        error_messages={
            "max_length": gettext_lazy("The search has %(show_value)d characters. Use at most %(limit_value)d.")
        },
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("Any state")), *Supplier.State.choices],
    )
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), required=False, choices=[("", gettext_lazy("Any kind")), *Supplier.Kind.choices]
    )

    def __init__(self, data: Any, *, countries: tuple[str, ...]) -> None:
        super().__init__(data, auto_id="filter-%s")
        offer(self, "country", _("Any country"), [(code, words.country(code)) for code in countries])
        for name in ("state", "country", "kind"):
            self.fields[name].error_messages["invalid_choice"] = _("No supplier has that, so all are shown.")

    def clean_q(self) -> str:
        return " ".join(unicodedata.normalize("NFKC", self.cleaned_data["q"]).split())

    def clean(self) -> dict[str, Any]:
        # Django drops what failed; here it counts as not asked for.
        return dict.fromkeys(self.fields, "") | self.cleaned_data
