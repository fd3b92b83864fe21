"""Writes to stores."""

from datetime import datetime
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store, User
from backoffice.kernel.numbers import currency_exponent
from backoffice.kernel.roles import Capability


@transaction.atomic
def save_store(*, store: Store, actor: User, now: datetime) -> Store:
    """Write a new or changed store. Raises Refusal (store.role, store.time_zone, store.currency)."""
    if not actor.can(Capability.MANAGE_SETTINGS):
        raise Refusal("store.role", _("Your role may not change stores. Ask an admin."))
    _check(store)
    before = Store.objects.filter(pk=store.pk).values("name", "currency", "time_zone", "sender").first()
    store.save()
    audit.record(
        actor=actor,
        verb="store.change" if before else "store.create",
        subject=f"store:{store.pk}",
        now=now,
        before=before,
        after={name: getattr(store, name) for name in ("name", "currency", "time_zone", "sender")},
    )
    return store


def _check(store: Store) -> None:
    if store.time_zone not in available_timezones():
        raise Refusal("store.time_zone", _("No time zone has that name. Write it like Europe/Warsaw."), "time_zone")
    try:
        currency_exponent(store.currency)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, "currency") from refusal
