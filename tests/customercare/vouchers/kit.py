"""A voucher in a customer's hand, and the wish to spend it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from backoffice.kernel.models import Store
from customercare.vouchers import selectors
from customercare.vouchers import services as vouchers
from customercare.vouchers.models import Voucher, VoucherEntry
from orders.sales.models import Order
from tests.factories import NOW, make_order


@dataclass(frozen=True, slots=True)
class Given:
    """A voucher of 5.00 PLN, its order and its code as printed."""

    voucher: Voucher
    order: Order
    code: str


def give(store: Store, amount: str = "5.00", *, now: datetime = NOW, drill: bool = False, **order: Any) -> Given:
    """Issue one voucher for a new order of this store."""
    placed = make_order(store, **order)
    vouchers.issue_many(
        cause_ref="incident:1",
        order_ids=[placed.pk],
        amounts=[Decimal(amount)],
        currency=placed.currency,
        valid_until=now + timedelta(days=90),
        drill=drill,
        actor_ref="test",
        now=now,
    )
    voucher = Voucher.objects.get(order=placed)
    return Given(voucher, placed, selectors.codes_for([voucher.pk])[voucher.pk])


def wish(given: Given, amount: str = "5.00", **changes: Any) -> vouchers.Purchase:
    """What the owner's next checkout asks."""
    own = vouchers.Purchase(
        code=given.code,
        amount=Decimal(amount),
        currency=given.voucher.currency,
        order_ref="NEXT-1",
        customer_ref=given.order.customer_ref,
        store_id=given.order.store_id,
        key="k1",
        actor_ref="key:test",
    )
    return replace(own, **changes)


def ledger(given: Given) -> list[tuple[str, str]]:
    """The voucher's entries as (kind, amount), oldest first."""
    rows = VoucherEntry.objects.filter(voucher=given.voucher).order_by("pk").values_list("kind", "amount")
    return [(kind, str(amount)) for kind, amount in rows]


def money(given: Given) -> tuple[str, str]:
    """Balance and hold as stored."""
    given.voucher.refresh_from_db()
    return str(given.voucher.balance), str(given.voucher.held)
