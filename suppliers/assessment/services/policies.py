"""Saving a version of the scorecard policy."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import User
from backoffice.kernel.roles import Capability
from suppliers.assessment.models import PolicyVersion
from suppliers.assessment.rules import policy as policies
from suppliers.assessment.rules.policy import Problem
from suppliers.assessment.selectors import scorecards

SENTENCES = {
    "policy.missing": gettext_lazy("The policy says nothing of “%(where)s”. Add it."),
    "policy.value": gettext_lazy("A value of the policy cannot be read: %(where)s. Correct it."),
    "policy.weights": gettext_lazy(
        "The weights of “%(where)s” add up to nothing, or one is negative. Give at least one a weight above 0."
    ),
    "policy.metric": gettext_lazy("There is no metric “%(where)s”. Take one that its dimension has."),
    "policy.scale": gettext_lazy("Target and limit of “%(where)s” are the same. Set two different values."),
    "policy.sample": gettext_lazy("The sample and the window of “%(where)s” have to be 1 or more."),
    "policy.bands": gettext_lazy("The bands have to follow each other from 0 to 100 without a gap or an overlap."),
    "policy.band_keys": gettext_lazy(
        "Give each band a key of its own, of 1 to 40 characters, other than “stopped” and “not_enough_data”."
    ),
    "policy.coverage": gettext_lazy("The coverage is a percentage from 0 to 100."),
    "policy.negative": gettext_lazy("“%(where)s” cannot be negative."),
    "policy.days": gettext_lazy("“%(where)s” is too long. Take at most 3650 days."),
    "policy.period": gettext_lazy("A period lasts one day or more."),
}


@transaction.atomic
def save_policy(
    *, body: Mapping[str, Any], note: str, actor: User | None, now: datetime, based_on: int | None = None
) -> PolicyVersion:
    """Write the next version, which is in force from now on; the versions before it stay as they are.

    based_on: the number of the version that was edited, None to ask nobody. The same policy as the one in force is no
    new version. Raises Refusal (policy.*, policy.role), and Stale where another version came into force meanwhile.
    """
    if actor is not None and not actor.can(Capability.MANAGE_SETTINGS):
        raise Refusal("policy.role", _("Only an admin changes how suppliers are scored."))
    _found, problems = policies.read(body)
    if problems:
        raise _refusal(problems[0])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('assessment.policy'))")
    newest = scorecards.current_policy()
    if based_on is not None and (newest is None or newest.number != based_on):
        raise Stale("policy.stale", _("Another version came into force meanwhile. Open the policy again."))
    if newest is not None and newest.body == body:
        return newest
    version = PolicyVersion.objects.create(
        number=newest.number + 1 if newest else 1, body=body, note=note, saved_by=actor, saved_at=now
    )
    audit.record(actor=actor, verb="scorecard.policy", subject=f"scorecard_policy:{version.number}", now=now, note=note)
    return version


def _refusal(problem: Problem) -> Refusal:
    return Refusal(problem.code, SENTENCES[problem.code] % {"where": problem.where}, "body")
