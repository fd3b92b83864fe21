"""The budget form of the office."""

from decimal import Decimal
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.admin_forms import MoneyField, amount, currency_code
from customercare.compensation.models import Budget


class BudgetForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new budget, or another limit for one: store, name and currency stay as they were."""

    limit_amount = MoneyField(label=_("Limit"), error_messages={"required": _("Enter 0 or more.")})

    class Meta:
        model = Budget
        fields: ClassVar[list[str]] = ["store", "name", "currency", "limit_amount"]

    def clean_currency(self) -> str:
        return currency_code(self.cleaned_data["currency"])

    def clean_limit_amount(self) -> Decimal:
        currency = self.cleaned_data.get("currency") or self.instance.currency
        typed = self.cleaned_data["limit_amount"]
        return amount(typed, currency) if currency else Decimal(0)
