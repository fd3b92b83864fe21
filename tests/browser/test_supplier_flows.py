"""A supplier's bad half year in a real browser, on the seeded story: assess, read why, ready a backup, switch.

How long a way is, is counted in clicks and keys; seconds are printed and never asserted.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from backoffice.kernel.models import User
from customercare.management import seeding_story, seeding_suppliers
from suppliers.assessment.models import Assessment, AssessmentFile, Scorecard, Standing
from suppliers.catalog import services as catalog
from suppliers.continuity import services as continuity
from suppliers.continuity.models import BackupReadiness, SupplierDefault, Switchover, SwitchoverRow
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier
from tests.browser.conftest import Open
from tests.browser.world import World
from tests.suppliers.questionnaires import desk
from tests.suppliers.test_story import rows

SEEDS: Path = settings.BASE_DIR / "seeds"
FALLEN, STOPPED = "TAICHUNG-ALU", "HARBIN-DOWN"
# Counts what a hand does, over all pages of one tab.
COUNT = """
for (const kind of ["pointerdown", "keydown"]) {
  addEventListener(kind, () => { sessionStorage[kind] = Number(sessionStorage[kind] || 0) + 1; }, true);
}"""


@pytest.fixture(scope="module")
def story(world: World, django_db_blocker: Any) -> dict[str, int]:
    """The seeded suppliers with their half year, beside the world; nothing is declared yet. Ids by code."""
    now = timezone.now()
    with django_db_blocker.unblock():
        for file, key, ensure in (("suppliers", "code", directory.ensure), ("products", "sku", catalog.ensure)):
            ensure(names={row[key]: row["name"] for row in rows(SEEDS / "shop" / f"{file}.csv")})
        seeding_suppliers.load(SEEDS / "shop", now=now)
        ada = User.objects.get(username="ada")
        seeding_story.load(SEEDS / "supply", people={"mei": ada, "ola": ada}, now=now)
        ids = dict(Supplier.objects.values_list("code", "pk"))
        continuity.lift_default(supplier_id=ids[FALLEN], actor=ada, now=now)
    return ids


@dataclass(frozen=True, slots=True)
class Effort:
    """What a way took."""

    clicks: int
    keys: int
    seconds: float


# Opens a page, and tells what its way took so far.
Hands = Callable[[], tuple[Page, Callable[[str], Effort]]]


@pytest.fixture
def hands(open_as: Open) -> Hands:
    """A page of Ada's whose clicks and keys are counted, and what tells them so far."""

    def open_counted() -> tuple[Page, Callable[[str], Effort]]:
        page = open_as("ada")
        page.add_init_script(COUNT)
        began = time.monotonic()

        def effort(way: str) -> Effort:
            clicks, keys = (int(page.evaluate(f"sessionStorage['{kind}'] || 0")) for kind in ("pointerdown", "keydown"))
            found = Effort(clicks, keys, round(time.monotonic() - began, 1))
            print(f"{way}: {found.clicks} clicks, {found.keys} keys, {found.seconds} s")
            return found

        return page, effort

    return open_counted


def click(page: Page, name: str, *, role: Any = "link") -> None:
    page.get_by_role(role, name=re.compile(f"^{re.escape(name)}")).first.click()


def type_into(page: Page, label: str, text: str) -> None:
    """Click into a field, and type over what stands there."""
    field = page.get_by_label(re.compile(f"^{re.escape(label)}"))
    field.click()
    field.press("Control+a")
    field.press_sequentially(text)


def shown_score(page: Page) -> float:
    kpi = page.get_by_role("region", name="Where the supplier stands").or_(
        page.locator("section[aria-label='Where the supplier stands']")
    )
    return float(re.search(r"\d+\.\d", kpi.first.inner_text())[0])  # type: ignore[index]


def test_an_assessment_with_evidence_moves_the_score(hands: Hands, story: dict[str, int]) -> None:
    page, effort = hands()
    page.goto(f"/suppliers/{story['KARPATY']}/score/")
    before = shown_score(page)
    click(page, "Assess")
    page.get_by_label("How was it made?").select_option("site_visit")
    type_into(page, "Quality", "35")
    type_into(page, "Delivery", "30")
    type_into(page, "Evidence", "Two lines stand still; seams of the third are open.")
    page.locator("#file").set_input_files({"name": "line-3.pdf", "mimeType": "application/pdf", "buffer": desk.PDF})
    click(page, "Add the file", role="button")
    expect(page.get_by_role("link", name="line-3.pdf")).to_be_visible()
    click(page, "Save the draft", role="button")
    expect(page.locator("body")).to_contain_text("Quality 35, Delivery 30")
    assert (
        Standing.objects.get(supplier=story["KARPATY"]).scorecard.total
        == Scorecard.objects.filter(supplier=story["KARPATY"]).latest("revision").total
    ), "a draft moves nothing"
    click(page, "Submit score", role="button")
    expect(page.get_by_role("heading", level=1)).to_have_text("Score")
    after = shown_score(page)
    assert after < before
    row = Assessment.objects.get(supplier=story["KARPATY"], method="site_visit")
    assert (row.state, row.evidence[:9], row.assessor.username) == ("submitted", "Two lines", "ada")  # type: ignore[union-attr]
    kept = AssessmentFile.objects.get(assessment=row).file
    answer = page.request.get(f"/suppliers/evidence/{kept.key}/")
    assert (kept.shown_name, answer.body()) == ("line-3.pdf", desk.PDF)
    assert answer.headers["content-disposition"].startswith("attachment")
    why = page.locator(f"#revision-{Scorecard.objects.filter(supplier=story['KARPATY']).latest('revision').revision}")
    expect(why).to_contain_text("Site visit")
    expect(why).to_contain_text("counts now, with 35 points")
    assert effort("assess").clicks <= 8


def test_why_a_score_fell_is_read_down_to_the_rows(hands: Hands, story: dict[str, int]) -> None:
    page, effort = hands()
    page.goto(f"/suppliers/{story[FALLEN]}/score/")
    picture = page.locator("figure", has=page.locator(".chart-time"))
    expect(picture.get_by_role("heading", level=2)).to_contain_text("Score fell from 85.4 to ")
    moment = picture.locator(".moments li", has_text="Approved → Watched")
    moment.get_by_role("link").click()
    number = re.search(r"revision-(\d+)$", page.url)
    assert number is not None
    revision = page.locator(f"#revision-{number[1]}")
    expect(revision).to_be_in_viewport()
    revision.locator("summary").click()
    reason = revision.locator("li", has_text="On time, in full").first
    expect(reason).to_contain_text("days after the promise")
    late = re.findall(r"PO-TAI-\d+", reason.inner_text())
    assert late
    reason.get_by_role("link", name=re.compile("^Show rows")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delivery")
    expect(page.locator("figure").first).to_contain_text("are late and not yet delivered")
    expect(page.locator("#rows")).to_contain_text(late[0])
    assert effort("read why").clicks <= 3


def test_a_backup_is_made_ready(hands: Hands, story: dict[str, int]) -> None:
    page, effort = hands()
    page.goto(f"/suppliers/{story[STOPPED]}/stops/")
    jackets = page.locator("#rows tr", has_text="NL-JACKET-DOWN")
    expect(jackets.get_by_text("Not ready")).to_have_count(2)
    jackets.get_by_role("link", name=re.compile("^Verify Karpaty")).click()
    type_into(page, "Confirmed units a week of this item", "60")
    click(page, "Save verification", role="button")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Down jacket")
    assert effort("ready a backup").clicks <= 4
    page.goto(f"/suppliers/{story[STOPPED]}/stops/")
    expect(jackets.get_by_text("Not ready")).to_have_count(1)
    expect(jackets.get_by_text(re.compile(r"Ready, \d+ of 100"))).to_have_count(1)
    row = BackupReadiness.objects.latest("pk")
    assert (row.item.product.sku, row.item.supplier.code, row.capacity_per_week) == ("NL-JACKET-DOWN", "KARPATY", 60)


def test_a_default_is_declared_and_four_products_switched_in_a_few_clicks(hands: Hands, story: dict[str, int]) -> None:
    page, effort = hands()
    page.goto(f"/suppliers/{story[FALLEN]}/")
    click(page, "If they stop")
    click(page, "Declare default")
    type_into(page, "What did they not deliver?", "Six lines, 24 days late.")
    click(page, "Declare default", role="button")
    expect(page.locator("body")).to_contain_text("Six lines, 24 days late.")
    click(page, "Compare backups")
    expect(page.locator("body")).to_contain_text("Enter what 1 unit is worth for: CZK")
    type_into(page, "1 CZK is worth", "0.04")
    click(page, "Compare again", role="button")
    expect(page.get_by_role("heading", name="Three ways side by side")).to_be_visible()
    click(page, "Keep the best split", role="button")
    assert Switchover.objects.get(supplier=story[FALLEN]).state == "draft"
    click(page, "Confirm ", role="button")
    expect(page.locator("body")).to_contain_text("The switch is confirmed.")
    took = effort("declare a default and switch four products")
    assert SupplierDefault.objects.filter(supplier=story[FALLEN], lifted_at=None).count() == 1
    switch = Switchover.objects.get(supplier=story[FALLEN])
    assert (switch.state, switch.uncovered) == ("confirmed", 0)
    assert SwitchoverRow.objects.filter(switchover=switch).values("item__product").distinct().count() == 4
    assert took.clicks <= 9
    assert took.keys <= 40
