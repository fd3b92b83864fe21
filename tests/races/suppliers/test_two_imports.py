"""Two that record the same facts at the same moment, in opposite orders; without the order of keys they block."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import OperationalError, connections, transaction

from suppliers.performance import services
from suppliers.performance.models import DeliveryFact
from suppliers.performance.rules.facts import DeliveryDraft
from suppliers.performance.services import Recorded, recording
from tests.factories import NOW
from tests.suppliers.performance.kit import draft, suppliers

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
KEYS = ("A", "B")


def at_once(monkeypatch: pytest.MonkeyPatch, *, patience: float) -> list[str]:
    """Both record A and B, one told them in the other order; each stops after its first row until both have one.

    patience: seconds after which one goes on alone, because the other waits for its row and cannot come.
    Returns how each ended, in words.
    """
    suppliers("ACME")
    monkeypatch.setattr(recording, "CHUNK", 1)
    met = threading.Barrier(2)
    write = recording._write
    rounds = threading.local()

    def write_and_wait(*arguments):
        written = write(*arguments)
        if not getattr(rounds, "waited", False):
            rounds.waited = True
            with suppress(threading.BrokenBarrierError):
                met.wait(patience)
        return written

    monkeypatch.setattr(recording, "_write", write_and_wait)

    def record(keys: Sequence[str]) -> str:
        drafts: list[DeliveryDraft] = [draft(key) for key in keys]
        try:
            with transaction.atomic():
                return str(services.record_deliveries(source="erp", drafts=drafts, actor=None, now=NOW))
        except OperationalError as error:
            return type(error.__cause__).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return sorted(one.result(60) for one in [pool.submit(record, keys) for keys in (KEYS, KEYS[::-1])])


def test_the_same_facts_from_two_sides_are_recorded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert at_once(monkeypatch, patience=1) == [str(Recorded(0, 2)), str(Recorded(2, 0))]
    assert DeliveryFact.objects.count() == 2


def test_twin_without_the_order_they_wait_in_a_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_layers", lambda drafts: [list(drafts)])

    assert at_once(monkeypatch, patience=20) == ["DeadlockDetected", str(Recorded(2, 0))]
