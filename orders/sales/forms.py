"""What people type on the orders pages, checked."""

import unicodedata
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import states
from backoffice.kernel.fields import DayField
from backoffice.kernel.text import shown
from orders.sales.models import Order
from orders.sales.rules import has_han

SEARCH_LIMIT = 100
# Further ahead than any promise a shop makes; beyond it the year is a typing error.
FURTHEST_DAYS = 730


class OrderFilterForm(forms.Form):
    """The filters of the orders list. A field that cannot be used counts as empty and says why."""

    view = forms.CharField(required=False, widget=forms.HiddenInput)
    q = forms.CharField(
        label=gettext_lazy("Search orders"),
        help_text=gettext_lazy("Number, name, e-mail, phone end, SKU"),
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
        choices=[
            ("", gettext_lazy("Any state")),
            *((code, states.describe(code).label) for code in Order.State.values),
        ],
    )
    region = forms.ChoiceField(label=gettext_lazy("Region"), required=False)
    campaign = forms.ChoiceField(label=gettext_lazy("Campaign"), required=False)
    placed_from = DayField(label=gettext_lazy("Placed from"), required=False)
    placed_to = DayField(label=gettext_lazy("Placed to"), required=False)

    def __init__(self, data: Any, *, regions: tuple[str, ...] = (), campaigns: tuple[str, ...] = ()) -> None:
        super().__init__(data, auto_id="filter-%s")
        self.fields["state"].error_messages["invalid_choice"] = _("There is no such state, so all are shown.")
        self._offer("region", _("Any region"), regions)
        self._offer("campaign", _("Any campaign"), campaigns)

    def _offer(self, name: str, empty: str, known: tuple[str, ...]) -> None:
        asked = str(self.data.get(name, "")).strip()
        # A link from elsewhere may name what the short list leaves out; it then simply finds what there is.
        offered = dict.fromkeys((*known, *([asked] if 0 < len(asked) <= 80 else [])))
        field = cast(forms.ChoiceField, self.fields[name])
        field.choices = [("", empty), *((value, value) for value in offered)]
        field.error_messages["invalid_choice"] = _("That name is too long to exist, so all are shown.")

    def clean_q(self) -> str:
        text = " ".join(unicodedata.normalize("NFKC", self.cleaned_data["q"]).split())
        if len(text) == 1 and not has_han(text):
            raise forms.ValidationError(_("Type one more character: the search starts at 2."))
        return text

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("placed_from"), self.cleaned_data.get("placed_to")
        if first and last and first > last:
            self.add_error("placed_to", _("The last day is before the first. Swap them."))
        # Django drops what failed; here it counts as not asked for.
        empty: dict[str, Any] = dict.fromkeys(self.fields, "") | {"placed_from": None, "placed_to": None}
        return empty | self.cleaned_data


class ExpectForm(forms.Form):
    """A new expected day, or nobody knows, with the reason that customers' questions will be answered from."""

    expected_on = DayField(
        label=gettext_lazy("Expected on"),
        required=False,
        help_text=gettext_lazy("Day in the shop's time zone. Leave it empty when nobody knows."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("What changed, for whoever answers the customer."),
        error_messages={
            "required": gettext_lazy("Write what changed, so that whoever answers the customer can tell them."),
            "max_length": gettext_lazy("The reason has %(show_value)d characters. Shorten it to %(limit_value)d."),
        },
    )
    token = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)

    def clean_expected_on(self) -> date | None:
        day: date | None = self.cleaned_data["expected_on"]
        if day is None:
            return None
        if day < self.today:
            raise forms.ValidationError(_("That day is over. Choose today or a later day."))
        if day > self.today + timedelta(days=FURTHEST_DAYS):
            raise forms.ValidationError(_("That is more than two years ahead. Check the year."))
        return day

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if not reason.isprintable():
            raise forms.ValidationError(
                _("The reason has characters that cannot be shown, near “%(near)s”. Type it again.")
                % {"near": shown(reason)}
            )
        return reason
