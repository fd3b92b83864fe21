"""What a file should never hold, and what is said about it: a sentence with the row, the column, the value and the fix.

None of it is recorded; the good row beside it stays good.
"""

import io
import resource
import time
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db.models import Model

from backoffice.kernel import exports
from backoffice.kernel.errors import Refusal
from suppliers.catalog.models import Product
from suppliers.imports import selectors
from suppliers.imports.models import ImportRow, ImportSession
from suppliers.performance.models import BY_KIND, DeliveryFact, RatingFact
from tests.suppliers.imports import kit
from tests.suppliers.performance.kit import suppliers

pytestmark = pytest.mark.django_db
KEEPS: tuple[type[Model], ...] = (ImportSession, ImportRow, *BY_KIND.values())


def kept() -> dict[type[Model], int]:
    return {model: model._default_manager.count() for model in KEEPS if model._default_manager.exists()}


@pytest.fixture(autouse=True)
def acme() -> None:
    suppliers("ACME")


@pytest.mark.parametrize(
    ("kind", "column", "value", "says"),
    [
        # Numbers of units.
        ("deliveries", "quantity_ordered", "-1", "“-1” is not a whole number. Use the digits 0-9 only"),
        ("deliveries", "quantity_ordered", "0", "0 is too few. Enter 1 or more."),
        ("deliveries", "quantity_ordered", "1e5", "“1e5” is not a whole number"),
        ("deliveries", "quantity_ordered", "NaN", "“NaN” is not a whole number"),
        ("deliveries", "quantity_ordered", "Infinity", "“Infinity” is not a whole number"),
        ("deliveries", "quantity_ordered", "1_000", "“1_000” is not a whole number"),
        ("deliveries", "quantity_ordered", "１２", "“１２” is not a whole number"),
        ("deliveries", "quantity_ordered", "٣", "“٣” is not a whole number"),
        ("deliveries", "quantity_ordered", "9999999", "9999999 is more than the limit of 999999"),
        # Amounts.
        ("invoices", "amount", "1,5", "“1,5” can be read in more than one way. Write it like 1234.50."),
        ("invoices", "amount", "1.234,50", "“1.234,50” can be read in more than one way"),
        ("invoices", "amount", "1,234.50", "“1,234.50” can be read in more than one way"),
        ("invoices", "amount", "19.999", "“19.999” has more decimals than EUR allows (2)"),
        ("invoices", "amount", "-0", "“-0” is not an amount. Use the digits 0-9 and no sign"),
        ("invoices", "amount", "12345678901234567890", "has more than 10 digits before the decimals"),
        ("invoices", "amount", "NaN", "“NaN” is not an amount"),
        ("invoices", "amount", "1e5", "“1e5” is not an amount"),
        ("invoices", "amount", "１２", "“１２” is not an amount"),
        ("invoices", "currency", "eur", "“eur” is not a currency code. Use three capital letters"),
        # Days.
        ("ratings", "observed_on", "2027-02-29", "“2027-02-29” is not a date that exists"),
        ("ratings", "observed_on", "0001-01-01", "outside 1970 to 2100"),
        ("ratings", "observed_on", "10000-01-01", "is not a date that exists"),
        ("ratings", "observed_on", "２０２６-01-01", "is not a date that exists"),
        ("ratings", "observed_on", "46017", "“46017” is not a date that exists"),
        # Article numbers.
        ("deliveries", "sku", "PU\u200bMP", "invisible character U+200B ZERO WIDTH SPACE"),
        ("deliveries", "sku", "P" * 65, "has 65 characters, and 64 are kept"),
        ("deliveries", "sku", "=PUMP", "begins with U+003D EQUALS SIGN, which a spreadsheet reads as a formula"),
        ("deliveries", "sku", "РUMP", "There is no product “РUMP”"),  # the first letter is Cyrillic
        # What would be a formula or a command elsewhere.
        ("ratings", "key", "K\x0bEY", "invisible character U+000B"),
        ("ratings", "key", "K" * 121, "has 121 characters, and 120 are kept"),
        ("ratings", "supplier_code", "=HYPERLINK(1)", "There is no supplier “=HYPERLINK(1)”"),
    ],
)
def test_a_cell_that_cannot_be_is_refused_in_its_place(kind: str, column: str, value: str, says: str) -> None:
    amounts: dict[str, Any] = {"amounts": "1234.50"} if kind == "invoices" else {}
    session = kit.check(kit.table(kind, {}, {column: value}), kind, **amounts)
    ((row, place, reason),) = kit.problems(session)
    assert (row, place) == (3, column)
    assert says in reason
    assert kit.told(session) == (1, 0, 0, 1)
    kit.run(session)
    assert BY_KIND[kind]._default_manager.count() == 1


@pytest.mark.parametrize(
    ("currency", "amount", "says"), [("JPY", "19.9", "JPY allows (0)"), ("PLN", "19.999", "PLN allows (2)")]
)
def test_decimals_that_a_currency_does_not_have_are_refused(currency: str, amount: str, says: str) -> None:
    rows = kit.table("invoices", {"currency": currency, "amount": amount})
    session = kit.check(rows, "invoices", amounts="1234.50")
    assert says in kit.problems(session)[0][2]


@pytest.mark.parametrize("written", ["pump", "PUMP\u00a0", " ＰＵＭＰ", "PUMP\t"])
def test_one_article_number_written_differently_is_one(written: str) -> None:
    kit.run(kit.check(kit.table("deliveries", {"sku": written}), "deliveries"))
    fact = DeliveryFact.objects.select_related("product").get()
    assert fact.product == Product.objects.get(sku="PUMP")
    assert Product.objects.count() == 1


class TestMoments:
    """In Warsaw, where clocks change."""

    def problem(self, asked_at: str) -> str:
        head = "key,supplier_code,kind,asked_at\n"
        session = kit.check(f"{head}A-1,ACME,order,{asked_at}\n", "acknowledgements", zone="Europe/Warsaw")
        found = kit.problems(session)
        return found[0][2] if found else str(kit.run(session).state)

    @pytest.mark.parametrize(
        ("asked_at", "says"),
        [
            ("2026-03-29T02:30:00", "does not exist in Europe/Warsaw: the clocks skip that hour"),
            ("2026-10-25T02:30:00", "2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00"),
            ("2026-06-10T08:00:00+15:00", "more than 14 hours from UTC"),
            ("2026-06-10T08:00:00+14:00", "done"),
            ("2026-06-10T08:00:00", "done"),
        ],
    )
    def test_are_refused_or_offered_both_ways(self, asked_at: str, says: str) -> None:
        assert says in self.problem(asked_at)

    def test_an_end_before_its_start_is_refused(self) -> None:
        head = "key,supplier_code,kind,asked_at,answered_at\n"
        row = "A-1,ACME,order,2026-06-10T08:00:00Z,2026-06-10T07:00:00Z\n"
        ((_row, column, reason),) = kit.problems(kit.check(head + row, "acknowledgements"))
        assert (column, "older than the question" in reason) == ("answered_at", True)


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "file.empty", "file.csv is empty. Export it again."),
        (b"key,value\n", "file.no_rows", "has a header and no rows below it"),
        (b"\n\n", "file.no_header", "has no header line"),
        (b"key,value\n1,a\x00b\n", "file.nul", "NUL bytes in line 2"),
        (b'key,value\n1,"a\n2,b\n', "file.quote", "from line 2 on"),
        (b"%PDF-1.7\nrest", "file.foreign", "a PDF document"),
        (b"PK\x03\x04rest", "file.foreign", "Excel workbook"),
        (b"<svg onload='x'></svg>", "file.foreign", "a web page or XML"),
        (b"key,value\n1,\xa3\xa4\xa5\n2,\xe9\n3,\xe9\xe8\xe7\n4,\xb3\xb4\n", "file.encoding", "Choose it here"),
        (("key," + ",".join(f"c{n}" for n in range(250)) + "\n1\n").encode(), "file.wide", "251 columns, and 200"),
        (b"key,value\n1," + b"x" * 20_000 + b"\n", "file.field", "more than 10000 characters in line 2"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_name(content: bytes, code: str, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        kit.start(content)
    assert (refused.value.code, says in refused.value.message) == (code, True), refused.value.message
    assert refused.value.field == ("encoding" if code == "file.encoding" else "file")
    assert kept() == {}


def test_a_wrong_header_is_said_at_the_columns_and_reads_nothing() -> None:
    session = kit.start("foo,bar\n1,2\n")
    with pytest.raises(Refusal, match="No row can do without it"):
        kit.name_columns(session, but=("foo", "bar"))
    assert kept() == {ImportSession: 1, ImportRow: 1}


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "Łódź 王小明"),
        ("utf-8-sig", "Łódź 王小明"),
        ("utf-16", "Łódź 王小明"),
        ("gb18030", "王小明 订单 上海"),
        ("windows-1250", "Żaneta Gęś z Łodzi"),
    ],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators_are_found(encoding: str, name: str, separator: str) -> None:
    rows = [{"key": f"K-{n}", "supplier_code": name} for n in range(20)]
    session = kit.start(kit.table("ratings", *rows, separator=separator).encode(encoding))
    assert session.file_rows.order_by("line").values_list("cells__1", flat=True).first() == name
    assert session.separator == separator


def _row_bomb() -> bytes:
    return b"key,value\n" + b"1,a\n" * 100_001


def _big() -> bytes:
    return b"key,value\n" + b"1,a\n" * 3_000_000


def _column_bomb() -> bytes:
    return ("key," + ",".join(f"c{n}" for n in range(10_001)) + "\n1\n").encode()


def _field_bomb() -> bytes:
    return b"key,value\n1," + b"x" * 200_000 + b"\n"


def _zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("file.csv", bytes(100_000_000))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("make", "code", "says"),
    [
        (_big, "file.large", "11.4 MB, and 10 MB are read at once"),
        (_row_bomb, "file.rows", "more than 100,000 rows. Split it."),
        (_column_bomb, "file.wide", "10002 columns"),
        (_field_bomb, "file.field", "more than 100000 characters"),
        (_zip_bomb, "file.foreign", "zip archive"),
    ],
)
def test_bombs_are_refused_within_two_seconds(make: Callable[[], bytes], code: str, says: str) -> None:
    content = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with pytest.raises(Refusal) as refused:
        kit.start(content)
    assert time.process_time() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024
    assert (refused.value.code, says in refused.value.message) == (code, True), refused.value.message
    assert kept() == {}


@pytest.mark.parametrize(
    ("name", "shown"),
    [("../../etc/passwd", "../../etc/passwd"), ("rows\u202evsc.exe", "rowsvsc.exe"), ("a\r\nb.csv", "a  b.csv")],
)
def test_a_misleading_file_name_is_a_name_and_nothing_else(name: str, shown: str) -> None:
    assert kit.start(kit.table("ratings", {}), name=name).file_name == shown


@pytest.mark.parametrize("value", ["=HYPERLINK(1)", "+48600100200", "-1", "@SUM(1)", "\t=1", "＝1"])
def test_the_file_of_errors_holds_no_formula(value: str) -> None:
    session = kit.check(kit.table("ratings", {"value": value}))
    ((row, column, said, reason),) = selectors.every_problem(session)
    assert (row, column) == (2, "value")
    assert not exports.cell(said).startswith(("=", "+", "-", "@", "\t", "＝"))
    assert value.strip() in exports.cell(said)
    assert reason


def test_an_order_of_days_that_is_chosen_wrongly_is_seen_in_the_rows() -> None:
    session = kit.check(kit.table("ratings", {"observed_on": "23/11/2026"}, {}), dates="month")
    ((row, column, reason),) = kit.problems(session)
    assert (row, column) == (2, "observed_on")
    assert "“23/11/2026” is not a date" in reason


def test_a_day_is_never_another_day() -> None:
    kit.run(kit.check(kit.table("ratings", {"observed_on": "03/04/2026"}), dates="day"))
    assert RatingFact.objects.get().observed_on == date(2026, 4, 3)
