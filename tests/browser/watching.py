"""What a page does behind the back of its reader: console, errors, and what the policy refused."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import ConsoleMessage, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# Chromium says this about every answer that refuses; files of ours must never be among them.
REFUSED = "the server responded with a status of 4"
LISTEN = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));"""


class Watch:
    """Collects in `said` what no page of ours may say."""

    def __init__(self, page: Page) -> None:
        self.said: list[str] = []
        page.add_init_script(LISTEN)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.said.append(f"{page.url}: {error}"))

    def take(self) -> list[str]:
        """What was said since the last time."""
        said, self.said = self.said, []
        return said

    def _heard(self, message: ConsoleMessage) -> None:
        refused = REFUSED in message.text and "/static/" not in message.location["url"]
        if message.type in ("error", "warning") and not refused:
            self.said.append(f"{message.page.url if message.page else ''}: {message.text}")


def violations(page: Page, *, only: list[str] | None = None) -> list[str]:
    """What axe has against the page, one line for each element. only: names of single rules."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    chosen: Any = {"type": "rule", "values": only} if only else {"type": "tag", "values": RULES}
    found = page.evaluate(
        "(runOnly) => axe.run(document, {runOnly, resultTypes: ['violations'], iframes: false, preload: false})", chosen
    )
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
