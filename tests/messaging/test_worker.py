"""A worker whose broker dies while it is being connected to."""

from typing import Any, cast

import pytest
from celery.worker import consumer

from backoffice.celery import app
from backoffice.worker import Consumer


class HalfOpen:
    """A connection that went away during its greeting: nothing of it can be taken apart in order."""

    def collect(self, **_options: Any) -> None:
        raise ConnectionError("reset by peer")

    def close(self) -> None:
        raise AttributeError("'NoneType' object has no attribute 'hostname'")

    connection_errors = channel_errors = (ConnectionError,)
    transport = None


def made(kind: type[consumer.Consumer]) -> consumer.Consumer:
    found = object.__new__(kind)
    found.app, found.connection = app, cast(Any, HalfOpen())
    return found


def test_a_worker_outlives_a_connection_that_cannot_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("backoffice.worker.log.warning", lambda line, **_options: said.append(line))
    worker = made(Consumer)

    worker.on_connection_error_after_connected(ConnectionError("reset by peer"))

    assert worker.connection is None  # so that the next loop makes a new one
    assert said == ["The broken connection could not be taken apart."]


def test_without_it_the_worker_would_end() -> None:
    with pytest.raises(AttributeError, match="hostname"):
        made(consumer.Consumer).on_connection_error_after_connected(ConnectionError("reset by peer"))


def test_workers_are_started_with_it() -> None:
    assert app.conf.worker_consumer == "backoffice.worker:Consumer"
