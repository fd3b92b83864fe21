"""What other rooms may do with messages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import AuditEntry, Store, User
from backoffice.messaging import doorbell
from backoffice.messaging import services as messaging
from backoffice.messaging.models import (
    Batch,
    DeliveryAttempt,
    Message,
    Outbound,
    Suppression,
    Wording,
)
from tests.messaging.conftest import NOW, Enqueue, MakeBatch, states

Rings = list[str]


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> Rings:
    """The doorbell, counted instead of carried to the broker."""
    heard: Rings = []
    monkeypatch.setattr(doorbell, "ring", lambda: heard.append("ring"))
    return heard


def set_state(batch: Batch, state: str, **fields: Any) -> Message:
    Message.objects.filter(batch=batch).update(state=state, **fields)
    return Message.objects.filter(batch=batch).order_by("id")[0]


def test_a_batch_is_made_once_per_key_and_starts_held(store: Store) -> None:
    first = messaging.create_batch(key="k", store=store, cause_ref="incident:1", mode="real", now=NOW)
    again = messaging.create_batch(key="k", store=store, cause_ref="incident:1", mode="real", now=NOW)
    assert first == again
    assert first.phase == "held"
    assert Batch.objects.count() == 1


def test_the_same_wording_is_stored_once(db: None) -> None:
    content = {"language": "en", "subject": "Late", "text": "Sorry."}
    assert messaging.ensure_wording(**content) == messaging.ensure_wording(**content)
    assert messaging.ensure_wording(**{**content, "language": "pl"}) != messaging.ensure_wording(**content)
    assert Wording.objects.count() == 2


def test_a_wording_that_could_not_be_rendered_is_refused(db: None) -> None:
    with pytest.raises(Refusal) as refusal:
        messaging.ensure_wording(language="en", subject="Late", text="Dear {nobody_knows}")
    assert refusal.value.code == "wording.unknown"
    assert not Wording.objects.exists()


def test_enqueueing_twice_adds_nothing(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    assert enqueue(batch, 10) == 10
    assert enqueue(batch, 12) == 2
    assert states(batch) == {"queued": 12}


def test_letting_a_batch_go_rings_after_commit_and_holding_it_does_not(
    make_batch: MakeBatch,
    rings: Rings,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    batch = make_batch(phase="held")
    with django_capture_on_commit_callbacks(execute=True):
        messaging.set_phase(batch=batch, phase="running")
        assert rings == []
    assert rings == ["ring"]
    with django_capture_on_commit_callbacks(execute=True):
        messaging.set_phase(batch=batch, phase="paused")
    assert rings == ["ring"]
    batch.refresh_from_db()
    assert batch.phase == "paused"


def test_cancelling_stops_what_has_not_left_and_leaves_what_is_leaving(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 5)
    ids = list(Message.objects.order_by("id").values_list("id", flat=True))
    soon = datetime.now(UTC) + timedelta(minutes=1)
    Message.objects.filter(pk=ids[0]).update(state="transmitting", lease_until=soon)
    Message.objects.filter(pk=ids[1]).update(state="claimed", lease_until=soon)
    Message.objects.filter(pk=ids[2]).update(state="retry")
    Message.objects.filter(pk=ids[3]).update(state="sent")
    assert messaging.cancel_batch(batch=batch) == 3
    assert states(batch) == {"transmitting": 1, "cancelled": 3, "sent": 1}
    assert set(Message.objects.filter(state="cancelled").values_list("reason", flat=True)) == {
        "Cancelled before it was sent."
    }


def test_a_cancelled_batch_never_runs_again(make_batch: MakeBatch) -> None:
    batch = make_batch(phase="cancelled")
    with pytest.raises(Refusal) as refusal:
        messaging.set_phase(batch=batch, phase="running")
    assert refusal.value.code == "batch.cancelled"
    batch.refresh_from_db()
    assert batch.phase == "cancelled"


@pytest.mark.parametrize("state", ["uncertain", "failed"])
def test_a_person_may_send_an_uncertain_or_failed_message_again(
    make_batch: MakeBatch, enqueue: Enqueue, admin: User, rings: Rings, state: str
) -> None:
    batch = make_batch()
    enqueue(batch, 1)
    message = set_state(batch, state, reason="whatever", failures=4, claimed_by="somebody")
    messaging.resend(message=message, actor=admin, now=NOW)
    assert (message.state, message.reason, message.failures, message.claimed_by) == (
        "queued",
        "",
        0,
        "",
    )
    assert DeliveryAttempt.objects.get().outcome == "resend"
    assert AuditEntry.objects.get(verb="message.resend").actor == admin


def test_a_resent_message_gets_time_to_arrive(make_batch: MakeBatch, enqueue: Enqueue, admin: User) -> None:
    batch = make_batch()
    enqueue(batch, 1)
    message = set_state(batch, "failed", expires_at=NOW - timedelta(days=1))
    messaging.resend(message=message, actor=admin, now=NOW)
    message.refresh_from_db()
    assert message.expires_at > NOW


@pytest.mark.parametrize("state", ["sent", "queued", "cancelled", "suppressed", "handed_over", "delivered"])
def test_nothing_else_is_sent_again(make_batch: MakeBatch, enqueue: Enqueue, admin: User, state: str) -> None:
    batch = make_batch()
    enqueue(batch, 1)
    message = set_state(batch, state)
    with pytest.raises(Refusal) as refusal:
        messaging.resend(message=message, actor=admin, now=NOW)
    assert refusal.value.code == "message.moved"
    assert states(batch) == {state: 1}
    assert not DeliveryAttempt.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_message_of_a_cancelled_batch_is_not_sent_again(make_batch: MakeBatch, enqueue: Enqueue, admin: User) -> None:
    batch = make_batch(phase="cancelled")
    enqueue(batch, 1)
    message = set_state(batch, "uncertain")
    with pytest.raises(Refusal) as refusal:
        messaging.resend(message=message, actor=admin, now=NOW)
    assert refusal.value.code == "batch.cancelled"
    assert states(batch) == {"uncertain": 1}


def test_a_person_may_say_that_an_uncertain_message_arrived(
    make_batch: MakeBatch, enqueue: Enqueue, admin: User
) -> None:
    batch = make_batch()
    enqueue(batch, 1)
    message = set_state(batch, "uncertain")
    messaging.mark_delivered(message=message, actor=admin, now=NOW)
    assert states(batch) == {"delivered": 1}
    with pytest.raises(Refusal):
        messaging.mark_delivered(message=message, actor=admin, now=NOW)
    assert AuditEntry.objects.filter(verb="message.mark_delivered").count() == 1


def test_all_failed_messages_of_a_batch_are_queued_again(make_batch: MakeBatch, enqueue: Enqueue, admin: User) -> None:
    batch, other = make_batch(), make_batch()
    enqueue(batch, 3)
    enqueue(other, 1)
    Message.objects.update(state="failed")
    assert messaging.retry_failed(batch=batch, actor=admin, now=NOW) == 3
    assert states(batch) == {"queued": 3}
    assert states(other) == {"failed": 1}


def test_everything_stops_with_a_reason_and_a_name(admin: User) -> None:
    with pytest.raises(Refusal):
        messaging.pause_all(actor=admin, reason=" ", now=NOW)
    assert not Outbound.objects.get().paused
    messaging.pause_all(actor=admin, reason="Wrong prices", now=NOW)
    outbound = Outbound.objects.get()
    assert (outbound.paused, outbound.paused_by, outbound.reason) == (
        True,
        admin,
        "Wrong prices",
    )
    messaging.resume_all(actor=admin, now=NOW)
    assert not Outbound.objects.get().paused
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == [
        "outbound.pause",
        "outbound.resume",
    ]


def test_an_address_is_suppressed_once_whatever_its_case(db: None) -> None:
    messaging.suppress(address=" Ann@Example.com ", reason="bounced")
    messaging.suppress(address="ann@example.com", reason="again")
    assert Suppression.objects.get().address == "ann@example.com"


def test_secrets_are_resolved_by_whoever_registered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messaging, "_resolvers", {})
    assert messaging.resolve_secrets("voucher", [1]) == {}
    messaging.register_secret_resolver("voucher", lambda ids: {i: f"CODE-{i}" for i in ids})
    assert messaging.resolve_secrets("voucher", [1, 2]) == {1: "CODE-1", 2: "CODE-2"}
