"""The API a shop's checkout calls: strict about what it reads, silent about what it knows."""

import json
import logging
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.kernel import guesses, idempotency, keys
from backoffice.kernel.models import Alert, ApiKey, IdempotencyRecord
from backoffice.kernel.roles import Role
from customercare.vouchers import api
from customercare.vouchers import services as vouchers
from customercare.vouchers.models import Voucher, VoucherEntry
from tests.customercare.vouchers.kit import give, ledger, money
from tests.factories import NOW, make_store, make_user

WRITES = ["redeem", "authorize", "capture", "void", "refund"]
EVERY = ["check", *WRITES]
WRONG = "7KMX-7KMX-7KMX-7KMX"


class Checkout:
    """A shop's system with its key."""

    def __init__(self, token):
        self.token, self.client, self.asked = token, Client(raise_request_exception=False), 0

    def post(self, verb, body, *, once=None, **changes):
        self.asked += 1
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        headers = {"X-Api-Key": self.token, "Idempotency-Key": once or f"key-{self.asked}"}
        headers = {name: value for name, value in (headers | changes.pop("headers", {})).items() if value is not None}
        return self.client.post(
            f"/api/vouchers/{verb}", raw, **{"content_type": "application/json", "headers": headers} | changes
        )


@pytest.fixture(autouse=True)
def at_noon():
    """The clock stands at the moment of the stories."""
    with time_machine.travel(NOW, tick=False):
        yield


def key_for(store, *, scopes=("vouchers:redeem",)):
    admin = make_user(Role.ADMIN)
    return keys.issue(name="Checkout", scopes=list(scopes), store=store, created_by=admin, now=NOW).token


@pytest.fixture
def checkout(store):
    return Checkout(key_for(store))


@pytest.fixture
def given(store):
    return give(store)


def body_for(given, amount="5.00", **changes):
    body = {
        "code": given.code,
        "amount": amount,
        "currency": "PLN",
        "order_ref": "NEXT-1",
        "customer_ref": given.order.customer_ref,
    }
    return body | changes


def written():
    return list(Voucher.objects.values()), VoucherEntry.objects.count(), IdempotencyRecord.objects.count()


def problem(response, status, code=None, field=None):
    """The body of a problem document, checked for what every one has."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    told = response.json()
    assert (told["status"], bool(told["detail"])) == (status, True)
    assert code is None or told["code"] == code
    assert field is None or told["field"] == field
    return told


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


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": 5.0}, "amount"),
        ({"amount": 5}, "amount"),
        ({"amount": float("nan")}, "amount"),
        ({"amount": float("inf")}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": {"value": "5.00"}}, "amount"),
        ({"amount": ["5.00"]}, "amount"),
        ({"amount": True}, "amount"),
        *[({"amount": text}, "amount") for text in (
            "", " ", "-1", "-0", "+1", "1e5", "NaN", "Infinity", "1_000", "１２", "٣", "1,5", "1.234,50", "1,234.50",
            "19.999", "0x10", "9" * 20, "9" * 30, "5.00 PLN", "5.", ".5",
        )],
        ({"currency": "pln"}, "currency"),
        ({"currency": "ZZZ"}, "currency"),
        ({"currency": "PLNX"}, "currency"),
        ({"currency": "JPY", "amount": "19.9"}, "amount"),
        ({"code": 5}, "code"),
        ({"code": {"$ne": ""}}, "code"),
        ({"code": ""}, "code"),
        ({"code": "x" * 65}, "code"),
        ({"code": "A\x00B"}, "code"),
        ({"order_ref": "x" * 121}, "order_ref"),
        ({"order_ref": "a\x00b"}, "order_ref"),
        ({"order_ref": "\ud800"}, "order_ref"),
        ({"order_ref": 17}, "order_ref"),
        ({"customer_ref": ""}, "customer_ref"),
        ({"customer_ref": "\u202eabc"}, "customer_ref"),
        ({"customer_ref": "x" * 255}, "customer_ref"),
        ({"balance": "500.00"}, "balance"),
        ({"is_staff": 1}, "is_staff"),
    ],
)  # fmt: skip
def test_a_body_with_a_wrong_field_is_refused_naming_it(checkout, given, change, field):
    before = written()
    problem(checkout.post("redeem", body_for(given, **change)), 400, field=field)
    assert written() == before


@pytest.mark.parametrize("field", ["code", "amount", "currency", "order_ref", "customer_ref"])
def test_a_missing_field_is_named(checkout, given, field):
    body = body_for(given)
    del body[field]
    problem(checkout.post("redeem", body), 400, "body.missing", field)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (" ", "body.syntax"),
        ("[" * 10_000, "body.syntax"),
        ('{"a":' * 2_500, "body.syntax"),
        ("[]", "body.object"),
        ('"text"', "body.object"),
        ("5", "body.object"),
        ("NaN", "body.object"),
        ("null", "body.object"),
        ('{"amount": 1' + "0" * 5_000 + "}", None),
        ('{"code": "a", "code": "b"}', "body.duplicate"),
        ('{"code": "a",}', "body.syntax"),
        ("{'code': 'a'}", "body.syntax"),
        (b"\xff\xfe{\x00}\x00", "body.encoding"),
        (b'\xef\xbb\xbf{"code": "a"}', "body.syntax"),
        ("code=a&amount=5.00", "body.syntax"),
    ],
    ids=range(15),
)
def test_what_is_not_one_flat_json_object_is_refused(checkout, given, raw, code):
    before = written()
    problem(checkout.post("redeem", raw), 400, code)
    assert written() == before


def test_a_body_of_ten_megabytes_is_refused_unread(checkout, given):
    problem(checkout.post("redeem", "x" * 10_000_000), 413, "body.large")
    problem(checkout.post("redeem", json.dumps(body_for(given)) + " " * 17_000), 413, "body.large")
    problem(checkout.post("redeem", body_for(given), CONTENT_LENGTH="9" * 5_000), 413, "body.large")
    problem(checkout.post("redeem", body_for(given), CONTENT_LENGTH="many"), 400, "body.length")
    assert money(given) == ("5.00", "0.00")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"]
)
def test_a_body_of_another_kind_is_refused(checkout, given, kind):
    problem(checkout.post("redeem", json.dumps(body_for(given)), content_type=kind), 415, "body.type")
    assert money(given) == ("5.00", "0.00")


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
