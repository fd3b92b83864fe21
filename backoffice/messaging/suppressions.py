"""Addresses that are not written to, kept by people: each change has a reason, and an audit entry without them."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.roles import Capability
from backoffice.messaging.addresses import check_address
from backoffice.messaging.models import Suppression
from backoffice.messaging.problems import ProblemFound


@transaction.atomic
def add(*, address: str, category: str, reason: str, actor: User, now: datetime) -> Suppression:
    """Stop writing to an address at once. category: "" for everything.

    Raises Refusal (suppression.role, suppression.reason, suppression.address, suppression.twice).
    """
    _must(actor)
    if not reason.strip():
        raise Refusal("suppression.reason", _("Say why, so that others can follow it later."), "reason")
    try:
        known = check_address(address).lower()
    except ProblemFound as found:
        raise Refusal("suppression.address", found.problem.sentence(_), "address") from found
    row, made = Suppression.objects.get_or_create(
        address=known, channel="email", category=category, defaults={"reason": reason.strip()[:200]}
    )
    if not made:
        raise Refusal("suppression.twice", _("This address is on the list already."), "address")
    audit.record(actor=actor, verb="suppression.add", subject=f"suppression:{row.pk}", now=now, category=category)
    return row


@transaction.atomic
def remove(*, suppression_id: int, reason: str, actor: User, now: datetime) -> None:
    """Write to an address again. Removing it twice changes nothing. Raises Refusal (suppression.role, .reason)."""
    _must(actor)
    if not reason.strip():
        raise Refusal("suppression.reason", _("Say why, so that others can follow it later."), "reason")
    if Suppression.objects.filter(pk=suppression_id).delete()[0]:
        audit.record(
            actor=actor,
            verb="suppression.remove",
            subject=f"suppression:{suppression_id}",
            now=now,
            reason=reason.strip()[:200],
        )


def _must(actor: User) -> None:
    if not actor.can(Capability.OPERATE_MESSAGES):
        raise Refusal("suppression.role", _("Your role may not change this list. Ask a shop manager."))
