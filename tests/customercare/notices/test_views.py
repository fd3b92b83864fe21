"""Writing to all filtered orders in the browser: compose, check, confirm once, watch, stop."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backoffice.kernel.models import Store
from backoffice.kernel.roles import Role
from backoffice.messaging.models import Message
from customercare.notices import services as notices
from customercare.notices.models import Fanout, Notice
from tests.conftest import Cast, ClientFor
from tests.customercare.notices import kit
from tests.factories import NOW, make_order, make_orders, order_draft

pytestmark = pytest.mark.django_db
NEW = "/messages/sends/new/"


@pytest.fixture(autouse=True)
def the_moment(time_machine: object) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def shop(store: Store, cast: Cast) -> Store:
    """Two late orders in Łódź, one elsewhere; agents may write to ten customers alone."""
    kit.limits("support_agent", messages=10)
    make_order(store, number="L-1", region="Łódź", expected_on=NOW.date() + timedelta(days=3))
    make_order(store, number="L-2", region="Łódź", expected_on=NOW.date() + timedelta(days=3), language="pl")
    make_order(store, number="W-1", region="Wisła")
    return store


def token(html: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', html)
    assert found, "the page has no one-time token"
    return found.group(1)


def form(page: str, **fields: str) -> dict[str, str]:
    version = kit.approved_macro("delay")
    given = {"token": token(page), "title": "Łódź is late", "macro": str(version.pk), "rule": "none", "missing": ""}
    return {**given, **fields}


def composed(client: Client, **fields: str) -> str:
    page = client.get(f"{NEW}?region=Łódź").content.decode()
    answer = client.post(f"{NEW}?region=Łódź", form(page, **fields))
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def decision(client: Client, url: str) -> dict[str, str]:
    page = client.get(url).content.decode()
    found = re.search(r'name="content_hash" value="([^"]+)"', page)
    return {"token": token(page), "content_hash": found.group(1) if found else "-"}


def test_an_agent_sees_the_messages_filled_in_and_sends_them(shop: Store, client_for: ClientFor) -> None:
    client = client_for(Role.SUPPORT_AGENT)
    url = composed(client)
    page = client.get(url).content.decode()
    assert "Send to 2 customers" in page
    assert "L-1" in page
    assert "L-2" in page
    assert "W-1" not in page
    frame = re.search(r"/messages/sends/\d+/sample/\d+/", page)
    assert frame
    shown = client.get(frame.group(0))
    assert "24 Nov 2026" in shown.content.decode()
    assert shown["Content-Security-Policy"].startswith("sandbox;")
    answer = client.post(f"{url}confirm/", decision(client, url))
    assert (answer.status_code, Fanout.objects.get().state) == (302, "holding")
    assert sorted(Notice.objects.values_list("order__number", flat=True)) == ["L-1", "L-2"]


def test_a_double_press_confirms_once_and_shows_the_same_page(shop: Store, client_for: ClientFor) -> None:
    client = client_for(Role.SUPPORT_AGENT)
    url = composed(client)
    data = decision(client, url)
    first, second = (client.post(f"{url}confirm/", data) for _press in range(2))
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"]) == (302, url)
    assert Fanout.objects.get().state == "holding"


def test_composing_twice_with_one_token_opens_one_send(shop: Store, client_for: ClientFor) -> None:
    client = client_for(Role.SUPPORT_AGENT)
    page = client.get(f"{NEW}?region=Łódź").content.decode()
    data = form(page)
    first, second = (client.post(f"{NEW}?region=Łódź", data) for _press in range(2))
    assert first["Location"] == second["Location"]
    assert Fanout.objects.count() == 1


def test_what_changed_after_the_check_page_is_refused_and_said(shop: Store, client_for: ClientFor) -> None:
    client = client_for(Role.SUPPORT_AGENT)
    url = composed(client)
    data = decision(client, url)
    notices.leave_out(fanout=Fanout.objects.get(), order_ids=[Notice.objects.all()[0].order_id])
    notices.preview(fanout_id=Fanout.objects.get().pk, today=NOW.date())
    answer = client.post(f"{url}confirm/", data)
    assert answer.status_code == 422
    assert "Something changed since you looked" in answer.content.decode()
    assert Fanout.objects.get().state == "previewed"
    assert Message.objects.count() == 0


def test_an_agents_voucher_is_a_request_that_a_manager_approves(shop: Store, cast: Cast, client_for: ClientFor) -> None:
    kit.limits("shop_manager", approve="100")
    budget = kit.budget(shop)
    agent, manager = client_for(cast.agent), client_for(cast.manager)
    url = composed(agent, rule="flat", rule_value="5.00", budget=str(budget.pk))
    agent.post(f"{url}confirm/", decision(agent, url))
    assert Fanout.objects.get().state == "awaiting_approval"
    assert agent.post(f"{url}approve/", decision(agent, url)).status_code == 403
    assert "Approve:" in manager.get(url).content.decode()
    assert manager.post(f"{url}approve/", decision(manager, url)).status_code == 302
    fanout = Fanout.objects.get()
    assert (fanout.state, fanout.approved_by) == ("holding", cast.manager)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"macro": ""}, "Choose one from the list."),
        ({"macro": "999999"}, "Choose one from the list."),
        ({"title": "  "}, "Give it a name"),
        ({"rule": "flat"}, "Say how much."),
        ({"rule": "flat", "rule_value": "1e5"}, "1e5"),
        ({"missing": "next_update"}, "Enter the day of the next update"),
        ({"missing": "fill", "fill_on": "2026-02-30"}, "not a day of the calendar"),
    ],
)
def test_bad_input_is_said_in_place_and_opens_nothing(
    shop: Store, client_for: ClientFor, fields: dict[str, str], said: str
) -> None:
    client = client_for(Role.SUPPORT_AGENT)
    page = client.get(f"{NEW}?region=Łódź").content.decode()
    answer = client.post(f"{NEW}?region=Łódź", form(page, **fields))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Fanout.objects.count() == 0


def test_an_order_without_a_new_date_asks_for_the_choice_where_it_can_be_made(
    shop: Store, client_for: ClientFor
) -> None:
    make_order(shop, number="L-3", region="Łódź")
    client = client_for(Role.SUPPORT_AGENT)
    page = client.get(f"{NEW}?region=Łódź").content.decode()
    answer = client.post(f"{NEW}?region=Łódź", form(page))
    assert answer.status_code == 422
    assert "1 of 3 orders has no new date. Choose what to do about it." in answer.content.decode()
    assert Fanout.objects.count() == 0
    url = composed(client, missing="exclude")
    assert "Send to 2 customers" in client.get(url).content.decode()


def test_a_filter_that_nothing_matches_is_explained(shop: Store, client_for: ClientFor) -> None:
    client = client_for(Role.SUPPORT_AGENT)
    page = client.get(f"{NEW}?q=nobody-like-this").content.decode()
    answer = client.post(f"{NEW}?q=nobody-like-this", form(page))
    assert answer.status_code == 422
    assert "nobody would be written to" in answer.content.decode()
    assert Fanout.objects.count() == 0


def test_undo_pause_and_cancel_are_one_press_away(shop: Store, client_for: ClientFor) -> None:
    client = client_for(Role.SUPPORT_AGENT)
    url = composed(client)
    client.post(f"{url}confirm/", decision(client, url))
    for verb, state in (("pause", "paused"), ("resume", "holding"), ("undo", "draft"), ("cancel", "cancelled")):
        answer = client.post(f"{url}do/{verb}/", decision(client, url))
        assert (answer.status_code, Fanout.objects.get().state) == (302, state)
    assert client.post(f"{url}do/explode/", {"token": "x" * 32, "content_hash": "-"}).status_code == 404


def test_an_incidents_send_is_not_run_from_here(shop: Store, cast: Cast, client_for: ClientFor) -> None:
    fanout = kit.previewed(shop, cast.admin, make_orders(shop, 1), wanted=kit.plan("goodwill"))
    Fanout.objects.filter(pk=fanout.pk).update(cause_ref="incident:7")
    client = client_for(Role.SUPPORT_AGENT)
    url = f"/messages/sends/{fanout.pk}/"
    assert (
        client.post(f"{url}confirm/", decision(client, url) | {"content_hash": fanout.content_hash}).status_code == 404
    )
    assert Fanout.objects.get(pk=fanout.pk).state == "previewed"


@pytest.mark.parametrize(("role", "reads", "writes"), [("shop_staff", 403, 403), ("auditor", 200, 403)])
def test_who_may_only_look_cannot_send(shop: Store, client_for: ClientFor, role: str, reads: int, writes: int) -> None:
    url = composed(client_for(Role.SUPPORT_AGENT))
    client = client_for(role)
    assert client.get(url).status_code == reads
    assert client.post(f"{url}confirm/", {"token": "x" * 32, "content_hash": "y"}).status_code == writes
    assert Fanout.objects.get().state == "previewed"


def test_the_progress_panel_stops_polling_when_it_is_over(shop: Store, client_for: ClientFor) -> None:
    client = client_for(Role.SUPPORT_AGENT)
    url = composed(client)
    client.post(f"{url}confirm/", decision(client, url))
    polling = client.get(f"{url}progress/", headers={"HX-Request": "true"})
    assert (polling.status_code, b"hx-trigger" in polling.content) == (200, True)
    Fanout.objects.update(state="cancelled")
    over = client.get(f"{url}progress/", headers={"HX-Request": "true"})
    assert (over.status_code, b"hx-trigger" in over.content) == (286, False)


def test_the_check_page_costs_the_same_for_two_orders_and_for_two_hundred(
    store: Store, cast: Cast, client_for: ClientFor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_for(Role.SHOP_MANAGER)
    seen = []
    for wave, amount in ((1, 2), (2, 200)):
        drafts = [order_draft(language="en", email=f"{wave}.{n}@example.com") for n in range(amount)]
        fanout = kit.opened(store, cast.manager, make_orders(store, drafts), wanted=kit.plan("goodwill"), wave=wave)
        notices.preview(fanout_id=fanout.pk, today=NOW.date())
        client.get(f"/messages/sends/{fanout.pk}/")  # what is remembered for a while is remembered now
        with django_assert_max_num_queries(20) as asked:
            client.get(f"/messages/sends/{fanout.pk}/")
        seen.append(len(asked))
    assert seen[0] == seen[1]
