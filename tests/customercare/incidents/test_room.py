"""The room from which an incident is run."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.kernel.models import Store
from backoffice.kernel.roles import Role
from backoffice.messaging.models import Message
from customercare.incidents import services
from customercare.incidents.models import Incident
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from tests.conftest import Cast, ClientFor
from tests.customercare.incidents.kit import make_incident, make_late_orders
from tests.customercare.incidents.screens import (
    at,
    confirm,
    hidden,
    page,
    press,
)
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("saturday_noon")]


@pytest.fixture
def running(client_for: ClientFor, incident: Incident) -> Incident:
    assert confirm(client_for(Role.ADMIN, sudo=True), incident).status_code == 302
    notices.drive(fanout_id=Fanout.objects.get().pk, now=NOW + timedelta(minutes=5))
    return incident


def test_the_room_counts_what_adds_up_and_leads_to_the_rows(client_for: ClientFor, running: Incident) -> None:
    Message.objects.filter(pk=Message.objects.earliest("pk").pk).update(state="sent")
    Message.objects.filter(pk=Message.objects.latest("pk").pk).update(state="uncertain")
    batch = Fanout.objects.get().batch_id
    html = page(client_for(Role.AUDITOR), at(running, "room"))
    for view in ("sent", "uncertain", "waiting", "failed"):
        assert f"/messages/?view={view}&amp;batch={batch}" in html
    rows = re.findall(r'<td class="r"><a[^>]*>(\d+)', html.split("<tfoot>")[0])
    assert sum(int(n) for n in rows) == 3


def test_the_progress_ends_its_polling_when_all_is_done(client_for: ClientFor, running: Incident) -> None:
    client = client_for(Role.AUDITOR)
    assert client.get(at(running, "progress")).status_code == 200
    assert 'hx-trigger="every 5s"' in page(client, at(running, "room"))
    Message.objects.update(state="sent")
    for _step in range(2):
        notices.drive(fanout_id=Fanout.objects.get().pk, now=NOW + timedelta(minutes=6))
    answer = client.get(at(running, "progress"))
    assert answer.status_code == 286
    assert "hx-trigger" not in answer.content.decode()


def test_pause_resume_undo_and_cancel(client_for: ClientFor, incident: Incident) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    confirm(client, incident)
    assert "Undo: send nothing" in page(client, at(incident, "room"))
    assert press(client, incident, "undo").status_code == 302
    assert Fanout.objects.get().state == "draft"
    services.preview(incident_id=incident.pk, now=NOW)
    confirm(client, incident)
    notices.drive(fanout_id=Fanout.objects.get().pk, now=NOW + timedelta(minutes=5))
    assert press(client, incident, "undo").status_code == 422
    assert press(client, incident, "pause").status_code == 302
    assert Fanout.objects.get().state == "paused"
    assert press(client, incident, "resume").status_code == 302
    asked = client.get(at(incident, "act", "cancel"))
    assert "This cannot be undone" in asked.content.decode()
    assert press(client, incident, "cancel").status_code == 302
    assert Fanout.objects.get().state == "cancelled"
    assert not Message.objects.exclude(state="cancelled").exists()


def test_uncertain_messages_wait_for_a_person(client_for: ClientFor, running: Incident) -> None:
    first, second = Message.objects.order_by("pk")[:2]
    Message.objects.filter(pk__in=[first.pk, second.pk]).update(state="uncertain")
    client = client_for(Role.SHOP_MANAGER, sudo=True)
    html = page(client, at(running, "room"))
    assert first.address in html
    token = hidden(html, "token")
    assert client.post(at(running, "settle", first.pk, "resend"), {"token": token + "1"}).status_code == 302
    assert client.post(at(running, "settle", second.pk, "mark-delivered"), {"token": token + "2"}).status_code == 302
    assert client.post(at(running, "settle", second.pk, "resend"), {"token": token + "3"}).status_code == 422
    states = Message.objects.filter(pk__in=[first.pk, second.pk]).order_by("pk").values_list("state", flat=True)
    assert list(states) == ["queued", "delivered"]


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_no_act_is_done_by_another_method(client_for: ClientFor, running: Incident, method: str) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    for name in ("pause", "undo", "retry", "note", "move"):
        assert getattr(client, method)(at(running, "act", name)).status_code == 405
    assert getattr(client, method)(at(running, "settle", 1, "resend")).status_code == 405
    assert client.post(at(running, "act", "explode"), {}).status_code == 404


def test_notes_and_steps_stand_on_the_timeline(client_for: ClientFor, running: Incident) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    assert press(client, running, "note", text="  ").status_code == 422
    assert press(client, running, "note", text="Carrier says <b>Monday</b>").status_code == 302
    assert press(client, running, "move", status="closed").status_code == 422
    assert press(client, running, "move", status="contained").status_code == 302
    html = page(client, at(running, "room"))
    assert "Carrier says &lt;b&gt;Monday&lt;/b&gt;" in html
    assert "Incident declared" in html


def test_a_drill_is_unmistakable(client_for: ClientFor, store: Store, cast: Cast) -> None:
    make_late_orders(store, 1)
    incident = make_incident(store, cast.admin, mode="drill")
    for name in ("edit", "audience", "check", "room"):
        assert "Nothing here reaches a customer." in page(client_for(Role.ADMIN, sudo=True), at(incident, name))


def test_the_room_asks_eight_questions_whatever_its_size(
    client_for: ClientFor, running: Incident, store: Store
) -> None:
    client = client_for(Role.AUDITOR)

    def asked() -> int:
        page(client, at(running, "room"))
        with CaptureQueriesContext(connection) as queries:
            page(client, at(running, "room"))
        return len(queries)

    few = asked()
    make_late_orders(store, 5)
    services.adopt_drift(incident_id=running.pk, actor=running.declared_by, now=NOW)
    Message.objects.update(state="uncertain")
    assert few <= 8
    assert asked() <= 8
