"""What a reader cannot see: text that is cut, buttons that lie over each other, pages that run off the screen."""

from pathlib import Path

from playwright.sync_api import Page

_SCRIPT = Path(__file__).with_name("layout.js").read_text(encoding="utf-8")


def look_at(page: Page) -> None:
    """Wait until what a page fetches for itself (panels, counts) is there, and get ready to measure it."""
    page.evaluate(_SCRIPT)
    page.evaluate("standfastLayout.settled()")


def too_wide(page: Page) -> list[str]:
    """What makes the document scroll sideways; empty when it does not."""
    found: list[str] = page.evaluate("standfastLayout.tooWide()")
    return found


def lost(page: Page) -> list[str]:
    """Text that is cut off, buttons whose words do not fit or that overlap, and a page wider than the screen."""
    found: list[str] = page.evaluate("standfastLayout.lost()")
    return found


def double_text(page: Page) -> None:
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")


def normal_text(page: Page) -> None:
    page.evaluate("document.documentElement.style.removeProperty('font-size')")
