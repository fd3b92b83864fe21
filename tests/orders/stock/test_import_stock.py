"""A count by file: good rows are counted, bad ones are named, and the same file again changes nothing."""

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.stock.models import StockCount, StockLevel
from orders.stock.services import importing, places
from suppliers.catalog import services as catalog
from tests.factories import NOW
from tests.orders.stock import kit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop() -> None:
    kit.stock(units=5)
    kit.stock("MUG-1", 3)


def write(folder: Path, *rows: str, header: str = "sku,warehouse,units") -> Path:
    path = folder / "count.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def run(path: Path, *options: str) -> tuple[Any, dict[str, Any]]:
    """The exit code, and what the command printed."""
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_stock", str(path), "--json", *options, stdout=out)
    return ended.value.code, json.loads(out.getvalue())


def test_counts_what_the_file_says(tmp_path: Path) -> None:
    code, report = run(write(tmp_path, "kettle-1,WRO,7", "MUG-1,WRO,3"))
    assert code == 0
    assert (report["counted"], report["differing"], report["units"]) == (2, 1, 2)
    assert kit.figures() == (7, 0, 0, 0)
    assert kit.drift() == []


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "KETTLE-1,WRO,7")
    run(path)
    kit.stock(units=1)
    code, report = run(path)
    assert (code, report["known"], report["differing"]) == (0, True, 0)
    assert kit.figures() == (8, 0, 0, 0)
    assert StockCount.objects.count() == 1


def test_bad_rows_are_named_and_the_others_counted(tmp_path: Path) -> None:
    kit.reserve(2)
    kit.make_warehouse("OLD")
    places.set_days(code="OLD", opens_on=None, closes_on=date(2020, 1, 1), actor=None, now=NOW)
    code, report = run(
        write(
            tmp_path, "KETTLE-1,WRO,1", "MUG-1,WRO,4", "NO-SUCH,WRO,4", "MUG-1,NOWHERE,4", "MUG-1,OLD,4", "MUG-1,WRO,5",
            "MUG-1,WRO,-1", "MUG-1,WRO,４", "MUG-1,WRO", "KETTLE-1;WRO;4",
        )
    )  # fmt: skip
    assert code == 1
    assert {(one["row"], one["column"]) for one in report["refusals"]} == {
        (2, "units"), (4, "sku"), (5, "warehouse"), (6, "warehouse"), (7, ""), (8, "units"), (9, "units"), (10, ""),
        (11, ""),
    }  # fmt: skip
    assert (report["rows"], report["counted"], report["refused"]) == (10, 1, 9)
    assert kit.figures() == (5, 2, 0, 0)
    assert kit.figures("MUG-1") == (4, 0, 0, 0)


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    code, report = run(write(tmp_path, "KETTLE-1,WRO,7"), "--dry-run")
    assert (code, report["differing"], report["dry_run"]) == (0, 1, True)
    assert kit.figures() == (5, 0, 0, 0)
    assert not StockCount.objects.exists()


def test_a_file_that_is_no_count_is_refused_whole(tmp_path: Path) -> None:
    code, report = run(write(tmp_path, "KETTLE-1,7", header="sku,units"))
    assert (code, report["error"]["code"]) == (2, "file.columns")
    code, report = run(write(tmp_path, "KETTLE-1,WRO,7"), "--reason", " ")
    assert (code, report["error"]["code"]) == (2, "stock.reason")
    assert kit.figures() == (5, 0, 0, 0)


def test_hundreds_of_rows_cost_as_many_statements_as_one(tmp_path: Path) -> None:
    names = {f"FILL-{n}": "Filler" for n in range(300)}
    catalog.ensure(names=names)
    with CaptureQueriesContext(connection) as one:
        importing.import_counts(path=write(tmp_path, "FILL-0,WRO,1"), reason="a", actor=None, now=NOW)
    rows = [f"{sku},WRO,2" for sku in names]
    with CaptureQueriesContext(connection) as many:
        importing.import_counts(path=write(tmp_path, *rows), reason="b", actor=None, now=NOW)
    assert StockLevel.objects.filter(on_hand=2).count() == 300
    assert len(many) <= len(one) + 3
