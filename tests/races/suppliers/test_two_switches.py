"""Two people who confirm two drafts of one supplier at the same moment: one is ordered."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connections

from backoffice.kernel.errors import Refusal
from suppliers.continuity import services as continuity
from suppliers.continuity.models import Switchover
from suppliers.continuity.selectors import switching
from suppliers.continuity.services import switches
from tests.factories import NOW
from tests.suppliers.continuity.kit import draft, make_shop

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def at_once(*ids: int) -> list[str]:
    """How each confirmation ended, in words."""

    def confirm(switch_id: int) -> str:
        try:
            return continuity.confirm_switch(switch_id=switch_id, actor=None, now=NOW).state
        except (Refusal, IntegrityError) as error:
            return type(error).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(ids)) as pool:
        return sorted(one.result(60) for one in [pool.submit(confirm, each) for each in ids])


def test_the_second_waits_for_the_supplier_and_is_refused() -> None:
    shop = make_shop()
    drafts = [draft(shop).pk for _each in range(4)]
    assert at_once(*drafts) == ["Refusal", "Refusal", "Refusal", "confirmed"]
    assert Switchover.objects.filter(state="confirmed").count() == 1


def test_twin_without_the_question_only_the_key_stops_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks whether another is confirmed: all of them go on to write, and the unique key lets one through."""
    shop = make_shop()
    drafts = [draft(shop).pk for _each in range(4)]
    monkeypatch.setattr(switches, "_confirmed_elsewhere", lambda _switch: False)
    monkeypatch.setattr(switching, "switched_since", lambda _supplier, _stop: {})
    assert at_once(*drafts) == ["IntegrityError", "IntegrityError", "IntegrityError", "confirmed"]
