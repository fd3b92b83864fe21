"""Nobody is sent away from the shop by a link to it."""

import re
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.kernel import access
from backoffice.kernel.roles import Role
from tests.conftest import Cast, ClientFor
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
HOST = "testserver"
EVIL = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "\t//evil.example",
    "\x0b//evil.example",
    "https://evil.example",
    "http:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "https://testserver@evil.example/",
    "//testserver:80@evil.example/",
    "/login/?next=//evil.example\r\nSet-Cookie: a=b",
]


def lands_at_home(location: str) -> bool:
    """Whether a browser that follows this stays here, with TLS and without. It reads an address more kindly than a
    server: drops tabs and line ends, takes \\ for /, and any number of slashes for two."""
    seen = "".join(letter for letter in location if letter not in "\t\r\n").strip().replace("\\", "/")
    seen = re.sub(r"^([A-Za-z]+:)?/{2,}", r"\1//", seen)
    found = [(scheme, urlsplit(urljoin(f"{scheme}://{HOST}/", seen))) for scheme in ("http", "https")]
    return all((target.scheme, target.netloc) == (scheme, HOST) for scheme, target in found)


def test_the_judge_itself_sees_evil() -> None:
    assert not any(lands_at_home(address) for address in EVIL if "%09" not in address and "login" not in address)
    assert lands_at_home("/orders/")


@pytest.mark.parametrize("target", EVIL)
class TestTargets:
    def test_after_login(self, cast: Cast, client: Client, target: str) -> None:
        answer = client.post("/login/", {"username": "ada", "password": PASSWORD, "next": target})
        assert answer.status_code == 302
        assert lands_at_home(answer["Location"])

    def test_after_login_from_the_address(self, cast: Cast, client: Client, target: str) -> None:
        address = f"/login/?next={quote(target, safe='')}"
        answer = client.post(address, {"username": "ada", "password": PASSWORD})
        assert answer.status_code == 302
        assert lands_at_home(answer["Location"])

    def test_for_somebody_who_is_in(self, client_for: ClientFor, target: str) -> None:
        answer = client_for(Role.AUDITOR).get("/login/", {"next": target})
        assert answer.status_code == 302
        assert lands_at_home(answer["Location"])

    def test_after_the_password_was_typed_again(self, client_for: ClientFor, target: str) -> None:
        answer = client_for(Role.ADMIN).post("/confirm-password/", {"password": PASSWORD, "next": target})
        assert answer.status_code == 302
        assert lands_at_home(answer["Location"])

    def test_of_the_page_that_asks_for_it(self, client_for: ClientFor, target: str) -> None:
        page = client_for(Role.ADMIN).get("/confirm-password/", {"next": target})
        assert page.status_code == 200
        assert lands_at_home(page.context["next"])

    def test_after_the_language_was_set(self, client: Client, target: str) -> None:
        answer = client.post("/i18n/setlang/", {"language": "pl", "next": target}, headers={"Referer": target[:50]})
        assert answer.status_code == 302
        assert lands_at_home(answer["Location"])


def test_targets_of_our_own_are_kept(client_for: ClientFor, cast: Cast, client: Client) -> None:
    answer = client.post("/login/", {"username": "ada", "password": PASSWORD, "next": "/orders/?view=late"})
    assert answer["Location"] == "/orders/?view=late"
    answer = client_for(Role.ADMIN).post("/confirm-password/", {"password": PASSWORD, "next": "/messages/pause/"})
    assert answer["Location"] == "/messages/pause/"


def test_a_wrong_password_does_not_confirm(client_for: ClientFor) -> None:
    client = client_for(Role.ADMIN)
    answer = client.post("/confirm-password/", {"password": "guess", "next": "/"})
    assert answer.status_code == 422
    assert access.SUDO_SESSION_KEY not in client.session


def test_a_confirmation_is_worth_fifteen_minutes(client_for: ClientFor) -> None:
    client = client_for(Role.ADMIN)
    client.post("/confirm-password/", {"password": PASSWORD, "next": "/"})
    assert client.get("/messages/pause/").status_code == 200
    session = client.session
    session[access.SUDO_SESSION_KEY] = timezone.now().timestamp() - 15 * 60 - 1
    session.save()
    assert client.get("/messages/pause/")["Location"].startswith("/confirm-password/")
