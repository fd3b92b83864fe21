"""A shop's system that calls the API, and what it is answered."""

import json

from django.test import Client

from backoffice.kernel import keys
from backoffice.kernel.models import IdempotencyRecord
from backoffice.kernel.roles import Role
from customercare.vouchers.models import Voucher, VoucherEntry
from tests.factories import NOW, make_user

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


def key_for(store, *, scopes=("vouchers:redeem",)):
    admin = make_user(Role.ADMIN)
    return keys.issue(name="Checkout", scopes=list(scopes), store=store, created_by=admin, now=NOW).token


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
