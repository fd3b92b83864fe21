"""What hangs on suppliers comes in from an export: the good rows are the new set, the others named with their row."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from backoffice.kernel.errors import Refusal
from suppliers.continuity import cells
from suppliers.continuity import services as continuity
from suppliers.continuity.models import Exposure
from tests.factories import NOW
from tests.suppliers.continuity.kit import exposure
from tests.suppliers.imports import kit
from tests.suppliers.performance.kit import suppliers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told() -> None:
    suppliers("ACME", "BOLT")
    continuity.record_exposure(source="standfast", drafts=[exposure("BOLT", "PUMP")], actor=None, now=NOW)


def write(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "exposures.csv"
    text = kit.table("exposures", *rows).splitlines()
    more = ",supplier_name,product_name,open_orders,order_lines"
    path.write_text("\n".join([text[0] + more, *(line + ",,,2,30" for line in text[1:])]) + "\n", encoding="utf-8")
    return path


def run(path: Path, *options: str) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_exposures", str(path), "--preset", "standfast", "--json", *options, stdout=out)
    return int(str(ended.value.code)), json.loads(out.getvalue())


def pairs() -> list[tuple[str, int]]:
    rows = Exposure.objects.filter(source="standfast").order_by("supplier__code")
    return list(rows.values_list("supplier__code", "open_quantity"))


def test_the_rows_take_the_place_of_the_set(tmp_path: Path) -> None:
    code, report = run(write(tmp_path, {"open_quantity": "7"}))
    assert (code, report["rows"], report["created"], report["unchanged"], report["refused"]) == (0, 1, 1, 0, 0)
    assert pairs() == [("ACME", 7)]
    row = Exposure.objects.get(source="standfast")
    assert (row.open_orders, row.order_lines, row.cover_days) == (2, 30, 12)


def test_again_is_unchanged(tmp_path: Path) -> None:
    path = write(tmp_path, {}, {"supplier_code": "BOLT"})
    run(path)
    assert run(path)[1]["unchanged"] == 2


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ({"supplier_code": "CORE"}, "supplier_code", "no supplier “CORE”"),
        ({"sku": "VALVE"}, "sku", "no product “VALVE”"),
        ({"sku": ""}, "sku", "The product is empty"),
        ({"open_quantity": "-1"}, "open_quantity", "not a whole number"),
        ({"stock": "x"}, "stock", "not an amount"),
        ({"revenue": "9.999"}, "revenue", "more decimals than PLN"),
        ({"currency": "zł"}, "currency", "not a currency code"),
        ({"daily_demand": ""}, "daily_demand", "missing"),
        ({}, "sku", "on row 2 already"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_row(
    tmp_path: Path, row: dict[str, str], column: str, says: str
) -> None:
    code, report = run(write(tmp_path, {}, row))
    assert (code, report["created"], report["refused"]) == (1, 1, 1)
    (refusal,) = report["refusals"]
    assert (refusal["row"], refusal["column"]) == (3, column)
    assert says in refusal["reason"]
    assert pairs() == [("ACME", 100)]


def test_a_file_without_a_good_row_leaves_the_set_as_it_was(tmp_path: Path) -> None:
    code, report = run(write(tmp_path, {"stock": "x"}))
    assert (code, report["error"]["code"]) == (2, "exposure.none")
    assert pairs() == [("BOLT", 100)]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert run(write(tmp_path, {}), "--dry-run")[1]["created"] == 1
    assert pairs() == [("BOLT", 100)]


def test_the_shipped_preset_is_good_and_a_wrong_key_is_named() -> None:
    folder = settings.BASE_DIR / "seeds" / "presets"
    assert cells.load_preset("standfast", folder=folder).source == "standfast"
    text = (folder / "exposures" / "standfast.toml").read_text(encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        cells.parse_preset(text.replace('stock = "stock"', ""), name="x")
    assert refused.value.field == "exposure.columns.stock"
