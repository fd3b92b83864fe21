"""Who opens which screen of an incident, and what is not there for whom."""

from datetime import timedelta

import pytest
from django.urls import reverse

from backoffice.kernel.models import Store
from backoffice.kernel.roles import Role
from customercare.incidents import services
from customercare.incidents.models import Incident
from customercare.notices.models import Fanout
from tests.conftest import Cast, ClientFor
from tests.customercare.incidents.screens import LIST, at, confirm, draft_of_numbers, page, press, untouched
from tests.factories import NOW, make_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("saturday_noon")]


@pytest.mark.parametrize("role", [Role.SUPPORT_AGENT, Role.SHOP_STAFF])
def test_incidents_are_closed_to_agents_and_staff(client_for: ClientFor, incident: Incident, role: Role) -> None:
    client, before = client_for(role, sudo=True), untouched()
    names = ("edit", "audience", "check", "room", "progress", "change")
    for url in (LIST, f"{LIST}add/", at(incident, "act", "pause"), *(at(incident, name) for name in names)):
        assert client.get(url).status_code in (403, 405), url
        assert client.post(url, {"act": "preview"}).status_code in (403, 405), url
    assert untouched() == before


def test_auditors_read_every_screen_and_see_no_control_that_writes(client_for: ClientFor, incident: Incident) -> None:
    client, before = client_for(Role.AUDITOR, sudo=True), untouched()
    for name in ("audience", "check", "room"):
        html = page(client, at(incident, name))
        main = html[html.index("<main") : html.index("</main>")]
        assert 'method="post"' not in main, name
        assert client.post(at(incident, name), {"act": "exclude"}).status_code in (403, 405)
    for url in (f"{LIST}add/", at(incident, "edit")):
        assert client.get(url).status_code == 403
    assert client.post(at(incident, "act", "note"), {"text": "x"}).status_code == 403
    assert untouched() == before


def test_a_shop_manager_drafts_and_does_not_confirm(client_for: ClientFor, incident: Incident) -> None:
    client = client_for(Role.SHOP_MANAGER, sudo=True)
    assert page(client, f"{LIST}add/")
    assert "An admin sends it" in page(client, at(incident, "check"))
    before = untouched()
    fanout = Fanout.objects.get()
    assert client.post(at(incident, "check"), {"content_hash": fanout.content_hash}).status_code == 403
    for name in ("pause", "resume", "undo", "retry", "cancel", "move"):
        assert client.post(at(incident, "act", name), {}).status_code == 403
    assert untouched() == before


def test_confirming_asks_for_the_password_again(client_for: ClientFor, incident: Incident) -> None:
    answer = confirm(client_for(Role.ADMIN), incident)
    assert answer["Location"].startswith("/confirm-password/")
    assert Fanout.objects.get().state == "previewed"


@pytest.mark.parametrize("name", ["edit", "audience", "check", "room", "progress", "change"])
def test_incidents_that_do_not_exist_are_404(client_for: ClientFor, name: str, db: None) -> None:
    url = reverse(f"admin:customercare_incident_{name}", args=[999])
    assert client_for(Role.ADMIN, sudo=True).get(url).status_code == 404


def test_orders_waves_and_messages_of_another_incident_are_404(
    client_for: ClientFor, incident: Incident, store: Store, cast: Cast
) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    stranger = make_order(store, promised_at=NOW + timedelta(days=9))
    other = services.open_incident(store=store, draft=draft_of_numbers(stranger.number), actor=cast.admin, now=NOW)
    foreign = Fanout.objects.get(cause_ref=other.cause_ref)
    before = untouched()
    typed = {"act": "exclude", "order": stranger.pk, "note": "why"}
    assert client.post(at(incident, "audience"), typed).status_code == 404
    assert press(client, incident, "cancel", fanout=foreign.pk).status_code == 404
    assert client.post(at(incident, "settle", 424242, "resend"), {}).status_code == 404
    assert client.get(at(incident, "sample", 424242)).status_code == 404
    assert client.get(at(incident, "sample", 10**30)).status_code == 404
    assert client.post(at(incident, "settle", 10**30, "resend"), {}).status_code == 404
    assert untouched() == before
