"""The statements between the rows and a relay, on real PostgreSQL."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from backoffice.kernel.models import User
from backoffice.messaging import claims
from backoffice.messaging import services as messaging
from backoffice.messaging.models import Batch, DeliveryAttempt, Message, Outbound, SinkDelivery, Tally
from backoffice.messaging.reconciling import reconcile
from backoffice.messaging.verdicts import Verdict
from tests.messaging.conftest import NOW, Enqueue, MakeBatch, states

ME = "host:1:aa"
Take = Callable[..., list[int]]


def take(limit: int = 50, owner: str = ME, *, real: bool = True, lease: float = 60) -> list[int]:
    return [found.id for found in claims.claim(owner=owner, limit=limit, lease_seconds=lease, real=real)]


def turn(closing: list[Verdict], opening: list[int], owner: str = ME, rate: float = 0) -> set[int]:
    return set(claims.turn(owner=owner, closing=closing, opening=opening, lease_seconds=60, rate=rate).opened)


def recount(batch: Batch) -> dict[str, int]:
    """The tally of a batch as the trigger kept it."""
    sums: dict[str, int] = {}
    for state, messages in Tally.objects.filter(batch=batch).values_list("state", "messages"):
        sums[state] = sums.get(state, 0) + messages
    return {state: messages for state, messages in sums.items() if messages}


def test_a_claim_takes_no_more_than_its_limit_and_leases_it(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 12)
    assert len(take(5)) == 5
    assert states(batch) == {"claimed": 5, "queued": 7}
    assert Message.objects.filter(claimed_by=ME, lease_until__isnull=False).count() == 5


def test_a_second_claim_takes_others(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    enqueue(make_batch(), 10)
    first, second = take(6), take(6, "host:2:bb")
    assert (len(first), len(second)) == (6, 4)
    assert not set(first) & set(second)


def test_batches_share_a_claim_equally(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    big, small = make_batch(), make_batch()
    enqueue(big, 100)
    enqueue(small, 10)
    take(20)
    assert (states(big)["claimed"], states(small)["claimed"]) == (10, 10)


@pytest.mark.parametrize("phase", ["held", "paused", "cancelled"])
def test_nothing_is_claimed_of_a_batch_that_may_not_go(make_batch: MakeBatch, enqueue: Enqueue, phase: str) -> None:
    batch = make_batch(phase=phase)
    enqueue(batch, 3)
    assert take() == []
    assert not claims.has_work(real=True)
    assert states(batch) == {"queued": 3}


def test_of_a_canary_only_the_first_few_go(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch(phase="canary")
    enqueue(batch, 10, canaries=2)
    taken = take()
    assert len(taken) == 2
    assert turn([], taken) == set(taken)
    assert states(batch) == {"transmitting": 2, "queued": 8}
    assert not claims.has_work(real=True)


def test_nothing_is_claimed_before_it_is_due(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 1)
    Message.objects.update(due_at=Message.objects.get().expires_at)
    assert take() == []
    assert not claims.has_work(real=True)


def test_pausing_everything_stops_claims_and_marks(make_batch: MakeBatch, enqueue: Enqueue, admin: User) -> None:
    batch = make_batch()
    enqueue(batch, 4)
    taken = take(2)
    messaging.pause_all(actor=admin, reason="Wrong prices", now=NOW)
    assert take() == []
    assert turn([], taken) == set()
    assert states(batch) == {"claimed": 2, "queued": 2}
    messaging.resume_all(actor=admin, now=NOW)
    assert turn([], taken) == set(taken)


@pytest.mark.parametrize("phase", ["held", "paused"])
def test_a_group_is_not_opened_once_its_batch_stopped(make_batch: MakeBatch, enqueue: Enqueue, phase: str) -> None:
    batch = make_batch()
    enqueue(batch, 2)
    taken = take()
    messaging.set_phase(batch=batch, phase=phase)
    assert turn([], taken) == set()
    assert states(batch) == {"claimed": 2}


def test_a_group_is_not_opened_once_its_batch_was_cancelled(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 3)
    taken = take()
    turn([], taken[:1])
    messaging.cancel_batch(batch=batch)
    assert turn([Verdict(taken[0], "sent", outcome="sent", code=250)], taken[1:]) == set()
    assert states(batch) == {"sent": 1, "cancelled": 2}


def test_a_group_is_not_opened_once_the_reconciler_took_it_back(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 2)
    taken = take(lease=-1)
    assert reconcile().requeued == 2
    assert turn([], taken) == set()
    assert states(batch) == {"queued": 2}


def test_a_group_is_opened_only_by_whoever_claimed_it(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 2)
    taken = take()
    assert turn([], taken, owner="host:2:bb") == set()
    assert states(batch) == {"claimed": 2}


def test_one_turn_closes_a_group_and_opens_the_next(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 6, weight=2)
    taken = take()
    turn([], taken[:4])
    closing = [
        Verdict(taken[0], "sent", outcome="sent", code=250, reply="OK"),
        Verdict(taken[1], "failed", reason="550 no such user", outcome="refused", code=550, reply="no such user"),
        Verdict(taken[2], "retry", delay=30, failures=1, outcome="later", code=451, reply="greylisted"),
        Verdict(taken[3], "uncertain", reason="cut", outcome="uncertain"),
    ]
    assert turn(closing, taken[4:]) == set(taken[4:])
    assert states(batch) == {"sent": 1, "failed": 1, "retry": 1, "uncertain": 1, "transmitting": 2}
    assert recount(batch) == {"sent": 1, "failed": 1, "uncertain": 1, "waiting": 3}
    assert list(DeliveryAttempt.objects.order_by("message_id").values_list("outcome", "code")) == [
        ("sent", 250),
        ("refused", 550),
        ("later", 451),
        ("uncertain", None),
    ]
    later = Message.objects.get(pk=taken[2])
    assert (later.failures, later.attempts, later.lease_until) == (1, 1, None)
    assert timedelta(seconds=29) < later.due_at - later.changed_at <= timedelta(seconds=30)


def test_what_was_taken_for_lost_is_closed_by_the_one_who_knows(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 2)
    taken = take()
    turn([], taken)
    Message.objects.update(state="uncertain")
    Message.objects.filter(pk=taken[1]).update(state="queued", claimed_by="")  # somebody decided to resend it
    turn([Verdict(pk, "sent", outcome="sent") for pk in taken], [])
    assert states(batch) == {"sent": 1, "queued": 1}
    assert DeliveryAttempt.objects.count() == 1


def test_a_drill_ends_in_the_sink(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch(mode="drill")
    enqueue(batch, 2)
    taken = take(real=False)
    turn([], taken)
    turn([Verdict(pk, "handed_over", outcome="handed_over") for pk in taken], [])
    assert states(batch) == {"handed_over": 2}
    assert SinkDelivery.objects.count() == 2


def test_without_a_mail_server_only_drills_are_claimed(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    real, drill = make_batch(), make_batch(mode="drill")
    enqueue(real, 1)
    enqueue(drill, 1)
    take(real=False)
    assert (states(real), states(drill)) == ({"queued": 1}, {"claimed": 1})


def test_an_open_circuit_lets_only_drills_through(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    real, drill = make_batch(), make_batch(mode="drill")
    enqueue(real, 1)
    enqueue(drill, 1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE messaging_outbound SET circuit_open_until = now() + interval '1 minute'")
    take()
    assert (states(real), states(drill)) == ({"queued": 1}, {"claimed": 1})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE messaging_outbound SET circuit_open_until = now() - interval '1 second'")
    assert len(take()) == 1


@pytest.mark.parametrize(
    ("suppressed", "category", "stopped"),
    [("C1@Example.com", "", True), ("c1@example.com", "service", True), ("c1@example.com", "survey", False)],
)
def test_a_suppressed_address_is_settled_at_the_claim(
    make_batch: MakeBatch, enqueue: Enqueue, suppressed: str, category: str, stopped: bool
) -> None:
    batch = make_batch()
    enqueue(batch, 2)
    messaging.suppress(address=suppressed, category=category, reason="The address bounced.")
    assert len(take()) == (1 if stopped else 2)
    if stopped:
        message = Message.objects.get(state="suppressed")
        assert (message.address, message.reason, message.lease_until) == (
            "c1@example.com",
            "The address bounced.",
            None,
        )


def test_what_expired_is_settled_at_the_claim(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 1, life=timedelta(seconds=-1))
    assert take() == []
    assert states(batch) == {"expired": 1}
    assert recount(batch) == {"failed": 1}


def test_released_messages_are_due_again(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 3)
    taken = take()
    turn([], taken[:1])
    claims.release(owner="host:2:bb", ids=taken)
    assert states(batch) == {"transmitting": 1, "claimed": 2}
    claims.release(owner=ME, ids=taken)
    assert states(batch) == {"queued": 3}
    assert take() == taken


def test_what_is_given_back_to_a_cancelled_batch_is_cancelled(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    batch = make_batch()
    enqueue(batch, 2)
    taken = take()
    turn([], taken)  # cancelling leaves alone what is being sent
    messaging.cancel_batch(batch=batch)
    claims.release(owner=ME, ids=taken)
    assert states(batch) == {"cancelled": 2}


def test_a_renewed_lease_lasts_longer(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    enqueue(make_batch(), 2)
    taken = take(lease=1)
    claims.renew(owner=ME, ids=taken[:1], lease_seconds=500)
    first, second = Message.objects.order_by("id")
    assert first.lease_until is not None
    assert second.lease_until is not None
    assert first.lease_until - second.lease_until > timedelta(seconds=400)


def test_the_bucket_opens_what_the_rate_allows(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    enqueue(make_batch(), 20)
    taken = take()
    assert len(turn([], taken, rate=50)) == 5  # a tenth of a second's worth
    assert len(turn([], taken[5:], rate=50)) <= 1
    assert Outbound.objects.get().tokens < 1


def settle(**state: Any) -> None:
    Message.objects.update(**state)


def test_no_other_state_is_ever_claimed(make_batch: MakeBatch, enqueue: Enqueue) -> None:
    enqueue(make_batch(), 1)
    for state in Message.State:
        if state in ("queued", "retry"):
            continue
        settle(state=state, lease_until=NOW)
        assert take() == []
        assert Message.objects.get().state == state
