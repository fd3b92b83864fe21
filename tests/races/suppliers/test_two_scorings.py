"""Two that score the same supplier at the same moment; without the lock both write the same revision."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import IntegrityError, connections

from suppliers.assessment.models import Scorecard, StandingChange
from suppliers.assessment.services import scorecards
from tests.factories.suppliers import make_supplier
from tests.suppliers.assessment import facts

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def at_once(monkeypatch: pytest.MonkeyPatch, *, patience: float) -> list[str]:
    """Both score; each stops before it writes until both have read, or for so many seconds. How each ended."""
    facts.save_policy(coverage=0)
    make_supplier("ACME")
    facts.deliver(facts.delivery("PO-1", 3))
    met = threading.Barrier(2)
    read = scorecards._cases

    def read_and_wait(*arguments):
        found = read(*arguments)
        with suppress(threading.BrokenBarrierError):
            met.wait(patience)
        return found

    monkeypatch.setattr(scorecards, "_cases", read_and_wait)

    def score() -> str:
        try:
            return f"{facts.rescore().revisions} written"
        except IntegrityError as error:
            return type(error.__cause__).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return sorted(one.result(60) for one in [pool.submit(score) for _each in range(2)])


def test_two_at_once_make_one_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    assert at_once(monkeypatch, patience=1) == ["0 written", "1 written"]
    assert Scorecard.objects.count() == StandingChange.objects.count() == 1


def test_twin_without_the_lock_both_want_to_be_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorecards, "_one_at_a_time", lambda: None)

    assert at_once(monkeypatch, patience=20) == ["1 written", "UniqueViolation"]
