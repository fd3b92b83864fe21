"""Ringing never fails and never keeps anybody waiting, whatever the broker does."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery import current_app
from django.conf import settings
from redis import Redis

from backoffice.messaging import doorbell
from backoffice.messaging import services as messaging

QUEUE = "deliver"


@contextmanager
def broker(url: str) -> Iterator[None]:
    """Let the application believe that its broker is there."""
    before = current_app.conf["broker_url"]
    current_app.conf["broker_url"] = url
    try:
        yield
    finally:
        current_app.conf["broker_url"] = before


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_it_puts_one_wake_up_into_the_queue_of_the_relays() -> None:
    redis = Redis.from_url(settings.REDIS_URL)
    redis.delete(QUEUE)
    assert doorbell.ring()
    assert redis.llen(QUEUE) == 1
    redis.delete(QUEUE)


def test_a_broker_that_is_not_there_costs_next_to_nothing(closed_port: int) -> None:
    started = time.monotonic()
    with broker(f"redis://127.0.0.1:{closed_port}/0"):
        assert not doorbell.ring()
    assert time.monotonic() - started < 2.5


def test_a_broker_that_hangs_costs_two_seconds_at_most() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        started = time.monotonic()
        with broker(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0"):
            assert not doorbell.ring()
        assert time.monotonic() - started < 2.5


@pytest.mark.django_db(transaction=True)
def test_a_bell_that_breaks_leaves_the_commit_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode() -> None:
        raise RuntimeError("no bell")

    monkeypatch.setattr(doorbell, "ring", explode)
    messaging.ring()  # outside a transaction it rings at once, and still raises nothing
