"""The process that sends, against real PostgreSQL and a mail server that fails on purpose."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections

from backoffice.kernel import heartbeat
from backoffice.kernel.models import Alert, User
from backoffice.messaging import relay, tallies
from backoffice.messaging import services as messaging
from backoffice.messaging.models import DeliveryAttempt, Message, Outbound, SinkDelivery
from backoffice.messaging.reconciling import reconcile
from backoffice.messaging.relay import Options
from backoffice.messaging.rules import REASON_CUT
from tests.kit.smtp_faults import Fault, FaultServer
from tests.messaging.conftest import NOW, VALUES, Enqueue, MakeBatch, states

pytestmark = pytest.mark.django_db(transaction=True)
UseServer = Callable[..., FaultServer]


@pytest.fixture
def use(settings: Any) -> Iterator[UseServer]:
    """Start a mail server and make it the one that messages go to."""
    started: list[FaultServer] = []

    def start(fault: Fault = Fault.NONE, **more: Any) -> FaultServer:
        server = FaultServer(fault, **more)
        server.__enter__()
        started.append(server)
        login = f"{':'.join(server.login)}@" if server.login else ""
        settings.SMTP_URL = f"smtp://{login}127.0.0.1:{server.port}"
        settings.EMAIL_TIMEOUT = 0.5
        return server

    yield start
    for server in started:
        server.__exit__(None, None, None)


def run(group: int = 8, connections: int = 2, rate: float = 0, **more: Any) -> int:
    return relay.run(chosen=Options(group, connections, 60, rate), **more)


def make_due() -> None:
    """As if the time of waiting were over."""
    Message.objects.filter(state="retry").update(due_at=NOW - timedelta(days=1))


@pytest.mark.parametrize(("group", "lanes"), [(1, 1), (8, 1), (8, 3), (3, 20)])
def test_every_message_is_sent_once(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer, group: int, lanes: int
) -> None:
    server = use()
    batch = make_batch()
    enqueue(batch, 130, weight=2)
    assert run(group, lanes) == 130
    assert states(batch) == {"sent": 130}
    assert (len(server.accepted), server.duplicates()) == (130, 0)
    assert DeliveryAttempt.objects.filter(outcome="sent", code=250).count() == 130
    assert tallies.of_batch(batch.pk) == {"sent": tallies.Count(130, 260)}
    assert not Message.objects.filter(lease_until__isnull=False).exists()


def test_a_refused_message_fails_at_once_and_the_others_go(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer
) -> None:
    faults = {"c2@example.com": Fault.RCPT_550, "c5@example.com": Fault.DOT_552, "c7@example.com": Fault.RCPT_553}
    server = use(by_recipient=faults)
    batch = make_batch()
    enqueue(batch, 10)
    run()
    assert states(batch) == {"sent": 7, "failed": 3}
    assert server.duplicates() == 0
    refused = Message.objects.get(address="c2@example.com")
    assert (refused.reason, refused.attempts) == ("550 5.1.1 no such user", 1)


@pytest.mark.parametrize("fault", [Fault.RCPT_450, Fault.RCPT_451, Fault.DATA_451, Fault.DOT_451, Fault.RCPT_421])
def test_a_server_that_says_later_is_asked_again_later(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer, fault: Fault
) -> None:
    server = use(by_recipient={"c2@example.com": fault})
    batch = make_batch()
    enqueue(batch, 5)
    run(connections=1)
    assert states(batch) == {"sent": 4, "retry": 1}
    assert run() == 0  # it is not due yet
    later = Message.objects.get(state="retry")
    assert 10 <= (later.due_at - later.changed_at).total_seconds() <= 12.5
    server.by_recipient = {}
    make_due()
    run()
    assert states(batch) == {"sent": 5}
    assert (len(server.accepted), server.duplicates()) == (5, 0)


@pytest.mark.parametrize("group", [1, 8])
@pytest.mark.parametrize(
    "fault", [Fault.DROP_AFTER_DOT_ACCEPTED, Fault.DROP_AFTER_DOT_LOST, Fault.DOT_HANG, Fault.DOT_GARBAGE]
)
def test_without_an_answer_after_the_text_a_message_is_uncertain_and_never_sent_again(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer, fault: Fault, group: int
) -> None:
    server = use(at={3: fault, 11: fault})
    batch = make_batch()
    enqueue(batch, 20)
    run(group, 1)
    run(group, 1)
    assert states(batch) == {"sent": 18, "uncertain": 2}
    assert len(server.accepted) >= 18  # whether the two arrived, only the server knows
    assert server.duplicates() == 0
    assert set(Message.objects.filter(state="uncertain").values_list("reason", flat=True)) == {REASON_CUT}


def test_resending_carries_the_same_message_id(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer, admin: User
) -> None:
    server = use(at={1: Fault.DROP_AFTER_DOT_ACCEPTED})
    batch = make_batch()
    enqueue(batch, 1)
    run()
    messaging.resend(message=Message.objects.get(), actor=admin, now=NOW)
    run()
    assert states(batch) == {"sent": 1}
    first, second = server.accepted
    assert first.message_id == second.message_id
    assert list(DeliveryAttempt.objects.order_by("id").values_list("outcome", flat=True)) == [
        "uncertain",
        "resend",
        "sent",
    ]


def test_a_message_that_hangs_the_server_holds_up_nobody_else(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer
) -> None:
    server = use(by_recipient={"c2@example.com": Fault.RCPT_HANG})
    batch = make_batch()
    enqueue(batch, 8)
    run(connections=1)
    assert states(batch) == {"sent": 7, "retry": 1}
    assert (len(server.accepted), server.duplicates()) == (7, 0)


@pytest.mark.parametrize(
    "fault", [Fault.GREET_HANG, Fault.GREET_421, Fault.GREET_554, Fault.GREET_DROP, Fault.HELLO_HANG, Fault.AUTH_535]
)
def test_a_server_that_lets_nobody_in_is_left_alone_with_one_alert(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer, admin: User, fault: Fault
) -> None:
    server = use(fault, login=("shop", "secret") if fault is Fault.AUTH_535 else None)
    batch = make_batch()
    enqueue(batch, 100)
    run(group=2)
    outbound = Outbound.objects.get()
    assert outbound.circuit_open_until is not None
    assert 5 <= outbound.failures_in_row <= 6  # the sixth was under way
    assert set(states(batch)) <= {"retry", "queued"}
    assert server.accepted == []
    assert Alert.objects.filter(closed_at=None).count() == 1
    tried = server.connections
    assert run() == 0
    assert server.connections == tried
    server.fault = Fault.NONE
    messaging.resume_all(actor=admin, now=NOW)
    make_due()
    run()
    assert states(batch) == {"sent": 100}
    assert Alert.objects.get().closed_at is not None
    assert Outbound.objects.get().failures_in_row == 0


def test_a_missing_value_fails_that_message_with_its_name(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer
) -> None:
    server = use()
    good, bad = make_batch(), make_batch()
    enqueue(good, 3)
    enqueue(bad, 2, values={**VALUES, "customer_name": ""})
    run()
    assert (states(good), states(bad)) == ({"sent": 3}, {"failed": 2})
    assert set(Message.objects.filter(batch=bad).values_list("reason", flat=True)) == {
        "A value is missing: customer_name."
    }
    assert len(server.accepted) == 3


@pytest.mark.parametrize(
    "values", [{}, {**VALUES, "orders": 5}, {**VALUES, "orders": [{"order_number": {"no": "text"}}]}]
)
def test_whatever_is_wrong_with_one_message_the_others_go(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer, values: dict[str, Any]
) -> None:
    use()
    good, bad = make_batch(), make_batch()
    enqueue(bad, 2, values=values)
    enqueue(good, 3)
    run()
    assert states(good) == {"sent": 3}
    assert not {"queued", "claimed", "transmitting"} & set(states(bad))


def test_an_address_that_cannot_be_written_to_fails(make_batch: MakeBatch, enqueue: Enqueue, use: UseServer) -> None:
    server = use()
    batch = make_batch()
    enqueue(batch, 2)
    Message.objects.filter(address="c1@example.com").update(address="nobody")
    run()
    assert states(batch) == {"sent": 1, "failed": 1}
    assert "nobody" not in Message.objects.get(state="failed").reason
    assert len(server.accepted) == 1


def test_secrets_are_asked_for_in_one_call_and_stay_out_of_the_database(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[int]] = []

    def resolve(ids: Any) -> dict[int, str]:
        calls.append(list(ids))
        return {voucher: f"SORRY-{voucher}" for voucher in ids}

    monkeypatch.setattr(messaging, "_resolvers", {"voucher": resolve})
    server = use()
    batch = make_batch()
    orders = [{"order_number": "A-1", "order_url": "/o/a/", "voucher_code": {"voucher": 41}}]
    wording = messaging.ensure_wording(language="en", subject="Sorry", text="Here: {voucher_code}\n")
    enqueue(batch, 20, wording=wording, values={**VALUES, "orders": orders})
    run()
    assert states(batch) == {"sent": 20}
    assert calls == [[41]]
    assert len(server.accepted) == 20
    assert "SORRY" not in str(list(Message.objects.values()))


def test_a_drill_never_opens_a_connection(make_batch: MakeBatch, enqueue: Enqueue, use: UseServer) -> None:
    server = use()
    drill = make_batch(mode="drill")
    enqueue(drill, 30)
    assert run() == 30
    assert states(drill) == {"handed_over": 30}
    assert SinkDelivery.objects.count() == 30
    assert (server.connections, server.accepted) == (0, [])


def test_a_drill_ends_even_where_no_mail_server_is_set(make_batch: MakeBatch, enqueue: Enqueue, settings: Any) -> None:
    settings.SMTP_URL = ""
    drill, real = make_batch(mode="drill"), make_batch()
    enqueue(drill, 3)
    enqueue(real, 3)
    assert run() == 3
    assert (states(drill), states(real)) == ({"handed_over": 3}, {"queued": 3})


def test_nothing_leaves_while_everything_is_paused(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer, admin: User
) -> None:
    server = use()
    real, drill = make_batch(), make_batch(mode="drill")
    enqueue(real, 3)
    enqueue(drill, 3)
    messaging.pause_all(actor=admin, reason="Wrong prices", now=NOW)
    assert run() == 0
    assert (states(real), states(drill), server.connections) == ({"queued": 3}, {"queued": 3}, 0)


def in_thread(work: Callable[[], Any]) -> Any:
    """Run in another thread, with a connection of its own that is closed afterwards."""

    def close_afterwards() -> Any:
        try:
            return work()
        finally:
            connections.close_all()

    return ThreadPoolExecutor(1).submit(close_afterwards)


def until(condition: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(3000):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("it did not happen")


def test_cancelling_half_way_stops_the_rest(make_batch: MakeBatch, enqueue: Enqueue, use: UseServer) -> None:
    server = use()
    batch = make_batch()
    enqueue(batch, 400)
    sending = in_thread(lambda: run(rate=400))
    until(lambda: len(server.accepted) >= 100)
    messaging.cancel_batch(batch=batch)
    sending.result(30)
    reconcile()  # for what the relay was giving back at that very moment
    found = states(batch)
    assert set(found) == {"sent", "cancelled"}
    assert found["sent"] == len(server.accepted) < 400
    assert found["sent"] + found["cancelled"] == 400


def test_pausing_half_way_leaves_the_rest_queued(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer, admin: User
) -> None:
    server = use()
    batch = make_batch()
    enqueue(batch, 400)
    sending = in_thread(lambda: run(rate=400))
    until(lambda: len(server.accepted) >= 100)
    messaging.pause_all(actor=admin, reason="Wrong prices", now=NOW)
    sending.result(30)
    found = states(batch)
    assert set(found) == {"sent", "queued"}
    assert found["sent"] == len(server.accepted)


def test_a_relay_told_to_stop_finishes_its_groups_and_gives_back_the_rest(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer
) -> None:
    server = use()
    batch = make_batch()
    enqueue(batch, 400)
    run(rate=400, is_stopping=lambda: len(server.accepted) >= 50)
    found = states(batch)
    assert set(found) == {"sent", "queued"}
    assert found["sent"] == len(server.accepted) >= 50
    assert server.duplicates() == 0


def test_a_relay_told_to_stop_does_not_wait_for_a_server_that_hangs(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "GRACE", 0.2)
    server = use(Fault.DOT_HANG)
    settings.EMAIL_TIMEOUT = 60
    batch = make_batch()
    enqueue(batch, 20)
    run(is_stopping=lambda: server.messages >= 2)
    assert states(batch) == {"uncertain": 2, "queued": 18}


def test_the_rate_holds_over_two_relays_together(make_batch: MakeBatch, enqueue: Enqueue, use: UseServer) -> None:
    server = use()
    batch = make_batch()
    enqueue(batch, 300)
    both = [in_thread(lambda: run(rate=150)) for _ in range(2)]
    for relayed in both:
        relayed.result(60)
    assert states(batch) == {"sent": 300}
    times = DeliveryAttempt.objects.order_by("at").values_list("at", flat=True)
    seconds = (times[299] - times[0]).total_seconds()
    # On top of the rate: the bucket's burst at the start, and the groups that are closed with the last commit.
    assert 150 * 0.8 <= 300 / seconds <= 150 * 1.02 + (15 + 2 * 2 * 8) / seconds
    assert server.duplicates() == 0


def test_a_relay_gives_signs_of_life(make_batch: MakeBatch, enqueue: Enqueue, use: UseServer) -> None:
    use()
    enqueue(make_batch(), 1)
    run()
    (alive,) = heartbeat.alive(kind="relay", within_seconds=30)
    assert alive.name.startswith("relay:")


def test_a_database_that_cuts_the_connection_loses_nothing(
    make_batch: MakeBatch, enqueue: Enqueue, use: UseServer
) -> None:
    server = use()
    batch = make_batch()
    enqueue(batch, 300)
    sending = in_thread(lambda: run(rate=300))
    until(lambda: len(server.accepted) >= 50)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    sending.result(60)
    run()
    assert states(batch) == {"sent": 300}
    assert (len(server.accepted), server.duplicates()) == (300, 0)
