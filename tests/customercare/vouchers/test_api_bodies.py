"""The API reads one flat JSON object of known fields, and says what is wrong with any other."""

import json

import pytest

from tests.customercare.vouchers.checkout import body_for, problem, written
from tests.customercare.vouchers.kit import money

pytestmark = pytest.mark.usefixtures("at_noon")


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
