"""What other rooms may do with messages: plan them, let them go, stop them, and settle what a person must decide."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store, User
from backoffice.messaging import doorbell, wording
from backoffice.messaging.models import (
    Batch,
    DeliveryAttempt,
    Message,
    Outbound,
    Suppression,
    Wording,
)
from backoffice.messaging.rules import REASON_CANCELLED, Phase, State

SecretResolver = Callable[[Sequence[int]], Mapping[int, str]]
_resolvers: dict[str, SecretResolver] = {}

# What the SELECT given to enqueue_from must return, in any order, under these names.
ENQUEUE_COLUMNS = (
    "batch_id",
    "dedupe_key",
    "channel",
    "address",
    "wording_id",
    "values",
    "digest",
    "weight",
    "is_canary",
    "due_at",
    "expires_at",
)
_COLUMN_LIST = ", ".join(f'"{column}"' for column in ENQUEUE_COLUMNS)

RESEND_LIFE = timedelta(days=3)

# Rows in somebody's hands are skipped, so that this never waits for a relay; the reconciler takes what is left.
CANCEL = """
UPDATE messaging_message AS m
SET state = 'cancelled', reason = %(reason)s, lease_until = NULL, changed_at = now()
FROM (
    SELECT m.id FROM messaging_message AS m
    WHERE m.batch_id = %(batch)s AND m.state IN ('queued', 'retry', 'claimed')
    FOR UPDATE SKIP LOCKED
) AS open
WHERE m.id = open.id
"""


def register_secret_resolver(kind: str, resolve: SecretResolver) -> None:
    """Say who knows the clear text of {kind: id} in values: ids -> texts, asked once per handful of messages."""
    _resolvers[kind] = resolve


def resolve_secrets(kind: str, ids: Sequence[int]) -> Mapping[int, str]:
    """Clear texts by id; what nobody can resolve is absent."""
    if not ids or kind not in _resolvers:
        return {}
    return _resolvers[kind](ids)


def create_batch(
    *, key: str, store: Store, cause_ref: str, mode: str, now: datetime, category: str = "service"
) -> Batch:
    """The batch with this key, made on first call; it starts held, so nothing of it leaves.

    mode: "real" or "drill". category: what a customer may opt out of; suppressions are matched by it.
    """
    batch, _created = Batch.objects.get_or_create(
        key=key,
        defaults={"store": store, "cause_ref": cause_ref, "mode": mode, "category": category, "created_at": now},
    )
    return batch


def ensure_wording(*, language: str, subject: str, text: str, channel: str = "email") -> Wording:
    """The row for exactly this content; the same content is stored once, and never changes.

    Raises Refusal when the wording could not be rendered (empty, unknown placeholder, stray brace).
    """
    problems = wording.parse(subject, text)
    if problems:
        raise Refusal(problems[0].code, problems[0].sentence(_), problems[0].field)
    content = json.dumps([channel, language, subject, text], ensure_ascii=False)
    row, _created = Wording.objects.get_or_create(
        digest=hashlib.sha256(content.encode()).hexdigest(),
        defaults={"channel": channel, "language": language, "subject": subject, "text": text},
    )
    return row


def enqueue_from(*, select_sql: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> int:
    """Queue one message per row of a SELECT in one statement; returns how many are new.

    select_sql: trusted SQL written by the calling room, never text from a person; it must return exactly
    ENQUEUE_COLUMNS by name. A dedupe_key that exists already is left alone, so planning may be repeated.
    """
    statement = (
        f"INSERT INTO messaging_message ({_COLUMN_LIST}, state, reason, claimed_by, attempts, failures)\n"
        f"SELECT {_COLUMN_LIST}, 'queued', '', '', 0, 0 FROM ({select_sql}) AS planned\n"
        "ON CONFLICT (dedupe_key) DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


@transaction.atomic
def set_phase(*, batch: Batch, phase: str) -> Batch:
    """Let a batch go (canary, running), or hold it (held, paused). Rings when something may leave.

    Raises Refusal for a cancelled batch. To cancel, call cancel_batch.
    """
    if phase == Phase.CANCELLED:
        raise ValueError("cancel_batch cancels a batch together with its messages")
    moved = Batch.objects.filter(pk=batch.pk).exclude(phase=Phase.CANCELLED).update(phase=phase)
    if not moved:
        raise Refusal("batch.cancelled", _("This was cancelled, so nothing of it is sent. Start a new one."))
    batch.phase = phase
    if phase in (Phase.CANARY, Phase.RUNNING):
        ring()
    return batch


@transaction.atomic
def cancel_batch(*, batch: Batch) -> int:
    """Stop a batch for good; returns how many messages will not leave. What is being sent at this moment finishes."""
    Batch.objects.filter(pk=batch.pk).update(phase=Phase.CANCELLED)
    batch.phase = Phase.CANCELLED
    with connection.cursor() as cursor:
        cursor.execute(CANCEL, {"batch": batch.pk, "reason": REASON_CANCELLED})
        return int(cursor.rowcount)


@transaction.atomic
def retry_failed(*, batch: Batch, actor: User, now: datetime) -> int:
    """Queue every failed message of a batch again; returns how many."""
    if Batch.objects.filter(pk=batch.pk, phase=Phase.CANCELLED).exists():
        raise Refusal("batch.cancelled", _("This was cancelled, so nothing of it is sent. Start a new one."))
    failed = Message.objects.filter(batch=batch, state=State.FAILED)
    count = failed.update(state=State.QUEUED, reason="", failures=0, claimed_by="", due_at=now, changed_at=now)
    audit.record(actor=actor, verb="messages.retry_failed", subject=f"batch:{batch.pk}", now=now, count=count)
    ring()
    return count


@transaction.atomic
def resend(*, message: Message, actor: User, now: datetime) -> Message:
    """Send an uncertain or failed message once more, with the same Message-ID. A person answers for it.

    Raises Refusal when it is in any other state or its batch was cancelled.
    """
    if message.batch.phase == Phase.CANCELLED:
        raise Refusal("batch.cancelled", _("This was cancelled, so nothing of it is sent. Start a new one."))
    _settle(message, (State.UNCERTAIN, State.FAILED), State.QUEUED, actor, now, verb="message.resend")
    # A second chance that expired already would be none.
    Message.objects.filter(pk=message.pk, expires_at__lte=F("due_at")).update(expires_at=F("due_at") + RESEND_LIFE)
    ring()
    return message


@transaction.atomic
def mark_delivered(*, message: Message, actor: User, now: datetime) -> Message:
    """Close an uncertain message as delivered, because somebody knows that it arrived."""
    _settle(message, (State.UNCERTAIN,), State.DELIVERED, actor, now, verb="message.mark_delivered")
    return message


def _settle(
    message: Message, allowed: tuple[State, ...], state: State, actor: User, now: datetime, *, verb: str
) -> None:
    moved = Message.objects.filter(pk=message.pk, state__in=allowed).update(
        state=state, reason="", failures=0, claimed_by="", due_at=now, changed_at=now
    )
    if not moved:
        raise Refusal("message.moved", _("This message is in another state by now. Reload to see it."))
    DeliveryAttempt.objects.create(message_id=message.pk, outcome=verb.removeprefix("message."), actor=actor)
    audit.record(actor=actor, verb=verb, subject=f"message:{message.pk}", now=now)
    message.refresh_from_db()


@transaction.atomic
def pause_all(*, actor: User, reason: str, now: datetime) -> None:
    """Nothing leaves any more, whatever the batch, until resume_all. Read inside every mark."""
    if not reason.strip():
        raise Refusal("outbound.reason", _("Say why everything stops, so that others know."), "reason")
    Outbound.objects.filter(pk=1).update(paused=True, paused_by=actor, paused_at=now, reason=reason.strip()[:200])
    audit.record(actor=actor, verb="outbound.pause", subject="outbound", now=now, reason=reason.strip()[:200])


@transaction.atomic
def resume_all(*, actor: User, now: datetime) -> None:
    """Let messages leave again, and try a mail server again that was left alone after failures."""
    Outbound.objects.filter(pk=1).update(
        paused=False, paused_by=None, paused_at=None, reason="", circuit_open_until=None, failures_in_row=0
    )
    audit.record(actor=actor, verb="outbound.resume", subject="outbound", now=now)
    ring()


def suppress(*, address: str, reason: str, channel: str = "email", category: str = "") -> None:
    """Never write to this address again on this channel, for a category or ("") for all. Takes effect at once."""
    Suppression.objects.bulk_create(
        [Suppression(address=address.strip().lower(), channel=channel, category=category, reason=reason[:200])],
        ignore_conflicts=True,
    )


def ring() -> None:
    """Wake a relay once the current transaction is committed. Never raises and never blocks longer than two seconds."""
    transaction.on_commit(doorbell.ring, robust=True)
