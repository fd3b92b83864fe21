"""pages.*: what a page asks of the database, and how long the database takes, with much behind it.

The incident room has 30,000 messages, the pages of suppliers two thousand suppliers with a million deliveries.
"""

import math
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.kernel import access
from customercare.incidents.models import Incident
from customercare.incidents.selectors import room_url
from customercare.notices import services as notices
from suppliers.directory.models import Supplier
from tests.bench.fanout import Bench, declared
from tests.bench.rounds import Figure, tell
from tests.chaos import shop

STATEMENTS, MILLISECONDS = 8, 3.0
SUPPLIER_STATEMENTS = 15
# Of a page's time in SQL, what as many statements that read one row by its key take: half of what was measured.
SUPPLIER_GOALS = {"list": 0.2, "detail": 0.13, "score": 0.05}
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


def run_suppliers() -> list[Figure]:
    """The list, and two pages of one supplier after the other, each of which is looked at once.

    The hi of an answer is the time that nineteen of twenty keep.
    """
    pks = list(Supplier.objects.filter(standing__isnull=False).order_by("pk").values_list("pk", flat=True))
    chosen = pks[:: max(1, len(pks) // (LOOKS + 2))][: LOOKS + 2]
    addresses = {
        "list": [reverse("suppliers:list")] * len(chosen),
        "detail": [reverse("suppliers:page", args=[pk]) for pk in chosen],
        "score": [reverse("assessment:score", args=[pk]) for pk in chosen],
    }
    client = _logged_in()
    return [
        tell(one)
        for name, every in addresses.items()
        for one in _page(client, f"pages.suppliers.{name}", every, SUPPLIER_GOALS[name])
    ]


def _page(client: Client, name: str, addresses: list[str], goal: float) -> Iterator[Figure]:
    """Statements; milliseconds in SQL, against as many statements that read one row by its key; the whole answer."""
    statements, spent, bare, answers = [], [], [], []
    for address in addresses:
        began = time.perf_counter()
        times = _look(client, address)
        answers.append(1000 * (time.perf_counter() - began))
        statements.append(float(len(times)))
        spent.append(1000 * sum(times))
        bare.append(1000 * _one_row(len(times)))
    warm = slice(len(addresses) - LOOKS, None)
    # Every few seconds a look also asks how the workers are, which every page shows.
    yield _figure(f"{name}.statements", "statements", statements[warm], SUPPLIER_STATEMENTS)
    value, least = statistics.median(spent[warm]), statistics.median(bare[warm])
    yield Figure(name, value, "ms in SQL", least, least / value, LOOKS, min(spent[warm]), max(spent[warm]), goal)
    late = sorted(answers[warm])[math.ceil(0.95 * LOOKS) - 1]
    yield Figure(f"{name}.answer", statistics.median(answers[warm]), "ms", None, None, LOOKS, min(answers[warm]), late)


def _one_row(times: int) -> float:
    """The seconds of so many statements that read one row by its key."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        for _statement in range(times):
            cursor.execute("SELECT * FROM suppliers_standing WHERE id = 1")
            cursor.fetchall()
    return time.perf_counter() - began


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
