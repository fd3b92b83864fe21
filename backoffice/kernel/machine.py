"""The door for machines: key, body and answer of an API request, with problem documents for every no."""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from backoffice.kernel import access, idempotency, keys, strict_json
from backoffice.kernel.errors import Refusal, Unavailable
from backoffice.kernel.idempotency import Answer
from backoffice.kernel.models import ApiKey

LARGEST_BODY = 16_384
LONGEST_KEY = 200
PROBLEM_TYPE = "application/problem+json"
_STATUS = {
    keys.UNKNOWN: HTTPStatus.UNAUTHORIZED,
    keys.OUT_OF_SCOPE: HTTPStatus.FORBIDDEN,
    idempotency.REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    "body.type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "body.large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


class TooManyGuesses(Refusal):
    """The guess limit is reached; wait is in seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__("guesses.limit", _("Too many codes did not fit. Wait, then send the next one."))
        self.wait = wait


def endpoint(view: Callable[[HttpRequest], Answer]) -> Callable[[HttpRequest], HttpResponse]:
    """Turn an Answer, a Refusal or an outage into the response: JSON or a problem document, never a page."""

    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        try:
            return respond(view(request))
        except TooManyGuesses as refusal:
            return respond(problem(HTTPStatus.TOO_MANY_REQUESTS, refusal), retry_after=refusal.wait)
        except Refusal as refusal:
            return respond(problem(_STATUS.get(refusal.code, HTTPStatus.BAD_REQUEST), refusal))
        except idempotency.Busy as busy:
            waiting = Refusal("idempotency.busy", str(busy))
            return respond(problem(HTTPStatus.CONFLICT, waiting), retry_after=idempotency.RETRY_AFTER_SECONDS)
        except (Unavailable, OperationalError):
            outage = Refusal("unavailable", _("This cannot be answered right now. Send the same request again soon."))
            return respond(problem(HTTPStatus.SERVICE_UNAVAILABLE, outage), retry_after=5)

    return answered


def authenticate(request: HttpRequest, *, scope: str, now: datetime) -> ApiKey:
    """The key in X-Api-Key, or in Authorization as a bearer. Raises Refusal as `keys.verify`."""
    token = request.headers.get("X-Api-Key", "")
    if not token:
        method, _space, credentials = request.headers.get("Authorization", "").partition(" ")
        token = credentials.strip() if method.lower() == "bearer" else ""
    return keys.verify(token=token, scope=scope, now=now)


def sends_key(request: HttpRequest) -> bool:
    """Whether this request came from a machine that shows a key of ours."""
    return "X-Api-Key" in request.headers or request.headers.get("Authorization", "").startswith(f"Bearer {keys.MARK}_")


def wrong_door(rule: access.Access) -> HttpResponse:
    """The no to a machine at a page for people, in its own language instead of a login form."""
    status = HTTPStatus.FORBIDDEN
    if rule.public:
        status = HTTPStatus.UNAUTHORIZED
    elif rule.own.endswith(" link"):
        status = HTTPStatus.NOT_FOUND
    return respond(
        problem(status, Refusal("key.page", _("This is a page for people. Keys are for addresses below /api/.")))
    )


def json_body(request: HttpRequest, *, fields: Collection[str]) -> dict[str, Any]:
    """The request's JSON object.

    Raises Refusal (body.type, body.length, body.large, and those of `strict_json.read_object`).
    """
    if request.content_type != "application/json":
        raise Refusal("body.type", _("The body is not declared as JSON. Send Content-Type: application/json."))
    too_large = Refusal(
        "body.large", _("The body is larger than %(limit)d bytes. Send less.") % {"limit": LARGEST_BODY}
    )
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not (length.isascii() and length.isdigit()):
        raise Refusal("body.length", _("The Content-Length is not a number. Send the body's length in bytes."))
    if int(length[:20]) > LARGEST_BODY:
        raise too_large
    try:
        raw = request.body
    except RequestDataTooBig as error:
        raise too_large from error
    return strict_json.read_object(raw, fields=fields)


def idempotency_key(request: HttpRequest) -> str:
    """The Idempotency-Key header. Raises Refusal (idempotency.missing)."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Refusal(
            "idempotency.missing",
            _("There is no usable Idempotency-Key header. Send up to %(limit)d letters and digits, new each time.")
            % {"limit": LONGEST_KEY},
            "Idempotency-Key",
        )
    return key


def problem(status: int, refusal: Refusal) -> Answer:
    """A problem document (RFC 9457) that says the sentence of a refusal."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": refusal.code,
        "detail": refusal.message,
    }
    return Answer(int(status), body | ({"field": refusal.field} if refusal.field else {}))


def respond(answer: Answer, *, retry_after: int = 0) -> HttpResponse:
    """The answer on the wire; nobody may keep a copy."""
    kind = PROBLEM_TYPE if answer.status >= HTTPStatus.BAD_REQUEST else "application/json"
    # Sorted, because the database does not keep the order of fields: a repeated answer is the same to the byte.
    response = JsonResponse(answer.body, status=answer.status, content_type=kind, json_dumps_params={"sort_keys": True})
    response["Cache-Control"] = "no-store"
    if retry_after:
        response["Retry-After"] = str(retry_after)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response
