"""What people type about suppliers, their people, papers and talks, checked."""

import re
from datetime import date
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.kernel.editing import EditForm
from backoffice.kernel.fields import CHOOSE, Choice, DayField, Line, Text, Whole
from backoffice.messaging.addresses import check_address
from backoffice.messaging.problems import ProblemFound
from suppliers.directory import rules, words
from suppliers.directory.models import Certificate, ContactLog, Prospect, Supplier, SupplierContact
from suppliers.directory.rules import CertificateDraft, ContactDraft, ProspectDraft, Stage, SupplierDraft

_PHONE = re.compile(r"[+(]?[0-9][0-9 ()/.-]{3,38}")
NOTES_LIMIT = 20_000


class Address(Line):
    """Exactly one e-mail address, or nothing."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"})
        super().__init__(limit=254, strip=False, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        typed: str = forms.CharField.clean(self, value)
        if not typed.strip(" "):
            return ""
        try:
            return check_address(typed)
        except ProblemFound as found:
            raise forms.ValidationError(_(found.problem.message)) from found


class Phone(Line):
    """A phone number as people write it; + for the country."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
        super().__init__(limit=40, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if typed and not _PHONE.fullmatch(typed):
            raise forms.ValidationError(_("Write the number with digits, like +48 600 100 200."))
        return typed


class CurrencyCode(Line):
    """Three capital letters; small ones are raised."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(limit=3, **kwargs)

    def clean(self, value: Any) -> str:
        return super().clean(value).upper()


def offer(form: forms.Form, name: str, empty: str, choices: list[tuple[str, str]]) -> None:
    """Fill a list of choices that depends on the reader's language."""
    field = cast(forms.ChoiceField, form.fields[name])
    field.choices = [("", empty), *choices] if empty else choices


class SupplierForm(EditForm):
    """One supplier."""

    code = Line(
        label=gettext_lazy("Code"),
        limit=64,
        required=True,
        help_text=gettext_lazy("As order lines name it."),
        error_messages={"required": gettext_lazy("Enter a code that order lines can name.")},
    )
    name = Line(
        label=gettext_lazy("Trading name"),
        limit=200,
        required=True,
        error_messages={"required": gettext_lazy("Enter the name that colleagues know.")},
    )
    legal_name = Line(label=gettext_lazy("Legal name"), limit=200)
    kind = Choice(label=gettext_lazy("Kind"), choices=Supplier.Kind.choices)
    state = Choice(label=gettext_lazy("State"), choices=Supplier.State.choices)
    country = Choice(label=gettext_lazy("Country"), required=False)
    currency = CurrencyCode(label=gettext_lazy("Currency"), help_text=gettext_lazy("Such as EUR."))
    language = Choice(label=gettext_lazy("Preferred language"), required=False)
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Also understood"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
        error_messages={"invalid_choice": CHOOSE},
    )
    cadence_days = Whole(
        label=gettext_lazy("Days between talks"),
        smallest=1,
        largest=rules.LONGEST_CADENCE,
        required=False,
        help_text=gettext_lazy("30 means: talk once a month. Empty means no plan."),
    )
    notes = Text(label=gettext_lazy("Notes"), limit=NOTES_LIMIT)
    layout: ClassVar = (
        ("code", "name"), ("legal_name",), ("kind", "state"), ("country", "currency"), ("language", "cadence_days"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "country", _("not known"), words.country_choices())
        offer(self, "language", _("not known"), words.language_choices())
        offer(self, "languages", "", words.language_choices())

    def draft(self) -> SupplierDraft:
        """The cleaned page as the services take it."""
        values = self.values()
        return SupplierDraft(**values | {"languages": tuple(values["languages"])})


class ContactForm(EditForm):
    """One person at a supplier."""

    name = Line(
        label=gettext_lazy("Name"),
        limit=200,
        required=True,
        error_messages={"required": gettext_lazy("Enter the name of the person.")},
    )
    role = Line(label=gettext_lazy("Role"), limit=120, help_text=gettext_lazy("Such as export manager."))
    email = Address(label=gettext_lazy("E-mail"))
    phone = Phone(label=gettext_lazy("Phone"))
    language = Choice(label=gettext_lazy("Language"), required=False)
    for_orders = forms.BooleanField(label=gettext_lazy("Gets purchase orders"), required=False)
    for_quality = forms.BooleanField(label=gettext_lazy("Answers for quality"), required=False)
    for_invoices = forms.BooleanField(label=gettext_lazy("Answers for invoices"), required=False)
    for_emergencies = forms.BooleanField(label=gettext_lazy("Called in an emergency"), required=False)
    is_active = forms.BooleanField(label=gettext_lazy("Still works there"), required=False)
    layout: ClassVar = (
        ("name", "role"), ("email", "phone"), ("language",), ("for_orders", "for_quality"),
        ("for_invoices", "for_emergencies"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "language", _("as the supplier"), words.language_choices())

    def draft(self) -> ContactDraft:
        """The cleaned page as the services take it."""
        return ContactDraft(**self.values())


class CertificateForm(EditForm):
    """One certificate."""

    kind = Choice(label=gettext_lazy("Kind"), choices=Certificate.Kind.choices)
    number = Line(
        label=gettext_lazy("Number"),
        limit=80,
        required=True,
        error_messages={"required": gettext_lazy("Enter the number that stands on the paper.")},
    )
    issuer = Line(label=gettext_lazy("Issued by"), limit=120)
    valid_from = DayField(label=gettext_lazy("Valid from"), required=False)
    valid_until = DayField(
        label=gettext_lazy("Valid until"), required=False, help_text=gettext_lazy("Empty when it does not end.")
    )
    is_critical = forms.BooleanField(label=gettext_lazy("Critical: without it we must not buy here"), required=False)
    is_retired = forms.BooleanField(label=gettext_lazy("Replaced by a newer one, no longer counts"), required=False)
    layout: ClassVar = (("kind",), ("number", "issuer"), ("valid_from", "valid_until"))

    def draft(self) -> CertificateDraft:
        """The cleaned page as the services take it."""
        return CertificateDraft(**self.values())


class TalkForm(EditForm):
    """One talk with a supplier."""

    happened_on = DayField(
        label=gettext_lazy("Day"),
        error_messages={"required": gettext_lazy("Enter the day of the talk.")},
    )
    channel = Choice(label=gettext_lazy("Through"), choices=ContactLog.Channel.choices)
    contact = Choice(label=gettext_lazy("With"), required=False)
    said = Text(
        label=gettext_lazy("What was said"),
        required=True,
        error_messages={"required": gettext_lazy("Write what was said, so that others can follow it later.")},
    )
    next_contact_on = DayField(label=gettext_lazy("Talk again on"), required=False)
    layout: ClassVar = (("happened_on", "channel"), ("contact", "next_contact_on"), ("said",))

    def __init__(self, *args: Any, people: list[SupplierContact], cadence_days: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "contact", _("nobody in particular"), [(str(one.pk), one.name) for one in people])
        if cadence_days:
            self.fields["next_contact_on"].help_text = ngettext(
                "Empty means in %(n)d day.", "Empty means in %(n)d days.", cadence_days
            ) % {"n": cadence_days}

    def talk(self) -> dict[str, Any]:
        """The cleaned page as the service takes it."""
        values = self.values()
        contact = values.pop("contact")
        return values | {"contact_id": int(contact) if contact else None}


class ProspectForm(EditForm):
    """Somebody we may buy from one day."""

    name = Line(
        label=gettext_lazy("Firm"),
        limit=200,
        required=True,
        error_messages={"required": gettext_lazy("Enter the name of the firm.")},
    )
    stage = Choice(
        label=gettext_lazy("Stage"), choices=[pair for pair in Prospect.Stage.choices if pair[0] != Stage.WON]
    )
    source = Choice(label=gettext_lazy("Found through"), choices=Prospect.Source.choices)
    source_detail = Line(
        label=gettext_lazy("Which"), limit=200, help_text=gettext_lazy("The platform, the fair, or who told us.")
    )
    country = Choice(label=gettext_lazy("Country"), required=False)
    contact_name = Line(label=gettext_lazy("Contact"), limit=200)
    email = Address(label=gettext_lazy("E-mail"))
    phone = Phone(label=gettext_lazy("Phone"))
    next_step = Line(label=gettext_lazy("Next step"), limit=200, help_text=gettext_lazy("Such as: ask for samples."))
    next_step_on = DayField(label=gettext_lazy("Next step on"), required=False)
    notes = Text(label=gettext_lazy("Notes"), limit=NOTES_LIMIT)
    layout: ClassVar = (
        ("name",), ("stage", "country"), ("source", "source_detail"), ("contact_name",), ("email", "phone"),
        ("next_step", "next_step_on"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "country", _("not known"), words.country_choices())

    def draft(self) -> ProspectDraft:
        """The cleaned page as the services take it."""
        return ProspectDraft(**self.values())


class TurnForm(EditForm):
    """What a prospect lacks to be a supplier."""

    code = Line(
        label=gettext_lazy("Code"),
        limit=64,
        required=True,
        help_text=gettext_lazy("Such as TATRA."),
        error_messages={"required": gettext_lazy("Enter a code that order lines can name.")},
    )
    currency = CurrencyCode(label=gettext_lazy("Currency"), help_text=gettext_lazy("Such as EUR."))
    layout: ClassVar = (("code", "currency"),)


def first_day(today: date) -> dict[str, Any]:
    """What a new talk most likely is."""
    return {"happened_on": today, "channel": ContactLog.Channel.PHONE}
