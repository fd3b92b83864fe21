"""The page of components in a real Chromium: accessible, within the policy, and the scripts do their part."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from tests.browser.watching import violations
from tests.kit import styleguide

SCREEN: Any = {"width": 1280, "height": 800}
# The sample of a framed message is one of our pages here; the real view allows its own framing.
POLICY = "; ".join(
    f"{name} {' '.join(map(str, sources))}"
    for name, sources in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
    if name != "frame-ancestors"
)


class Handler(SimpleHTTPRequestHandler):
    """Static pages under the policy of the site."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("styleguide")
    styleguide.write(Path(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[tuple[Page, list[str]]]:
    """One tab for all that follows, and whatever its pages say: a new one costs as much as a page."""
    page = chromium.new_page(viewport=SCREEN)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page, said
    page.close()


@pytest.fixture
def page(tab: tuple[Page, list[str]]) -> Page:
    page = tab[0]
    page.set_viewport_size(SCREEN)
    page.emulate_media(color_scheme="null", reduced_motion="null")
    return page


@pytest.fixture
def silent_page(tab: tuple[Page, list[str]], page: Page) -> Iterator[Page]:
    """The page of a test that fails when the page says anything."""
    said = tab[1]
    said.clear()
    yield page
    assert said == []


@pytest.mark.parametrize("name", ["index-en", "index-zh-hans", "index-pl", "login", "locked", "404"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_component_is_accessible_fits_and_keeps_the_policy(
    site: str, silent_page: Page, name: str, width: int, scheme: Any
) -> None:
    page = silent_page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{site}/{name}.html")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [320, 360, 1920])
def test_nothing_is_cut_from_the_smallest_to_the_widest_screen(site: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/index-pl.html")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_page_with_errors_takes_the_focus_to_the_summary_and_says_so_in_its_title(site: str, page: Page) -> None:
    page.goto(f"{site}/index-en.html")
    assert page.evaluate("document.activeElement.matches('[data-error-summary]')")
    assert page.title().startswith("Error: ")
    page.click("a[href='#id_severity_0']")
    assert page.evaluate("document.activeElement.id") == "id_severity_0"


def test_the_slash_key_goes_to_the_search_but_not_from_a_field(site: str, page: Page) -> None:
    page.goto(f"{site}/index-en.html")
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "quick"
    page.keyboard.press("/")
    assert page.input_value("#quick") == "/"


def test_ticking_rows_counts_them(site: str, page: Page) -> None:
    page.goto(f"{site}/index-en.html")
    page.check("input[value=A-10041]")
    assert page.inner_text("[data-bulk-count]") == "1 selected"
    page.check("[data-check-all]")
    assert page.inner_text("[data-bulk-count]") == "3 selected"


def test_a_dialog_opens_closes_with_escape_and_gives_the_focus_back(site: str, page: Page) -> None:
    page.goto(f"{site}/index-en.html")
    page.click("[data-opens=sample-dialog]")
    assert page.locator("#sample-dialog").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#sample-dialog").is_visible()
    assert page.evaluate("document.activeElement.dataset.opens") == "sample-dialog"


def test_the_menu_on_a_phone_opens_and_closes_with_the_keyboard(site: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site}/index-en.html")
    assert not page.locator("#menu").is_visible()
    page.focus(".menu-button")
    page.keyboard.press("Enter")
    assert page.locator("#menu").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#menu").is_visible()


def test_progress_is_spoken_and_a_toast_goes_when_it_is_dismissed(site: str, page: Page) -> None:
    page.goto(f"{site}/index-en.html")
    assert page.inner_text("#announcer").startswith("84%")
    page.click("[data-dismiss]")
    assert page.locator(".toast").count() == 0


def test_without_scripts_everything_is_there_and_nothing_lies_over_the_page(site: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{site}/index-en.html")
    assert page.locator(".toasts").evaluate("element => getComputedStyle(element).position") == "static"
    assert page.locator("[data-copy]").is_hidden()
    assert page.locator(".filter-bar button[type=submit]").is_visible()
    context.close()
