"""Figures, money and moments read right in each language."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import override

from backoffice.kernel import formats

AT = datetime(2026, 11, 5, 13, 3, 22, tzinfo=UTC)
NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "5 Nov 2026, 14:03 CET"),
        ("pl", "5 lis 2026, 14:03 CET"),
        ("zh-hans", "2026年11月5日 14:03 CET"),
        ("zh-hant", "2026年11月5日 14:03 CET"),
    ],
)
def test_a_moment_names_day_time_and_zone_in_each_language(language: str, written: str) -> None:
    with override(language):
        assert formats.moment(AT, "Europe/Warsaw") == written


def test_summer_and_winter_show_their_own_zone_name() -> None:
    assert formats.moment(AT - timedelta(days=100), "Europe/Warsaw").endswith("15:03 CEST")


def test_a_zone_whose_letters_are_ambiguous_shows_its_offset() -> None:
    assert formats.clock(AT, "Asia/Shanghai") == "21:03 UTC+08:00"


def test_a_day_that_differs_between_zones_follows_the_given_zone() -> None:
    late = datetime(2026, 11, 5, 23, 30, tzinfo=UTC)
    assert formats.moment(late, "Europe/Warsaw") == "6 Nov 2026, 00:30 CET"


def test_a_moment_without_a_zone_is_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="no zone"):
        formats.moment(datetime(2026, 11, 5))  # noqa: DTZ001 - the mistake itself


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", f"PLN{NBSP}1,234.50"),
        ("pl", f"1{NBSP}234,50{NBSP}zł"),
        ("zh-hans", f"PLN{NBSP}1,234.50"),
    ],
)
def test_money_always_carries_its_currency(language: str, written: str) -> None:
    with override(language):
        assert formats.money(Decimal("1234.50"), "PLN") == written


def test_yen_have_no_decimals_and_negative_amounts_keep_their_sign() -> None:
    assert formats.money(Decimal("1500"), "JPY") == "¥1,500"
    assert formats.money(Decimal("-5"), "PLN") == f"-PLN{NBSP}5.00"


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_value_is_a_dash_and_never_zero(nothing: str | None) -> None:
    assert formats.money(nothing, "PLN") == formats.number(nothing) == formats.percent(nothing) == "—"
    assert formats.moment(None) == formats.day(None) == formats.duration(None) == "—"
    assert formats.money(0, "PLN") == f"PLN{NBSP}0.00"


def test_figures_group_and_keep_their_places() -> None:
    assert formats.number(1234567) == "1,234,567"
    assert formats.number(Decimal("2"), 1) == "2.0"
    assert formats.percent(Decimal("0.018"), 1) == "1.8%"


def test_a_date_is_written_so_that_day_and_month_cannot_be_swapped() -> None:
    assert formats.day(date(2026, 11, 5)) == "5 Nov 2026"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(), "0 seconds"),
        (timedelta(seconds=61), "1 minute 1 second"),
        (timedelta(hours=2, minutes=5, seconds=9), "2 hours 5 minutes"),
        (timedelta(days=3), "3 days"),
        (timedelta(days=1, minutes=4), "1 day"),
        (-timedelta(hours=1), "1 hour"),
        (90.0, "1 minute 30 seconds"),
    ],
)
def test_a_span_is_told_by_its_two_largest_units(span: timedelta | float, words: str) -> None:
    assert formats.duration(span) == words
