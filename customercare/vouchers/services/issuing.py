"""Issuing vouchers by the ten thousand: two statements, whatever the number."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.numbers import currency_exponent
from customercare.vouchers import rules

# Asked row by row of the unique index: the vouchers of a cause are new, and a join would be planned blindly.
_WANTED = """
SELECT nextval((SELECT pg_get_serial_sequence('customercare_voucher', 'id')::regclass)), o.id, w.amount, o.store_id,
    o.contact_email
FROM unnest(string_to_array(%(order_ids)s, ',')::bigint[], string_to_array(%(amounts)s, ',')::numeric[])
     AS w(order_id, amount)
JOIN orders_order o ON o.id = w.order_id
WHERE (SELECT v.id FROM customercare_voucher v WHERE v.cause_ref = %(cause_ref)s AND v.order_id = w.order_id) IS NULL
"""
# A voucher and the first line of its ledger appear together or not at all.
_INSERT = """
WITH made AS (
    INSERT INTO customercare_voucher (id, store_id, order_id, cause_ref, customer_ref, contact_hash, amount, currency,
                                     balance, held, key_id, code_hash, last4, drill, valid_from, valid_until, state,
                                     created_at)
    SELECT n.id, o.store_id, o.id, %(cause_ref)s, o.customer_ref, coalesce(n.contact_hash, ''), n.amount, %(currency)s,
           n.amount, 0, %(key_id)s, decode(n.code_hash, 'hex'), n.last4, %(drill)s, %(valid_from)s,
           %(valid_until)s, 'active', %(now)s
    FROM unnest(string_to_array(%(ids)s, ',')::bigint[], string_to_array(%(order_ids)s, ',')::bigint[],
                string_to_array(%(amounts)s, ',')::numeric[], string_to_array(%(code_hashes)s, ','),
                string_to_array(%(last4s)s, ','), string_to_array(%(contact_hashes)s, ','))
         AS n(id, order_id, amount, code_hash, last4, contact_hash)
    JOIN orders_order o ON o.id = n.order_id
    ON CONFLICT (cause_ref, order_id) DO NOTHING
    RETURNING id, amount
)
INSERT INTO customercare_voucherentry (voucher_id, kind, amount, key, order_ref, actor_ref, note, at)
SELECT id, 'issue', amount, 'issue', '', %(actor_ref)s, '', %(now)s FROM made
"""


@transaction.atomic
def issue_many(
    *,
    cause_ref: str,
    order_ids: Sequence[int],
    amounts: Sequence[Decimal],
    currency: str,
    valid_until: datetime,
    drill: bool,
    actor_ref: str,
    now: datetime,
) -> int:
    """Give each of these orders its one voucher for this cause; returns how many are new.

    amounts stand beside order_ids. Safe to run twice, at once and after any crash: what exists stays as it is.
    Raises Refusal (voucher.ends_in_the_past, voucher.amount) with nothing written.
    """
    _check_terms(amounts, currency, valid_until, now)
    terms: dict[str, Any] = {
        "cause_ref": cause_ref,
        "currency": currency,
        "drill": drill,
        "valid_from": now,
        "valid_until": valid_until,
        "actor_ref": actor_ref,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WANTED, {"order_ids": _joined(order_ids), "amounts": _joined(amounts), "cause_ref": cause_ref})
        wanted = cursor.fetchall()
        if not wanted:
            return 0
        cursor.execute(_INSERT, terms | _columns(wanted))
        return int(cursor.rowcount)


def _check_terms(amounts: Sequence[Decimal], currency: str, valid_until: datetime, now: datetime) -> None:
    if valid_until <= now:
        raise Refusal(
            "voucher.ends_in_the_past", _("These vouchers would already be over. Choose a later date."), "valid_until"
        )
    exponent = min(currency_exponent(currency), 2)
    for amount in set(amounts):
        if not rules.is_exact(amount, exponent) or amount <= 0:
            raise Refusal(
                "voucher.amount",
                _("%(amount)s %(currency)s cannot be paid. Choose more than 0, with %(places)d decimals.")
                % {"amount": amount, "currency": currency, "places": exponent},
                "amount",
            )


def _columns(wanted: list[tuple[int, int, Decimal, int, str]]) -> dict[str, Any]:
    """Derive what the database cannot: one column each for unnest, none of which can hold a comma.

    wanted: (new voucher's id, order, amount, store, address).
    """
    key_id = settings.VOUCHER_KEY_ID
    master = settings.VOUCHER_KEYS[key_id]
    lookup = rules.lookup_key(master)
    shop_keys = {store_id: rules.shop_key(master, store_id) for store_id in {row[3] for row in wanted}}
    codes = [rules.code_for(row[0], shop_keys[row[3]]) for row in wanted]
    return {
        "key_id": key_id,
        "ids": _joined(row[0] for row in wanted),
        "order_ids": _joined(row[1] for row in wanted),
        "amounts": _joined(row[2] for row in wanted),
        "code_hashes": _joined(rules.code_hash(code, lookup).hex() for code in codes),
        "last4s": _joined(rules.last4(code) for code in codes),
        "contact_hashes": _joined(rules.contact_hash(row[4], lookup) for row in wanted),
    }


def _joined(column: Iterable[object]) -> str:
    """A column as one text for string_to_array: the driver takes far longer to quote a list value by value."""
    return ",".join(map(str, column))
