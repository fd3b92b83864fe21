"""Many checkouts at one voucher: one of them gets it. Each guard has a twin that shows what happens without it."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection

from backoffice.kernel.errors import Refusal
from customercare.vouchers import services as vouchers
from customercare.vouchers.services import spending
from tests.customercare.vouchers.kit import give, ledger, money, wish
from tests.factories import make_store

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def all_at_once(calls: list[Callable[[], Any]]) -> Counter[str]:
    """Run every call on a connection of its own, starting together; how each ended, counted."""
    together = threading.Barrier(len(calls), timeout=30)
    ends: Counter[str] = Counter()
    lock = threading.Lock()

    def one(call: Callable[[], Any]) -> None:
        connection.ensure_connection()
        try:
            together.wait()
            call()
            end = "done"
        except Refusal as refusal:
            end = refusal.code
        except Exception as error:
            end = type(error).__name__
        finally:
            connection.close()
        with lock:
            ends[end] += 1

    threads = [threading.Thread(target=one, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends


def redeeming(given, now, number, **changes):
    return lambda: vouchers.redeem(purchase=wish(given, key=f"k{number}", **changes), now=now)


@pytest.fixture
def given(now):
    return give(make_store("race"))


@pytest.fixture
def take_the_lock_away(monkeypatch):
    """To be called in a twin: no row lock, and all eight calls read before any of them writes."""

    def take_away() -> None:
        everybody_has_read = threading.Barrier(8, timeout=30)
        real = spending._read

        def read(purchase, rows):
            case = real(purchase, rows)
            everybody_has_read.wait()
            return case

        monkeypatch.setattr(spending, "_locked", lambda rows: rows)
        monkeypatch.setattr(spending, "_read", read)

    return take_away


def test_fifty_checkouts_redeem_one_voucher_once(given, now):
    ends = all_at_once([redeeming(given, now, number) for number in range(50)])
    assert ends == {"done": 1, "voucher.too_little": 49}
    assert money(given) == ("0.00", "0.00")
    assert ledger(given) == [("issue", "5.00"), ("authorize", "5.00"), ("capture", "5.00")]


def test_without_the_row_lock_all_of_them_believe_it_is_theirs(given, now, take_the_lock_away):
    """The twin: nobody is refused any more, and only the CHECK of the table stands between the voucher and eight."""
    take_the_lock_away()
    ends = all_at_once([redeeming(given, now, number) for number in range(8)])
    assert ends == {"done": 1, IntegrityError.__name__: 7}
    assert money(given) == ("0.00", "0.00")


def test_a_doubled_request_acts_once_and_both_hear_yes(given, now):
    ends = all_at_once([redeeming(given, now, 1, amount="2.00") for _ in range(8)])
    assert ends == {"done": 8}
    assert money(given) == ("3.00", "0.00")


def test_without_the_row_lock_a_doubled_request_breaks(given, now, take_the_lock_away):
    take_the_lock_away()
    ends = all_at_once([redeeming(given, now, 1, amount="0.50") for _ in range(8)])
    assert ends == {"done": 1, IntegrityError.__name__: 7}


def test_small_sums_stop_where_the_money_ends(given, now):
    ends = all_at_once([redeeming(given, now, number, amount="0.30") for number in range(30)])
    assert ends == {"done": 16, "voucher.too_little": 14}
    assert money(given) == ("0.20", "0.00")


def test_one_payment_is_given_back_once(given, now):
    vouchers.redeem(purchase=wish(given, "2.00", key="pay"), now=now)
    back = [
        lambda n=number: vouchers.refund(purchase=wish(given, "2.00", key=f"back{n}"), now=now) for number in range(8)
    ]
    assert all_at_once(back) == {"done": 1, "voucher.more_than_paid": 7}
    assert money(given) == ("5.00", "0.00")


def test_without_the_row_lock_one_payment_is_given_back_eight_times(given, now, take_the_lock_away):
    """The twin: money that another order paid flows back to this one, and no CHECK can see it."""
    vouchers.redeem(purchase=wish(given, "0.50", key="pay"), now=now)
    vouchers.redeem(purchase=wish(given, "4.50", key="rest", order_ref="NEXT-2"), now=now)
    take_the_lock_away()
    back = [
        lambda n=number: vouchers.refund(purchase=wish(given, "0.50", key=f"back{n}"), now=now) for number in range(8)
    ]
    assert all_at_once(back) == {"done": 8}
    assert ledger(given).count(("refund", "0.50")) == 8
