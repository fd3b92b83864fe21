"""A relay that is killed at its worst moments: real processes, stopped at a fault point and ended by SIGKILL."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from backoffice.kernel import faultpoints
from backoffice.messaging import relay
from backoffice.messaging.models import Batch, Message
from backoffice.messaging.reconciling import reconcile
from backoffice.messaging.relay import Options
from tests.kit.smtp_faults import FaultServer
from tests.messaging.conftest import Enqueue, MakeBatch, states

pytestmark = pytest.mark.django_db(transaction=True)
MESSAGES = 20
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultServer]:
    with FaultServer() as running:
        monkeypatch.setattr(settings, "SMTP_URL", f"smtp://127.0.0.1:{running.port}")
        yield running


@pytest.fixture
def start_relay(tmp_path: Path, server: FaultServer) -> Iterator[Start]:
    """Start a relay process on the test's database that will stop at `point`."""
    started: list[subprocess.Popen[bytes]] = []

    def start(point: str = "", *, group: int = 8) -> "subprocess.Popen[bytes]":
        (tmp_path / "armed").write_text(point)
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "SMTP_URL": settings.SMTP_URL,
            "MESSAGING_GROUP": str(group),
            "MESSAGING_CONNECTIONS": "1",
            faultpoints.VARIABLE: str(tmp_path),
        }
        process = subprocess.Popen(
            [sys.executable, "manage.py", "relay", "--once"], cwd=settings.BASE_DIR, env=environment
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def database_url() -> str:
    parameters: dict[str, Any] = connection.get_connection_params()
    login = f"{parameters['user']}:{parameters.get('password', '')}"
    return f"postgresql://{login}@{parameters['host']}:{parameters['port']}/{parameters['dbname']}"


@pytest.fixture
def batch(make_batch: MakeBatch, enqueue: Enqueue) -> Batch:
    waiting = make_batch()
    enqueue(waiting, MESSAGES)
    return waiting


@pytest.fixture
def killed_at(batch: Batch, start_relay: Start, tmp_path: Path) -> Callable[[str, int], None]:
    """Start a relay with that group and kill it where it stops."""

    def kill(point: str, group: int) -> None:
        process = start_relay(point, group=group)
        wait_at(point, process, tmp_path)
        process.kill()
        process.wait()

    return kill


def wait_at(point: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    tick = threading.Event()
    for _ in range(6000):
        if list(folder.glob(f"{point}.*")):
            return
        assert process.poll() is None, "the relay ended before the fault point"
        tick.wait(0.01)
    raise AssertionError(f"{point} was not reached")


@pytest.mark.parametrize(
    ("point", "group"),
    [
        ("messaging.after_claim", 8),
        ("messaging.after_mark", 8),
        ("messaging.after_rcpt", 8),
        ("messaging.after_final_dot", 1),
        ("messaging.after_final_dot", 8),
        ("messaging.after_250_before_commit", 1),
        ("messaging.after_250_before_commit", 8),
        ("messaging.after_sent_commit", 8),  # the commit that closes a group opens the next
    ],
)
def test_killed_at_any_point_nothing_is_lost_or_sent_twice(
    batch: Batch, killed_at: Callable[[str, int], None], server: FaultServer, point: str, group: int
) -> None:
    killed_at(point, group)
    transmitting = states(batch).get("transmitting", 0)
    assert transmitting == (0 if point == "messaging.after_claim" else group)
    Message.objects.filter(lease_until__isnull=False).update(lease_until=Now())
    reconcile()
    relay.run(chosen=Options(group, 1, 60, 0))
    expected = {"sent": MESSAGES - transmitting, "uncertain": transmitting}
    assert states(batch) == {state: count for state, count in expected.items() if count}
    assert server.duplicates() == 0
    assert set(Message.objects.filter(state="sent").values_list("address", flat=True)) <= set(server.recipients())


def test_sigterm_ends_a_relay_without_doubt(
    make_batch: MakeBatch, enqueue: Enqueue, start_relay: Start, server: FaultServer
) -> None:
    batch = make_batch()
    enqueue(batch, 3000)
    process = start_relay()
    tick = threading.Event()
    while len(server.accepted) < 50:
        tick.wait(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    found = states(batch)
    assert set(found) <= {"sent", "queued"}
    assert found["sent"] == len(server.accepted)
    assert server.duplicates() == 0
