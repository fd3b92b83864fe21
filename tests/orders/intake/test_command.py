"""manage.py import_orders: exit code 0 all in, 1 something refused, 2 nothing written; never a traceback."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from backoffice.kernel.models import Store
from orders.intake.models import ImportRun
from orders.sales.models import Order
from tests.conftest import Cast
from tests.orders.intake.kit import write_export

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_orders", *arguments, stdout=out, stderr=err)
    return int(str(ended.value.code)), out.getvalue(), err.getvalue()


def run_json(folder: Path, *arguments: str, preset: str = "standfast", store: str = "kettle") -> tuple[int, Any]:
    code, out, err = run(str(folder), "--preset", preset, "--store", store, "--json", *arguments)
    assert err == ""
    return code, json.loads(out)


def test_everything_in_is_0(store: Store, tmp_path: Path) -> None:
    code, report = run_json(write_export(tmp_path, orders=[{}], lines=[{}]))
    assert (code, Order.objects.count()) == (0, 1)
    assert report == {
        "rows": 2,
        "orders": 1,
        "lines": 1,
        "created": 1,
        "unchanged": 0,
        "changed": 0,
        "refused": 0,
        "dry_run": False,
        "refusals": [],
        "warnings": [],
    }


def test_something_refused_is_1_and_the_rest_is_in(store: Store, tmp_path: Path) -> None:
    code, report = run_json(write_export(tmp_path, orders=[{}, {"external_id": "A-2", "total": "1,5"}], lines=[{}]))
    assert (code, Order.objects.count(), report["refused"]) == (1, 1, 1)
    assert report["refusals"][0] == {
        "file": "orders.csv",
        "row": 3,
        "column": "total",
        "reason": "“1,5” can be read in more than one way. Write it like 1234.50.",
    }


def test_the_first_hundred_refusals_are_listed_and_all_are_counted(store: Store, tmp_path: Path) -> None:
    orders = [{"external_id": f"A-{n}", "total": "x"} for n in range(150)]
    code, report = run_json(write_export(tmp_path, orders=orders))
    assert (code, report["refused"], len(report["refusals"])) == (1, 150, 100)


@pytest.mark.parametrize(
    ("preset", "store_slug", "says"),
    [
        ("nope", "kettle", "no preset"),
        ("standfast", "nope", "no store"),
        ("missing.toml", "kettle", "no readable preset"),
    ],
)
def test_what_is_not_there_is_2(store: Store, tmp_path: Path, preset: str, store_slug: str, says: str) -> None:
    code, report = run_json(write_export(tmp_path, orders=[{}]), preset=preset, store=store_slug)
    assert code == 2
    assert says in report["error"]["message"]
    assert not Order.objects.exists()


def test_an_unreadable_file_is_2_and_nothing_is_written(store: Store, tmp_path: Path) -> None:
    write_export(tmp_path, orders=[{}])
    (tmp_path / "orders.csv").write_bytes(b"PK\x03\x04")
    code, report = run_json(tmp_path)
    assert (code, report["error"]["code"]) == (2, "file.foreign")
    assert not ImportRun.objects.exists()


def test_a_person_reads_sentences(store: Store, tmp_path: Path) -> None:
    write_export(tmp_path, orders=[{}, {"external_id": "A-2", "country": "Poland"}], lines=[{}])
    code, out, err = run(str(tmp_path), "--preset", "standfast", "--store", "kettle", "--dry-run")
    assert (code, err) == (1, "")
    assert "Read 3 rows: 2 orders with 1 lines." in out
    assert "New 1, unchanged 0, changed 0, refused 1." in out
    assert "orders.csv row 3 country: “Poland” is not a country code." in out
    assert "nothing was written" in out
    assert not Order.objects.exists()
    code, out, err = run(str(tmp_path / "nowhere"), "--preset", "standfast", "--store", "kettle")
    assert (code, out) == (2, "")
    assert "Nothing was written." in err


def test_the_importer_is_named(store: Store, cast: Cast, tmp_path: Path) -> None:
    write_export(tmp_path, orders=[{}])
    code, report = run_json(tmp_path, "--as", "nobody")
    assert (code, report["error"]["code"]) == (2, "user.unknown")
    code, _report = run_json(tmp_path, "--as", "milan")
    assert (code, ImportRun.objects.get().actor) == (0, cast.manager)
