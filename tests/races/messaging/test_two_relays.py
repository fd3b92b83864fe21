"""Two relays never send one message twice; with a guard taken away they do, so the tests can see it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections

from backoffice.kernel.errors import Refusal
from backoffice.messaging import claims, relay, tallies
from backoffice.messaging import services as messaging
from backoffice.messaging.models import Message
from backoffice.messaging.reconciling import reconcile
from backoffice.messaging.relay import Options
from tests.kit.smtp_faults import FaultServer
from tests.messaging.conftest import NOW, Enqueue, MakeBatch, states

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
RELAYS = 4
# The guards of a message: only one claim gets it, and only who claimed it may open it.
OPEN_GUARD = "AND m.state = 'claimed' AND m.claimed_by = %(owner)s"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def server(settings: Any) -> Iterator[FaultServer]:
    with FaultServer() as running:
        settings.SMTP_URL = f"smtp://127.0.0.1:{running.port}"
        yield running


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment, each with a connection of its own."""
    start = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        try:
            start.wait(10)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return [running.result(60) for running in [pool.submit(one, work) for work in works]]


def claim_as(owner: str) -> list[int]:
    return [found.id for found in claims.claim(owner=owner, limit=50, lease_seconds=60, real=True)]


def test_relays_side_by_side_send_each_message_once(
    make_batch: MakeBatch, enqueue: Enqueue, server: FaultServer
) -> None:
    first, second = make_batch(), make_batch()
    enqueue(first, 300)
    enqueue(second, 100)
    at_once(*[lambda: relay.run(chosen=Options(8, 2, 60, 0))] * RELAYS)
    assert (states(first), states(second)) == ({"sent": 300}, {"sent": 100})
    assert (len(server.accepted), server.duplicates()) == (400, 0)


def claim_and_open_at_once() -> int:
    """Four relays claim at the same moment and open what they got; returns how many messages two of them would send."""
    everybody_claimed = threading.Barrier(RELAYS)

    def one(owner: str) -> list[int]:
        taken = claim_as(owner)
        everybody_claimed.wait(10)
        return list(claims.turn(owner=owner, closing=[], opening=taken, lease_seconds=60).opened)

    opened = at_once(*[lambda owner=f"relay:{number}": one(owner) for number in range(RELAYS)])
    everything = [message for relay_opened in opened for message in relay_opened]
    return len(everything) - len(set(everything))


@contextmanager
def everything_locked() -> Iterator[Callable[[int], None]]:
    """Hold every message until so many relays wait for them: then all have seen the same rows as due."""
    holder = connection.copy()
    tick = threading.Event()

    def wait_for(relays: int) -> None:
        for _ in range(250):
            with connection.cursor() as cursor:
                cursor.execute(WAITING)
                if cursor.fetchone()[0] >= relays:
                    return
            tick.wait(0.01)
        raise AssertionError("the relays did not come to wait")

    with holder.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT id FROM messaging_message FOR UPDATE")
    try:
        yield wait_for
        with holder.cursor() as cursor:
            cursor.execute("COMMIT")
    finally:
        holder.close()


def test_claims_at_the_same_moment_are_disjoint(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    enqueue(make_batch(), 120)
    assert claim_and_open_at_once() == 0
    assert not Message.objects.filter(state="claimed").exists()


def test_twin_without_the_guard_of_the_mark_one_message_is_sent_by_two(
    make_batch: MakeBatch, enqueue: Enqueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim's row lock is not skipped and not checked again, and whoever thinks that it has a message opens it."""
    assert OPEN_GUARD in claims.TURN
    monkeypatch.setattr(claims, "TURN", claims.TURN.replace(OPEN_GUARD, "").replace("FOR UPDATE OF m SKIP LOCKED", ""))
    monkeypatch.setattr(claims, "CLAIM", claims.CLAIM.replace("FOR UPDATE SKIP LOCKED", ""))
    enqueue(make_batch(), 20)
    with ThreadPoolExecutor(1) as pool, everything_locked() as relays_waiting:
        doubled = pool.submit(claim_and_open_at_once)
        relays_waiting(RELAYS)
    assert doubled.result(30) > 0


def slow_relay_meets_reconciler() -> set[int]:
    """A relay claims and is stopped by the system for longer than its lease; another one takes over. Who sends?"""
    taken = claims.claim(owner="slow", limit=5, lease_seconds=-1, real=True)
    reconcile()
    again = claim_as("quick")
    quick = claims.turn(owner="quick", closing=[], opening=again, lease_seconds=60).opened
    slow = claims.turn(owner="slow", closing=[], opening=[message.id for message in taken], lease_seconds=60).opened
    return set(quick & slow)


def test_a_relay_that_woke_up_too_late_sends_nothing(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 5)
    assert slow_relay_meets_reconciler() == set()
    assert states(batch) == {"transmitting": 5}


def test_twin_without_the_owner_in_the_mark_it_sends_all_of_it_again(
    make_batch: MakeBatch, enqueue: Enqueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "TURN", claims.TURN.replace(OPEN_GUARD, ""))
    enqueue(make_batch(), 5)
    assert len(slow_relay_meets_reconciler()) == 5


def test_cancelling_while_relays_claim_and_send_leaves_each_message_in_one_end(
    make_batch: MakeBatch, enqueue: Enqueue, server: FaultServer
) -> None:
    batch = make_batch()
    enqueue(batch, 400)
    relays = [lambda: relay.run(chosen=Options(8, 2, 60, 0))] * 2
    at_once(*relays, lambda: messaging.cancel_batch(batch=batch))
    reconcile()
    found = states(batch)
    assert set(found) <= {"sent", "cancelled"}
    assert found.get("sent", 0) == len(server.accepted)
    assert sum(found.values()) == 400
    assert server.duplicates() == 0


def test_twenty_people_resend_one_uncertain_message_once(
    make_batch: MakeBatch, enqueue: Enqueue, admin: Any, server: FaultServer
) -> None:
    batch = make_batch()
    enqueue(batch, 1)
    Message.objects.update(state="uncertain")
    message = Message.objects.select_related("batch").get()

    def press() -> bool:
        try:
            messaging.resend(message=Message.objects.select_related("batch").get(pk=message.pk), actor=admin, now=NOW)
        except Refusal:
            return False
        return True

    assert sum(at_once(*[press] * 10)) == 1
    relay.run(chosen=Options(8, 1, 60, 0))
    assert len(server.accepted) == 1


def test_reconcilers_and_relays_at_once_keep_the_tally_exact(
    make_batch: MakeBatch, enqueue: Enqueue, server: FaultServer
) -> None:
    batch = make_batch()
    enqueue(batch, 400, weight=2)
    relays = [lambda: relay.run(chosen=Options(1, 2, 60, 0))] * 2
    sums: list[dict[str, tallies.Count]] = []

    def fold_and_read() -> None:
        for _ in range(40):
            reconcile()
            sums.append(tallies.of_batch(batch.pk))

    at_once(*relays, fold_and_read, fold_and_read)
    assert {sum(count.messages for count in counts.values()) for counts in sums} == {400}
    assert tallies.of_batch(batch.pk) == {"sent": tallies.Count(400, 800)}
