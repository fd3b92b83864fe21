"""Spending a voucher: held, taken, released and given back, one entry each, under the voucher's row lock.

Whoever may not use a code gets one answer after the same work, whatever the reason: wrong, over, revoked, somebody
else's, another shop's, a drill's, or for an order that was cancelled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.numbers import currency_exponent
from customercare.vouchers import rules, selectors
from customercare.vouchers.models import Voucher, VoucherEntry
from customercare.vouchers.rules import Kind
from orders.sales.models import Order

NOT_REDEEMABLE = "voucher.not_redeemable"


@dataclass(frozen=True, slots=True)
class Purchase:
    """Who wants to use which code for what.

    code: as typed. order_ref: the order being paid, by the shop's own id. customer_ref: the shop's id of its
    customer, or the customer's e-mail address. store_id: the shop that asks, None for a caller that serves all.
    key: unique for each wish, so that asking twice acts once. actor_ref: who asks, for the ledger.
    """

    code: str
    amount: Decimal
    currency: str
    order_ref: str
    customer_ref: str
    store_id: int | None
    key: str
    actor_ref: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The voucher after the act. free is what can still be spent."""

    voucher_id: int
    last4: str
    amount: Decimal
    currency: str
    balance: Decimal
    held: Decimal
    free: Decimal
    state: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class _Case:
    """All that a decision looks at, read before anything is decided."""

    voucher: Voucher | None
    entries: Sequence[VoucherEntry]
    order_cancelled: bool

    def share(self, order_ref: str) -> rules.Share:
        return rules.share_of((entry.kind, entry.amount) for entry in self.entries if entry.order_ref == order_ref)


def check(*, purchase: Purchase, now: datetime) -> Receipt:
    """What the code is worth to this customer now; writes nothing. Raises Refusal (voucher.not_redeemable)."""
    case = _read(purchase, Voucher.objects.all())
    return _receipt(_usable(case, purchase, Kind.AUTHORIZE, now))


@transaction.atomic
def authorize(*, purchase: Purchase, now: datetime) -> Receipt:
    """Hold the amount for the order. Raises Refusal (voucher.not_redeemable, voucher.too_little, voucher.currency,
    voucher.amount, voucher.key_reused); nothing is written then."""
    return _act([Kind.AUTHORIZE], purchase, now)


@transaction.atomic
def capture(*, purchase: Purchase, now: datetime) -> Receipt:
    """Take what is held for the order, or a part of it. Raises Refusal as `authorize`, and voucher.not_held."""
    return _act([Kind.CAPTURE], purchase, now)


@transaction.atomic
def redeem(*, purchase: Purchase, now: datetime) -> Receipt:
    """Hold and take in one step. Raises Refusal as `authorize`."""
    return _act([Kind.AUTHORIZE, Kind.CAPTURE], purchase, now)


@transaction.atomic
def void(*, purchase: Purchase, now: datetime) -> Receipt:
    """Release what is held for the order, or a part of it. Raises Refusal as `capture`."""
    return _act([Kind.VOID], purchase, now)


@transaction.atomic
def refund(*, purchase: Purchase, now: datetime) -> Receipt:
    """Give back what the order paid with the voucher, never more. Raises Refusal (voucher.more_than_paid,
    voucher.ended and those of `authorize`)."""
    return _act([Kind.REFUND], purchase, now)


def _act(kinds: list[Kind], purchase: Purchase, now: datetime) -> Receipt:
    case = _read(purchase, _locked(Voucher.objects.all()))
    repeated = _repeated(case, kinds, purchase)
    if repeated is not None:
        return _receipt(repeated)
    voucher = _usable(case, purchase, kinds[0], now)
    _check_amount(case, voucher, kinds[0], purchase)
    return _post(voucher, kinds, purchase, now)


def _locked(vouchers: QuerySet[Voucher]) -> QuerySet[Voucher]:
    """The guard against two checkouts at once: the second waits here until the first has committed."""
    return vouchers.select_for_update()


def _read(purchase: Purchase, vouchers: QuerySet[Voucher]) -> _Case:
    """Always three queries, also when the first finds nothing."""
    bare = rules.normalise(purchase.code)
    hashes = [rules.code_hash(bare, key) for key in selectors.lookup_keys()]
    voucher = vouchers.filter(code_hash__in=hashes).first()
    entries = list(VoucherEntry.objects.filter(voucher_id=voucher.pk if voucher else 0))
    order_cancelled = (
        Order.objects.filter(
            external_id=purchase.order_ref,
            store_id=voucher.store_id if voucher else 0,
            state=Order.State.CANCELLED,
        ).exists()
        if purchase.order_ref
        else False
    )
    return _Case(voucher, entries, order_cancelled)


def _repeated(case: _Case, kinds: list[Kind], purchase: Purchase) -> Voucher | None:
    """The voucher, when this very wish was fulfilled before; Refusal when the key was used for another one."""
    if case.voucher is None or not _belongs(case.voucher, purchase):
        return None
    known = {entry.key: entry for entry in case.entries}
    entry = known.get(_entry_key(purchase, kinds[0]))
    if entry is None:
        return None
    if entry.amount != purchase.amount or entry.order_ref != purchase.order_ref:
        raise Refusal(
            "voucher.key_reused", _("This key was used for another request. Send each request with a key of its own.")
        )
    return case.voucher


def _usable(case: _Case, purchase: Purchase, kind: Kind, now: datetime) -> Voucher:
    voucher = case.voucher
    if voucher is None or voucher.drill or not _belongs(voucher, purchase):
        raise _not_redeemable()
    state = rules.State(voucher.state)
    if kind is Kind.REFUND and case.share(purchase.order_ref).paid > 0 and rules.next_state(state, kind) is None:
        raise Refusal("voucher.ended", _("This voucher has ended. Refund the customer another way."))
    if rules.next_state(state, kind) is None:
        raise _not_redeemable()
    if kind is Kind.AUTHORIZE and not rules.is_open(now, voucher.valid_from, voucher.valid_until):
        raise _not_redeemable()
    if kind in {Kind.AUTHORIZE, Kind.CAPTURE} and case.order_cancelled:
        raise _not_redeemable()
    return voucher


def _belongs(voucher: Voucher, purchase: Purchase) -> bool:
    """True for the shop that issued it and the customer it was given to; one given to nobody by name is anybody's."""
    if purchase.store_id is not None and purchase.store_id != voucher.store_id:
        return False
    if not voucher.customer_ref and not voucher.contact_hash:
        return True
    if voucher.customer_ref and purchase.customer_ref == voucher.customer_ref:
        return True
    hashes = {rules.contact_hash(purchase.customer_ref, key) for key in selectors.lookup_keys()}
    return bool(voucher.contact_hash) and voucher.contact_hash in hashes


def _check_amount(case: _Case, voucher: Voucher, kind: Kind, purchase: Purchase) -> None:
    if purchase.currency != voucher.currency:
        raise Refusal(
            "voucher.currency",
            _("This voucher is in %(currency)s. Send the amount in %(currency)s.") % {"currency": voucher.currency},
            "currency",
        )
    exponent = min(currency_exponent(voucher.currency), 2)
    if not rules.is_exact(purchase.amount, exponent) or purchase.amount <= 0:
        raise Refusal(
            "voucher.amount",
            _("%(amount)s is not an amount that can be paid. Send more than 0, with %(places)d decimals at most.")
            % {"amount": purchase.amount, "places": exponent},
            "amount",
        )
    room = rules.room_for(kind, _purse(voucher), case.share(purchase.order_ref))
    if purchase.amount > room:
        raise _too_much(kind, room, purchase.amount, exponent)


def _too_much(kind: Kind, room: Decimal, amount: Decimal, exponent: int) -> Refusal:
    shown = {"room": f"{room:.{exponent}f}", "amount": f"{amount:.{exponent}f}"}
    if kind is Kind.AUTHORIZE:
        return Refusal("voucher.too_little", _("Voucher has %(room)s left, this needs %(amount)s.") % shown, "amount")
    if kind is Kind.REFUND:
        return Refusal(
            "voucher.more_than_paid",
            _("This order paid %(room)s with the voucher, this gives back %(amount)s. Send %(room)s or less.") % shown,
            "amount",
        )
    return Refusal(
        "voucher.not_held",
        _("Voucher has %(room)s held for this order, this needs %(amount)s. Hold it first, or send less.") % shown,
        "amount",
    )


def _post(voucher: Voucher, kinds: list[Kind], purchase: Purchase, now: datetime) -> Receipt:
    """Write the entries and move the balance; the CHECKs of the table are the last line."""
    before = _purse(voucher)
    purse, entries = before, []
    for kind in kinds:
        purse = rules.after(purse, kind, purchase.amount)
        entries.append(_entry(voucher, kind, purchase, now))
    ending = rules.ENDINGS.get(rules.State(voucher.state))
    if kinds == [Kind.VOID] and ending is not None:
        purse = rules.after(purse, ending, purchase.amount)
        entries.append(_entry(voucher, ending, replace(purchase, order_ref=""), now))
    VoucherEntry.objects.bulk_create(entries)
    Voucher.objects.filter(pk=voucher.pk).update(
        balance=F("balance") + (purse.balance - before.balance), held=F("held") + (purse.held - before.held)
    )
    voucher.balance, voucher.held = purse.balance, purse.held
    return _receipt(voucher)


def _entry(voucher: Voucher, kind: Kind, purchase: Purchase, now: datetime) -> VoucherEntry:
    return VoucherEntry(
        voucher=voucher,
        kind=kind,
        amount=purchase.amount,
        key=_entry_key(purchase, kind),
        order_ref=purchase.order_ref,
        actor_ref=purchase.actor_ref,
        at=now,
    )


def _entry_key(purchase: Purchase, kind: Kind) -> str:
    return f"{purchase.key}:{kind}"


def _purse(voucher: Voucher) -> rules.Purse:
    return rules.Purse(voucher.amount, voucher.balance, voucher.held)


def _receipt(voucher: Voucher) -> Receipt:
    return Receipt(
        voucher_id=voucher.pk,
        last4=voucher.last4,
        amount=voucher.amount,
        currency=voucher.currency,
        balance=voucher.balance,
        held=voucher.held,
        free=voucher.balance - voucher.held,
        state=voucher.state,
        valid_until=voucher.valid_until,
    )


def _not_redeemable() -> Refusal:
    return Refusal(NOT_REDEEMABLE, _("This code cannot be used here. Check the code and whom it was given to."))
