"""Two that check the same contracts at the same moment; without the lock both find the same breach."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.db import IntegrityError, connections

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Alert
from suppliers.contracts.models import Breach, BreachRevision
from suppliers.contracts.selectors import facts as reading
from suppliers.contracts.services import judging
from tests.factories.suppliers import make_supplier
from tests.suppliers.contracts.kit import check, make_contract, october, priced

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def at_once(monkeypatch: pytest.MonkeyPatch, *, patience: float) -> list[str]:
    """Both check; each stops before it writes until both have read, or for so many seconds. How each ended."""
    supplier = make_supplier("ACME")
    priced(supplier)
    make_contract(supplier)
    october(2, 8)
    met = threading.Barrier(2)
    load = reading.load

    def load_and_wait(*arguments, **named):
        found = load(*arguments, **named)
        with suppress(threading.BrokenBarrierError):
            met.wait(patience)
        return found

    monkeypatch.setattr(judging.reading, "load", load_and_wait)

    def one() -> str:
        try:
            return f"{check().found} found"
        except Refusal as refusal:
            return refusal.code
        except IntegrityError as error:
            return type(error.__cause__).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return sorted(done.result(60) for done in [pool.submit(one) for _each in range(2)])


def test_two_at_once_find_a_breach_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert at_once(monkeypatch, patience=1) == ["1 found", "check.busy"]
    assert (Breach.objects.count(), BreachRevision.objects.count(), Alert.objects.count()) == (1, 1, 1)


def test_twin_without_the_lock_both_want_to_write_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "_one_at_a_time", lambda: None)

    assert at_once(monkeypatch, patience=20) == ["1 found", "UniqueViolation"]
