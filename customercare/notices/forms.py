"""What a person chooses before writing to many customers, and how they confirm it."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import fields
from backoffice.kernel.errors import Refusal
from backoffice.kernel.fields import DayField
from backoffice.kernel.models import Store
from customercare.compensation.models import Budget
from customercare.macros import selectors as macros
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan


class ComposeForm(forms.Form):
    """Which text, with which voucher, and what is said where no new date is known."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=80)
    title = fields.Line(
        label=gettext_lazy("Name of this send"),
        limit=200,
        required=True,
        help_text=gettext_lazy("For your colleagues; customers do not see it."),
        error_messages={"required": gettext_lazy("Give it a name that colleagues recognise.")},
    )
    macro = fields.Choice(label=gettext_lazy("Text"))
    missing = fields.Choice(
        label=gettext_lazy("Where no new date is known"),
        choices=Fanout.Missing.choices,
        required=False,
        help_text=gettext_lazy("Only matters for texts that tell a new date."),
    )
    next_update_on = DayField(label=gettext_lazy("Day of the next update"), required=False)
    fill_on = DayField(label=gettext_lazy("New date for all of them"), required=False)
    rule = fields.Choice(
        label=gettext_lazy("Voucher"), choices=Fanout.Rule.choices, widget=forms.RadioSelect, initial="none"
    )
    rule_value = fields.Amount(label=gettext_lazy("Amount, or per cent of the order"))
    rule_cap = fields.Amount(label=gettext_lazy("At most for one order"))
    budget = fields.Choice(label=gettext_lazy("Paid from"), required=False)

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.store = store
        choices: Any = self.fields
        choices["macro"].choices = [("", _("choose a text")), *_macro_choices()]
        budgets = Budget.objects.filter(store=store).order_by("name")
        choices["budget"].choices = [("", _("no budget")), *((str(b.pk), b.name) for b in budgets)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("rule", "none") == Fanout.Rule.NONE:
            data["rule_value"], data["rule_cap"] = Decimal(0), None
            return data
        if not data.get("rule_value"):
            self.add_error("rule_value", _("Say how much."))
        for name in ("rule_value", "rule_cap"):
            self._read_amount(data, name)
        return data

    def _read_amount(self, data: dict[str, Any], name: str) -> None:
        typed = data.get(name)
        if not typed:
            data[name] = None
            return
        try:
            data[name] = fields.amount(typed, currency=self.store.currency)
        except Refusal as refusal:
            self.add_error(name, refusal.message)

    def plan(self) -> Plan:
        """The cleaned page as the services take it."""
        data = self.cleaned_data
        return Plan(
            macro_version_id=int(data["macro"]),
            rule=data["rule"],
            rule_value=data["rule_value"],
            rule_cap=data["rule_cap"],
            budget_id=int(data["budget"]) if data["budget"] else None,
            missing=data["missing"],
            next_update_on=data["next_update_on"],
            fill_on=data["fill_on"],
        )

    def refuse(self, refusal: Refusal) -> None:
        """Show a service's no where it belongs."""
        names = {"macro_version": "macro", "value": "rule_value"}
        name = names.get(refusal.field, refusal.field)
        self.add_error(name if name in self.fields else None, refusal.message)


def _macro_choices() -> list[tuple[str, str]]:
    return [(str(version.pk), version.macro.name.replace("::", ": ")) for version in macros.approved_for()]


class ConfirmForm(forms.Form):
    """The yes to exactly what was shown."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=80)
    content_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)
    typed_count = fields.Whole(label=gettext_lazy("Number of messages"), smallest=1, largest=9_999_999, required=False)


def suggested_title(count: int, today: date) -> str:
    """A name that a person may keep."""
    return _("{count} orders, {day}").format(count=count, day=today.isoformat())
