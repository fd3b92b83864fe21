"""What people type about backups, defaults and switches, checked."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from backoffice.kernel import numbers
from backoffice.kernel.editing import EditForm
from backoffice.kernel.errors import Refusal
from backoffice.kernel.fields import Choice, DayField, Line, Text, Whole
from suppliers.continuity.models import REASON_LIMIT, BackupReadiness
from suppliers.continuity.rules.switches import LARGEST_QUANTITY, LARGEST_RATE, VerificationDraft

RATE_DECIMALS = 6


class DefaultForm(EditForm):
    """That a supplier does not deliver."""

    why = Text(
        label=gettext_lazy("What did they not deliver?"),
        help_text=gettext_lazy("In one or two sentences. It stands on the supplier's page and in the log."),
        limit=REASON_LIMIT,
        required=True,
        error_messages={"required": gettext_lazy("Say what they did not deliver.")},
    )


class VerificationForm(EditForm):
    """What was found out about a backup."""

    verified_on = DayField(
        label=gettext_lazy("Asked on"), error_messages={"required": gettext_lazy("Enter the day on which you asked.")}
    )
    how = Choice(label=gettext_lazy("How was it found out?"), choices=BackupReadiness.How.choices)
    capacity_per_week = Whole(
        label=gettext_lazy("Confirmed units a week of this item"),
        smallest=0,
        largest=LARGEST_QUANTITY,
        required=False,
    )
    supplier_capacity_per_week = Whole(
        label=gettext_lazy("Confirmed units a week of all items together"),
        smallest=0,
        largest=LARGEST_QUANTITY,
        required=False,
    )
    trial_order_on = DayField(label=gettext_lazy("Last trial order"), required=False)
    note = Line(label=gettext_lazy("Note"), limit=REASON_LIMIT)
    layout: ClassVar = (
        ("verified_on", "how"),
        ("capacity_per_week", "supplier_capacity_per_week"),
        ("trial_order_on",),
    )

    def draft(self) -> VerificationDraft:
        """The cleaned page as the service takes it."""
        return VerificationDraft(**self.values())


class SwitchForm(EditForm):
    """In which currency offers are compared, and what one unit of every other currency is worth in it.

    A rate that is left out leaves out the backups that are paid in that currency; nothing is guessed.
    """

    currency = Choice(label=gettext_lazy("Compare in"))

    def __init__(self, *args: Any, currencies: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currencies = currencies
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [(code, code) for code in currencies]
        # What the plan is in needs no rate; after another one is chosen the page asks for those that are then missing.
        own = self.data.get("currency") or self.get_initial_for_field(field, "currency")
        self.others = [code for code in currencies if code != own]
        for code in self.others:
            self.fields[f"rate_{code}"] = forms.CharField(
                label=_("1 %(code)s is worth") % {"code": code},
                required=False,
                max_length=20,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for code in self.others:
            name = f"rate_{code}"
            typed = str(data.get(name) or "").strip()
            data[name] = self._rate(name, typed) if typed else None
        return data

    def _rate(self, name: str, typed: str) -> Decimal | None:
        try:
            rate = numbers.parse_decimal(typed, decimals=RATE_DECIMALS, style=numbers.style_for(get_language() or "en"))
        except Refusal as refusal:
            self.add_error(name, refusal.message)
            return None
        if not 0 < rate <= LARGEST_RATE:
            self.add_error(name, _("A rate is above zero. Correct it."))
            return None
        return rate

    def rates(self) -> dict[str, Decimal]:
        """The rates that were typed."""
        typed = {code: self.cleaned_data[f"rate_{code}"] for code in self.others}
        return {code: rate for code, rate in typed.items() if rate is not None}
