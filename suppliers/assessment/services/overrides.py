"""A person decides otherwise than the standing, for a while and with a reason."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import audit, changing
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.assessment.models import Standing, StandingChange
from suppliers.assessment.rules.policy import Consequence
from suppliers.directory.services import common

LONGEST_DAYS = 90


@transaction.atomic
def override(
    *, supplier_id: int, version: int, consequence: str, until: date | None, reason: str, actor: User, now: datetime
) -> Standing:
    """Let another consequence hold until a day, that day included; "" takes an earlier decision back.

    Only the roles that the policy names for the present standing may. The standing itself stays what the score says.
    Raises Stale where the standing changed meanwhile, and Refusal (standing.role, standing.consequence,
    standing.until, standing.reason).
    """
    pk = Standing.objects.values_list("pk", flat=True).get(supplier_id=supplier_id)
    row = changing.lock(Standing.objects.all(), pk=pk, version=version)
    if actor.role not in row.may_override:
        raise Refusal("standing.role", _("Your role may not decide otherwise here. Ask somebody whose role may."))
    reason = reason.strip()
    _check(consequence, until, reason, timezone.localdate(now))
    holds = bool(consequence)
    changing.apply(
        row,
        {
            "override": consequence,
            "override_until": until if holds else None,
            "override_reason": reason if holds else "",
            "override_by": actor if holds else None,
        },
    )
    StandingChange.objects.create(
        supplier_id=supplier_id, scorecard_id=row.scorecard_id, at=now, was=row.standing, standing=row.standing,
        consequence=row.consequence, override=consequence, reason=reason, actor=actor,
    )  # fmt: skip
    audit.record(
        actor=actor, verb="standing.override", subject=common.subject(supplier_id), now=now, standing=row.standing,
        consequence=consequence, until=str(until or ""), reason=reason,
    )  # fmt: skip
    return row


def _check(consequence: str, until: date | None, reason: str, today: date) -> None:
    if consequence and consequence not in [one.value for one in Consequence]:
        raise Refusal("standing.consequence", _("Choose what is to hold for purchase orders."), "consequence")
    if not reason:
        raise Refusal("standing.reason", _("Say why, so that others can follow it later."), "reason")
    last = today + timedelta(days=LONGEST_DAYS)
    if consequence and (until is None or not today <= until <= last):
        raise Refusal(
            "standing.until",
            _("Choose a last day from today to %(last)s.") % {"last": last.isoformat()},
            "until",
        )
