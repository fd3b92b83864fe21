"""An incident is declared once, whatever is typed or pressed twice."""

from decimal import Decimal

import pytest

from backoffice.kernel.models import Store
from backoffice.kernel.roles import Role
from customercare.incidents.models import AffectedOrder, Incident
from customercare.notices.models import Fanout
from tests.conftest import Cast, ClientFor
from tests.customercare.incidents.kit import make_budget, make_incident, make_late_orders, make_macro
from tests.customercare.incidents.screens import LIST, at, declare_form, hidden, page, untouched

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("saturday_noon")]


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
