"""pages.*: what a page asks of the database, and how long the database takes, with 30,000 messages behind it."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from backoffice.kernel import access
from customercare.incidents.models import Incident
from customercare.incidents.selectors import room_url
from customercare.notices import services as notices
from tests.bench.fanout import Bench, declared
from tests.bench.rounds import Figure, tell
from tests.chaos import shop

STATEMENTS, MILLISECONDS = 8, 3.0
LOOKS = 20


def run(bench: Bench) -> list[Figure]:
    """The incident room of a fan-out over all orders, with all its messages planned."""
    fanout = declared("Looked at")
    notices.drive(fanout_id=fanout.pk, now=timezone.now())
    incident = Incident.objects.get(pk=int(fanout.cause_ref.split(":")[1]))
    client = _logged_in()
    address = room_url(incident)
    looks = [_look(client, address) for _look_number in range(LOOKS + 2)][2:]
    statements = [float(len(times)) for times in looks]
    spent = [1000 * sum(times) for times in looks]
    return [
        tell(_figure("pages.incident.statements", "statements", statements, STATEMENTS)),
        tell(_figure("pages.incident", "ms in SQL", spent, MILLISECONDS)),
    ]


def _figure(name: str, unit: str, values: list[float], most: float) -> Figure:
    """ratio: how often the value fits into what is allowed."""
    value = statistics.median(values)
    return Figure(name, value, unit, most, most / value, len(values), min(values), max(values), 1.0)


def _logged_in() -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(shop.runner(), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[access.SUDO_SESSION_KEY] = timezone.now().timestamp()
    session.save()
    return client


def _look(client: Client, address: str) -> list[float]:
    """The seconds of every statement of one look at the page."""
    with _clocked() as times:
        answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return times


@contextmanager
def _clocked() -> Iterator[list[float]]:
    times: list[float] = []

    def clock(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            times.append(time.perf_counter() - began)

    with connection.execute_wrapper(clock):
        yield times
