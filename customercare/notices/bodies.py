"""The one SQL that turns notices into what their messages say: facts per contact, never finished text.

Planning writes its rows as messages; samples show some of them before any voucher exists.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from customercare.notices.models import Fanout

DEDUPE = "%(cause)s || '/' || %(wave)s || '/email/' || md5(n.contact_key)"

# One row for each contact that {chosen} picks by n.leader. A voucher that is not issued yet has a negative id.
BODIES = f"""
SELECT {DEDUPE} AS dedupe_key,
    n.leader AS leader,
    (array_agg(o.contact_email ORDER BY n.id))[1] AS address,
    min(n.wording_id) AS wording_id,
    count(*) AS weight,
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
            'voucher_code', CASE WHEN n.amount > 0 THEN jsonb_build_object('voucher', coalesce(
                (SELECT v.id FROM customercare_voucher v WHERE v.cause_ref = %(cause)s AND v.order_id = n.order_id),
                -n.id
            )) END,
            'voucher_value', CASE WHEN n.amount > 0 THEN jsonb_build_array(n.amount::text, %(currency)s::text) END,
            'voucher_until', CASE WHEN n.amount > 0 THEN %(voucher_until)s::date END
        )) ORDER BY n.id)
    ) AS body
FROM customercare_notice n
JOIN orders_order o ON o.id = n.order_id
WHERE n.fanout_id = %(fanout)s AND n.skipped = '' AND {{chosen}}
GROUP BY n.leader, n.contact_key
"""
# The contacts of one chunk of planning, and those that a preview shows.
IN_CHUNK = "n.leader > %(after)s AND n.leader <= %(upto)s"
CHUNK_BODIES = BODIES.replace("{chosen}", IN_CHUNK)
SAMPLE_BODIES = BODIES.replace("{chosen}", "n.leader = ANY(%(leaders)s)")


def parameters(fanout: Fanout, *, today: date) -> dict[str, Any]:
    """What BODIES needs beside the choice of contacts. today: the store's own day."""
    store = fanout.store
    return {
        "fanout": fanout.pk,
        "cause": fanout.cause_ref,
        "wave": str(fanout.wave),
        "shop_name": store.name,
        "contact_email": store.reply_to or store.sender,
        "next_update": fanout.next_update_on.isoformat() if fanout.next_update_on else None,
        "fill_on": fanout.fill_on if fanout.missing == Fanout.Missing.FILL else None,
        "currency": fanout.currency,
        "voucher_until": today + timedelta(days=fanout.valid_days),
        "today": today,
    }


def today(fanout: Fanout, now: datetime) -> date:
    """The store's own day."""
    return now.astimezone(ZoneInfo(fanout.store.time_zone)).date()


def valid_until(fanout: Fanout, now: datetime) -> datetime:
    """The last second, in the store's zone, in which a voucher issued now may be used."""
    last_day = today(fanout, now) + timedelta(days=fanout.valid_days)
    return datetime.combine(last_day, time(23, 59, 59), ZoneInfo(fanout.store.time_zone))
