"""A voucher pays for its owner's orders, up to what is left, once for each wish."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.kernel.errors import Refusal
from customercare.vouchers import services as vouchers
from customercare.vouchers.models import Voucher, VoucherEntry
from orders.sales.models import Order
from orders.sales.rules import OrderState
from tests.customercare.vouchers.kit import give, ledger, money, wish
from tests.factories import make_order, make_store

ACTS = [vouchers.authorize, vouchers.capture, vouchers.redeem, vouchers.void, vouchers.refund]


def everything():
    return list(Voucher.objects.order_by("pk").values()), list(VoucherEntry.objects.order_by("pk").values())


def refusal(act, purchase, now):
    """The refusal of an act, with the proof that it wrote nothing."""
    before = everything()
    with pytest.raises(Refusal) as caught:
        act(purchase=purchase, now=now)
    assert everything() == before
    return caught.value


def test_redeeming_takes_the_money_and_says_what_is_left(store, now):
    given = give(store)
    receipt = vouchers.redeem(purchase=wish(given, "3.20"), now=now)
    assert (receipt.balance, receipt.held, receipt.free) == (Decimal("1.80"), 0, Decimal("1.80"))
    assert money(given) == ("1.80", "0.00")
    assert ledger(given) == [("issue", "5.00"), ("authorize", "3.20"), ("capture", "3.20")]


def test_a_hold_is_taken_in_parts_and_the_rest_released(store, now):
    given = give(store)
    vouchers.authorize(purchase=wish(given, "4.00", key="hold"), now=now)
    assert money(given) == ("5.00", "4.00")
    vouchers.capture(purchase=wish(given, "2.50", key="take"), now=now)
    assert money(given) == ("2.50", "1.50")
    vouchers.void(purchase=wish(given, "1.50", key="rest"), now=now)
    assert money(given) == ("2.50", "0.00")


def test_what_is_held_for_one_order_cannot_be_spent_on_another(store, now):
    given = give(store)
    vouchers.authorize(purchase=wish(given, "4.00"), now=now)
    told = refusal(vouchers.redeem, wish(given, "2.00", order_ref="NEXT-2", key="k2"), now)
    assert (told.code, told.message) == ("voucher.too_little", "Voucher has 1.00 left, this needs 2.00.")
    for act in (vouchers.capture, vouchers.void):
        assert refusal(act, wish(given, "4.00", order_ref="NEXT-2", key="k2"), now).code == "voucher.not_held"


@pytest.mark.parametrize("amount", ["3.21", "5.00"])
def test_no_more_is_given_back_than_was_paid(store, now, amount):
    given = give(store)
    vouchers.redeem(purchase=wish(given, "3.20", key="pay"), now=now)
    told = refusal(vouchers.refund, wish(given, amount, key="back"), now)
    assert told.code == "voucher.more_than_paid"
    assert "paid 3.20" in told.message


def test_what_was_given_back_cannot_be_given_back_again(store, now):
    given = give(store)
    vouchers.redeem(purchase=wish(given, "3.20", key="pay"), now=now)
    vouchers.refund(purchase=wish(given, "3.00", key="back"), now=now)
    assert money(given) == ("4.80", "0.00")
    assert refusal(vouchers.refund, wish(given, "0.21", key="again"), now).code == "voucher.more_than_paid"


def test_another_order_is_not_given_what_this_one_paid(store, now):
    given = give(store)
    vouchers.redeem(purchase=wish(given, key="pay"), now=now)
    told = refusal(vouchers.refund, wish(given, "1.00", order_ref="NEXT-2", key="back"), now)
    assert told.code == "voucher.more_than_paid"


@pytest.mark.parametrize("act", [vouchers.redeem, vouchers.authorize], ids=lambda act: act.__name__)
def test_asking_twice_with_one_key_acts_once(store, now, act):
    given = give(store)
    first = act(purchase=wish(given, "2.00"), now=now)
    after = everything()
    assert act(purchase=wish(given, "2.00"), now=now + timedelta(days=400)) == first
    assert everything() == after


@pytest.mark.parametrize("change", [{"amount": Decimal("1.00")}, {"order_ref": "NEXT-2"}])
def test_the_key_of_another_wish_is_refused(store, now, change):
    given = give(store)
    vouchers.redeem(purchase=wish(given, "2.00"), now=now)
    assert refusal(vouchers.redeem, replace(wish(given, "2.00"), **change), now).code == "voucher.key_reused"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"currency": "EUR"}, "voucher.currency", "currency"),
        ({"amount": Decimal("0")}, "voucher.amount", "amount"),
        ({"amount": Decimal("-1")}, "voucher.amount", "amount"),
        ({"amount": Decimal("1.005")}, "voucher.amount", "amount"),
        ({"amount": Decimal("NaN")}, "voucher.amount", "amount"),
        ({"amount": Decimal("5.01")}, "voucher.too_little", "amount"),
    ],
)
def test_an_amount_that_cannot_be_paid_is_refused_with_its_reason(store, now, change, code, field):
    told = refusal(vouchers.redeem, replace(wish(give(store)), **change), now)
    assert (told.code, told.field) == (code, field)


def test_a_yen_voucher_pays_whole_yen(store, now):
    given = give(store, "500", currency="JPY", total=Decimal(5000))
    told = refusal(vouchers.redeem, wish(given, "600"), now)
    assert told.message == "Voucher has 500 left, this needs 600."
    assert refusal(vouchers.redeem, wish(given, "19.9"), now).code == "voucher.amount"


def test_the_owner_is_known_by_reference_or_by_address(store, now):
    given = give(store, email="Anna.Nowak@example.com", customer_ref="c-7")
    for owner in ("c-7", "anna.nowak@EXAMPLE.com "):
        assert vouchers.check(purchase=wish(given, customer_ref=owner), now=now).voucher_id == given.voucher.pk


def test_a_voucher_given_to_nobody_by_name_is_anybodys(store, now):
    given = give(store, email="", customer_ref="")
    assert vouchers.redeem(purchase=wish(given, customer_ref="whoever"), now=now).free == 0


def test_a_key_for_every_store_may_redeem_for_any(store, now):
    assert vouchers.redeem(purchase=wish(give(store), store_id=None), now=now).free == 0


def wrong(given, now):
    return replace(wish(given), code="7KMX-7KMX-7KMX-7KMX"), now


def unreadable(given, now):
    return replace(wish(given), code="' OR 1=1 --"), now


def over(given, now):
    return wish(given), given.voucher.valid_until


def not_begun(given, now):
    return wish(given), now - timedelta(microseconds=1)


def expired(given, now):
    vouchers.expire_due(now=given.voucher.valid_until)
    return wish(given), given.voucher.valid_until


def revoked(given, now):
    vouchers.revoke_many(cause_ref="incident:1", order_ids=[given.order.pk], note="test", actor_ref="t", now=now)
    return wish(given), now


def somebody_elses(given, now):
    return wish(given, customer_ref="c-other"), now


def nobodys(given, now):
    return wish(given, customer_ref=""), now


def another_shops(given, now):
    return wish(given, store_id=make_store("other").pk), now


def for_a_cancelled_order(given, now):
    make_order(given.order.store, number="GONE-1", state=OrderState.CANCELLED)
    return wish(given, order_ref="GONE-1"), now


REASONS = [
    wrong, unreadable, over, not_begun, expired, revoked, somebody_elses, nobodys, another_shops, for_a_cancelled_order
]  # fmt: skip


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.__name__)
@pytest.mark.parametrize("act", [vouchers.redeem, vouchers.authorize, vouchers.check], ids=lambda act: act.__name__)
def test_whoever_may_not_use_a_code_hears_one_answer_after_the_same_work(store, now, act, reason):
    given, right = give(store), give(store)
    purchase, moment = reason(given, now)
    with CaptureQueriesContext(connection) as spent:
        told = refusal_alone(act, purchase, moment)
    with CaptureQueriesContext(connection) as usual:
        refusal_alone(act, replace(wish(right), code="7KMX-7KMX-7KMX-7KMX"), now)
    assert (told.code, told.message, told.field) == (
        "voucher.not_redeemable",
        "This code cannot be used here. Check the code and whom it was given to.",
        "",
    )
    assert shape(spent) == shape(usual)
    assert refusal(act, purchase, moment).code == told.code


def shape(queries):
    """What was asked of the database, without the values."""
    return [re.split(" WHERE |POINT", query["sql"])[0] for query in queries]


def refusal_alone(act, purchase, now):
    with pytest.raises(Refusal) as caught:
        act(purchase=purchase, now=now)
    return caught.value


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_a_drills_voucher_is_never_redeemable(store, now, act):
    given = give(store, drill=True)
    assert refusal(act, wish(given), now).code == vouchers.NOT_REDEEMABLE
    assert refusal(vouchers.check, wish(given), now).code == vouchers.NOT_REDEEMABLE


def test_up_to_its_last_moment_a_voucher_pays(store, now):
    given = give(store)
    last = given.voucher.valid_until - timedelta(microseconds=1)
    assert vouchers.redeem(purchase=wish(given), now=last).free == 0


def test_what_was_held_in_time_is_taken_after_the_end(store, now):
    given = give(store)
    vouchers.authorize(purchase=wish(given, "3.00", key="hold"), now=now)
    end = given.voucher.valid_until
    assert vouchers.expire_due(now=end) == 1
    assert money(given) == ("3.00", "3.00")
    vouchers.capture(purchase=wish(given, "2.00", key="take"), now=end + timedelta(days=1))
    vouchers.void(purchase=wish(given, "1.00", key="rest"), now=end + timedelta(days=1))
    assert money(given) == ("0.00", "0.00"), "what the checkout let go does not come back to life"
    kinds = [kind for kind, _amount in ledger(given)]
    assert kinds == ["issue", "authorize", "expire", "capture", "void", "expire"]


def test_an_ended_voucher_is_not_refilled(store, now):
    given = give(store)
    vouchers.redeem(purchase=wish(given, "3.00", key="pay"), now=now)
    vouchers.expire_due(now=given.voucher.valid_until)
    told = refusal(vouchers.refund, wish(given, "3.00", key="back"), given.voucher.valid_until)
    assert (told.code, told.message) == (
        "voucher.ended", "This voucher has ended. Refund the customer another way."
    )  # fmt: skip


def test_a_cancelled_order_gives_back_what_it_held_and_paid(store, now):
    given = give(store)
    paid = make_order(store, number="NEXT-1")
    vouchers.redeem(purchase=wish(given, "2.00", key="pay"), now=now)
    vouchers.authorize(purchase=wish(given, "1.00", key="hold"), now=now)
    Order.objects.filter(pk=paid.pk).update(state=OrderState.CANCELLED)
    assert refusal(vouchers.capture, wish(given, "1.00", key="take"), now).code == vouchers.NOT_REDEEMABLE
    vouchers.void(purchase=wish(given, "1.00", key="loose"), now=now)
    vouchers.refund(purchase=wish(given, "2.00", key="back"), now=now)
    assert money(given) == ("5.00", "0.00")


def test_checking_writes_nothing(store, now):
    given = give(store)
    before = everything()
    assert vouchers.check(purchase=wish(given, "999.00"), now=now).free == Decimal("5.00")
    assert everything() == before
