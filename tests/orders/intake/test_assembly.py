"""Rows become orders; an order with anything wrong is refused whole, with every reason and its place."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from orders.intake import presets, tables
from orders.intake.assembly import Assembly, assemble
from orders.intake.rules import Preset
from orders.sales.rules import OrderState
from tests.orders.intake.kit import LINE_COLUMNS, ORDER_COLUMNS, Rows, standfast, write_export

FLAT = """
[files.all]
path = "all.csv"
[order]
file = "all"
key = "no"
constants = { currency = "EUR", state = "open", total_from = "lines" }
columns = { external_id = "no", placed_at = "placed" }
templates = { number = "WEB/{no}" }
[contact.columns]
name = "customer"
[line]
file = "all"
key = "no"
skip_when_blank = "sku"
columns = { sku = "sku", quantity = "qty", unit_price = "price", shipping = "ship" }
[parcel]
file = "all"
key = "no"
skip_when_blank = "carrier"
columns = { carrier_code = "carrier" }
"""
JOINED = """
[files.orders]
path = "orders.csv"
[files.people]
path = "people.csv"
[files.towns]
path = "towns.csv"
optional = true
[[joins]]
from = "orders"
column = "person"
file = "people"
key = "id"
[[joins]]
from = "people"
column = "town"
file = "towns"
key = "id"
[order]
file = "orders"
key = "no"
constants = { currency = "EUR", state = "open", placed_at = "2026-11-10", total = "1.00" }
columns = { external_id = "no" }
[contact.columns]
name = "people.name"
region = "towns.region"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def own(folder: Path, *, orders: Rows, lines: Rows | None = None, parcels: Rows | None = None) -> Assembly:
    preset = standfast()
    return assemble(preset, tables.load(write_export(folder, orders=orders, lines=lines, parcels=parcels), preset))


def read(folder: Path, text: str, **files: str) -> Assembly:
    preset: Preset = presets.parse(text, name="test")
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    return assemble(preset, tables.load(folder, preset))


def reasons(assembly: Assembly) -> list[tuple[str, int, str]]:
    return [(refusal.file, refusal.row, refusal.column) for refusal in assembly.refusals]


def test_an_order_is_read_with_its_lines_and_parcels(folder: Path) -> None:
    assembly = own(folder, orders=[{}], lines=[{}, {"position": "2", "sku": "mug-1"}], parcels=[{}])
    draft = assembly.ready[0].draft
    assert draft.placed_at == datetime(2026, 11, 10, 9, tzinfo=UTC)
    assert draft.state is OrderState.OPEN
    assert draft.total == Decimal("64.90")
    assert [line.sku for line in draft.lines] == ["KETTLE-1", "MUG-1"]
    assert draft.parcels[0].carrier_code == "ODRA"
    assert draft.contact.email == "ewa@example.com"
    assert (assembly.rows, assembly.orders, assembly.lines, assembly.refused) == (4, 1, 2, 0)


def test_an_order_without_lines_is_an_order(folder: Path) -> None:
    assembly = own(folder, orders=[{"state": "unavailable", "total": "0.00"}])
    assert assembly.ready[0].draft.lines == ()


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("total", "1,5", "Write it like 1234.50"),
        ("total", "1e5", "not an amount"),
        ("total", "19.999", "more decimals"),
        ("currency", "Euro", "not a currency code"),
        ("placed_at", "", "is not a date"),
        ("placed_at", "2027-02-29", "is not a date"),
        ("promised_at", "0001-01-01", "outside 1970 to 2100"),
        ("delivered_at", "2026-11-09T09:00Z", "before the order was placed"),
        ("state", "lost", "not a known state"),
        ("email", "ewa@example", "without a dot"),
        ("email", "ewa@example.com,jan@example.com", "one address"),
        ("email", "ąę@example.com", "before the @"),
        ("language", "Polish!", "not a language code"),
        ("country", "Poland", "not a country code"),
        ("name", "x" * 201, "201 characters"),
        ("campaign_code", "x" * 61, "61 characters"),
        ("campaign_code", "DOUBLE\u200b11", "U+200B ZERO WIDTH SPACE"),
        ("number", "A\u202e-1", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("currency", "KWD", "KWD needs more than 2 decimals"),
        ("number", "x" * 121, "121 characters"),
    ],
)
def test_a_wrong_cell_refuses_its_order_and_no_other(folder: Path, column: str, value: str, says: str) -> None:
    assembly = own(
        folder, orders=[{column: value}, {"external_id": "A-2", "number": "A-2"}], lines=[{}, {"external_id": "A-2"}]
    )
    assert reasons(assembly) == [("orders.csv", 2, column)]
    assert says in assembly.refusals[0].reason
    assert [order.draft.external_id for order in assembly.ready] == ["A-2"]
    assert (assembly.orders, assembly.refused) == (2, 1)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("sku", "SK\u200bU"),
        ("sku", ""),
        ("quantity", "0"),
        ("quantity", "１"),
        ("quantity", "9999999"),
        ("unit_price", "-1.00"),
        ("unit_price", "123456789.00"),
        ("position", "zero"),
        ("position", "0"),
        ("title", "x" * 301),
        ("supplier_code", "x" * 65),
    ],
)
def test_one_wrong_line_refuses_the_whole_order(folder: Path, column: str, value: str) -> None:
    assembly = own(folder, orders=[{}], lines=[{"position": "1"}, {"position": "2", column: value}])
    assert reasons(assembly) == [("lines.csv", 3, column)]
    assert assembly.ready == []


def test_every_reason_is_told_at_once(folder: Path) -> None:
    assembly = own(
        folder, orders=[{"total": "x", "country": "Poland"}], lines=[{"quantity": "0"}], parcels=[{"carrier_code": ""}]
    )
    assert {column for _file, _row, column in reasons(assembly)} == {"total", "country", "quantity", "carrier_code"}
    assert assembly.refused == 1


def test_the_same_row_twice_counts_once_and_another_one_refuses(folder: Path) -> None:
    same = own(folder, orders=[{}, {}], lines=[{}])
    assert (len(same.ready), same.orders, same.refused) == (1, 1, 0)
    assert [(warning.file, warning.row) for warning in same.warnings] == [("orders.csv", 3)]
    other = own(folder, orders=[{}, {"total": "1.00"}], lines=[{}])
    assert (other.ready, other.refused) == ([], 1)
    assert "already on row 2 with other values" in other.refusals[0].reason


def test_two_lines_on_one_position_refuse_the_order(folder: Path) -> None:
    assembly = own(folder, orders=[{}], lines=[{}, {"sku": "MUG-1"}])
    assert reasons(assembly) == [("lines.csv", 3, "position")]
    assert "already on row 2" in assembly.refusals[0].reason


def test_lines_of_an_order_that_is_not_there_are_refused(folder: Path) -> None:
    assembly = own(folder, orders=[{}], lines=[{}, {"external_id": "A-9"}, {"external_id": ""}])
    assert reasons(assembly) == [("lines.csv", 3, "external_id"), ("lines.csv", 4, "external_id")]
    assert (assembly.orders, assembly.refused, len(assembly.ready)) == (3, 2, 1)


def test_a_row_of_another_width_refuses_its_order(folder: Path) -> None:
    write_export(folder, orders=[{}, {"external_id": "A-2"}], lines=[{}, {"external_id": "A-2"}])
    with (folder / "lines.csv").open("a") as stream:
        stream.write("A-2,2,MUG-1,Mug, large,1,2.00,ACME\n")
    preset = standfast()
    assembly = assemble(preset, tables.load(folder, preset))
    assert reasons(assembly) == [("lines.csv", 4, "")]
    assert [order.draft.external_id for order in assembly.ready] == ["A-1"]


@pytest.mark.parametrize("spelling", ["sku-1", "SKU-1", "ＳＫＵ－１", "sku-1\u00a0"])
def test_article_numbers_are_kept_in_one_spelling(folder: Path, spelling: str) -> None:
    assert own(folder, orders=[{}], lines=[{"sku": spelling}]).ready[0].draft.lines[0].sku == "SKU-1"


def test_mixed_alphabets_are_a_warning_told_once(folder: Path) -> None:
    lines = [{"sku": "KETTLE-А"}, {"sku": "KETTLE-А", "position": "2"}]
    assembly = own(folder, orders=[{}], lines=lines)
    assert len(assembly.ready) == 1
    assert [warning.row for warning in assembly.warnings] == [2]
    assert "U+0410 CYRILLIC CAPITAL LETTER A" in assembly.warnings[0].reason


def test_a_long_value_is_shortened_in_its_reason(folder: Path) -> None:
    assembly = own(folder, orders=[{"state": "x" * 500}])
    assert "x" * 40 + "…" in assembly.refusals[0].reason
    assert "x" * 41 not in assembly.refusals[0].reason


def test_names_are_kept_letter_by_letter(folder: Path) -> None:
    for name in (
        "👨‍👩‍👧",
        "سارة حداد",
        "王小明",
        "O'Brien-Łęcki",
        "Q",
        "Ł" * 200,
        "<script>alert(1)</script>",
        "{{7*7}}",
    ):
        assert own(folder, orders=[{"name": name}]).ready[0].draft.contact.name == name


@pytest.mark.parametrize(
    ("written", "language"),
    [("pl", "pl"), ("zh_TW", "zh-hant"), ("zh-CN", "zh-hans"), ("ZH-Hant", "zh-hant"), ("de", "de"), ("", "")],
)
def test_languages_are_kept_in_one_form(folder: Path, written: str, language: str) -> None:
    assert own(folder, orders=[{"language": written}]).ready[0].draft.contact.language == language


def test_one_file_with_a_row_per_line(folder: Path) -> None:
    assembly = read(
        folder,
        FLAT,
        all="no,placed,customer,sku,qty,price,ship,carrier\n"
        "1,2026-11-10,Ewa,A,2,1.50,4.90,ODRA\n"
        "1,,,B,1,3.00,,ODRA\n"
        "2,2026-11-11,Jan,,,,,\n",
    )
    first, second = (order.draft for order in assembly.ready)
    assert [(line.position, line.sku) for line in first.lines] == [(1, "A"), (2, "B")]
    assert first.total == Decimal("10.90")
    assert len(first.parcels) == 1
    assert first.number == "WEB/1"
    assert (second.lines, second.parcels, second.total) == ((), (), Decimal("0.00"))


def test_rows_of_one_order_that_disagree_refuse_it(folder: Path) -> None:
    assembly = read(
        folder,
        FLAT,
        all="no,placed,customer,sku,qty,price,ship,carrier\n1,2026-11-10,Ewa,A,1,1.00,,\n1,2026-11-10,Jan,B,1,1.00,,\n",
    )
    assert reasons(assembly) == [("all.csv", 3, "customer")]
    assert "“Jan” differs from row 2" in assembly.refusals[0].reason


def test_joins_lead_through_several_files_and_an_optional_one_may_be_missing(folder: Path) -> None:
    files = {"orders": "no,person\n1,p\n2,\n", "people": "id,name,town\np,Ewa,t\n"}
    without = read(folder, JOINED, **files)
    assert [order.draft.contact.name for order in without.ready] == ["Ewa", ""]
    with_towns = read(folder, JOINED, **files, towns="id,region\nt,Mazowieckie\n")
    assert [order.draft.contact.region for order in with_towns.ready] == ["Mazowieckie", ""]


def test_a_join_without_its_row_refuses_the_order(folder: Path) -> None:
    assembly = read(folder, JOINED, orders="no,person\n1,p\n2,q\n", people="id,name,town\np,Ewa,\n")
    assert reasons(assembly) == [("orders.csv", 3, "people.name")]
    assert "people.csv has no row where id is “q”" in assembly.refusals[0].reason


def test_a_hundred_thousand_rows_take_seconds(folder: Path) -> None:
    orders = "".join(
        f"A-{n},A-{n},2026-11-10T09:{n % 60:02}Z,open,EUR,64.90,2026-11-16T17:00Z,,,,,"
        f"Ewa Nowak,ewa{n}@example.com,,pl,PL,Mazowieckie,\n"
        for n in range(40_000)
    )
    lines = "".join(f"A-{n // 3},{n % 3 + 1},SKU-{n % 500},Kettle,1,{n % 90}.50,ACME\n" for n in range(60_000))
    (folder / "orders.csv").write_text(",".join(ORDER_COLUMNS) + "\n" + orders)
    (folder / "lines.csv").write_text(",".join(LINE_COLUMNS) + "\n" + lines)
    preset = standfast()
    started = time.process_time()
    assembly = assemble(preset, tables.load(folder, preset))
    assert (assembly.rows, len(assembly.ready)) == (100_000, 40_000)
    assert time.process_time() - started < 15
