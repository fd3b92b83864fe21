"""Quantities and amounts are read strictly: no typing habit turns a price into ten times itself."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel import numbers
from backoffice.kernel.errors import Refusal
from backoffice.kernel.numbers import DecimalStyle

POLISH = numbers.style_for("pl")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("-1", "number.digits"),
        ("0", "number.small"),
        ("1e5", "number.digits"),
        ("NaN", "number.digits"),
        ("Infinity", "number.digits"),
        ("1_000", "number.digits"),
        ("１２", "number.digits"),
        ("٣", "number.digits"),
        ("1.0", "number.digits"),
        ("", "number.digits"),
        ("9" * 5000, "number.digits"),
        ("9999999", "number.confirm"),
    ],
)
def test_a_quantity_that_is_no_plain_number_is_refused(written: str, code: str) -> None:
    with pytest.raises(Refusal, match=r".") as refused:
        numbers.parse_quantity(written)
    assert refused.value.code == code


def test_quantities() -> None:
    assert numbers.parse_quantity("12") == 12
    assert numbers.parse_quantity("007") == 7
    assert numbers.parse_quantity("0", smallest=0) == 0
    assert numbers.parse_quantity("9999999", largest=9_999_999) == 9_999_999


def test_measures() -> None:
    assert numbers.parse_decimal("12.5", decimals=3) == Decimal("12.5")
    assert numbers.parse_decimal("1 234,5", decimals=1, style=POLISH) == Decimal("1234.5")
    assert numbers.parse_decimal("007", decimals=0) == 7


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("12.1234", "number.decimals"),
        ("-1", "money.digits"),
        ("1,5", "money.separator"),
        ("see note", "money.digits"),
        ("", "money.digits"),
        ("9" * 11, "money.large"),
    ],
)
def test_a_measure_that_is_no_plain_number_is_refused(written: str, code: str) -> None:
    with pytest.raises(Refusal, match=r".") as refused:
        numbers.parse_decimal(written, decimals=3)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("written", "currency", "style", "amount"),
    [
        ("1234.50", "EUR", numbers.POINT, "1234.50"),
        ("19.9", "PLN", numbers.POINT, "19.90"),
        ("0", "PLN", numbers.POINT, "0.00"),
        ("1,5", "PLN", POLISH, "1.50"),
        ("1 234,50", "PLN", POLISH, "1234.50"),
        ("1\u00a0234,50", "PLN", POLISH, "1234.50"),
        ("1\u202f234\u202f567,50", "PLN", POLISH, "1234567.50"),
        ("1.234,50", "EUR", DecimalStyle(",", "."), "1234.50"),
        ("1,234.50", "EUR", DecimalStyle(".", ","), "1234.50"),
        ("1900", "JPY", numbers.POINT, "1900"),
        ("1.234", "KWD", numbers.POINT, "1.234"),
    ],
)
def test_an_amount_in_the_declared_style(written: str, currency: str, style: DecimalStyle, amount: str) -> None:
    assert str(numbers.parse_money(written, currency=currency, style=style)) == amount


@pytest.mark.parametrize(
    ("written", "currency", "style", "code"),
    [
        ("1,5", "PLN", numbers.style_for("en"), "money.separator"),
        ("1.5", "PLN", POLISH, "money.separator"),
        ("1.234,50", "PLN", numbers.POINT, "money.separator"),
        ("1,234.50", "PLN", numbers.POINT, "money.separator"),
        ("12,34.50", "EUR", DecimalStyle(".", ","), "money.separator"),
        ("19.999", "PLN", numbers.POINT, "money.decimals"),
        ("19.9", "JPY", numbers.POINT, "money.decimals"),
        ("-0", "PLN", numbers.POINT, "money.digits"),
        ("-5.00", "PLN", numbers.POINT, "money.digits"),
        ("1e5", "PLN", numbers.POINT, "money.digits"),
        ("NaN", "PLN", numbers.POINT, "money.digits"),
        ("１２.5", "PLN", numbers.POINT, "money.digits"),
        ("٣", "PLN", numbers.POINT, "money.digits"),
        ("1_000", "PLN", numbers.POINT, "money.digits"),
        ("", "PLN", numbers.POINT, "money.digits"),
        ("9" * 20, "PLN", numbers.POINT, "money.large"),
        ("5.00", "pln", numbers.POINT, "money.currency"),
        ("5.00", "XXX", numbers.POINT, "money.currency"),
    ],
)
def test_an_ambiguous_or_foreign_amount_is_refused(written: str, currency: str, style: DecimalStyle, code: str) -> None:
    with pytest.raises(Refusal, match=r".") as refused:
        numbers.parse_money(written, currency=currency, style=style)
    assert refused.value.code == code


def test_the_refusal_shows_how_to_write_it() -> None:
    with pytest.raises(Refusal, match=r"Write it like 1234\.50"):
        numbers.parse_money("1,5", currency="PLN")
    with pytest.raises(Refusal, match=r"Write it like 1234,50"):
        numbers.parse_money("1.5", currency="PLN", style=POLISH)


@given(st.decimals(min_value=0, max_value=Decimal("9999999999.99"), places=2))
def test_an_amount_written_plainly_comes_back_exactly(amount: Decimal) -> None:
    assert numbers.parse_money(f"{amount:.2f}", currency="EUR") == amount


@given(st.text(max_size=12))
def test_any_text_is_an_amount_or_a_refusal(written: str) -> None:
    try:
        amount = numbers.parse_money(written, currency="EUR")
    except Refusal:
        return
    assert written.replace(".", "").isascii()
    assert amount >= 0
