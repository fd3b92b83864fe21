"""What a person says when declaring an incident: what happened, what is hit, what customers are told."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import text
from backoffice.kernel.errors import Refusal
from backoffice.kernel.fields import CHOOSE, Amount, Choice, DayField, Line, Whole, amount
from backoffice.kernel.models import Store
from customercare.compensation.models import Budget
from customercare.incidents.models import Incident
from customercare.incidents.rules import IncidentDraft
from customercare.macros import selectors as macros
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan
from orders.reach.rules import Selector
from orders.shipping.models import Carrier
from suppliers.directory.models import Supplier

MOST_NUMBERS = 20_000
NUMBER_LIMIT = 120
# Where services name a field otherwise than this form does.
FIELDS = {
    "late_delivered": "late",
    "overdue_as_of": "overdue_as_of",
    "value": "rule_value",
    "macro_version": "macro",
    "macro_version_id": "macro",
}


class Late:
    NONE, OVERDUE, BY_DAY, BY_TIME = "", "overdue", "date", "timestamp"


LATE_CHOICES = [
    (Late.NONE, gettext_lazy("it does not matter")),
    (Late.OVERDUE, gettext_lazy("not delivered yet, and past the promised day")),
    (Late.BY_DAY, gettext_lazy("delivered after the promised day")),
    (Late.BY_TIME, gettext_lazy("delivered after the promised hour")),
]


class IncidentForm(forms.Form):
    """One page. `WHAT`, `HIT` and `TOLD` are its parts, with the fields that stand side by side."""

    WHAT = (("title",), ("kind", "store"), ("severity", "priority"), ("mode",), ("is_public",))
    HIT = (
        ("late",),
        ("overdue_as_of", "late_days"),
        ("carrier", "region"),
        ("supplier", "sku"),
        ("placed_from", "placed_to"),
        ("campaign",),
        ("orders",),
    )
    TOLD = (("macro",), ("rule",), ("rule_value", "rule_cap"), ("valid_days", "budget"))

    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)
    edits = forms.CharField(widget=forms.HiddenInput, required=False, max_length=9)

    title = Line(
        label=gettext_lazy("Title"),
        limit=200,
        required=True,
        help_text=gettext_lazy("What colleagues call it: “Flood closes the Wrocław depot”. Customers do not see it."),
        error_messages={"required": gettext_lazy("Give the incident a title that others recognise.")},
    )
    kind = Choice(label=gettext_lazy("Kind of trouble"), choices=Incident.Kind.choices)
    severity = Choice(label=gettext_lazy("How bad is it"), choices=Incident.Severity.choices, initial=2)
    priority = Choice(label=gettext_lazy("How soon"), choices=Incident.Priority.choices, initial=2)
    mode = Choice(
        label=gettext_lazy("Real or drill"),
        choices=[
            ("real", gettext_lazy("Real: customers are written to")),
            ("drill", gettext_lazy("Drill: everything happens, nothing leaves")),
        ],
        widget=forms.RadioSelect,
        initial="real",
    )
    store = forms.ModelChoiceField(
        label=gettext_lazy("Shop"),
        queryset=Store.objects.none(),
        empty_label=None,
        error_messages={"invalid_choice": CHOOSE, "required": CHOOSE},
    )
    is_public = forms.BooleanField(
        label=gettext_lazy("Customers see it on their order page"), required=False, initial=True
    )

    late = Choice(label=gettext_lazy("Lateness"), choices=LATE_CHOICES, widget=forms.RadioSelect, required=False)
    overdue_as_of = DayField(
        label=gettext_lazy("Undelivered as of"), required=False, help_text=gettext_lazy("Empty means today.")
    )
    late_days = Whole(label=gettext_lazy("At least so many days late"), smallest=1, largest=365, required=False)
    supplier = Choice(label=gettext_lazy("Supplier"), required=False)
    carrier = Choice(label=gettext_lazy("Carrier"), required=False)
    region = Line(
        label=gettext_lazy("Region"),
        limit=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "regions"}),
    )
    sku = Line(label=gettext_lazy("SKU"), limit=64)
    campaign = Line(label=gettext_lazy("Campaign code"), limit=60)
    placed_from = DayField(label=gettext_lazy("Ordered from"), required=False)
    placed_to = DayField(label=gettext_lazy("Ordered until"), required=False)
    orders = forms.CharField(
        label=gettext_lazy("Order numbers"),
        required=False,
        help_text=gettext_lazy("One a line, or with commas. Only these orders are then looked at."),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )

    macro = Choice(label=gettext_lazy("Text"), required=False)
    rule = Choice(label=gettext_lazy("Voucher"), choices=Fanout.Rule.choices, widget=forms.RadioSelect, initial="none")
    rule_value = Amount(label=gettext_lazy("Amount, or per cent of the order"))
    rule_cap = Amount(label=gettext_lazy("At most for one order"))
    valid_days = Whole(
        label=gettext_lazy("Valid for days"),
        smallest=1,
        largest=730,
        initial="90",
        error_messages={"required": gettext_lazy("Enter for how many days the voucher can be used.")},
    )
    budget = Choice(label=gettext_lazy("Paid from"), required=False)

    def __init__(self, *args: Any, incident: Incident | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incident = incident
        stores = Store.objects.filter(pk=incident.store_id) if incident else Store.objects.order_by("name")
        self._field("store").queryset = stores
        self._choices("supplier", Supplier.objects.order_by("name").values_list("code", "name"))
        self._choices("carrier", Carrier.objects.order_by("name").values_list("code", "name"))
        self._field("macro").choices = [("", _("choose a text")), *_macro_choices()]
        budgets = Budget.objects.select_related("store").order_by("store__name", "name")
        self._field("budget").choices = [
            ("", _("no budget")),
            *((str(b.pk), f"{b.name} ({b.currency})") for b in budgets),
        ]
        if incident:
            self._field("mode").disabled = True

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def _choices(self, name: str, rows: Iterable[tuple[str, str]]) -> None:
        self._field(name).choices = [("", _("any")), *((code, f"{label} ({code})") for code, label in rows)]

    def clean_sku(self) -> str:
        typed: str = self.cleaned_data["sku"]
        if not typed:
            return ""
        try:
            return text.canonical_sku(typed)
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal

    def clean_orders(self) -> tuple[str, ...]:
        numbers_typed = dict.fromkeys(
            part.strip() for part in self.cleaned_data["orders"].replace(",", "\n").replace(";", "\n").splitlines()
        )
        found = tuple(number for number in numbers_typed if number)
        if len(found) > MOST_NUMBERS:
            raise ValidationError(
                _("These are %(count)d numbers, and %(most)d are looked up at once. Use another criterion.")
                % {"count": len(found), "most": MOST_NUMBERS}
            )
        if any(len(number) > NUMBER_LIMIT or not number.isprintable() for number in found):
            raise ValidationError(_("One of these lines is no order number. Write one number a line."))
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        store = data.get("store")
        if store is None:
            return data
        rule = data.get("rule")
        if rule and rule != Fanout.Rule.NONE:
            self._clean_voucher(data, store.currency, percent=rule == Fanout.Rule.PERCENT)
        return data

    def _clean_voucher(self, data: dict[str, Any], currency: str, *, percent: bool) -> None:
        if not data.get("rule_value"):
            self.add_error(
                "rule_value", _("Say how many per cent.") if percent else _("Say how much, in %s.") % currency
            )
        for name, unit in (("rule_value", "EUR" if percent else currency), ("rule_cap", currency)):
            if data.get(name):
                self._clean_amount(data, name, unit)

    def _clean_amount(self, data: dict[str, Any], name: str, currency: str) -> None:
        try:
            data[name] = amount(data[name], currency=currency)
        except Refusal as refusal:
            self.add_error(name, refusal.message)

    def draft(self, today: date) -> IncidentDraft:
        """The cleaned page as the service takes it. today: the shop's own day."""
        data = self.cleaned_data
        return IncidentDraft(
            title=data["title"],
            kind=data["kind"],
            selector=_selector(data, today),
            severity=int(data["severity"]),
            priority=int(data["priority"]),
            mode=data["mode"],
            is_public=data["is_public"],
            plan=self._plan(data),
        )

    def _plan(self, data: dict[str, Any]) -> Plan:
        gives = data["rule"] != Fanout.Rule.NONE
        return Plan(
            macro_version_id=int(data["macro"]) if data["macro"] else None,
            rule=data["rule"],
            rule_value=data["rule_value"] if gives else Decimal(0),
            rule_cap=(data["rule_cap"] or None) if gives else None,
            valid_days=data["valid_days"],
            budget_id=int(data["budget"]) if data["budget"] else None,
        )

    def refuse(self, refusal: Refusal) -> None:
        """Show a service's no where it belongs."""
        name = FIELDS.get(refusal.field, refusal.field)
        self.add_error(name if name in self.fields else None, refusal.message)


def _selector(data: dict[str, Any], today: date) -> Selector:
    late = data["late"]
    return Selector(
        overdue_as_of=(data["overdue_as_of"] or today) if late == Late.OVERDUE else None,
        late_delivered=late if late in (Late.BY_DAY, Late.BY_TIME) else "",
        late_days=data["late_days"],
        supplier=data["supplier"],
        carrier=data["carrier"],
        region=data["region"],
        sku=data["sku"],
        campaign=data["campaign"],
        placed_from=data["placed_from"],
        placed_to=data["placed_to"],
        orders=data["orders"],
    )


def _macro_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The approved texts, those of one folder together."""
    folders: dict[str, list[tuple[str, str]]] = {}
    for version in macros.approved_for():
        folder, _sep, name = version.macro.name.rpartition("::")
        folders.setdefault(folder or _("Other"), []).append(
            (str(version.pk), _("%(name)s, version %(number)d") % {"name": name, "number": version.number})
        )
    return list(folders.items())


def initial_of(incident: Incident, fanout: Fanout) -> dict[str, Any]:
    """What the page shows of a draft that is changed."""
    selector = incident.selector
    late = Late.OVERDUE if selector.get("overdue_as_of") else selector.get("late_delivered", "")
    return {
        **{name: selector.get(name, "") for row in IncidentForm.HIT for name in row},
        "late": late,
        "orders": "\n".join(selector.get("orders", ())),
        "title": incident.title,
        "kind": incident.kind,
        "severity": incident.severity,
        "priority": incident.priority,
        "mode": incident.mode,
        "store": incident.store_id,
        "is_public": incident.is_public,
        "edits": incident.edits,
        "macro": str(fanout.macro_version_id or ""),
        "rule": fanout.rule,
        "rule_value": fanout.rule_value if fanout.rule != Fanout.Rule.NONE else "",
        "rule_cap": fanout.rule_cap if fanout.rule_cap is not None else "",
        "valid_days": fanout.valid_days,
        "budget": str(fanout.budget_id or ""),
    }


class MissingForm(forms.Form):
    """What to do about customers for whom no new date is known."""

    missing = Choice(
        label=gettext_lazy("What should they hear"),
        choices=[choice for choice in Fanout.Missing.choices if choice[0]],
        widget=forms.RadioSelect,
    )
    fill_on = DayField(label=gettext_lazy("New date for all of them"), required=False)
    next_update_on = DayField(label=gettext_lazy("Day of the next update"), required=False)


class NoteForm(forms.Form):
    """A line for the timeline."""

    text = Line(
        label=gettext_lazy("Note for the timeline"),
        limit=500,
        required=True,
        error_messages={"required": gettext_lazy("Write what happened or was decided.")},
    )
