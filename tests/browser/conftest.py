"""A real Chromium before a real server: started once for this folder, with a small world for each module."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connections
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from backoffice.kernel import access
from backoffice.kernel.models import User
from tests.browser.watching import Watch
from tests.browser.world import Builder, World

# The one without windows does the same work in three quarters of the time.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), "")
QUIET = ["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"]
Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)
            if "world" in item.fixturenames:
                item.add_marker(pytest.mark.django_db)


@pytest.fixture
def _django_db_helper(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """No transaction round a test here: what it writes is for the server's threads, and the module's world ends it."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("No Chromium on this machine, and REQUIRE_BROWSER=1 asks for one.")
        pytest.skip("No Chromium on this machine; set CHROMIUM to its path.")
    args = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
    # Playwright keeps an event loop in this thread, which Django takes for a view that must not touch the database.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=args)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadedWSGIServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that leaves in the middle of an answer is no error."""


@pytest.fixture(scope="module")
def address(django_db_setup: None) -> Iterator[str]:
    server = Server(("127.0.0.1", 0), QuietHandler)
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, chromium: Browser) -> Iterator[World]:
    """What the module looks at, committed, so that the server sees it; every table is empty again afterwards."""
    with django_db_blocker.unblock():
        try:
            yield Builder(timezone.now()).build()
        finally:
            call_command("flush", verbosity=0, interactive=False, allow_cascade=False, inhibit_post_migrate=False)
            # Beside Playwright's loop this thread has a connection that nobody else would close.
            connections.close_all()


def session_of(username: str) -> str:
    """A session in which this person typed the password a moment ago."""
    client = Client()
    client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[access.SUDO_SESSION_KEY] = timezone.now().timestamp()
    session.save()
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.fixture(scope="module")
def contexts(chromium: Browser, world: World) -> Iterator[dict[str, BrowserContext]]:
    """One browser profile for each person and way of looking: it keeps style sheets and scripts between pages."""
    kept: dict[str, BrowserContext] = {}
    yield kept
    for context in kept.values():
        context.close()


@pytest.fixture(scope="module")
def context_of(chromium: Browser, address: str, contexts: dict[str, BrowserContext]) -> Callable[..., BrowserContext]:
    """A browser in which this person is logged in anew, and nobody when the name is empty."""

    def log_in(who: str = "ada", **options: Any) -> BrowserContext:
        key = f"{who} {options}"
        if key not in contexts:
            given: dict[str, Any] = {"base_url": address, "viewport": {"width": 1280, "height": 900}}
            given |= {"locale": "en-GB", "reduced_motion": "reduce"} | options
            contexts[key] = chromium.new_context(**given)
        context = contexts[key]
        context.clear_cookies()
        if who:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(who), "url": address}])
        return context

    return log_in


def tab_of(context: BrowserContext) -> tuple[Page, Watch]:
    """A new page, and what listens to it from its beginning."""
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page, Watch(page)


@pytest.fixture
def open_as(context_of: Callable[..., BrowserContext]) -> Iterator[Open]:
    """open_as("ada") gives a page of a browser in which Ada is logged in, open_as("") one of a stranger.

    Whatever the pages of a test say on the console, break or are refused by the policy fails it at its end.
    """
    tabs: list[tuple[Page, Watch]] = []

    def open_page(who: str = "ada", **options: Any) -> Page:
        tabs.append(tab_of(context_of(who, **options)))
        return tabs[-1][0]

    yield open_page
    said = [line for _page, watch in tabs for line in watch.said]
    for page, _watch in tabs:
        page.close()
    assert said == []


@pytest.fixture(scope="module")
def kept_tabs() -> dict[str, tuple[Page, Watch]]:
    return {}


@pytest.fixture
def visit_as(context_of: Callable[..., BrowserContext], kept_tabs: dict[str, tuple[Page, Watch]]) -> Iterator[Open]:
    """As open_as, for tests that only look: each person keeps one tab, since a new one costs as much as a page."""

    def show_tab(who: str = "ada") -> Page:
        context = context_of(who)
        if who not in kept_tabs:
            kept_tabs[who] = tab_of(context)
        return kept_tabs[who][0]

    yield show_tab
    said = [line for _page, watch in kept_tabs.values() for line in watch.take()]
    assert said == []
