"""Forms of the front door."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import User


class LoginForm(AuthenticationForm):
    """User name and password; the same sentence for every way of being wrong."""

    error_messages = {
        "invalid_login": _("User name and password do not match. Check both and try again."),
        "inactive": _("User name and password do not match. Check both and try again."),
    }


class ConfirmPasswordForm(forms.Form):
    """The password of the person who is logged in."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Enter your password.")},
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(gettext("That is not your password. Try again."))
        return password
