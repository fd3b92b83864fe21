"""Facts of the other five kinds come in by the table of their kind: one reader, one report, one command."""

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from backoffice.kernel.models import AuditEntry
from suppliers.performance import presets, services
from suppliers.performance.commands import PRESETS
from suppliers.performance.models import BY_KIND, AckFact, ClaimFact, InvoiceFact, QualityFact, RatingFact
from suppliers.performance.rules.imports import FactReport
from suppliers.performance.rules.kinds import KINDS
from tests.factories import NOW
from tests.suppliers.performance.kit import suppliers

pytestmark = pytest.mark.django_db
GOOD: dict[str, dict[str, str]] = {
    "deliveries": {"ordered_on": "2026-05-11", "delivered_on": "2026-06-10"},
    "quality": {
        "kind": "lot", "observed_on": "2026-06-10", "units_checked": "100", "units_defective": "3", "rejected": "no",
    },
    "acknowledgements": {
        "kind": "order", "asked_at": "2026-06-10T08:00:00+02:00", "answered_at": "2026-06-10T14:00:00+02:00",
        "accepted": "Yes", "quantity_asked": "100", "quantity_confirmed": "80", "at_peak": "1",
    },
    "invoices": {
        "invoice_ref": "F-1", "invoiced_on": "2026-06-12", "currency": "EUR", "amount": "1000.50",
        "amount_disputed": "100", "matched": "false", "unit_price": "0.0125", "unit_price_agreed": "0.0120",
    },
    "claims": {
        "claim_ref": "K-1", "opened_on": "2026-06-12", "currency": "JPY", "amount_claimed": "20000", "reason": "Seams",
        "amount_recovered": "15000", "closed_on": "2026-08-01",
    },
    "ratings": {"kind": "stars", "observed_on": "2026-06-12", "value": "4.5", "out_of": "5", "answers": "40"},
}  # fmt: skip


def write(folder: Path, kind: str, *rows: dict[str, str]) -> Path:
    """Write the kind's file; rows are given as what differs from the good one, numbered 1, 2 …"""
    columns = ["key", *(column.name for column in KINDS[kind].columns)]
    path = folder / f"{kind}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        for number, row in enumerate(rows, start=1):
            writer.writerow({"key": f"K-{number}", "supplier_code": "ACME", "sku": "PUMP"} | GOOD[kind] | row)
    return path


def load(path: Path, kind: str, **options: Any) -> FactReport:
    preset = presets.load("standfast", kind=KINDS[kind], folder=PRESETS)
    return services.import_facts(kind=KINDS[kind], actor=None, path=path, preset=preset, now=NOW, **options)


@pytest.fixture(autouse=True)
def acme() -> None:
    suppliers("ACME")


@pytest.mark.parametrize("path", sorted(PRESETS.glob("*/*.toml")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_shipped_preset_of_facts_is_good(path: Path) -> None:
    if kind := KINDS.get(path.parent.name):
        assert presets.load(path.stem, kind=kind, folder=PRESETS).name == path.stem


@pytest.mark.parametrize("kind", KINDS)
def test_again_changes_nothing_and_every_kind_is_in_the_log(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path, kind, {}, {})
    assert (load(path, kind).created, load(path, kind).unchanged) == (2, 2)
    assert BY_KIND[kind].objects.count() == 2
    entry = AuditEntry.objects.filter(verb=f"{kind}.import").first()
    assert entry is not None
    assert (entry.subject, entry.detail["rows"]) == ("source:standfast", 2)


def test_a_row_becomes_a_fact_of_its_kind(tmp_path: Path) -> None:
    for kind in KINDS:
        assert load(write(tmp_path, kind, {}), kind).created == 1
    lot = QualityFact.objects.select_related("supplier", "product").get()
    assert (lot.supplier.code, lot.product and lot.product.sku, lot.kind) == ("ACME", "PUMP", "lot")
    assert (lot.units_checked, lot.units_defective, lot.rejected) == (100, 3, False)
    ack = AckFact.objects.get()
    assert (ack.asked_at, ack.accepted, ack.at_peak) == (datetime(2026, 6, 10, 6, tzinfo=UTC), True, True)
    invoice = InvoiceFact.objects.get()
    assert (invoice.amount, invoice.unit_price, invoice.matched) == (Decimal("1000.5"), Decimal("0.0125"), False)
    claim = ClaimFact.objects.get()
    assert (claim.amount_claimed, claim.closed_on) == (Decimal(20000), date(2026, 8, 1))
    assert RatingFact.objects.get().answers == 40


def test_empty_cells_and_unknown_texts_are_not_captured(tmp_path: Path) -> None:
    blank = {"units_checked": "unknown", "units_defective": "", "rejected": "unknown"}
    report = load(write(tmp_path, "quality", blank), "quality")
    fact = QualityFact.objects.get()
    assert (fact.units_checked, fact.units_defective, fact.rejected) == (None, None, None)
    assert [(one.column, one.count) for one in report.unknown] == [("rejected", 1), ("units_checked", 1)]


@pytest.mark.parametrize(
    ("kind", "row", "column", "says"),
    [
        ("quality", {"kind": "lots"}, "kind", "Write one of: lot, returns, recall, labelling"),
        ("quality", {"observed_on": ""}, "observed_on", "missing"),
        ("quality", {"observed_on": "unknown"}, "observed_on", "not a date"),
        ("quality", {"rejected": "maybe"}, "rejected", "neither yes nor no"),
        ("quality", {"units_defective": "101"}, "units_defective", "than were checked"),
        ("quality", {"units_checked": ""}, "units_defective", "of how many"),
        ("quality", {"units_checked": "１２"}, "units_checked", "not a whole number"),
        ("quality", {"corrected_on": "2026-06-09"}, "corrected_on", "before it was observed"),
        ("quality", {"defect_code": "x" * 61}, "defect_code", "61 characters"),
        ("acknowledgements", {"asked_at": ""}, "asked_at", "missing"),
        ("acknowledgements", {"answered_at": ""}, "answered_at", "without its moment"),
        ("acknowledgements", {"answered_at": "2026-06-10T05:00:00Z"}, "answered_at", "older than the question"),
        ("invoices", {"currency": "EURO"}, "currency", "not a currency code"),
        ("invoices", {"amount": "1,5"}, "amount", "more than one way"),
        ("invoices", {"amount": "19.999"}, "amount", "more decimals than EUR"),
        ("invoices", {"amount": "-0"}, "amount", "no sign"),
        ("invoices", {"amount_disputed": "1000.51"}, "amount_disputed", "than was invoiced"),
        ("invoices", {"unit_price": "0.01255"}, "unit_price", "more than 4 decimals"),
        ("claims", {"amount_claimed": "19.9"}, "amount_claimed", "more decimals than JPY"),
        ("claims", {"closed_on": "2026-06-11"}, "closed_on", "before it was opened"),
        ("ratings", {"out_of": ""}, "out_of", "of how many"),
        ("ratings", {"value": "5.1"}, "value", "larger than what it is of"),
        ("ratings", {"kind": "feed_age"}, "out_of", "Leave this cell empty"),
        ("ratings", {"answers": "0"}, "answers", "too few"),
        ("ratings", {"supplier_code": "BOLT"}, "supplier_code", "no supplier “BOLT”"),
        ("ratings", {"sku": "VALVE"}, "sku", "no product “VALVE”"),
    ],
)
def test_what_cannot_be_is_refused_with_its_row_and_the_rest_is_in(
    tmp_path: Path, kind: str, row: dict[str, str], column: str, says: str
) -> None:
    report = load(write(tmp_path, kind, {}, row, {}), kind)
    assert (report.rows, report.created, report.refused) == (3, 2, 1)
    assert (report.refusals[0].row, report.refusals[0].column) == (3, column)
    assert says in report.refusals[0].reason
    assert sorted(BY_KIND[kind].objects.values_list("key", flat=True)) == ["K-1", "K-3"]


class TestCorrect:
    """--correct: a row that differs takes the place of what is there; without it, it is refused."""

    def test_without_it_nothing_that_stands_is_touched(self, tmp_path: Path) -> None:
        load(write(tmp_path, "ratings", {}), "ratings")
        report = load(write(tmp_path, "ratings", {"value": "3"}), "ratings")
        assert (report.created, report.refused) == (0, 1)
        assert RatingFact.objects.count() == 1

    def test_with_it_the_chain_grows_once_for_each_change(self, tmp_path: Path) -> None:
        load(write(tmp_path, "ratings", {}, {}), "ratings")
        for value in ("3", "3", "4"):
            load(write(tmp_path, "ratings", {"value": value}, {}), "ratings", correct=True)
        rows = RatingFact.objects.order_by("id").values_list("key", "value", "corrects__key")
        assert [(key, float(value), of) for key, value, of in rows] == [
            ("K-1", 4.5, None), ("K-2", 4.5, None), ("K-1~2", 3.0, "K-1"), ("K-1~3", 4.0, "K-1~2"),
        ]  # fmt: skip

    def test_what_a_row_of_another_name_corrected_is_refused(self, tmp_path: Path) -> None:
        load(write(tmp_path, "ratings", {}, {"corrects": "K-1", "value": "2"}), "ratings")
        report = load(write(tmp_path, "ratings", {"value": "3"}), "ratings", correct=True)
        assert (report.created, report.refused) == (0, 1)
        assert "was corrected by “K-2”" in report.refusals[0].reason

    def test_a_file_with_its_own_corrections_is_the_same_again(self, tmp_path: Path) -> None:
        path = write(tmp_path, "ratings", {}, {"corrects": "K-1", "value": "2"})
        load(path, "ratings", correct=True)
        again = load(path, "ratings", correct=True)
        assert (again.created, again.unchanged, again.refused) == (0, 2, 0)

    def test_a_delivery_without_a_line_stays_the_line_it_was(self, tmp_path: Path) -> None:
        load(write(tmp_path, "deliveries", {}), "deliveries")
        load(write(tmp_path, "deliveries", {"delivered_on": "2026-06-11"}), "deliveries", correct=True)
        assert set(BY_KIND["deliveries"].objects.values_list("line_ref", flat=True)) == {"K-1"}


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_facts", *arguments, "--json", stdout=out)
    return int(str(ended.value.code)), json.loads(out.getvalue())


def test_the_command_reports_rows_created_unchanged_and_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "claims", {}, {"opened_on": "soon"})
    code, told = run("claims", str(path), "--preset", "standfast")
    assert code == 1
    assert {name: told[name] for name in ("rows", "created", "unchanged", "refused")} == {
        "rows": 2, "created": 1, "unchanged": 0, "refused": 1,
    }  # fmt: skip
    assert [(one["row"], one["column"]) for one in told["refusals"]] == [(3, "opened_on")]


def test_the_command_writes_nothing_in_a_dry_run_and_corrects_when_told(tmp_path: Path) -> None:
    path = write(tmp_path, "claims", {})
    assert run("claims", str(path), "--preset", "standfast", "--dry-run")[1]["created"] == 1
    assert not ClaimFact.objects.exists()
    run("claims", str(path), "--preset", "standfast")
    changed = write(tmp_path, "claims", {"reason": "Zips"})
    assert run("claims", str(changed), "--preset", "standfast")[0] == 1
    assert run("claims", str(changed), "--preset", "standfast", "--correct")[1]["created"] == 1
