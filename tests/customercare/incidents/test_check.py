"""The check: everything is seen before it is confirmed, by those who may."""

import re
from decimal import Decimal

import pytest

from backoffice.kernel.models import Approval, AuditEntry, Store
from backoffice.kernel.roles import Role
from customercare.incidents import services
from customercare.incidents.models import Incident
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan
from orders.sales.models import Order
from tests.conftest import Cast, ClientFor
from tests.customercare.incidents.kit import allow, make_budget, make_incident, make_late_orders, make_macro
from tests.customercare.incidents.screens import (
    at,
    confirm,
    hidden,
    page,
    untouched,
)
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("saturday_noon")]


def test_the_check_page_says_everything_before_the_click(client_for: ClientFor, store: Store, cast: Cast) -> None:
    make_late_orders(store, 2)
    make_late_orders(store, 1, language="pl")
    make_late_orders(store, 1, email="")
    allow(cast.admin)
    budget = make_budget(store)
    plan = Plan(
        macro_version_id=make_macro(cast.admin).pk, rule="flat", rule_value=Decimal("5.00"), budget_id=budget.pk
    )
    incident = make_incident(store, cast.admin, plan=plan)
    html = page(client_for(Role.ADMIN, sudo=True), at(incident, "check"))
    assert "Notify 3 customers" in html
    assert "3 × PLN\u00a05.00 = <strong>PLN\u00a015.00</strong>" in html
    assert "PLN\u00a0985.00" in html
    assert "no e-mail address" in html
    assert html.count("<iframe") == html.count(" sandbox ") == 3
    assert "••••-••••-••••" in html
    assert not re.search(r' style="| on[a-z]+="|<script(?![^>]+src=)', html)


def test_a_sample_is_served_into_the_sandbox_alone(client_for: ClientFor, incident: Incident) -> None:
    client = client_for(Role.AUDITOR)
    html = page(client, at(incident, "check"))
    frame = re.search(r'<iframe[^>]*src="([^"]+)"', html)
    assert frame
    answer = client.get(frame[1])
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_a_second_press_shows_the_first_result(client_for: ClientFor, incident: Incident) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    html = page(client, at(incident, "check"))
    form = {"token": hidden(html, "token"), "content_hash": hidden(html, "content_hash"), "typed_count": "3"}
    answers = [client.post(at(incident, "check"), form) for _press in range(2)]
    assert [answer["Location"] for answer in answers] == [at(incident, "room")] * 2
    assert AuditEntry.objects.filter(verb="fanout.confirm").count() == 1
    assert Fanout.objects.get().state == "holding"


def test_two_admins_cannot_both_send_it(client_for: ClientFor, incident: Incident) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    pages = [page(client, at(incident, "check")) for _admin in range(2)]
    forms = [
        {"token": hidden(p, "token"), "content_hash": hidden(p, "content_hash"), "typed_count": "3"} for p in pages
    ]
    assert client.post(at(incident, "check"), forms[0]).status_code == 302
    late = client.post(at(incident, "check"), forms[1])
    assert late.status_code == 422
    assert "confirmed already" in late.content.decode()
    assert Fanout.objects.count() == 1


def test_what_changed_after_the_preview_is_not_sent(client_for: ClientFor, incident: Incident, cast: Cast) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    html = page(client, at(incident, "check"))
    stale = {"token": hidden(html, "token"), "content_hash": hidden(html, "content_hash"), "typed_count": "3"}
    services.exclude(
        incident_id=incident.pk, order_ids=[Order.objects.earliest("pk").pk], note="phone", actor=cast.admin, now=NOW
    )
    before = untouched()
    assert client.post(at(incident, "check"), stale).status_code == 422
    services.preview(incident_id=incident.pk, now=NOW)
    answer = client.post(at(incident, "check"), stale | {"typed_count": "2"})
    assert answer.status_code == 422
    assert "Preview it again" in answer.content.decode()
    assert untouched() == before
    assert Fanout.objects.get().state == "previewed"


def test_hitting_every_order_needs_the_typed_count(client_for: ClientFor, incident: Incident) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    assert "Type 3 to confirm" in page(client, at(incident, "check"))
    before = untouched()
    answer = confirm(client, incident, typed_count="2")
    assert answer.status_code == 422
    assert "Type 3 to confirm" in answer.content.decode()
    assert untouched() == before
    assert confirm(client, incident, typed_count=" 3 ").status_code == 302


def test_a_budget_that_is_short_is_said_before_the_click(client_for: ClientFor, store: Store, cast: Cast) -> None:
    make_late_orders(store, 3)
    allow(cast.admin)
    budget = make_budget(store, "10.00")
    plan = Plan(macro_version_id=make_macro(cast.admin).pk, rule="flat", rule_value=Decimal(5), budget_id=budget.pk)
    incident = make_incident(store, cast.admin, plan=plan)
    client = client_for(Role.ADMIN, sudo=True)
    assert "Budget has PLN\u00a010.00 left, this needs PLN\u00a015.00" in page(client, at(incident, "check"))
    fanout, before = Fanout.objects.get(), untouched()
    form = {"token": "t" * 30, "content_hash": fanout.content_hash, "typed_count": "3"}
    assert client.post(at(incident, "check"), form).status_code == 422
    assert untouched() == before


def test_above_the_limit_a_second_person_approves_on_the_same_page(
    client_for: ClientFor, store: Store, cast: Cast
) -> None:
    make_late_orders(store, 3)
    allow(cast.admin, money="0")
    allow(cast.manager)
    budget = make_budget(store)
    plan = Plan(macro_version_id=make_macro(cast.admin).pk, rule="flat", rule_value=Decimal(5), budget_id=budget.pk)
    incident = make_incident(store, cast.admin, plan=plan)
    admin, manager = client_for(Role.ADMIN, sudo=True), client_for(Role.SHOP_MANAGER, sudo=True)
    assert "Shop manager" in page(admin, at(incident, "check"))
    assert confirm(admin, incident).status_code == 302
    assert Fanout.objects.get().state == "awaiting_approval"
    assert "You asked for this" in page(admin, at(incident, "check"))
    own = admin.post(at(incident, "check"), {"act": "approve", "token": "t" * 30, "content_hash": "x"})
    assert own.status_code == 422
    asked = manager.get(Approval.objects.get().url, follow=True)
    assert asked.redirect_chain[-1][0] == at(incident, "check"), "the list of approvals leads here"
    html = page(manager, at(incident, "check"))
    assert "Approve: notify 3 customers, PLN\u00a015.00" in html
    stale = manager.post(at(incident, "check"), {"act": "approve", "token": hidden(html, "token"), "content_hash": "x"})
    assert stale.status_code == 422
    assert Fanout.objects.get().state == "awaiting_approval"
    answer = confirm(manager, incident, act="approve")
    assert answer.status_code == 302, re.findall(r"error-summary.*?</ul>", answer.content.decode(), re.DOTALL)
    fanout = Fanout.objects.get()
    assert (fanout.state, fanout.approved_by) == ("holding", cast.manager)
