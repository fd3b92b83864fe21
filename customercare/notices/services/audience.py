"""Who is in a fan-out: frozen once from a set, in one statement."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.kernel import approvals
from backoffice.kernel.errors import Refusal
from customercare.notices.models import Fanout, Notice
from customercare.notices.rules import OPEN, State

APPROVAL_KINDS = ("grant_run", "message_run")

_FREEZE = """
INSERT INTO customercare_notice (fanout_id, order_id, leader, contact_key, why, skipped, language, amount)
SELECT %s, o.id, 0, o.contact_key, s.why, '', o.language, 0
FROM ({source}) AS s(order_id, why) JOIN orders_order o ON o.id = s.order_id
ORDER BY o.id
ON CONFLICT (fanout_id, order_id) DO NOTHING
"""


@transaction.atomic
def freeze(*, fanout: Fanout, source: str, params: Sequence[Any]) -> int:
    """Add the orders of an SQL source (order_id, why) to the audience; returns how many notices are new."""
    lock_open(fanout.pk)
    with connection.cursor() as cursor:
        cursor.execute(_FREEZE.replace("{source}", source), [fanout.pk, *params])
        added: int = cursor.rowcount
    void_preview(fanout.pk)
    return added


@transaction.atomic
def refreeze(*, fanout: Fanout, source: str, params: Sequence[Any]) -> int:
    """Replace the audience by the orders of the source."""
    lock_open(fanout.pk)
    Notice.objects.filter(fanout=fanout).delete()
    return freeze(fanout=fanout, source=source, params=params)


@transaction.atomic
def leave_out(*, fanout: Fanout, order_ids: Sequence[int]) -> int:
    """Leave orders out by hand; they stay listed with that reason. Preview and approval are void."""
    lock_open(fanout.pk)
    changed = Notice.objects.filter(fanout=fanout, order_id__in=order_ids).update(skipped="manual")
    void_preview(fanout.pk)
    return changed


def lock_open(fanout_id: int) -> Fanout:
    """The fan-out, locked, if its plan may still change. Raises Refusal "fanout.started"."""
    fanout = Fanout.objects.select_for_update().get(pk=fanout_id)
    if fanout.state not in OPEN:
        raise Refusal("fanout.started", _("This send was confirmed already. Undo it first, or open a new one."))
    return fanout


def void_preview(fanout_id: int) -> None:
    """Whatever was shown and approved no longer describes this fan-out."""
    for kind in APPROVAL_KINDS:
        approvals.void(kind=kind, subject_ref=subject(fanout_id))
    Fanout.objects.filter(pk=fanout_id).update(state=State.DRAFT, content_hash="")


def subject(fanout_id: int) -> str:
    """How approvals name a fan-out."""
    return f"fanout:{fanout_id}"
