"""A thousand rows with seven mistakes: brought once, mended in place, imported, and taken back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from suppliers.imports.models import ImportSession
from suppliers.performance.models import RatingFact
from tests.browser.conftest import Open
from tests.browser.world import World
from tests.suppliers.imports import kit

# By row of the file: the column, what stands there, and what is meant.
MISTAKES = {
    12: ("value", "six", "4"),
    101: ("observed_on", "2026-02-30", "2026-02-28"),
    205: ("kind", "star", "stars"),
    333: ("out_of", "", "5"),
    512: ("supplier_code", "PLAIM", "PLAIN"),
    700: ("supplier_code", "PLAIM", "PLAIN"),
    999: ("answers", "1,000", "1000"),
}
COUNT = 1_000


def write(folder: Path) -> Path:
    rows = [{"supplier_code": "PLAIN"} for _number in range(COUNT)]
    for line, (column, wrong, _right) in MISTAKES.items():
        rows[line - 2][column] = wrong
    path = folder / "ratings.csv"
    path.write_text(kit.table("ratings", *rows), encoding="utf-8")
    return path


def facts() -> int:
    """Ratings of this source that count."""
    return RatingFact.objects.filter(source="stars", withdrawn=False, corrected_by=None).count()


def mend(page: Page) -> None:
    """Type what is meant at each row; the one supplier that is wrong twice is changed in both at once."""
    for line, (column, _wrong, right) in MISTAKES.items():
        row = page.get_by_role("row", name=re.compile(f"^Row {line}\\b"))
        if line != 700:
            row.get_by_label(re.compile(f"^{column}, row {line}$")).fill(right)
        if line == 512:
            row.get_by_label("Change “PLAIM” in all 2 rows").check()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_thousand_rows_with_seven_mistakes(open_as: Open, world: World, tmp_path: Path, *, scripts: bool) -> None:
    page = open_as("ada", java_script_enabled=scripts)
    page.goto("/suppliers/imports/")
    page.get_by_role("link", name="Import a file").first.click()
    page.get_by_label("What do the rows tell of?").select_option("ratings")
    page.get_by_label("Where do the rows come from?").fill("stars")
    page.get_by_label("File", exact=True).set_input_files(write(tmp_path))
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which column is which?")
    page.get_by_role("button", name="Check 1,000 rows").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Mend 7 rows")
    expect(page.locator("main")).to_contain_text("993 rows are good.")
    expect(page.get_by_role("link", name="Go on with the 993 good ones")).to_be_visible()
    expect(page.locator("main")).to_contain_text("“six” is not an amount.")
    mend(page)
    page.get_by_role("button", name="Save and check 7 rows again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before you import")
    assert facts() == 0

    page.get_by_role("button", name="Import 1,000 rows").click()
    expect(page.locator("main")).to_contain_text("1,000 rows are imported")
    assert facts() == COUNT
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Undone")
    assert facts() == 0
    assert ImportSession.objects.latest("pk").state == "undone"
