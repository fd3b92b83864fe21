"""Two presses at the same moment open, and send, one incident; without the guard they open two."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from backoffice.kernel import access, form_tokens
from backoffice.kernel.models import AuditEntry, User
from backoffice.kernel.roles import Role
from customercare.incidents import services
from customercare.incidents.models import Incident
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan
from tests.conftest import BACKEND
from tests.customercare.incidents.kit import allow, draft_of, make_late_orders, make_macro
from tests.customercare.incidents.screens import declare_form, hidden
from tests.factories import make_store, make_user

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ADD = "/admin/customercare/incident/add/"


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all at the same moment, each with a connection of its own."""
    start = threading.Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        try:
            start.wait(10)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return [running.result(60) for running in [pool.submit(one, work) for work in works]]


def browser(user: User) -> Client:
    """A browser in which this person has just typed the password."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    session = client.session
    session[access.SUDO_SESSION_KEY] = timezone.now().timestamp()
    session["last_seen"] = int(timezone.now().timestamp())
    session.save()
    return client


def press_twice(user: User, store_id: int) -> list[Any]:
    clients = [browser(user) for _press in range(2)]
    form = declare_form(hidden(clients[0].get(ADD).content.decode(), "token"), store=store_id)
    return at_once(*[lambda client=client: client.post(ADD, form) for client in clients])


def test_a_double_press_at_the_same_moment_opens_one_incident() -> None:
    store, admin = make_store(), make_user(Role.ADMIN)
    make_late_orders(store, 2)
    answers = press_twice(admin, store.pk)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len({answer["Location"] for answer in answers}) == 1
    assert Incident.objects.count() == Fanout.objects.count() == 1


def test_without_the_one_time_token_the_same_press_opens_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_tokens, "use", lambda **_given: None)
    store, admin = make_store(), make_user(Role.ADMIN)
    make_late_orders(store, 2)
    press_twice(admin, store.pk)
    assert Incident.objects.count() == 2


def test_two_admins_at_the_same_moment_send_it_once() -> None:
    store, first, second = make_store(), make_user(Role.ADMIN), make_user(Role.ADMIN)
    make_late_orders(store, 3)
    allow(first)
    now = timezone.now()
    plan = Plan(macro_version_id=make_macro(first).pk)
    incident = services.open_incident(store=store, draft=draft_of(plan=plan), actor=first, now=now)
    services.preview(incident_id=incident.pk, now=now)
    url = f"/admin/customercare/incident/{incident.pk}/check/"

    def ready(user: User) -> Callable[[], Any]:
        client = browser(user)
        html = client.get(url).content.decode()
        form = {"token": hidden(html, "token"), "content_hash": hidden(html, "content_hash"), "typed_count": "3"}
        return lambda: client.post(url, form)

    answers = at_once(ready(first), ready(second))
    assert sorted(answer.status_code for answer in answers) == [302, 422]
    refused = next(answer for answer in answers if answer.status_code == 422)
    assert re.search("confirmed already", refused.content.decode()), "the second person sees what happened"
    assert AuditEntry.objects.filter(verb="fanout.confirm").count() == 1
    assert Fanout.objects.get().state == "holding"
