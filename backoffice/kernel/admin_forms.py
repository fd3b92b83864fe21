"""Forms of the office's own models."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import ApiKey, Limit, Store, User
from backoffice.kernel.numbers import currency_exponent, parse_money, style_for


class MoneyField(forms.CharField):
    """An amount as people of the active language type it; anything that can be read in two ways is refused.

    The value is the typed text until the form calls `amount` with the currency.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=40, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            point = style_for(get_language() or "en").point
            return f"{value.normalize():f}".replace(".", point) if value % 1 == 0 else f"{value:f}".replace(".", point)
        return value


def amount(text: str, currency: str) -> Decimal:
    """The typed amount in a currency. Raises ValidationError with the sentence that says how to write it."""
    try:
        return parse_money(text.strip(), currency=currency, style=style_for(get_language() or "en"))
    except Refusal as refusal:
        raise ValidationError(refusal.message) from refusal


def currency_code(text: str) -> str:
    """The code in capitals, if money is counted in it. Raises ValidationError."""
    code = text.strip().upper()
    try:
        currency_exponent(code)
    except Refusal as refusal:
        raise ValidationError(refusal.message) from refusal
    return code


class PasswordForm(forms.Form):
    """A new password for somebody."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("12 characters or more. The person is logged out everywhere."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Enter a password.")},
    )


def _languages() -> list[tuple[str, Any]]:
    return [("", _("as the browser asks")), *settings.LANGUAGES]


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    language = forms.ChoiceField(label=_("Language"), choices=_languages, required=False)

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["name", "email", "role", "language", "is_active"]


class NewUserForm(UserForm):
    password = forms.CharField(
        label=_("First password"),
        strip=False,
        help_text=_("12 characters or more. Tell it in person; it can be changed after logging in."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Enter a password.")},
    )

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["username", "name", "email", "role", "language"]
        error_messages: ClassVar = {
            "username": {"unique": _("Somebody has that user name already. Choose another.")},
        }


class LimitForm(forms.ModelForm):  # type: ignore[type-arg]
    KINDS: ClassVar = [
        ("grant_run", _("vouchers of one send, in money: decide alone")),
        ("grant_run.approve", _("vouchers of one send, in money: approve for others")),
        ("message_run", _("messages of one send, in number: decide alone")),
        ("message_run.approve", _("messages of one send, in number: approve for others")),
    ]
    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS)
    currency = forms.CharField(
        label=_("Currency"),
        max_length=3,
        required=False,
        help_text=_("Empty means every currency. Messages have none."),
    )
    amount = MoneyField(label=_("Up to"), error_messages={"required": _("Enter 0 or more.")})

    class Meta:
        model = Limit
        fields: ClassVar[list[str]] = ["role", "kind", "currency", "amount"]

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].strip()
        if self.cleaned_data.get("kind", "").startswith("message_run"):
            if code:
                raise ValidationError(_("Messages are counted, not paid for. Leave the currency empty."))
            return ""
        return currency_code(code) if code else ""

    def clean_amount(self) -> Decimal:
        text, currency = self.cleaned_data["amount"], self.cleaned_data.get("currency")
        if not self.cleaned_data.get("kind", "").startswith("message_run"):
            return amount(text, currency or "EUR")
        if not (text.strip().isascii() and text.strip().isdigit()) or len(text.strip()) > 9:
            raise ValidationError(_("Enter a whole number with digits alone."))
        return Decimal(text.strip())


class StoreForm(forms.ModelForm):  # type: ignore[type-arg]
    order_url_base = forms.URLField(label=_("Address of the customers' pages"), required=False, assume_scheme="https")

    class Meta:
        model = Store
        fields: ClassVar[list[str]] = [
            "slug", "name", "currency", "language", "time_zone", "sender", "reply_to", "order_url_base"
        ]  # fmt: skip
        error_messages: ClassVar = {
            "slug": {"unique": _("A store has this short name already. Choose another.")},
        }

    def clean_currency(self) -> str:
        return currency_code(self.cleaned_data["currency"])


class NewKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    SCOPES: ClassVar = [
        ("vouchers:redeem", _("redeem and void vouchers")),
    ]
    scopes = forms.MultipleChoiceField(
        label=_("May"),
        choices=SCOPES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("The key could do nothing. Choose at least one.")},
    )

    class Meta:
        model = ApiKey
        fields: ClassVar[list[str]] = ["name", "scopes", "store"]


class NothingForm(forms.Form):
    """A page that asks for nothing but the press of its button."""
