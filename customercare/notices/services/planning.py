"""From notices to grants, vouchers and messages: set-based, in chunks of contacts, each chunk one transaction.

A chunk that died is planned again and finds its rows: every one of them has a unique key.
"""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from backoffice.kernel import faultpoints
from backoffice.messaging import services as messaging
from customercare.compensation import services as compensation
from customercare.notices.models import Fanout
from customercare.notices.rules import canary_size

CHUNK = 5_000
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
_DEDUPE = "%(cause)s || '/' || %(wave)s || '/email/' || md5(n.contact_key)"
# One message for each contact, speaking for all of its orders; values hold facts, never finished text.
_MESSAGES = f"""
SELECT %(batch)s::bigint AS batch_id, dedupe_key, 'email' AS channel, address, wording_id, body AS values,
    encode(sha256(convert_to(body::text, 'UTF8')), 'hex') AS digest, weight, place <= %(canary)s AS is_canary,
    %(now)s::timestamptz AS due_at, %(expires)s::timestamptz AS expires_at
FROM (
    SELECT {_DEDUPE} AS dedupe_key,
        (array_agg(o.contact_email ORDER BY n.id))[1] AS address,
        min(n.wording_id) AS wording_id,
        count(*) AS weight,
        row_number() OVER (ORDER BY n.leader) + %(planned)s AS place,
        jsonb_build_object(
            'customer_name', (array_agg(o.contact_name ORDER BY n.id))[1],
            'shop_name', %(shop_name)s::text,
            'contact_email', %(contact_email)s::text,
            'next_update', %(next_update)s::text,
            'orders', jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                'order_number', o.number,
                'promised_date', o.promised_on,
                'new_date', coalesce(CASE WHEN o.expected_on >= %(today)s THEN o.expected_on END, %(fill_on)s::date),
                'delivered_date', o.delivered_on,
                'items', (SELECT string_agg(l.title || ' × ' || l.quantity, '; ' ORDER BY l.position)
                          FROM orders_orderline l WHERE l.order_id = o.id),
                'order_total', jsonb_build_array(o.total::text, o.currency),
                'order_url', '/o/' || o.public_token || '/',
                'voucher_code', CASE WHEN v.id IS NOT NULL THEN jsonb_build_object('voucher', v.id) END,
                'voucher_value', CASE WHEN v.id IS NOT NULL THEN jsonb_build_array(v.amount::text, v.currency) END,
                'voucher_until', (v.valid_until AT TIME ZONE %(zone)s)::date
            )) ORDER BY n.id)
        ) AS body
    FROM customercare_notice n
    JOIN orders_order o ON o.id = n.order_id
    LEFT JOIN customercare_voucher v ON v.cause_ref = %(cause)s AND v.order_id = n.order_id AND n.amount > 0
    WHERE n.fanout_id = %(fanout)s AND n.skipped = '' AND n.leader > %(after)s AND n.leader <= %(upto)s
    GROUP BY n.leader, n.contact_key
) AS message ORDER BY place
"""
_LINK = f"""
UPDATE customercare_notice n SET message_id = m.id
FROM messaging_message m
WHERE m.batch_id = %(batch)s AND m.dedupe_key = {_DEDUPE}
    AND n.fanout_id = %(fanout)s AND n.skipped = '' AND n.leader > %(after)s AND n.leader <= %(upto)s
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
    zone = ZoneInfo(fanout.store.time_zone)
    last_day = now.astimezone(zone).date() + timedelta(days=fanout.valid_days)
    compensation.grant_vouchers(
        cause_ref=fanout.cause_ref,
        order_ids=[row[0] for row in rows],
        amounts=[row[1] for row in rows],
        currency=fanout.currency,
        why=_why(fanout),
        valid_until=datetime.combine(last_day, time(23, 59, 59), zone),
        drill=fanout.mode == "drill",
        actor_ref=f"user:{fanout.requested_by_id}",
        now=now,
    )


def _why(fanout: Fanout) -> str:
    cap = f" cap {fanout.rule_cap}" if fanout.rule_cap is not None else ""
    return f"{fanout.title[:200]}: {fanout.rule} {fanout.rule_value}{cap}"


def _values(fanout: Fanout, upto: int, now: datetime) -> dict[str, Any]:
    store = fanout.store
    return {
        "batch": fanout.batch_id,
        "fanout": fanout.pk,
        "cause": fanout.cause_ref,
        "wave": str(fanout.wave),
        "after": fanout.planned_upto,
        "upto": upto,
        "planned": _planned_before(fanout),
        "canary": canary_size(fanout.message_n),
        "shop_name": store.name,
        "contact_email": store.reply_to or store.sender,
        "next_update": fanout.next_update_on.isoformat() if fanout.next_update_on else None,
        "fill_on": fanout.fill_on if fanout.missing == Fanout.Missing.FILL else None,
        "zone": store.time_zone,
        "today": now.astimezone(ZoneInfo(store.time_zone)).date(),
        "now": now,
        "expires": now + MESSAGE_LIFE,
    }


def _planned_before(fanout: Fanout) -> int:
    """Where numbering goes on: beyond the first chunk everything is past the canary."""
    return CHUNK if fanout.planned_upto else 0
