"""From notices to grants, vouchers and messages: set-based, in chunks of contacts, each chunk one transaction.

A chunk that died is planned again and finds its rows: every one of them has a unique key.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from backoffice.kernel import faultpoints
from backoffice.messaging import services as messaging
from customercare.compensation import services as compensation
from customercare.notices.bodies import CHUNK_BODIES, DEDUPE, IN_CHUNK, parameters, today, valid_until
from customercare.notices.models import Fanout
from customercare.notices.rules import canary_size

CHUNK = 10_000
MESSAGE_LIFE = timedelta(days=7)

_NEXT_LEADER = """
SELECT max(leader), count(*) FROM (
    SELECT DISTINCT leader FROM customercare_notice
    WHERE fanout_id = %s AND skipped = '' AND leader > %s ORDER BY leader LIMIT %s
) AS chunk
"""
_AMOUNTS = """
SELECT order_id, amount FROM customercare_notice
WHERE fanout_id = %s AND skipped = '' AND leader > %s AND leader <= %s AND amount > 0
"""
_MESSAGES = f"""
SELECT %(batch)s::bigint AS batch_id, dedupe_key, 'email' AS channel, address, wording_id, body AS values,
    encode(sha256(convert_to(body::text, 'UTF8')), 'hex') AS digest, weight,
    row_number() OVER (ORDER BY leader) + %(planned)s <= %(canary)s AS is_canary,
    %(now)s::timestamptz AS due_at, %(expires)s::timestamptz AS expires_at
FROM ({CHUNK_BODIES}) AS contact ORDER BY leader
"""
# One look into the unique index for each notice: the rows are new, so a join would be planned blindly.
_LINK = f"""
UPDATE customercare_notice n SET message_id = (SELECT m.id FROM messaging_message m WHERE m.dedupe_key = {DEDUPE})
WHERE n.fanout_id = %(fanout)s AND n.skipped = '' AND {IN_CHUNK}
"""


@transaction.atomic
def plan_next(*, fanout_id: int, now: datetime) -> int:
    """Plan the next chunk of contacts; returns how many it had, 0 when all are planned.

    Grants and vouchers exist before the messages that mention them, in the same transaction.
    """
    fanout = Fanout.objects.select_for_update(of=("self",)).select_related("store", "batch").get(pk=fanout_id)
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_LEADER, [fanout.pk, fanout.planned_upto, CHUNK])
        upto, contacts = cursor.fetchone()
        if not contacts:
            Fanout.objects.filter(pk=fanout.pk).update(planned_at=now)
            return 0
        faultpoints.reach("notices.mid_enqueue")
        _grant(cursor, fanout, upto, now)
        faultpoints.reach("notices.in_voucher_tx")
        values = _values(fanout, upto, now)
        messaging.enqueue_from(select_sql=_MESSAGES, params=values)
        cursor.execute(_LINK, values)
    Fanout.objects.filter(pk=fanout.pk).update(planned_upto=upto)
    return int(contacts)


def _grant(cursor: Any, fanout: Fanout, upto: int, now: datetime) -> None:
    cursor.execute(_AMOUNTS, [fanout.pk, fanout.planned_upto, upto])
    rows: list[tuple[int, Decimal]] = cursor.fetchall()
    if not rows:
        return
    compensation.grant_vouchers(
        cause_ref=fanout.cause_ref,
        order_ids=[row[0] for row in rows],
        amounts=[row[1] for row in rows],
        currency=fanout.currency,
        why=_why(fanout),
        valid_until=valid_until(fanout, now),
        drill=fanout.mode == "drill",
        actor_ref=f"user:{fanout.requested_by_id}",
        now=now,
    )


def _why(fanout: Fanout) -> str:
    cap = f" cap {fanout.rule_cap}" if fanout.rule_cap is not None else ""
    return f"{fanout.title[:200]}: {fanout.rule} {fanout.rule_value}{cap}"


def _values(fanout: Fanout, upto: int, now: datetime) -> dict[str, Any]:
    return {
        **parameters(fanout, today=today(fanout, now)),
        "after": fanout.planned_upto,
        "upto": upto,
        "batch": fanout.batch_id,
        "planned": _planned_before(fanout),
        "canary": canary_size(fanout.message_n),
        "now": now,
        "expires": now + MESSAGE_LIFE,
    }


def _planned_before(fanout: Fanout) -> int:
    """Where numbering goes on: beyond the first chunk everything is past the canary."""
    return CHUNK if fanout.planned_upto else 0
