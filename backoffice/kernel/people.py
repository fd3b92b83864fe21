"""Writes to people, shops and limits."""

from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Limit, Store, User
from backoffice.kernel.roles import Role


def ensure(*, username: str, name: str, role: str, password: str) -> User:
    """The person of that user name, made when missing; the password is set in either case. Raises Refusal."""
    if role not in list(Role):
        raise Refusal("person.role", _("There is no role called {role}.").format(role=role), "role")
    user, _created = User.objects.get_or_create(username=username, defaults={"name": name, "role": role})
    user.set_password(password)
    user.save(update_fields=["password"])
    return user


def ensure_store(**fields: str) -> Store:
    """The store of that slug, made when missing."""
    store, _created = Store.objects.get_or_create(slug=fields["slug"], defaults=fields)
    return store


def set_default_limit(*, role: str, kind: str, amount: Decimal, currency: str = "") -> None:
    """Set a limit unless somebody set one before."""
    Limit.objects.get_or_create(role=role, kind=kind, currency=currency, defaults={"amount": amount})
