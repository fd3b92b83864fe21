"""What a page holds back from a role that may open it."""

import logging
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from backoffice.kernel.models import Store
from backoffice.kernel.roles import CAPABILITIES, Capability, Role
from tests.conftest import Cast
from tests.security import world
from tests.security.test_access_matrix import ROUTES, TABLE

pytestmark = pytest.mark.django_db

# Forms that change nothing but one's own session, language and password.
OWN = {reverse(name) for name in ("logout", "admin:logout", "set_language", "password-change", "confirm-password")}
OWN_PAGES = {"password-change", "confirm-password"}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Nobody reads these log lines."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def everything(store: Store, cast: Cast) -> world.World:
    return world.build(store, cast)


class Writers(HTMLParser):
    """The addresses that a page's controls write to. A form that nothing submits, as Django draws one round every list,
    is no control."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.form, self.found = url, "", set[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        kind = given.get("type") or ("submit" if tag == "button" else "")
        if tag == "form":
            self.form = (given.get("action") or self.url) if (given.get("method") or "").lower() == "post" else ""
        elif tag in ("button", "input") and kind in ("submit", "image"):
            self.found |= {given.get("formaction") or self.form} - {""}
        self.found |= {given.get(name) or "" for name in ("hx-post", "hx-put", "hx-delete") if name in given}

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = ""


def writers(html: str, url: str) -> set[str]:
    """What a person at this page could change, apart from what is their own."""
    page = Writers(url)
    page.feed(html)
    return page.found - OWN


def test_the_judge_sees_forms_and_buttons() -> None:
    page = (
        '<form method="post"><button>Go</button></form><form method="post" action="/z/"></form><button hx-post="/x/">'
    )
    assert writers(page, "/y/") == {"/y/", "/x/"}


def test_an_auditor_never_sees_a_control_that_writes(everything: world.World, cast: Cast) -> None:
    client = world.client_of("auditor", everything, cast)
    found = {}
    for name, rule in TABLE.items():
        # Whoever holds a supplier's link writes there, with or without a role.
        if name in OWN_PAGES or rule.door == "sheet_link" or rule.expected("auditor", "GET") != 200:
            continue
        url = everything.url(ROUTES[name])
        answer = client.get(url)
        if "html" in answer.headers["Content-Type"] and (seen := writers(answer.content.decode(), url)):
            found[name] = seen
    assert found == {}


def test_nobody_is_shown_a_control_that_would_be_refused(everything: world.World, cast: Cast) -> None:
    """Every form on a page that a role can open leads to an address that this role may write to."""
    by_path = {re.sub(r"\?.*", "", everything.url(ROUTES[name])): rule for name, rule in TABLE.items()}
    found = []
    for role in world.STAFF:
        client = world.client_of(role, everything, cast)
        for name, rule in TABLE.items():
            if rule.expected(role, "GET") != 200 or name in OWN_PAGES:
                continue
            url = everything.url(ROUTES[name])
            answer = client.get(url)
            if "html" not in answer.headers["Content-Type"]:
                continue
            for target in writers(answer.content.decode(), url):
                leads_to = by_path.get(re.sub(r"\?.*", "", target))
                if leads_to is not None and leads_to.expected(role, "POST") in (403, 405):
                    found.append(f"{name}: {role} is shown a form to {target}")
    assert not found, "\n".join(found)


def test_the_menu_leads_nobody_to_a_refusal(everything: world.World, cast: Cast) -> None:
    for role in world.STAFF:
        client = world.client_of(role, everything, cast)
        page = client.get("/orders/").content.decode()
        links = set(re.findall(r'class="menu-link" href="([^"]+)"', page))
        assert links
        assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_no_role_but_admin_manages_settings_or_runs_incidents(role: Role) -> None:
    alone = {Capability.MANAGE_SETTINGS, Capability.RUN_INCIDENTS, Capability.PAUSE_ALL}
    assert CAPABILITIES[role] & alone == set()


def test_an_agent_never_sees_cost(everything: world.World, cast: Cast) -> None:
    """What suppliers are paid stands on pages that an agent may open, and is left out there; others see it."""
    assert Capability.VIEW_COST not in CAPABILITIES[Role.SUPPORT_AGENT]
    costs = ("7,391.55", "7391.55", "7,390.55", "7390.55")
    shown: dict[str, set[str]] = {}
    for role in ("agent", "staff", "auditor"):
        client = world.client_of(role, everything, cast)
        for name, rule in TABLE.items():
            if rule.expected(role, "GET") == 200:
                page = client.get(everything.url(ROUTES[name])).getvalue().decode(errors="ignore")
                if any(cost in page for cost in costs):
                    shown.setdefault(role, set()).add(name)
    assert shown.get("agent", set()) == set()
    assert {"suppliers:page", "catalog:items", "catalog:product"} <= shown["staff"] & shown["auditor"]
