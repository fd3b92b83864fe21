"""Two people who decide about one answer at the same moment: one is heard, the other is told."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from backoffice.kernel.errors import Refusal
from suppliers.assessment.models import ActionStep, CorrectiveAction
from suppliers.assessment.services import actions as service
from tests.factories.suppliers import make_supplier
from tests.suppliers.assessment import actions

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def decide(row: CorrectiveAction) -> list[str]:
    """Four verify and reject what they all have seen; how each ended, in words."""
    start = Barrier(4)

    def one(number: int) -> str:
        try:
            start.wait(30)
            return (actions.verify if number % 2 else actions.reject)(row).state
        except Refusal as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        return [each.result(60) for each in [pool.submit(one, number) for number in range(4)]]


def test_one_verdict_holds_and_leaves_one_step() -> None:
    ended = decide(actions.answer(actions.ask(make_supplier("ACME"))))
    assert sorted(ended) in (["open", *["row.stale"] * 3], [*["row.stale"] * 3, "verified"])
    assert ActionStep.objects.filter(act__in=["verify", "reject"]).count() == 1


def test_twin_without_version_and_state_in_the_update_several_verdicts_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rejections alone, which the database allows one after the other: all four are written."""
    row = actions.answer(actions.ask(make_supplier("ACME")))
    whole = CorrectiveAction.objects.filter

    def careless(**wanted: object) -> object:
        return whole(pk=wanted["pk"])

    monkeypatch.setattr(service.CorrectiveAction.objects, "filter", careless)
    monkeypatch.setattr(actions, "verify", actions.reject)
    assert decide(row) == ["open"] * 4
    assert ActionStep.objects.filter(act="reject").count() == 4
