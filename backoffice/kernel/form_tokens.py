"""One-time form tokens: a double press has one effect, and the second shows the first result."""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import FormToken, User


def new() -> str:
    """A fresh token for a form that is about to be shown."""
    return secrets.token_urlsafe(24)


def use(*, token: str, user: User, purpose: str, now: datetime) -> str | None:
    """Take the token. None: first use, go on. A URL: it was used before and led there.

    Call inside the transaction of the act: a second press waits for the first to commit.
    """
    if not 20 <= len(token) <= 64:
        raise Refusal("form.token", _("This page is too old to send. Open it again; what you typed is below."))
    with transaction.atomic():
        _row, created = FormToken.objects.get_or_create(
            token=token, defaults={"user": user, "purpose": purpose, "created_at": now}
        )
    if created:
        return None
    used = FormToken.objects.get(token=token)
    if used.user_id != user.pk or used.purpose != purpose:
        raise Refusal("form.token", _("This page belongs to somebody else. Open it again."))
    return used.result_url


def is_used(token: str) -> bool:
    """Whether an act was done with it already."""
    return FormToken.objects.filter(token=token).exists()


def settle(*, token: str, url: str) -> None:
    """Remember where the act led, in the same transaction."""
    FormToken.objects.filter(token=token).update(result_url=url)
