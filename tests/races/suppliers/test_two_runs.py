"""Two people who press Import for one file at the same moment: it is imported once, and the second is told so."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import AuditEntry
from suppliers.imports import services as imports
from suppliers.imports.models import ImportSession
from suppliers.imports.services import common
from suppliers.performance.models import RatingFact
from tests.factories import NOW
from tests.suppliers.imports import kit
from tests.suppliers.performance.kit import suppliers

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
PEOPLE = 4


def at_once(session: ImportSession) -> list[str]:
    """How each press ended, in words."""

    def press(_person: int) -> str:
        try:
            return imports.run_import(
                session_id=session.pk, version=session.version, with_changes=True, actor=None, now=NOW
            ).state
        except Refusal as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PEOPLE) as pool:
        return sorted(one.result(60) for one in [pool.submit(press, person) for person in range(PEOPLE)])


def checked() -> ImportSession:
    suppliers("ACME")
    return kit.check(kit.table("ratings", *[{}] * 200))


def test_the_second_waits_and_is_refused() -> None:
    assert at_once(checked()) == ["done", "import.state", "import.state", "import.state"]
    assert RatingFact.objects.count() == 200
    assert AuditEntry.objects.filter(verb="import.run").count() == 1


def test_twin_without_the_lock_several_believe_that_it_was_they(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger still takes each fact once, by its key; but the log tells of imports that did nothing."""
    session = checked()
    monkeypatch.setattr(common, "hold", lambda pk, *_states, version=None: ImportSession.objects.get(pk=pk))
    assert at_once(session).count("done") > 1
    assert RatingFact.objects.count() == 200
    assert AuditEntry.objects.filter(verb="import.run").count() > 1
