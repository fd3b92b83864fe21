"""Files are told apart and capped before they are parsed; each refusal names the file and the line."""

import io
import resource
import time
import zipfile
from pathlib import Path

import pytest

from backoffice.kernel.errors import Refusal
from backoffice.kernel.tabular import reading
from backoffice.kernel.tabular.rules import FileSpec

SPEC = FileSpec("orders", "*.csv")
WANTED = ("id", "name")


def inspect(path: Path, spec: FileSpec = SPEC) -> reading.Source:
    return reading.inspect(path, spec, wanted=WANTED)


def cells(path: Path, spec: FileSpec = SPEC) -> list[tuple[int, list[str]]]:
    return [(row.line, list(row.cells)) for row in reading.rows(inspect(path, spec))]


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return tmp_path / "orders.csv"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "Łódź 王小明"),
        ("utf-8-sig", "Łódź 王小明"),
        ("utf-16", "Łódź 王小明"),
        ("utf-16-le", "Łódź 王小明"),
        ("utf-16-be", "Łódź 王小明"),
        ("gb18030", "王小明 订单 上海"),
        ("windows-1250", "Żaneta Gęś z Łodzi, ulica Źródlana"),
    ],
)
def test_encodings_are_detected(csv: Path, encoding: str, name: str) -> None:
    rows = "".join(f'{n},"{name}"\n' for n in range(20))
    csv.write_bytes(f"id,name\n{rows}".encode(encoding))
    assert cells(csv)[0] == (2, ["0", name])


@pytest.mark.parametrize("encoding", ["gb18030", "windows-1250"])
def test_a_declared_encoding_is_used(csv: Path, encoding: str) -> None:
    csv.write_bytes("id,name\n1,§\n".encode(encoding))
    assert cells(csv, FileSpec("orders", "*.csv", encoding=encoding)) == [(2, ["1", "§"])]


def test_bytes_that_fit_two_encodings_are_refused_with_the_fix(csv: Path) -> None:
    csv.write_bytes(b"id,name\n1,\xa3\xa4\xa5\n2,\xe9\n3,\xe9\xe8\xe7\n4,\xb3\xb4\n")
    with pytest.raises(Refusal, match="set encoding in the preset") as refused:
        inspect(csv)
    assert refused.value.code == "file.encoding"


def test_a_wrongly_declared_encoding_is_refused(csv: Path) -> None:
    csv.write_bytes("id,name\n1,Łódź\n".encode("windows-1250"))
    with pytest.raises(Refusal, match="not written in utf-8"):
        inspect(csv, FileSpec("orders", "*.csv", encoding="utf-8"))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_detected(csv: Path, separator: str) -> None:
    csv.write_text(f"id{separator}name{separator}a,b;c\n1{separator}x{separator}y\n".replace("a,b;c", '"a,b;c"'))
    assert cells(csv) == [(2, ["1", "x", "y"])]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_kind_and_blank_lines(csv: Path, ending: str) -> None:
    csv.write_bytes(ending.join(["id,name", "1,a", "", ",", "2,b", ""]).encode())
    assert cells(csv) == [(2, ["1", "a"]), (5, ["2", "b"])]


def test_a_row_is_numbered_by_the_line_on_which_it_begins(csv: Path) -> None:
    csv.write_text('id,name\n1,"two\nlines"\n2,b\n')
    assert cells(csv) == [(2, ["1", "two\nlines"]), (4, ["2", "b"])]


def test_a_row_of_another_width_is_marked_and_the_rest_read(csv: Path) -> None:
    csv.write_text("id,name\n1,a,extra\n2\n3,c\n")
    wrong = {row.line: row.wrong for row in reading.rows(inspect(csv))}
    assert "3 columns and the header has 2" in wrong[2]
    assert "1 columns and the header has 2" in wrong[3]
    assert wrong[4] == ""


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "file.empty", "is empty"),
        (b"\n\n", "file.no_header", "no header"),
        (b"\xef\xbb\xbf", "file.no_header", "no header"),
        (b"number,name\n1,a\n", "file.columns", "no column “id”. It has: number, name"),
        (b"id,name,id\n1,a,2\n", "file.columns_twice", "“id” twice"),
        (b"id,name\n1,a\x00b\n", "file.nul", "line 2"),
        (b'id,name\n1,"a\n2,b\n', "file.quote", "line 2"),
        (b'id,name\n1,a\n2,"b"c\n', "file.quote", "line 3"),
        (b"PK\x03\x04rest", "file.foreign", "Excel workbook"),
        (b"%PDF-1.7\n", "file.foreign", "PDF document"),
        (b"\x1f\x8b\x08rest", "file.foreign", "gzip"),
        (b"\xd0\xcf\x11\xe0rest", "file.foreign", "old Excel workbook"),
        (b"\n<!DOCTYPE html><html>", "file.foreign", "web page"),
    ],
)
def test_what_is_no_table_is_refused_by_name(csv: Path, content: bytes, code: str, says: str) -> None:
    csv.write_bytes(content)
    with pytest.raises(Refusal, match=r"orders\.csv") as refused:
        inspect(csv)
    assert refused.value.code == code
    assert says in refused.value.message


def _field(csv: Path) -> None:
    csv.write_text("id,name\n1," + "x" * 200_000 + "\n")


def _quoted_field(csv: Path) -> None:
    csv.write_text('id,name\n1,"' + "x\n" * 100_000 + '"\n')


def _columns(csv: Path) -> None:
    csv.write_text("id,name," + ",".join(f"c{n}" for n in range(9_999)) + "\n")


def _rows(csv: Path) -> None:
    csv.write_text("id,name\n" + "1,a\n" * 1_000_001)


def _endless_line(csv: Path) -> None:
    csv.write_bytes(b"id,name\n" + b"x" * 60_000_000)


def _zip_bomb(csv: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.csv", bytes(100_000_000))
    csv.write_bytes(packed.getvalue())


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (_field, "file.field"),
        (_quoted_field, "file.field"),
        (_columns, "file.wide"),
        (_rows, "file.rows"),
        (_endless_line, "file.field"),
        (_zip_bomb, "file.foreign"),
    ],
)
def test_bombs_are_refused_quickly_and_in_little_memory(csv: Path, make: object, code: str) -> None:
    make(csv)  # type: ignore[operator]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    with pytest.raises(Refusal, match=r"orders\.csv") as refused:
        inspect(csv)
    assert refused.value.code == code
    assert time.process_time() - started < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_files_are_found_by_name_or_pattern_in_order(tmp_path: Path) -> None:
    for name in ("b-2.csv", "b-1.csv", "c.csv"):
        (tmp_path / name).touch()
    found = reading.find(tmp_path, FileSpec("b", "b-*.csv"))
    assert [path.name for path in found] == ["b-1.csv", "b-2.csv"]
    assert reading.find(tmp_path, FileSpec("d", "d.csv", optional=True)) == []
    with pytest.raises(Refusal, match=r"files\.d\.path"):
        reading.find(tmp_path, FileSpec("d", "d.csv"))


def test_a_misleading_file_name_is_quoted_harmlessly(tmp_path: Path) -> None:
    path = tmp_path / "orders\u202evsc.exe"
    path.touch()
    with pytest.raises(Refusal, match="is empty") as refused:
        inspect(path)
    assert "\u202e" not in refused.value.message
