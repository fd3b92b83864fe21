"""Agents write to many customers at once: the same fan-out as an incident, with orders that were filtered by hand."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store, User
from backoffice.kernel.roles import Capability
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan
from customercare.notices.services import audience, decisions


@transaction.atomic
def open_bulk(
    *, store: Store, title: str, source: str, params: Sequence[Any], plan: Plan, actor: User, now: datetime
) -> Fanout:
    """A fan-out in draft over the orders of an SQL source (order_id, why), frozen now.

    Raises Refusal: no right, no macro, no order matches.
    """
    require_sender(actor)
    if plan.macro_version_id is None:
        raise Refusal("fanout.no_macro", _("Choose a text: customers need words."), "macro")
    fanout = decisions.open_fanout(
        store=store,
        cause_ref=f"bulk:{secrets.token_hex(8)}",
        title=title,
        mode="real",
        plan=plan,
        actor=actor,
        now=now,
    )
    if not audience.freeze(fanout=fanout, source=source, params=params):
        raise Refusal("fanout.nobody", _("No order matches, so nobody would be written to. Change the filter."))
    audit.record(actor=actor, verb="bulk.open", subject=fanout.cause_ref, now=now)
    return fanout


def require_sender(actor: User) -> User:
    """The actor, if their role may write to many. Raises Refusal "bulk.role"."""
    if not actor.can(Capability.SEND_BULK):
        raise Refusal("bulk.role", _("Your role may not write to many customers. Ask a shop manager."))
    return actor
