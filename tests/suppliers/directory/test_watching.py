"""Who is due to hear from us: suppliers past their cadence, prospects whose next step has come, and one alert each."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Alert
from backoffice.kernel.roles import Role
from suppliers.directory import selectors
from suppliers.directory import services as directory
from suppliers.directory.models import Prospect
from suppliers.directory.services import watching
from tests.conftest import ClientFor
from tests.factories import NOW
from tests.factories.suppliers import make_prospect, make_supplier, make_talk

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def open_alerts() -> set[str]:
    return set(Alert.objects.filter(closed_at=None).values_list("key", flat=True))


class TestTalks:
    def test_one_alert_stands_while_anybody_is_due(self) -> None:
        late, other = make_supplier(cadence_days=30), make_supplier(cadence_days=30)
        make_talk(late, ago(31))
        make_talk(other, ago(40))
        for _look in range(3):
            directory.tell_of_due(now=NOW)
        alert = Alert.objects.get()
        assert (alert.key, alert.url) == (watching.TALKS, "/suppliers/?view=due")

        make_talk(late, TODAY)
        directory.tell_of_due(now=NOW)
        assert open_alerts() == {watching.TALKS}
        make_talk(other, TODAY)
        directory.tell_of_due(now=NOW)
        assert open_alerts() == set()

    def test_who_ended_or_has_no_plan_is_never_due(self) -> None:
        make_talk(make_supplier(cadence_days=30, state="ended"), ago(400))
        make_talk(make_supplier(), ago(400))
        assert directory.tell_of_due(now=NOW) == {watching.TALKS: False, watching.STEPS: False}

    def test_the_list_says_how_many_are_due(self, client_for: ClientFor) -> None:
        client: Client = client_for(Role.SUPPORT_AGENT)

        def due() -> int | None:
            return next(one["count"] for one in client.get("/suppliers/").context["views"] if "due" in one["url"])

        assert due() is None
        make_talk(make_supplier(cadence_days=30), ago(400))
        assert due() == 1


class TestSteps:
    def test_a_step_is_due_on_its_day_and_while_there_are_talks(self) -> None:
        today = make_prospect("Today", next_step="Ask for samples", next_step_on=TODAY)
        make_prospect("Tomorrow", next_step="Call", next_step_on=TODAY + timedelta(days=1))
        make_prospect("Some day", next_step="Visit")
        won = make_prospect("Won", next_step="Sign", next_step_on=ago(3))
        directory.turn_into_supplier(prospect_id=won.pk, version=1, code="WON", currency="", actor=None, now=NOW)
        assert list(selectors.steps_due(TODAY)) == [today]
        directory.tell_of_due(now=NOW)
        assert open_alerts() == {watching.STEPS}

    def test_who_became_a_supplier_has_no_next_step(self) -> None:
        won = make_prospect(next_step="Sign", next_step_on=TODAY)
        directory.turn_into_supplier(prospect_id=won.pk, version=1, code="WON", currency="", actor=None, now=NOW)
        won.refresh_from_db()
        assert (won.next_step, won.next_step_on) == ("", None)

    @pytest.mark.parametrize("fields", [{"next_step_on": TODAY}, {"next_step": "Call", "stage": "dropped"}])
    def test_half_a_step_is_refused(self, fields: dict[str, Any]) -> None:
        with pytest.raises(Refusal) as refused:
            make_prospect(**fields)
        assert (refused.value.code, refused.value.field) == ("prospect.step", "next_step")
        assert not Prospect.objects.exists()

    def test_the_database_refuses_a_day_without_a_step(self) -> None:
        make_prospect()
        with pytest.raises(IntegrityError, match="prospect_step_says_what"), transaction.atomic():
            Prospect.objects.update(next_step_on=TODAY)

    def test_the_list_shows_what_comes_next_and_what_is_due(self, client_for: ClientFor) -> None:
        client: Client = client_for(Role.SHOP_STAFF)
        make_prospect("Sudety Tents", next_step="Ask for samples", next_step_on=ago(1))
        make_prospect("Beskid Ropes", next_step="Visit the works", next_step_on=date(2099, 1, 1))
        due = client.get("/suppliers/prospects/?view=due").content.decode()
        assert "Ask for samples" in due
        assert "Beskid Ropes" not in due
        counts = {str(one["label"]): one["count"] for one in client.get("/suppliers/prospects/").context["views"]}
        assert (counts["Step due"], counts["All"]) == (1, None)
        assert "Visit the works" in client.get("/suppliers/prospects/").content.decode()
