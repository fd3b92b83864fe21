"""Granting to thousands of orders at once. The amounts were shown and approved before; here they become rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel.errors import Refusal
from backoffice.kernel.numbers import currency_exponent
from customercare.compensation import selectors
from customercare.compensation.models import Grant
from customercare.compensation.rules import Basis, ValueRule
from customercare.vouchers import services as vouchers

_GRANT = """
WITH made AS (
    INSERT INTO customercare_grant (cause_ref, order_id, kind, amount, currency, why, state, drill, created_at)
    SELECT %(cause_ref)s, w.order_id, %(kind)s, w.amount, %(currency)s, %(why)s,
           CASE WHEN w.amount > 0 THEN 'granted' ELSE 'nothing' END, %(drill)s, %(now)s
    FROM unnest(string_to_array(%(order_ids)s, ',')::bigint[], string_to_array(%(amounts)s, ',')::numeric[])
         AS w(order_id, amount)
    ON CONFLICT (cause_ref, order_id, kind) DO NOTHING
    RETURNING state
)
SELECT count(*) FILTER (WHERE state = 'granted'), count(*) FILTER (WHERE state = 'nothing') FROM made
"""
_TO_ISSUE = """
SELECT g.order_id, g.amount FROM customercare_grant g
WHERE g.cause_ref = %(cause_ref)s AND g.kind = 'voucher' AND g.state = 'granted'
  AND g.order_id = ANY(string_to_array(%(order_ids)s, ',')::bigint[])
  AND (SELECT v.id FROM customercare_voucher v WHERE v.cause_ref = g.cause_ref AND v.order_id = g.order_id) IS NULL
"""


@dataclass(frozen=True, slots=True)
class GrantCount:
    """What one call wrote: new grants, new decisions to give nothing, orders decided before, new vouchers."""

    granted: int
    nothing: int
    already: int
    vouchers: int = 0


def value_rule(*, basis: str, value: Decimal, currency: str, cap: Decimal | None = None) -> ValueRule:
    """The rule as a person set it. basis: "flat" or "percent". Raises Refusal (compensation.rule, money.currency)."""
    exponent = min(currency_exponent(currency), 2)
    try:
        return ValueRule(Basis(basis), value, currency, exponent, cap)
    except ValueError as error:
        raise Refusal(
            "compensation.rule",
            _("This cannot be given. Choose an amount from 0 up in whole cents, or 0 to 100 percent with a cap."),
            "value",
        ) from error


@transaction.atomic
def grant_many(
    *,
    cause_ref: str,
    kind: str,
    order_ids: Sequence[int],
    amounts: Sequence[Decimal],
    currency: str,
    why: str,
    drill: bool,
    now: datetime,
) -> GrantCount:
    """Record for each order what it gets for this cause; amounts stand beside order_ids, in one currency.

    An amount of 0 is recorded as a decision to give nothing, with the same reason. Safe to run twice: the first
    decision stays. Raises Refusal (compensation.currency) with nothing written.
    """
    foreign = selectors.other_currency(order_ids=order_ids, currency=currency)
    if foreign:
        raise Refusal(
            "compensation.currency",
            ngettext(
                "%(count)d order is not in %(currency)s. Leave it out, or give it a rule in its own currency.",
                "%(count)d orders are not in %(currency)s. Leave them out, or give them a rule in their own currency.",
                foreign,
            )
            % {"count": foreign, "currency": currency},
        )
    values: dict[str, Any] = {
        "cause_ref": cause_ref,
        "kind": kind,
        "order_ids": ",".join(map(str, order_ids)),
        "amounts": ",".join(map(str, amounts)),
        "currency": currency,
        "why": why,
        "drill": drill,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GRANT, values)
        granted, nothing = cursor.fetchone()
    return GrantCount(granted, nothing, len(order_ids) - granted - nothing)


@transaction.atomic
def grant_vouchers(
    *,
    cause_ref: str,
    order_ids: Sequence[int],
    amounts: Sequence[Decimal],
    currency: str,
    why: str,
    valid_until: datetime,
    drill: bool,
    actor_ref: str,
    now: datetime,
) -> GrantCount:
    """Grant and issue in one transaction: afterwards every granted order of the call has its one voucher.

    The voucher takes the amount of the grant that stands, also where an earlier run wrote it. Raises Refusal as
    `grant_many` and `vouchers.issue_many`.
    """
    count = grant_many(
        cause_ref=cause_ref,
        kind=Grant.Kind.VOUCHER,
        order_ids=order_ids,
        amounts=amounts,
        currency=currency,
        why=why,
        drill=drill,
        now=now,
    )
    if count.granted == len(order_ids):
        due = list(zip(order_ids, amounts, strict=True))
    else:
        due = _still_to_issue(cause_ref, order_ids)
    issued = vouchers.issue_many(
        cause_ref=cause_ref,
        order_ids=[row[0] for row in due],
        amounts=[row[1] for row in due],
        currency=currency,
        valid_until=valid_until,
        drill=drill,
        actor_ref=actor_ref,
        now=now,
    )
    return GrantCount(count.granted, count.nothing, count.already, issued)


def _still_to_issue(cause_ref: str, order_ids: Sequence[int]) -> list[tuple[int, Decimal]]:
    """The orders whose grant stands without a voucher, with the amount of that grant."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_ISSUE, {"cause_ref": cause_ref, "order_ids": ",".join(map(str, order_ids))})
        return list(cursor.fetchall())
