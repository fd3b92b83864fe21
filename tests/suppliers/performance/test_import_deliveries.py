"""Deliveries come in from exports: nothing guessed, every wrong or unknown cell named with its row, twice is once."""

import csv
import json
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import AuditEntry
from suppliers.catalog.models import Product
from suppliers.directory.models import Supplier
from suppliers.performance import presets, services
from suppliers.performance.models import DeliveryFact
from suppliers.performance.rules.imports import CODE_LIMIT, FactPreset, FactReport, code_of, unknown_pattern
from suppliers.performance.rules.kinds import DELIVERIES
from tests.conftest import Cast
from tests.factories import NOW

pytestmark = pytest.mark.django_db
PRESETS: Path = settings.BASE_DIR / "seeds" / "presets" / "deliveries"
Rows = list[dict[str, str]]
ROW = {
    "key": "D-1",
    "supplier_code": "ACME",
    "supplier_name": "Acme Ltd",
    "sku": "PUMP",
    "order_ref": "PO-1",
    "line_ref": "1",
    "ordered_on": "2026-05-11",
    "promised_on": "2026-06-10",
    "delivered_on": "2026-06-10",
    "quantity_ordered": "10",
    "quantity_delivered": "10",
    "promise_changes": "0",
    "weight_kg": "12.5",
}
FOREIGN = """
source = "erp"
create_missing = ["suppliers"]
[format]
dates = ["%m/%d/%Y", "%d-%b-%y"]
[files.all]
path = "deliveries.csv"
[delivery]
file = "all"
key = "key"
[delivery.columns]
supplier_name = "supplier_name"
ordered_on = "ordered_on"
promised_on = "promised_on"
delivered_on = "delivered_on"
quantity_ordered = "quantity_ordered"
weight_kg = "weight_kg"
[unknown]
ordered_on = ["Not captured", "N/A - *"]
delivered_on = ["Not captured"]
weight_kg = ["See DN-* (ID#:*)", ""]
"""
DATES = {"ordered_on": "5/11/2026", "promised_on": "10-Jun-26", "delivered_on": "12-Jun-26"}


def standfast(**changes: frozenset[str]) -> FactPreset:
    text = (PRESETS / "standfast.toml").read_text(encoding="utf-8")
    if "create_missing" in changes:
        text = text.replace('create_missing = ["products", "suppliers"]', "create_missing = []")
    return presets.parse(text, kind=DELIVERIES, name="standfast")


def write(folder: Path, *rows: dict[str, str]) -> Path:
    """Write deliveries.csv; rows are given as what differs from ROW, numbered D-1, D-2 …"""
    columns = [*ROW, "corrects", "product_name", "acknowledged_on", "revised_on", "quoted_on"]
    with (folder / "deliveries.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows([ROW | {"key": f"D-{number}"} | row for number, row in enumerate(rows, start=1)])
    return folder


def load(folder: Path, preset: FactPreset | None = None, **options: Any) -> FactReport:
    return services.import_facts(
        kind=DELIVERIES, actor=None, path=folder, preset=preset or standfast(), now=NOW, **options
    )


def foreign(folder: Path, *rows: dict[str, str], text: str = FOREIGN) -> FactReport:
    return load(write(folder, *[DATES | row for row in rows]), presets.parse(text, kind=DELIVERIES, name="foreign"))


def test_a_row_becomes_a_fact_with_its_supplier_and_product(tmp_path: Path) -> None:
    report = load(write(tmp_path, {"product_name": "Hand pump", "quoted_on": "2026-05-01", "revised_on": "2026-06-12"}))

    assert (report.rows, report.created, report.refused) == (1, 1, 0)
    fact = DeliveryFact.objects.select_related("supplier", "product").get()
    assert (fact.source, fact.key, fact.outcome) == ("standfast", "D-1", "delivered")
    assert (fact.supplier.code, fact.supplier.name) == ("ACME", "Acme Ltd")
    assert fact.product is not None
    assert (fact.product.sku, fact.product.name) == ("PUMP", "Hand pump")
    assert (fact.quoted_on, fact.revised_on) == (date(2026, 5, 1), date(2026, 6, 12))
    assert (fact.quantity_ordered, fact.promise_changes, fact.weight_kg) == (10, 0, Decimal("12.5"))


def test_again_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, {}, {})
    load(tmp_path)
    again = load(tmp_path)
    assert (again.created, again.unchanged, again.refused) == (0, 2, 0)
    assert DeliveryFact.objects.count() == 2


def test_a_dry_run_says_the_same_and_keeps_nothing(tmp_path: Path) -> None:
    write(tmp_path, {}, {"weight_kg": "heavy"})
    report = load(tmp_path, dry_run=True)
    assert (report.created, report.refused, report.dry_run) == (1, 1, True)
    for model in (DeliveryFact, Supplier, Product, AuditEntry):
        assert not model.objects.exists()


def test_empty_cells_are_unknown_and_an_empty_day_is_not_delivered(tmp_path: Path) -> None:
    blank = dict.fromkeys(["ordered_on", "promised_on", "delivered_on", "quantity_ordered", "weight_kg"], "")
    load(write(tmp_path, blank | {"quantity_delivered": "0", "promise_changes": "", "sku": "", "line_ref": ""}))
    fact = DeliveryFact.objects.get()
    assert fact.outcome == "open"
    told = (fact.ordered_on, fact.promised_on, fact.delivered_on, fact.quantity_ordered, fact.quantity_delivered)
    assert (*told, fact.promise_changes, fact.weight_kg, fact.product) == (None,) * 8


def test_what_the_source_does_not_know_is_kept_as_unknown_and_listed(tmp_path: Path) -> None:
    report = foreign(
        tmp_path,
        {"ordered_on": "Not captured", "weight_kg": "See DN-304 (ID#:10589)"},
        {"ordered_on": "N/A - From stock", "weight_kg": ""},
        {"delivered_on": "Not captured"},
    )
    assert (report.created, report.refused) == (3, 0)
    assert [(one.column, one.count, list(one.rows)) for one in report.unknown] == [
        ("delivered_on", 1, [4]),
        ("ordered_on", 2, [2, 3]),
        ("weight_kg", 2, [2, 3]),
    ]
    found = DeliveryFact.objects.order_by("key").values_list("ordered_on", "outcome", "delivered_on", "weight_kg")
    assert list(found) == [
        (None, "delivered", date(2026, 6, 12), None),
        (None, "delivered", date(2026, 6, 12), None),
        (date(2026, 5, 11), "unknown", None, Decimal("12.5")),
    ]


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ({"ordered_on": "11.05.2026"}, "ordered_on", "not a date"),
        ({"ordered_on": "2026-02-30"}, "ordered_on", "not a date"),
        ({"ordered_on": "Not captured"}, "ordered_on", "not a date"),
        ({"delivered_on": "soon"}, "delivered_on", "not a date"),
        ({"delivered_on": "1926-06-10"}, "delivered_on", "outside 1970 to 2100"),
        ({"quantity_ordered": "ten"}, "quantity_ordered", "not a whole number"),
        ({"quantity_ordered": "0"}, "quantity_ordered", "too few"),
        ({"quantity_ordered": "1.5"}, "quantity_ordered", "not a whole number"),
        ({"quantity_ordered": "9999999"}, "quantity_ordered", "more than the limit"),
        ({"quantity_delivered": "-1"}, "quantity_delivered", "not a whole number"),
        ({"weight_kg": "See DN-1"}, "weight_kg", "not an amount"),
        ({"weight_kg": "1,5"}, "weight_kg", "more than one way"),
        ({"weight_kg": "1.23456"}, "weight_kg", "more than 3 decimals"),
        ({"delivered_on": ""}, "quantity_delivered", "the day is empty"),
        ({"supplier_code": "", "supplier_name": ""}, "supplier_code", "supplier is empty"),
        ({"supplier_code": "A\u200bCME"}, "supplier_code", "invisible"),
        ({"sku": "=1+1"}, "sku", "formula"),
        ({"key": ""}, "key", "missing"),
        ({"corrects": "D-0"}, "corrects", "cannot be corrected"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_row_and_the_rest_is_in(
    tmp_path: Path, row: dict[str, str], column: str, says: str
) -> None:
    report = load(write(tmp_path, {}, row, {}))

    assert (report.rows, report.created, report.refused) == (3, 2, 1)
    (refusal,) = report.refusals
    assert (refusal.file, refusal.row, refusal.column) == ("deliveries.csv", 3, column)
    assert says in refusal.reason
    assert sorted(DeliveryFact.objects.values_list("key", flat=True)) == ["D-1", "D-3"]


def test_every_reason_of_a_row_is_told(tmp_path: Path) -> None:
    report = load(write(tmp_path, {"ordered_on": "x", "weight_kg": "y"}))
    assert (report.refused, [one.column for one in report.refusals]) == (1, ["ordered_on", "weight_kg"])


def test_a_row_with_a_column_too_many_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, {}) / "deliveries.csv"
    path.write_text(path.read_text() + "D-2,ACME\n")
    report = load(tmp_path)
    assert (report.created, report.refused, report.refusals[0].row) == (1, 1, 3)


def test_a_date_that_two_forms_read_differently_is_refused(tmp_path: Path) -> None:
    text = FOREIGN.replace('"%d-%b-%y"', '"%d/%m/%Y"')
    days = {"promised_on": "6/13/2026", "delivered_on": "6/13/2026"}
    report = foreign(tmp_path, days | {"ordered_on": "5/11/2026"}, days | {"ordered_on": "5/5/2026"}, text=text)
    assert (report.created, report.refused) == (1, 1)
    assert "“5/11/2026” can be 2026-05-11, 2026-11-05." in report.refusals[0].reason


def test_a_column_with_dates_in_two_forms_is_warned_about(tmp_path: Path) -> None:
    report = foreign(tmp_path, {}, {"promised_on": "6/9/2026"}, {}, {"promised_on": "6/8/2026"}, {})
    assert report.refused == 0
    (warning,) = report.warnings
    assert (warning.row, warning.column) == (3, "promised_on")
    assert "2 dates of this column are written like 11/23/2026 and 3 like 23-Nov-26." in warning.reason


def test_the_same_key_with_other_values_is_refused_in_the_file_and_in_the_ledger(tmp_path: Path) -> None:
    first = load(write(tmp_path, {"key": "D-1"}, {"key": "D-1"}, {"key": "D-1", "delivered_on": "2026-06-11"}))
    assert (first.created, first.unchanged, first.refused) == (1, 1, 1)
    assert (first.refusals[0].row, first.refusals[0].column) == (4, "key")
    assert "already on row 2" in first.refusals[0].reason

    later = load(write(tmp_path, {"key": "D-2"}, {"key": "D-1", "delivered_on": "2026-06-12"}))
    assert (later.created, later.unchanged, later.refused) == (1, 0, 1)
    assert (later.refusals[0].row, later.refusals[0].column) == (3, "key")
    assert "A fact is not changed" in later.refusals[0].reason
    assert DeliveryFact.objects.get(key="D-1").delivered_on == date(2026, 6, 10)


def test_a_row_corrects_an_earlier_one(tmp_path: Path) -> None:
    load(write(tmp_path, {"delivered_on": "", "quantity_delivered": ""}))
    report = load(write(tmp_path, {"key": "D-1/2", "corrects": "D-1"}))
    assert (report.created, report.refused) == (1, 0)
    assert DeliveryFact.objects.get(key="D-1/2").corrects == DeliveryFact.objects.get(key="D-1")


def test_a_correction_of_a_refused_row_is_refused_with_it(tmp_path: Path) -> None:
    report = load(write(tmp_path, {"weight_kg": "x"}, {"corrects": "D-1"}, {"corrects": "D-2"}, {}))
    assert (report.created, report.refused) == (1, 3)
    assert [one.row for one in report.refusals] == [2, 3, 4]


def test_who_may_not_be_created_is_refused(tmp_path: Path) -> None:
    report = load(write(tmp_path, {}), standfast(create_missing=frozenset()))
    assert (report.created, report.refused) == (0, 1)
    assert [one.column for one in report.refusals] == ["supplier_code", "sku"]
    assert not Supplier.objects.exists()
    assert not Product.objects.exists()


def test_refused_rows_create_nobody(tmp_path: Path) -> None:
    load(write(tmp_path, {"supplier_code": "GHOST", "weight_kg": "x"}, {}))
    assert list(Supplier.objects.values_list("code", flat=True)) == ["ACME"]


def test_suppliers_who_have_only_a_name_are_told_apart_however_long_it_is(tmp_path: Path) -> None:
    long = "A society of many makers of pumps, valves and seals, of the town of "
    foreign(tmp_path, *[{"supplier_name": name} for name in ("Acme", long + "Bath", long + "Cork")])
    found = dict(Supplier.objects.values_list("name", "code"))
    assert found.pop("Acme") == "Acme"
    assert set(found) == {long + "Bath", long + "Cork"}
    assert len(set(found.values())) == 2
    assert all(len(code) <= CODE_LIMIT for code in found.values())


def test_the_import_is_in_the_log(cast: Cast, tmp_path: Path) -> None:
    services.import_facts(kind=DELIVERIES, actor=cast.manager, path=write(tmp_path, {}), preset=standfast(), now=NOW)
    entry = AuditEntry.objects.get(verb="deliveries.import")
    assert (entry.actor, entry.subject) == (cast.manager, "source:standfast")
    assert (entry.detail["created"], entry.detail["preset"]) == (1, "standfast")


def test_queries_do_not_grow_with_rows(tmp_path: Path, django_assert_max_num_queries) -> None:
    write(tmp_path, *[{"supplier_code": f"S-{n % 50}", "sku": f"P-{n}"} for n in range(2_000)])
    with django_assert_max_num_queries(20):
        assert load(tmp_path).created == 2_000


class TestCommand:
    def run(self, *arguments: str) -> tuple[int, str, str]:
        out, err = StringIO(), StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command("import_deliveries", *arguments, stdout=out, stderr=err)
        return int(str(ended.value.code)), out.getvalue(), err.getvalue()

    def test_everything_in_is_0(self, tmp_path: Path, cast: Cast) -> None:
        code, out, err = self.run(
            str(write(tmp_path, {"weight_kg": "unknown"})), "--preset", "standfast", "--json", "--as", "milan"
        )
        assert (code, err) == (0, "")
        assert json.loads(out) == {
            "rows": 1,
            "created": 1,
            "unchanged": 0,
            "refused": 0,
            "dry_run": False,
            "refusals": [],
            "warnings": [],
            "unknown": [
                {"field": "weight_kg", "column": "weight_kg", "file": "deliveries.csv", "count": 1, "rows": [2]}
            ],
        }

    def test_something_refused_is_1_and_the_rest_is_in(self, tmp_path: Path) -> None:
        code, out, err = self.run(str(write(tmp_path, {}, {"weight_kg": "x"})), "--preset", "standfast")
        assert (code, err) == (1, "")
        assert "Read 2 rows: new 1, unchanged 0, refused 1." in out
        assert "deliveries.csv row 3 weight_kg: “x” is not an amount." in out
        assert DeliveryFact.objects.count() == 1

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (("--preset", "nobody"), "preset.unknown"),
            (("--preset", "standfast", "--as", "nobody"), "user.unknown"),
        ],
    )
    def test_what_is_not_there_is_2(self, tmp_path: Path, arguments: tuple[str, ...], code: str) -> None:
        ended, out, _err = self.run(str(write(tmp_path, {})), "--json", *arguments)
        assert (ended, json.loads(out)["error"]["code"]) == (2, code)
        assert not DeliveryFact.objects.exists()

    def test_no_file_and_no_rows_are_2(self, tmp_path: Path) -> None:
        ended, _out, err = self.run(str(tmp_path), "--preset", "standfast")
        assert (ended, "Nothing was written." in err) == (2, True)
        ended, _out, err = self.run(str(write(tmp_path)), "--preset", "standfast")
        assert (ended, "no rows below the header" in err) == (2, True)


class TestPreset:
    @pytest.mark.parametrize(
        ("old", "new", "field"),
        [
            ('source = "erp"', "", "source"),
            ('source = "erp"', 'source = ""', "source"),
            ('source = "erp"', f'source = "{"x" * 61}"', "source"),
            ('delivered_on = "delivered_on"', "", "delivery.columns.delivered_on"),
            ('supplier_name = "supplier_name"', "", "delivery.columns.supplier_code"),
            ('ordered_on = "ordered_on"', 'ordered = "x"', "delivery.columns.ordered"),
            ('create_missing = ["suppliers"]', 'create_missing = ["carriers"]', "create_missing"),
            ('key = "key"', "", "delivery.key"),
            ("[unknown]", '[unknown]\nsku = ["x"]', "unknown.sku"),
            ('delivered_on = ["Not captured"]', 'delivered_on = "x"', "unknown.delivered_on"),
            ('delivered_on = ["Not captured"]', 'delivered_on = ["*"]', "unknown.delivered_on"),
            ("[unknown]", "[states]", "states"),
            ('"%d-%b-%y"', '"%d %b"', "format.dates"),
        ],
    )
    def test_a_wrong_key_is_named(self, old: str, new: str, field: str) -> None:
        assert old in FOREIGN
        with pytest.raises(Refusal, match=r".") as refused:
            presets.parse(FOREIGN.replace(old, new, 1), kind=DELIVERIES, name="foreign")
        assert refused.value.field == field

    def test_a_star_stands_for_anything_and_the_rest_for_itself(self) -> None:
        pattern = unknown_pattern(["See DN-* (ID#:*)", "N/A", ""])
        assert all(pattern.fullmatch(text) for text in ("See DN-3 (ID#:9)", "N/A", ""))
        assert not any(pattern.fullmatch(text) for text in ("See DN-3", "N/A today", "n/a", "NxA", " "))

    def test_codes_of_names(self) -> None:
        assert code_of("x" * CODE_LIMIT) == "x" * CODE_LIMIT
        assert len(code_of("x" * 200)) == CODE_LIMIT
        assert code_of("x" * 200) != code_of("x" * 199)
