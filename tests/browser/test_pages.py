"""Every page in a real Chromium: accessible, within the policy, silent, and whole at any width and text size."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLResolver, get_resolver
from playwright.sync_api import Page

from tests.browser import layout
from tests.browser.conftest import Open
from tests.browser.pages import NOT_PAGES, NOT_PAGES_ENDING, NOT_PAGES_UNDER, VISITS, Visit
from tests.browser.watching import violations
from tests.browser.world import World

# Between light and dark the document is the same, and only its colours can be at fault.
COLOURS = ["color-contrast", "link-in-text-block"]


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, here)
        else:
            yield here


def excused(route: str) -> bool:
    return (
        route in NOT_PAGES
        or any(route.startswith(start) for start in NOT_PAGES_UNDER)
        or any(route.endswith(end) for end in NOT_PAGES_ENDING)
    )


def test_every_address_is_visited_or_says_why_not() -> None:
    there = set(routes(get_resolver()))
    visited = {visit.route for visit in VISITS}
    unseen = {route for route in there - visited if not excused(route)}
    assert unseen == set(), "give each a Visit in tests/browser/pages.py, or a reason in NOT_PAGES"
    assert (visited | set(NOT_PAGES)) - there == set(), "these are on the list and exist no more"


@pytest.mark.parametrize("visit", VISITS, ids=str)
def test_a_page_is_accessible_silent_and_whole(visit: Visit, visit_as: Open, world: World) -> None:
    page = visit_as(visit.who)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")
    assert _open(page, visit, world) == visit.status
    found = _at(page, 1280, "light") | _at(page, 1280, "dark", only=COLOURS)
    found |= _at(page, 390, "dark") | _at(page, 390, "light", only=COLOURS)
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        found |= {f"scrolls sideways at {width}: {name}" for name in layout.too_wide(page)}
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        layout.double_text(page)
        found |= {f"at 200 % text, {width}: {fault}" for fault in layout.lost(page)}
        layout.normal_text(page)
    assert found == set()


def _open(page: Page, visit: Visit, world: World) -> int:
    """Show the page and return its status. What is sealed is shown from a copy: axe itself could not run in it."""
    url = visit.url.format_map(world)
    if visit.sealed:
        copy = page.request.get(url)
        page.goto("about:blank")  # the page before would hold the copy to its own policy
        page.set_content(copy.text())
        layout.look_at(page)
        return copy.status
    answer = page.goto(url)
    layout.look_at(page)
    return answer.status if answer else 0


def _at(page: Page, width: int, scheme: Any, *, only: list[str] | None = None) -> set[str]:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    return {f"{width} {scheme}: {line}" for line in violations(page, only=only)}
