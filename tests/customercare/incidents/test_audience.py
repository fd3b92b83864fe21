"""The orders an incident hits: left out with a reason, found anew, decided on where a date is missing."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.kernel.models import Store
from backoffice.kernel.roles import Role
from customercare.incidents import services
from customercare.incidents.models import AffectedOrder, Incident
from customercare.macros import services as macros
from customercare.macros.rules import read_macro
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan
from orders.sales.models import Order
from tests.conftest import Cast, ClientFor
from tests.customercare.incidents.kit import allow, make_incident, make_late_orders
from tests.customercare.incidents.screens import LIST, at, confirm, draft_of_numbers, hidden, page
from tests.factories import NOW, make_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("saturday_noon")]


def test_leaving_an_order_out_needs_a_reason_and_a_new_preview(client_for: ClientFor, incident: Incident) -> None:
    client = client_for(Role.SHOP_MANAGER)
    order, old = Order.objects.earliest("pk"), Fanout.objects.get().content_hash
    typed = {"act": "exclude", "order": order.pk, "note": " "}
    assert client.post(at(incident, "audience"), typed).status_code == 422
    assert not AffectedOrder.objects.exclude(excluded="").exists()
    assert client.post(at(incident, "audience"), typed | {"note": "told by phone"}).status_code == 302
    fanout = Fanout.objects.get()
    assert (fanout.message_n, fanout.state) == (2, "previewed")
    assert fanout.content_hash != old
    assert "told by phone" in page(client, at(incident, "audience"))
    assert client.post(at(incident, "audience"), {"act": "include", "order": order.pk}).status_code == 302
    assert Fanout.objects.get().message_n == 3


def test_drift_is_shown_and_adopted_as_a_wave_of_its_own(
    client_for: ClientFor, incident: Incident, store: Store
) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    assert confirm(client, incident).status_code == 302
    first = Fanout.objects.get()
    notices.drive(fanout_id=first.pk, now=NOW + timedelta(minutes=5))
    newcomer = make_order(store)
    html = page(client, at(incident, "audience"))
    assert "1 newly hit" in html
    form = {"act": "adopt", "token": hidden(html, "token")}
    answers = [client.post(at(incident, "audience"), form) for _press in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    second = Fanout.objects.get(wave=2)
    assert Fanout.objects.count() == 2
    assert [notice.order_id for notice in second.notices.all()] == [newcomer.pk]
    assert (second.state, second.message_n) == ("previewed", 1)
    assert "Wave 2" in page(client, at(incident, "room"))


def test_a_draft_freezes_anew_what_drifted(client_for: ClientFor, incident: Incident, store: Store) -> None:
    client = client_for(Role.SHOP_MANAGER)
    make_order(store)
    assert "Freeze the orders anew" in page(client, at(incident, "audience"))
    assert client.post(at(incident, "audience"), {"act": "refreeze"}).status_code == 302
    assert Fanout.objects.get().message_n == 4


def test_missing_dates_are_decided_for_everybody_at_once(client_for: ClientFor, store: Store, cast: Cast) -> None:
    draft, _problems = read_macro(Path("seeds/macros/delay.toml").read_text(encoding="utf-8"))
    assert draft is not None
    version = macros.approve(
        version_id=macros.save_draft(draft=draft, actor=cast.admin, now=NOW).pk, actor=cast.admin, now=NOW
    )
    make_late_orders(store, 2)
    allow(cast.admin)
    incident = make_incident(store, cast.admin, plan=Plan(macro_version_id=version.pk))
    client = client_for(Role.ADMIN, sudo=True)
    assert "2 orders have no new date" in page(client, at(incident, "check"))
    refused = client.post(at(incident, "audience"), {"act": "missing", "missing": "fill", "fill_on": "2026-11-01"})
    assert refused.status_code == 422
    assert Fanout.objects.get().missing == ""
    typed = {"act": "missing", "missing": "next_update", "next_update_on": "2026-11-24", "then": "check"}
    assert client.post(at(incident, "audience"), typed).status_code == 302
    assert "24 Nov 2026" in page(client, at(incident, "check"))


def test_the_list_and_the_affected_orders_ask_no_more_when_they_grow(
    client_for: ClientFor, incident: Incident, store: Store, cast: Cast
) -> None:
    client = client_for(Role.AUDITOR)

    def asked(url: str) -> int:
        page(client, url)
        with CaptureQueriesContext(connection) as queries:
            page(client, url)
        return len(queries)

    urls = (LIST, at(incident, "audience"))
    few = [asked(url) for url in urls]
    orders = make_late_orders(store, 8)
    services.change_incident(
        incident_id=incident.pk, draft=draft_of_numbers(*(order.number for order in orders)), seen_edits=0,
        actor=cast.admin, now=NOW,
    )  # fmt: skip
    for _incident in range(3):
        make_incident(store, cast.admin, previewed=False, plan=Plan())
    assert [asked(url) for url in urls] <= few
