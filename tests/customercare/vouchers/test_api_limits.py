"""Codes are not guessed: misses are counted, and what cannot be counted is not answered."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache

from backoffice.kernel import guesses
from backoffice.kernel.models import Alert
from customercare.vouchers import services as vouchers
from tests.customercare.vouchers.checkout import WRONG, body_for, problem, written
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("at_noon")


def test_one_customer_may_miss_ten_times_a_minute(checkout, given):
    answers = [checkout.post("check", {"code": WRONG, "customer_ref": "c-guess"}) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [404] * 10 + [429] * 2
    problem(answers[-1], 429, "guesses.limit")
    assert int(answers[-1]["Retry-After"]) == 60
    assert not Alert.objects.exists(), "one clumsy customer is no alarm"
    right = checkout.post("check", {"code": given.code, "customer_ref": given.order.customer_ref})
    assert right.status_code == 200, "another customer of the same shop is not held up"


def test_a_blocked_customer_cannot_redeem_the_right_code_either(checkout, given):
    owner = given.order.customer_ref
    for _ in range(10):
        checkout.post("check", {"code": WRONG, "customer_ref": owner})
    before = written()
    problem(checkout.post("redeem", body_for(given)), 429, "guesses.limit")
    assert written() == before


def test_a_minute_later_the_customer_may_try_again(checkout, given):
    owner = {"code": WRONG, "customer_ref": given.order.customer_ref}
    for _ in range(11):
        checkout.post("check", owner)
    with time_machine.travel(NOW.replace(minute=1), tick=False):
        assert checkout.post("check", owner | {"code": given.code}).status_code == 200


def test_one_key_may_miss_two_hundred_times_an_hour_whoever_guesses(checkout, given):
    answers = [checkout.post("check", {"code": WRONG, "customer_ref": f"c-{n}"}) for n in range(230)]
    codes = [answer.status_code for answer in answers]
    assert (codes.count(404), codes.count(429)) == (200, 30)
    assert int(answers[-1]["Retry-After"]) == 3600
    alert = Alert.objects.get()
    assert "Checkout" in alert.title
    assert vouchers.close_calmed(now=NOW + timedelta(minutes=59)) == 0
    assert vouchers.close_calmed(now=NOW + timedelta(minutes=60)) == 1


def test_right_codes_are_not_counted(checkout, given):
    hit = {"code": given.code, "customer_ref": given.order.customer_ref}
    assert {checkout.post("check", hit).status_code for _ in range(15)} == {200}
    short = [checkout.post("redeem", body_for(given, "6.00")).status_code for _ in range(15)]
    assert set(short) == {422}


def test_limits_hold_no_address(checkout, given, monkeypatch):
    seen = []
    real = cache.add
    monkeypatch.setattr(guesses.cache, "add", lambda key, *rest, **more: seen.append(key) or real(key, *rest, **more))
    checkout.post("check", {"code": WRONG, "customer_ref": "anna.nowak@example.com"})
    assert len(seen) == 2
    assert not any("anna" in key for key in seen)


def test_when_guesses_cannot_be_counted_nothing_is_evaluated(checkout, given, settings):
    cache.close()
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    before = written()
    answer = checkout.post("redeem", body_for(given))
    problem(answer, 503, "unavailable")
    assert int(answer["Retry-After"]) > 0
    assert written() == before
