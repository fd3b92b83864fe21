"""Reads: codes shown again, and what an order's page says of its vouchers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import connection

from customercare.vouchers import rules
from customercare.vouchers.models import Voucher

_KEYS_OF = "SELECT id, store_id, key_id FROM customercare_voucher WHERE id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class VoucherCard:
    """A voucher as its owner sees it. code is in clear; usable says that something can be bought with it now."""

    voucher_id: int
    cause_ref: str
    code: str
    amount: Decimal
    left: Decimal
    currency: str
    valid_until: datetime
    state: str
    usable: bool


def codes_for(ids: Collection[int]) -> dict[int, str]:
    """Voucher id to its code in clear, as it is printed. Unknown ids are left out. One query, whatever the number.

    Clear codes belong in a message that is being transmitted and on the customer's own page, nowhere else.
    """
    keys = _ShopKeys()
    with connection.cursor() as cursor:  # a relay asks for hundreds at a time, one placeholder for each would cost more
        cursor.execute(_KEYS_OF, [list(ids)])
        return {pk: rules.grouped(rules.code_for(pk, keys.of(store, key))) for pk, store, key in cursor.fetchall()}


def cards_for_order(*, order_id: int, now: datetime) -> tuple[VoucherCard, ...]:
    """The vouchers that came with an order, oldest first; drills are not among them."""
    vouchers = list(Voucher.objects.filter(order_id=order_id, drill=False).order_by("pk"))
    codes = codes_for([voucher.pk for voucher in vouchers]) if vouchers else {}
    return tuple(_card(voucher, codes[voucher.pk], now) for voucher in vouchers)


def lookup_keys() -> tuple[bytes, ...]:
    """The lookup key of every key in the settings, so that codes made before a key change are still found."""
    return tuple(rules.lookup_key(master) for master in settings.VOUCHER_KEYS.values())


def _card(voucher: Voucher, code: str, now: datetime) -> VoucherCard:
    free = voucher.balance - voucher.held
    active = voucher.state == rules.State.ACTIVE
    return VoucherCard(
        voucher_id=voucher.pk,
        cause_ref=voucher.cause_ref,
        code=code,
        amount=voucher.amount,
        left=free,
        currency=voucher.currency,
        valid_until=voucher.valid_until,
        state=voucher.state,
        usable=active and free > 0 and rules.is_open(now, voucher.valid_from, voucher.valid_until),
    )


class _ShopKeys:
    """Shop keys of one call: a key is derived once for each shop and key id, not once for each voucher."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], bytes] = {}

    def of(self, store_id: int, key_id: str) -> bytes:
        found = self._known.get((store_id, key_id))
        if found is None:
            found = self._known[store_id, key_id] = rules.shop_key(settings.VOUCHER_KEYS[key_id], store_id)
        return found
