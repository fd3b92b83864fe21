"""What every answer tells the browser, whatever the address and whoever asks."""

import logging
from collections.abc import Iterator

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from backoffice.kernel.models import Store
from tests.conftest import Cast
from tests.security import world
from tests.security.test_access_matrix import ROUTES, TABLE

pytestmark = pytest.mark.django_db

# The HTML of a mail, alone in a sandboxed frame: the one answer with a policy of its own.
FRAMES = {
    "messaging:body",
    "notices:sample",
    "admin:customercare_incident_sample",
    "admin:customercare_macro_frame",
}
FRAME_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
# A file to be saved: were it shown after all, it could do nothing.
FILES = {"evidence:file"}
FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
POLICY = {
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
ALWAYS = {
    "X-Content-Type-Options": {"nosniff"},
    "Referrer-Policy": {"same-origin", "no-referrer"},
    "Cross-Origin-Opener-Policy": {"same-origin"},
    "Permissions-Policy": {"camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Refusals are expected here."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def everything(store: Store, cast: Cast) -> world.World:
    return world.build(store, cast)


def faults(name: str, answer: HttpResponseBase) -> list[str]:
    """What is wrong with the headers of this answer."""
    said = answer.headers.get("Content-Security-Policy", "")
    framed = name in FRAMES and answer.status_code == 200
    wrong = []
    if framed and said != FRAME_POLICY:
        wrong.append(f"policy {said!r}")
    saved = name in FILES and answer.status_code == 200
    if saved and said != FILE_POLICY:
        wrong.append(f"policy {said!r}")
    if (
        not framed
        and not saved
        and ({part.strip() for part in said.split(";") if part.strip()} != POLICY or "unsafe" in said)
    ):
        wrong.append(f"policy {said!r}")
    if answer.headers.get("X-Frame-Options") != ("SAMEORIGIN" if framed else "DENY"):
        wrong.append("X-Frame-Options")
    wrong += [header for header, allowed in ALWAYS.items() if answer.headers.get(header) not in allowed]
    return [f"{name} ({answer.status_code}): {fault}" for fault in wrong]


@pytest.mark.parametrize("role", ["anonymous", "agent", "admin", "key"])
def test_every_address_is_strict(everything: world.World, cast: Cast, role: str) -> None:
    client = world.client_of(role, everything, cast)
    found = []
    for name in TABLE:
        answer = client.get(everything.url(ROUTES[name]))
        found += faults(name, answer)
        if role in world.STAFF and "no-store" not in answer.headers.get("Cache-Control", ""):
            found.append(f"{name}: may be kept by the browser of somebody who is logged in")
    assert not found, "\n".join(found)


def test_every_frame_was_looked_at(everything: world.World, cast: Cast) -> None:
    client = world.client_of("admin", everything, cast)
    assert {name: client.get(everything.url(ROUTES[name])).status_code for name in FRAMES} == dict.fromkeys(FRAMES, 200)


@pytest.mark.parametrize(
    ("path", "extra", "status"),
    [
        ("/no/such/page/", {}, 404),
        ("/orders/999999/", {}, 404),
        ("/orders/?q=" + "x" * 10_000, {}, 400),
        ("/login/", {"HTTP_HOST": "evil.example"}, 400),
    ],
)
def test_refusals_are_strict_too(
    cast: Cast, everything: world.World, path: str, extra: dict[str, str], status: int
) -> None:
    answer = world.client_of("admin", everything, cast).get(path, **extra)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert faults("", answer) == []


def test_a_form_without_its_token_is_answered_strictly(cast: Cast, everything: world.World) -> None:
    answer = world.client_of("admin", everything, cast, csrf=True).post("/login/")
    assert answer.status_code == 403
    assert faults("", answer) == []


@pytest.mark.parametrize("role", ["anonymous", "admin"])
def test_a_customers_page_is_kept_by_nobody(everything: world.World, cast: Cast, role: str) -> None:
    answer = world.client_of(role, everything, cast).get(f"/o/{everything.order.public_token}/")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "no-referrer"


def test_a_link_that_opens_nothing_is_kept_by_nobody_either(client: Client, everything: world.World) -> None:
    answer = client.get("/o/not-a-token/")
    assert answer.status_code == 404
    assert "no-store" in answer.headers.get("Cache-Control", "")
    assert "noindex" in answer.headers.get("X-Robots-Tag", "")
    assert answer["Referrer-Policy"] == "no-referrer"


def test_fragments_and_pages_are_never_taken_for_each_other(everything: world.World, cast: Cast) -> None:
    answer = world.client_of("agent", everything, cast).get(reverse("sales:list"))
    assert "HX-Request" in answer["Vary"]
