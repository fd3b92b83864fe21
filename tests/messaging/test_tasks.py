"""The wake-ups, run by a real worker."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connections

from backoffice.celery import app
from backoffice.kernel import heartbeat
from backoffice.kernel.tasks import heartbeat as heartbeat_task
from backoffice.messaging import doorbell, tasks
from tests.kit.smtp_faults import FaultServer
from tests.messaging.conftest import Enqueue, MakeBatch, states
from tests.messaging.test_killed_relay import database_url

pytestmark = pytest.mark.django_db(transaction=True)
QUEUE = "deliver"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    with FaultServer() as running:
        monkeypatch.setattr(settings, "SMTP_URL", f"smtp://127.0.0.1:{running.port}")
        yield running


@pytest.fixture
def worker(server: FaultServer) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker with two processes on the test's database and broker."""
    with app.connection_for_write() as line:
        line.default_channel.queue_purge(QUEUE)
    environment = {**os.environ, "DATABASE_URL": database_url(), "SMTP_URL": settings.SMTP_URL}
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "backoffice", "worker", "-Q", QUEUE, "-c", "2", "-l", "ERROR"],
        cwd=settings.BASE_DIR,
        env=environment,
    )
    yield process
    process.kill()
    process.wait()


def until(condition: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(4000):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("it did not happen")


def test_every_task_that_beat_rings_for_messages_exists() -> None:
    app.loader.import_default_modules()
    assert {"messaging.relay", "messaging.reconcile", "kernel.heartbeat"} <= set(app.tasks)
    assert app.amqp.router.route({}, "messaging.relay")["queue"].name == QUEUE


def test_a_wake_up_sends_what_is_due(make_batch: MakeBatch, enqueue: Enqueue, server: FaultServer) -> None:
    batch = make_batch()
    enqueue(batch, 12)
    tasks.relay()
    tasks.relay()
    assert states(batch) == {"sent": 12}
    assert len(server.accepted) == 12
    tasks.reconcile()


def test_a_worker_gives_signs_of_life() -> None:
    heartbeat_task()
    (alive,) = heartbeat.alive(kind="worker", within_seconds=10)
    assert alive.name.startswith("worker:")
    assert heartbeat.alive(kind="relay", within_seconds=10) == []


def test_a_worker_told_to_stop_ends_in_time_and_leaves_no_doubt(
    make_batch: MakeBatch, enqueue: Enqueue, server: FaultServer, worker: "subprocess.Popen[bytes]"
) -> None:
    batch = make_batch()
    enqueue(batch, 4000)
    doorbell.ring()
    doorbell.ring()
    until(lambda: len(server.accepted) >= 100)
    worker.send_signal(signal.SIGTERM)
    worker.wait(30)
    connections.close_all()
    found = states(batch)
    assert set(found) == {"sent", "queued"}
    assert found["sent"] == len(server.accepted) < 4000
    assert server.duplicates() == 0
