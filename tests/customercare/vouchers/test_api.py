"""The API a shop's checkout calls: who may, once, and silent about what it knows."""

import json
import logging
import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.kernel import idempotency, keys
from backoffice.kernel.models import ApiKey, IdempotencyRecord
from backoffice.kernel.roles import Role
from customercare.vouchers import api
from customercare.vouchers.models import Voucher
from tests.customercare.vouchers.checkout import EVERY, WRONG, Checkout, body_for, key_for, problem, written
from tests.customercare.vouchers.kit import give, ledger, money
from tests.factories import make_store

pytestmark = pytest.mark.usefixtures("at_noon")


def test_a_customer_pays_with_a_code_typed_by_hand(checkout, given):
    typed = given.code.lower().replace("-", " ")
    seen = checkout.post("check", {"code": typed, "customer_ref": given.order.customer_ref})
    assert seen.status_code == 200
    assert seen.json()["free"] == "5.00"
    paid = checkout.post("redeem", body_for(given, "3.20", code=typed))
    assert paid.status_code == 200
    assert paid["Cache-Control"] == "no-store"
    assert paid.json() == {
        "voucher": given.voucher.pk,
        "last4": given.voucher.last4,
        "state": "active",
        "currency": "PLN",
        "valid_until": given.voucher.valid_until.isoformat(),
        "amount": "5.00",
        "balance": "1.80",
        "held": "0.00",
        "free": "1.80",
    }
    assert money(given) == ("1.80", "0.00")


def test_hold_take_release_and_give_back(checkout, given):
    steps = [("authorize", "4.00"), ("capture", "3.00"), ("void", "1.00"), ("refund", "3.00")]
    answers = [checkout.post(verb, body_for(given, amount)) for verb, amount in steps]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [answer.json()["free"] for answer in answers] == ["1.00", "1.00", "2.00", "5.00"]


def test_the_key_may_come_as_a_bearer_too(checkout, given):
    headers = {"X-Api-Key": None, "Authorization": f"Bearer {checkout.token}"}
    assert checkout.post("redeem", body_for(given), headers=headers).status_code == 200


@pytest.mark.parametrize("verb", EVERY)
@pytest.mark.parametrize("token", [None, "", "sf_000000000000_nobody", "x" * 5000])
def test_without_a_known_key_nothing_is_answered(checkout, given, verb, token):
    before = written()
    answer = checkout.post(verb, body_for(given), headers={"X-Api-Key": token})
    problem(answer, 401, keys.UNKNOWN)
    assert answer["WWW-Authenticate"] == "Bearer"
    assert written() == before


@pytest.mark.parametrize("verb", EVERY)
def test_a_key_for_something_else_is_forbidden(store, given, verb):
    before = written()
    problem(Checkout(key_for(store, scopes=["orders:write"])).post(verb, body_for(given)), 403, keys.OUT_OF_SCOPE)
    assert written() == before


@pytest.mark.parametrize("verb", EVERY)
@pytest.mark.parametrize("role", list(Role))
def test_a_login_is_no_key(client_for, given, verb, role):
    answer = client_for(role).post(
        f"/api/vouchers/{verb}", json.dumps(body_for(given)), content_type="application/json"
    )
    problem(answer, 401)


@pytest.mark.parametrize("verb", EVERY)
@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_nothing_happens_by_another_method(checkout, given, verb, method):
    before = written()
    answer = getattr(checkout.client, method)(f"/api/vouchers/{verb}", headers={"X-Api-Key": checkout.token})
    assert answer.status_code == 405
    assert written() == before


def test_a_key_of_another_shop_sees_no_difference_to_a_wrong_code(checkout, given):
    other = Checkout(key_for(make_store("other")))
    for verb in ("check", "redeem"):
        body = body_for(given) if verb == "redeem" else {"code": given.code, "customer_ref": given.order.customer_ref}
        foreign, wrong = other.post(verb, body), checkout.post(verb, body | {"code": WRONG})
        problem(foreign, 404, "voucher.not_redeemable")
        assert foreign.content == wrong.content
    assert money(given) == ("5.00", "0.00")


@pytest.mark.parametrize("reason", ["wrong", "drill", "somebody else's", "expired", "revoked"])
def test_every_code_that_does_not_fit_gets_one_answer_after_the_same_work(checkout, store, given, reason):
    other = give(store, drill=reason == "drill")
    if reason in {"expired", "revoked"}:
        Voucher.objects.filter(pk=other.voucher.pk).update(state=reason)
    body = body_for(other, code=WRONG) if reason == "wrong" else body_for(other)
    body |= {"customer_ref": "c-other"} if reason == "somebody else's" else {}
    checkout.post("check", {"code": given.code, "customer_ref": given.order.customer_ref})  # the key's use is noted
    with CaptureQueriesContext(connection) as spent:
        answer = checkout.post("redeem", body)
    with CaptureQueriesContext(connection) as usual:
        wrong = checkout.post("redeem", body_for(given, code=WRONG))
    problem(answer, 404, "voucher.not_redeemable")
    assert answer.content == wrong.content
    assert len(spent) == len(usual)


def test_a_hit_and_a_miss_of_a_check_cost_the_same_queries(checkout, given):
    hit = {"code": given.code, "customer_ref": given.order.customer_ref}
    checkout.post("check", hit)
    with CaptureQueriesContext(connection) as right:
        assert checkout.post("check", hit).status_code == 200
    with CaptureQueriesContext(connection) as wrong:
        assert checkout.post("check", hit | {"code": WRONG}).status_code == 404
    assert len(right) == len(wrong)


def test_the_same_request_twice_has_one_effect_and_one_answer(checkout, given):
    first = checkout.post("redeem", body_for(given, "2.00"), once="once")
    again = checkout.post("redeem", body_for(given, "2.00"), once="once")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert money(given) == ("3.00", "0.00")


def test_a_refusal_is_repeated_word_for_word(checkout, given):
    first = checkout.post("redeem", body_for(given, "6.00"), once="once")
    told = problem(first, 422, "voucher.too_little", "amount")
    assert told["detail"] == "Voucher has 5.00 left, this needs 6.00."
    assert checkout.post("redeem", body_for(given, "6.00"), once="once").content == first.content
    assert ledger(given) == [("issue", "5.00")]


@pytest.mark.parametrize("change", ["body", "path"])
def test_the_idempotency_key_of_another_request_is_refused(checkout, given, change):
    checkout.post("redeem", body_for(given, "1.00"), once="once")
    before = written()
    verb = "authorize" if change == "path" else "redeem"
    answer = checkout.post(verb, body_for(given, "1.00" if change == "path" else "1.01"), once="once")
    problem(answer, 422, idempotency.REUSED)
    assert written() == before


def test_another_key_may_use_the_same_idempotency_key(checkout, store, given):
    checkout.post("redeem", body_for(given, "1.00"), once="once")
    assert Checkout(key_for(store)).post("redeem", body_for(given, "1.00"), once="once").status_code == 200
    assert money(given) == ("3.00", "0.00")


@pytest.mark.parametrize("once", [" ", "x" * 201, "ключ", "a\tb"])
def test_a_write_without_a_usable_idempotency_key_is_refused(checkout, given, once):
    before = written()
    problem(checkout.post("redeem", body_for(given), once=once), 400, "idempotency.missing", "Idempotency-Key")
    assert written() == before


def test_no_personal_data_or_code_is_logged_or_kept(checkout, given, caplog):
    with caplog.at_level(logging.DEBUG):
        checkout.post("redeem", body_for(given, customer_ref="anna.nowak@example.com", order_ref="NEXT-77"))
        checkout.post("redeem", body_for(given))
    kept = caplog.text + str(list(IdempotencyRecord.objects.values()))
    sql = [record for record in caplog.records if record.name == "django.db.backends"]
    assert not sql
    for secret in ("anna.nowak", given.code, given.code.replace("-", ""), checkout.token, given.order.contact_email):
        assert secret not in kept


def test_the_description_of_the_api_is_for_admins(client, client_for):
    assert client.get("/api/openapi.json").status_code == 302
    assert client_for(Role.SUPPORT_AGENT).get("/api/openapi.json").status_code == 403
    described = client_for(Role.ADMIN).get("/api/openapi.json").json()
    assert set(described["paths"]) == {f"/api/vouchers/{verb}" for verb in EVERY}
    assert client.get("/api/docs").status_code == 404
    assert client.get("/api/").status_code == 404


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_the_same_request_at_the_same_time_is_told_to_wait(monkeypatch):
    store = make_store("race")
    given, checkout = give(store), Checkout(key_for(store))
    started, may_end = threading.Event(), threading.Event()
    real, answers = api.vouchers.redeem, []

    def slow(**arguments):
        started.set()
        assert may_end.wait(10)
        return real(**arguments)

    def first():
        try:
            answers.append(checkout.post("redeem", body_for(given), once="once"))
        finally:
            connection.close()

    monkeypatch.setattr(api.vouchers, "redeem", slow)
    thread = threading.Thread(target=first)
    thread.start()
    assert started.wait(10)
    second = checkout.post("redeem", body_for(given), once="once")
    may_end.set()
    thread.join(10)
    problem(second, 409, "idempotency.busy")
    assert int(second["Retry-After"]) == 1
    assert answers[0].status_code == 200
    assert checkout.post("redeem", body_for(given), once="once").content == answers[0].content
    assert money(given) == ("0.00", "0.00")
    assert Voucher.objects.get().balance == Decimal(0)
    assert ApiKey.objects.get().last_used_at is not None
