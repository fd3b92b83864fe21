"""What dead relays leave, what expired, and tallies that grew long."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from backoffice.messaging import claims, doorbell, reconciling, tallies
from backoffice.messaging.models import Batch, DeliveryAttempt, Message, Tally
from backoffice.messaging.reconciling import reconcile
from backoffice.messaging.rules import REASON_LOST
from tests.messaging.conftest import Enqueue, MakeBatch, states


def leave_behind(batch: Batch, *, opened: int, lease_seconds: float) -> None:
    """As a relay that died: all messages of the batch claimed, some being sent."""
    owner = "dead:1:aa"
    taken = claims.claim(owner=owner, limit=50, lease_seconds=60, real=True)
    claims.turn(owner=owner, closing=[], opening=[message.id for message in taken[:opened]], lease_seconds=60)
    Message.objects.filter(batch=batch).update(lease_until=Now() + timedelta(seconds=lease_seconds))


def test_a_dead_claim_goes_back_and_a_dead_sending_is_uncertain(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 5)
    leave_behind(batch, opened=2, lease_seconds=-1)
    found = reconcile()
    assert (found.requeued, found.uncertain) == (3, 2)
    assert states(batch) == {"queued": 3, "uncertain": 2}
    assert set(Message.objects.filter(state="uncertain").values_list("reason", "attempts")) == {(REASON_LOST, 1)}
    assert DeliveryAttempt.objects.filter(outcome="lost").count() == 2
    assert tallies.of_batch(batch.pk) == {"waiting": tallies.Count(3, 3), "uncertain": tallies.Count(2, 2)}


def test_what_is_uncertain_is_never_sent_again_by_itself(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 2)
    leave_behind(batch, opened=2, lease_seconds=-1)
    reconcile()
    assert reconcile() == reconciling.Reconciled()
    assert claims.claim(owner="me", limit=50, lease_seconds=60, real=True) == []
    assert states(batch) == {"uncertain": 2}


def test_a_living_lease_is_left_alone(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 3)
    leave_behind(batch, opened=1, lease_seconds=30)
    assert reconcile() == reconciling.Reconciled()
    assert states(batch) == {"claimed": 2, "transmitting": 1}


def test_what_expired_while_waiting_is_said_to_have(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch(phase="paused")
    enqueue(batch, 2, life=timedelta(seconds=-1))
    assert reconcile().expired == 2
    assert states(batch) == {"expired": 2}


def test_left_overs_of_a_cancelled_batch_are_cancelled(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 2)
    Batch.objects.update(phase="cancelled")
    assert reconcile().cancelled == 2
    assert states(batch) == {"cancelled": 2}


def test_a_long_tally_is_folded_and_reads_the_same(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 60, weight=3)
    for message in Message.objects.all():
        Message.objects.filter(pk=message.pk).update(state="sent")
    assert Tally.objects.count() > 100
    before = tallies.of_batch(batch.pk)
    assert reconcile().folded > 100
    assert Tally.objects.count() == 1
    assert tallies.of_batch(batch.pk) == before == {"sent": tallies.Count(60, 180)}


@pytest.mark.parametrize(("phase", "rings"), [("running", 1), ("held", 0)])
def test_it_rings_if_messages_wait(
    make_batch: MakeBatch, enqueue: Enqueue, monkeypatch: pytest.MonkeyPatch, phase: str, rings: int
) -> None:
    monkeypatch.setattr(settings, "SMTP_URL", "smtp://127.0.0.1:1")
    heard: list[int] = []
    monkeypatch.setattr(doorbell, "ring", lambda: heard.append(1))
    monkeypatch.setattr("django.db.transaction.on_commit", lambda work, robust: work())
    enqueue(make_batch(phase=phase), 1)
    reconcile()
    assert len(heard) == rings


@pytest.mark.django_db(transaction=True)
def test_a_second_scheduler_does_nothing_meanwhile(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 2)
    leave_behind(batch, opened=1, lease_seconds=-1)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(reconciling.LOCK)
            assert reconcile().skipped
            assert states(batch) == {"claimed": 1, "transmitting": 1}
            cursor.execute("COMMIT")
    finally:
        other.close()
    assert not reconcile().skipped
    assert states(batch) == {"queued": 1, "uncertain": 1}
