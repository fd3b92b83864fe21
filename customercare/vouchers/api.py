"""Vouchers at the checkout: what a shop's system may ask with a key of scope vouchers:redeem."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from backoffice.kernel import guesses, idempotency, machine, strict_json
from backoffice.kernel.errors import Refusal
from backoffice.kernel.idempotency import Answer
from backoffice.kernel.models import ApiKey
from backoffice.kernel.numbers import currency_exponent, parse_money
from customercare.vouchers import services as vouchers

SCOPE: Final = "vouchers:redeem"
CUSTOMER_LIMIT: Final = guesses.Limit("voucher-customer", misses=10, seconds=60)
KEY_LIMIT: Final = guesses.Limit("voucher-key", misses=200, seconds=3600)
FIELDS: Final = ("code", "amount", "currency", "order_ref", "customer_ref")

router = Router(tags=["vouchers"])
Act = Callable[..., vouchers.Receipt]


def _documented(*needed: str, once: bool = True) -> dict[str, Any]:
    """The request for the OpenAPI document; the reading itself is stricter than a schema can say."""
    texts = {
        "code": "As the customer typed it: case, spaces and dashes do not count.",
        "amount": "Text with the currency's decimals, such as 12.50.",
        "currency": "Three capital letters.",
        "order_ref": "The shop's id of the order that is paid.",
        "customer_ref": "The shop's id of its customer, or the customer's e-mail address.",
    }
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": list(needed),
        "properties": {name: {"type": "string", "description": text} for name, text in texts.items()},
    }
    header = {"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "parameters": [header] if once else [],
    }


@router.post("/check", openapi_extra=_documented("code", "customer_ref", once=False))
@machine.endpoint
def check(request: HttpRequest) -> Answer:
    """What a code is worth to this customer. Changes nothing, and counts as a guess when it does not fit."""
    now = timezone.now()
    key = machine.authenticate(request, scope=SCOPE, now=now)
    body = machine.json_body(request, fields=FIELDS)
    purchase = _purchase(body, key, "", priced=False)
    return _counted(key, purchase, lambda: _done(vouchers.check, purchase, now), now)


@router.post("/redeem", openapi_extra=_documented(*FIELDS))
@machine.endpoint
def redeem(request: HttpRequest) -> Answer:
    """Pay an order with the voucher, at once."""
    return _act(request, vouchers.redeem)


@router.post("/authorize", openapi_extra=_documented(*FIELDS))
@machine.endpoint
def authorize(request: HttpRequest) -> Answer:
    """Hold an amount for an order."""
    return _act(request, vouchers.authorize)


@router.post("/capture", openapi_extra=_documented(*FIELDS))
@machine.endpoint
def capture(request: HttpRequest) -> Answer:
    """Take what is held for an order, or a part of it."""
    return _act(request, vouchers.capture)


@router.post("/void", openapi_extra=_documented(*FIELDS))
@machine.endpoint
def void(request: HttpRequest) -> Answer:
    """Release what is held for an order, or a part of it."""
    return _act(request, vouchers.void)


@router.post("/refund", openapi_extra=_documented(*FIELDS))
@machine.endpoint
def refund(request: HttpRequest) -> Answer:
    """Give back what an order paid with the voucher, or a part of it."""
    return _act(request, vouchers.refund)


def _act(request: HttpRequest, act: Act) -> Answer:
    now = timezone.now()
    key = machine.authenticate(request, scope=SCOPE, now=now)
    body = machine.json_body(request, fields=FIELDS)
    once = machine.idempotency_key(request)
    purchase = _purchase(body, key, once, priced=True)

    def answer() -> Answer:
        return idempotency.answer_once(
            key_scope=f"key:{key.pk}",
            key=once,
            request_hash=idempotency.fingerprint(path=request.path, body=body),
            work=lambda: _done(act, purchase, now),
            now=now,
        )

    return _counted(key, purchase, answer, now)


def _purchase(body: dict[str, Any], key: ApiKey, once: str, *, priced: bool) -> vouchers.Purchase:
    """The wish in the body. Raises Refusal, naming the field."""
    currency = strict_json.text_field(body, "currency", limit=3, optional=not priced)
    amount = strict_json.text_field(body, "amount", limit=20, optional=not priced)
    return vouchers.Purchase(
        code=strict_json.text_field(body, "code", limit=64),
        amount=_money(amount, currency) if priced else Decimal(0),
        currency=currency,
        order_ref=strict_json.text_field(body, "order_ref", limit=120, optional=not priced),
        customer_ref=strict_json.text_field(body, "customer_ref", limit=254),
        store_id=key.store_id,
        key=f"{key.pk}:{once}",
        actor_ref=f"key:{key.prefix}",
    )


def _money(text: str, currency: str) -> Decimal:
    field = "currency"
    try:
        currency_exponent(currency)
        field = "amount"
        return parse_money(text, currency=currency)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, field) from refusal


def _done(act: Act, purchase: vouchers.Purchase, now: datetime) -> Answer:
    """Do it once. A no is an answer too, stored like a yes, so that asking again is told the same."""
    try:
        return Answer(HTTPStatus.OK, _told(act(purchase=purchase, now=now)))
    except Refusal as refusal:
        unknown = refusal.code == vouchers.NOT_REDEEMABLE
        return machine.problem(HTTPStatus.NOT_FOUND if unknown else HTTPStatus.UNPROCESSABLE_ENTITY, refusal)


def _counted(key: ApiKey, purchase: vouchers.Purchase, answer: Callable[[], Answer], now: datetime) -> Answer:
    """Count a miss for the key and for the end customer. Raises TooManyGuesses before anything is looked up."""
    verdict = guesses.take(
        wanted=[(CUSTOMER_LIMIT, f"{key.pk} {purchase.customer_ref}"), (KEY_LIMIT, str(key.pk))], now=now
    )
    if verdict.wait:
        if verdict.reached is KEY_LIMIT:
            vouchers.report_guessing(key=key, now=now)
        raise machine.TooManyGuesses(verdict.wait)
    missed = False
    try:
        given = answer()
        missed = given.status == HTTPStatus.NOT_FOUND
        return given
    finally:
        if not missed:
            guesses.give_back(verdict.slots)


def _told(receipt: vouchers.Receipt) -> dict[str, Any]:
    """The receipt for the shop: money as text, nothing about the customer."""
    exponent = min(currency_exponent(receipt.currency), 2)
    money = {"amount": receipt.amount, "balance": receipt.balance, "held": receipt.held, "free": receipt.free}
    return {
        "voucher": receipt.voucher_id,
        "last4": receipt.last4,
        "state": receipt.state,
        "currency": receipt.currency,
        "valid_until": receipt.valid_until.isoformat(),
        **{name: f"{value:.{exponent}f}" for name, value in money.items()},
    }
