"""The four screens of an incident: declared once, seen whole, confirmed by those who may, run from its room."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.kernel.models import Approval, AuditEntry, Store
from backoffice.kernel.roles import Role
from backoffice.messaging.models import Message
from customercare.incidents import services
from customercare.incidents.models import AffectedOrder, Incident, TimelineEntry
from customercare.incidents.rules import IncidentDraft
from customercare.macros import services as macros
from customercare.macros.rules import read_macro
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan
from orders.reach.rules import Selector
from orders.sales.models import Order
from tests.conftest import Cast, ClientFor
from tests.customercare.incidents.kit import allow, make_budget, make_incident, make_late_orders, make_macro
from tests.factories import NOW, make_order

pytestmark = pytest.mark.django_db
LIST = "/admin/customercare/incident/"


@pytest.fixture(autouse=True)
def saturday_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def incident(store: Store, cast: Cast) -> Incident:
    make_late_orders(store, 3)
    allow(cast.admin)
    return make_incident(store, cast.admin)


def at(incident: Incident, name: str, *args: Any) -> str:
    return reverse(f"admin:customercare_incident_{name}", args=[incident.pk, *args])


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"the page carries {name}"
    return found[1]


def page(client: Any, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


def press(client: Any, incident: Incident, name: str, **fields: Any) -> Any:
    """Press a button of the room as it stands."""
    token = hidden(page(client, at(incident, "room")), "token")
    fanout = Fanout.objects.filter(cause_ref=incident.cause_ref).latest("wave")
    return client.post(at(incident, "act", name), {"token": token, "fanout": fanout.pk} | fields)


def confirm(client: Any, incident: Incident, **fields: Any) -> Any:
    """Open the check page and press its one button."""
    html = page(client, at(incident, "check"))
    typed = {"token": hidden(html, "token"), "content_hash": hidden(html, "content_hash"), "typed_count": "3"}
    return client.post(at(incident, "check"), typed | fields)


def declare_form(token: str, **fields: Any) -> dict[str, Any]:
    return {
        "token": token, "title": "Flood in Wrocław", "kind": "carrier", "severity": "2", "priority": "2",
        "mode": "real", "is_public": "on", "late": "overdue", "overdue_as_of": "", "late_days": "", "supplier": "",
        "carrier": "", "region": "", "sku": "", "campaign": "", "placed_from": "", "placed_to": "", "orders": "",
        "macro": "", "rule": "none", "rule_value": "", "rule_cap": "", "valid_days": "90", "budget": "",
    } | fields  # fmt: skip


def untouched() -> tuple[int, ...]:
    models = (Incident, Fanout, AffectedOrder, AuditEntry, TimelineEntry, Message, Approval)
    return tuple(model.objects.count() for model in models)


# --- who may -------------------------------------------------------------------------------------------------


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
    other = services.open_incident(store=store, draft=_draft_of_numbers(stranger.number), actor=cast.admin, now=NOW)
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


def _draft_of_numbers(*numbers: str) -> IncidentDraft:
    return IncidentDraft(title="Another", kind="quality", selector=Selector(orders=numbers))


# --- A1 ------------------------------------------------------------------------------------------------------


def test_a_double_press_declares_one_incident(client_for: ClientFor, store: Store) -> None:
    make_late_orders(store, 2)
    client = client_for(Role.ADMIN)
    token = hidden(page(client, f"{LIST}add/"), "token")
    form = declare_form(token, store=store.pk)
    first, second = client.post(f"{LIST}add/", form), client.post(f"{LIST}add/", form)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
    assert Incident.objects.count() == Fanout.objects.count() == 1
    assert AffectedOrder.objects.count() == 2


def test_declaring_leads_to_a_previewed_audience(client_for: ClientFor, store: Store, cast: Cast) -> None:
    make_late_orders(store, 2)
    version, budget = make_macro(cast.admin), make_budget(store)
    client = client_for(Role.SHOP_MANAGER)
    form = declare_form(
        hidden(page(client, f"{LIST}add/"), "token"),
        store=store.pk, macro=version.pk, rule="percent", rule_value="10", rule_cap="15.00", budget=budget.pk,
    )  # fmt: skip
    answer = client.post(f"{LIST}add/", form, follow=True)
    assert answer.status_code == 200
    fanout = Fanout.objects.get()
    assert (fanout.state, fanout.message_n, fanout.cost) == ("previewed", 2, Decimal("11.80"))
    assert Incident.objects.get().selector == {"overdue_as_of": "2026-11-21"}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, "Give the incident a title"),
        ({"late": "", "campaign": ""}, "Say what is hit"),
        ({"kind": "alien"}, "Choose one from the list"),
        ({"late_days": "１２"}, "with digits alone"),
        ({"late_days": "1e5"}, "with digits alone"),
        ({"overdue_as_of": "2026-02-30"}, "not a day of the calendar"),
        ({"placed_from": "2026-11-02", "placed_to": "2026-11-01"}, "ends before it starts"),
        ({"region": "Atlantis"}, "No region here is called Atlantis"),
        ({"sku": "KETTLE\u200b1"}, "invisible character"),
        ({"orders": "A-404"}, "do not exist here"),
        ({"rule": "flat", "rule_value": ""}, "Say how much"),
        ({"rule": "flat", "rule_value": "1.234,50"}, "more than one way"),
        ({"rule": "flat", "rule_value": "-5"}, "not"),
        ({"rule": "flat", "rule_value": "19.999"}, "19.999"),
        ({"rule": "percent", "rule_value": "101"}, "0 to 100 percent"),
        ({"valid_days": "0"}, "from 1 to 730"),
        ({"title": "x" * 201}, "201 characters"),
    ],
)
def test_what_cannot_be_declared_stays_typed_and_says_why(
    client_for: ClientFor, store: Store, typed: dict[str, str], sentence: str
) -> None:
    client = client_for(Role.ADMIN)
    form = declare_form(
        hidden(page(client, f"{LIST}add/"), "token"), store=store.pk, **{"campaign": "SINGLES-DAY"} | typed
    )
    before = untouched()
    answer = client.post(f"{LIST}add/", form)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    assert form["campaign"] in html
    assert "data-error-summary" in html
    assert untouched() == before
    mended = client.post(f"{LIST}add/", declare_form(form["token"], store=store.pk))
    assert mended.status_code == 302, "a refused press does not use the form up"


def test_an_alert_can_prefill_what_is_hit(client_for: ClientFor, store: Store) -> None:
    html = page(client_for(Role.ADMIN), f"{LIST}add/?region=Mazowieckie&kind=carrier&is_staff=1")
    assert 'value="Mazowieckie"' in html


def test_an_incident_without_orders_is_no_error(client_for: ClientFor, store: Store, cast: Cast) -> None:
    incident = make_incident(store, cast.admin)
    client = client_for(Role.ADMIN, sudo=True)
    assert "No order is hit" in page(client, at(incident, "audience"))
    assert "Nobody to tell" in page(client, at(incident, "check"))


def test_a_change_made_meanwhile_is_shown_beside_what_was_typed(
    client_for: ClientFor, incident: Incident, store: Store
) -> None:
    client = client_for(Role.ADMIN)
    html = page(client, at(incident, "edit"))
    form = declare_form(hidden(html, "token"), store=store.pk, edits=hidden(html, "edits"), title="Mine")
    Incident.objects.filter(pk=incident.pk).update(title="Theirs", edits=5)
    answer = client.post(at(incident, "edit"), form)
    assert answer.status_code == 409
    assert "Theirs" in answer.content.decode()
    assert "Mine" in answer.content.decode()
    incident.refresh_from_db()
    assert incident.title == "Theirs"
    form["edits"] = hidden(answer.content.decode(), "edits")
    assert client.post(at(incident, "edit"), form).status_code == 302
    incident.refresh_from_db()
    assert incident.title == "Mine"


# --- A2 ------------------------------------------------------------------------------------------------------


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


# --- A3 ------------------------------------------------------------------------------------------------------


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


# --- A4 ------------------------------------------------------------------------------------------------------


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
        incident_id=incident.pk, draft=_draft_of_numbers(*(order.number for order in orders)), seen_edits=0,
        actor=cast.admin, now=NOW,
    )  # fmt: skip
    for _incident in range(3):
        make_incident(store, cast.admin, previewed=False, plan=Plan())
    assert [asked(url) for url in urls] <= few
