"""One answer per Idempotency-Key: the work and its stored answer are one transaction."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal, Unavailable
from backoffice.kernel.models import IdempotencyRecord

REUSED = "idempotency.reused"
RETRY_AFTER_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What a machine is told: an HTTP status and a JSON object."""

    status: int
    body: dict[str, Any]


class Busy(Unavailable):
    """The first request with this key is still being worked on; its answer will be there in a moment."""


def fingerprint(*, path: str, body: Mapping[str, Any]) -> str:
    """What makes two requests the same one, as a keyed hash: nothing of the body can be read back from it."""
    text = json.dumps([path, body], sort_keys=True, default=str)
    return salted_hmac("idempotency", text, algorithm="sha256").hexdigest()


def answer_once(*, key_scope: str, key: str, request_hash: str, work: Callable[[], Answer], now: datetime) -> Answer:
    """Do the work and store its answer, or return the answer stored before.

    work: runs inside the transaction; what it raises undoes everything and stores nothing.
    Raises Refusal idempotency.reused when the key came with another request, Busy while the first one is running.
    """
    with transaction.atomic():
        if not _locked(key_scope, key):
            raise Busy(_("The first request with this key is still running. Ask again in a moment."))
        known = IdempotencyRecord.objects.filter(key_scope=key_scope, key=key).first()
        if known is not None:
            return _again(known, request_hash)
        answer = work()
        IdempotencyRecord.objects.create(
            key_scope=key_scope,
            key=key,
            request_hash=request_hash,
            status=answer.status,
            body=answer.body,
            created_at=now,
        )
        return answer


def forget(*, before: datetime) -> int:
    """Delete answers older than this; returns how many. A shop that repeats a request after that does it anew."""
    return IdempotencyRecord.objects.filter(created_at__lt=before).delete()[0]


def _locked(key_scope: str, key: str) -> bool:
    """Take the key for this transaction, or say at once that another one has it. A crash frees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{key_scope} {key}"])
        return bool(cursor.fetchone()[0])


def _again(known: IdempotencyRecord, request_hash: str) -> Answer:
    if known.request_hash != request_hash:
        raise Refusal(
            REUSED, _("This Idempotency-Key came with another request before. Send a new key with a new request.")
        )
    return Answer(known.status, known.body or {})
