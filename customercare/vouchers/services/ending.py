"""Ending vouchers: by a person, with a cancelled run, or by the calendar. What a checkout holds stays held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.roles import Capability
from customercare.vouchers.models import Voucher
from customercare.vouchers.rules import Kind, State

_END = """
WITH due AS (
    SELECT id, balance - held AS free FROM customercare_voucher
    WHERE id = ANY(%(ids)s) AND state = 'active' ORDER BY id FOR UPDATE
), ended AS (
    UPDATE customercare_voucher v SET state = %(state)s, balance = v.held FROM due WHERE v.id = due.id
    RETURNING v.id, due.free
), noted AS (
    INSERT INTO customercare_voucherentry (voucher_id, kind, amount, key, order_ref, actor_ref, note, at)
    SELECT id, %(kind)s, free, %(kind)s, '', %(actor_ref)s, %(note)s, %(now)s FROM ended WHERE free > 0
)
SELECT count(*), coalesce(sum(free), 0) FROM ended
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How many vouchers ended, and how much could no longer be spent with them."""

    vouchers: int
    amount: Decimal


@transaction.atomic
def revoke(*, voucher_id: int, note: str, actor: User, now: datetime) -> Ended:
    """Take a voucher back, with the reason. Revoking twice changes nothing the second time.

    Raises Refusal (voucher.role, voucher.gone, voucher.reason, voucher.expired).
    """
    if not actor.can(Capability.REVOKE_VOUCHERS):
        raise Refusal("voucher.role", _("Your role may not revoke vouchers. Ask a shop manager."))
    if not note.strip():
        raise Refusal("voucher.reason", _("Say why the voucher is revoked. The reason stays in its history."), "note")
    ended = _end([voucher_id], Kind.REVOKE, State.REVOKED, note=note, actor_ref=f"user:{actor.pk}", now=now)
    if ended.vouchers:
        audit.record(
            actor=actor, verb="voucher.revoke", subject=f"voucher:{voucher_id}", now=now, amount=str(ended.amount)
        )
        return ended
    state = Voucher.objects.filter(pk=voucher_id).values_list("state", flat=True).first()
    if state is None:
        raise Refusal("voucher.gone", _("There is no such voucher. Search for it again."))
    if state == State.EXPIRED:
        raise Refusal("voucher.expired", _("This voucher has expired already. Nothing is left to revoke."))
    return ended


@transaction.atomic
def revoke_many(*, cause_ref: str, order_ids: Sequence[int], note: str, actor_ref: str, now: datetime) -> Ended:
    """Take back this cause's vouchers for these orders, in one statement; what was spent stays spent."""
    ids = list(Voucher.objects.filter(cause_ref=cause_ref, order_id__in=order_ids).values_list("pk", flat=True))
    return _end(ids, Kind.REVOKE, State.REVOKED, note=note, actor_ref=actor_ref, now=now)


@transaction.atomic
def expire_due(*, now: datetime, limit: int = 5000) -> int:
    """End vouchers whose time is over and that still had money; returns how many. Call again until it returns 0.

    A voucher that a checkout has locked at this moment is left for the next run.
    """
    due = Voucher.objects.select_for_update(skip_locked=True).filter(
        state=State.ACTIVE, balance__gt=0, valid_until__lte=now
    )
    ids = list(due.order_by("valid_until", "pk").values_list("pk", flat=True)[:limit])
    return _end(ids, Kind.EXPIRE, State.EXPIRED, note="", actor_ref="system", now=now).vouchers


def _end(ids: list[int], kind: Kind, state: State, *, note: str, actor_ref: str, now: datetime) -> Ended:
    values: dict[str, Any] = {
        "ids": ids,
        "kind": str(kind),
        "state": str(state),
        "note": note,
        "actor_ref": actor_ref,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_END, values)
        count, amount = cursor.fetchone()
    return Ended(count, amount)
