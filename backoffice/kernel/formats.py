"""How figures, money and moments are written in the active language. Pure: text in, text out, no HTML."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_skeleton
from babel.numbers import format_currency, format_decimal, format_percent
from django.utils import timezone
from django.utils.translation import get_language, ngettext, to_locale

EMPTY: Final = "—"
# Abbreviations that mean one thing. "CST" means three, so those zones show their offset instead.
PLAIN_ZONES: Final = frozenset({"UTC", "GMT", "WET", "WEST", "CET", "CEST", "EET", "EEST", "BST", "MSK"})
# Babel leaves out the space that CLDR wants between a letter code and the digits.
_CODE_BEFORE_DIGIT = re.compile(r"(?<=[A-Za-z])(?=[0-9])")
Number = int | float | Decimal | str


def current_locale() -> Locale:
    """Babel's locale for the active language; English when translations are switched off."""
    return _locale(get_language() or "en")


@lru_cache(maxsize=32)
def _locale(language: str) -> Locale:
    return Locale.parse(to_locale(language))


def money(amount: Number | None, currency: str) -> str:
    """An amount with its currency, at the currency's own precision: "PLN 1,234.50". None is a dash, never zero."""
    if amount is None or amount == "":
        return EMPTY
    written = format_currency(Decimal(str(amount)), currency, locale=current_locale())
    return _CODE_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", written)


def number(value: Number | None, decimals: int | None = None) -> str:
    """A figure with grouping; decimals fixes the places so that a column lines up."""
    if value is None or value == "":
        return EMPTY
    pattern = None if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(Decimal(str(value)), format=pattern, locale=current_locale())


def percent(ratio: Number | None, decimals: int = 0) -> str:
    """A ratio as per cent: 0.018 with one decimal is "1.8%"."""
    if ratio is None or ratio == "":
        return EMPTY
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
    return format_percent(Decimal(str(ratio)), format=pattern, locale=current_locale())


def moment(value: datetime | None, zone: str | ZoneInfo | None = None, *, seconds: bool = False) -> str:
    """Day, time and zone in one line: "5 Nov 2026, 14:03 CET".

    zone: an IANA name or a ZoneInfo; None takes Django's current zone. Raises ValueError for a naive datetime.
    """
    if value is None:
        return EMPTY
    local = in_zone(value, zone)
    return f"{day(local.date())}{_between()}{_time(local, seconds=seconds)}"


def clock(value: datetime, zone: str | ZoneInfo | None = None, *, seconds: bool = False) -> str:
    """The time of day and its zone: "14:03 CET", with seconds "14:03:22 CET"."""
    return _time(in_zone(value, zone), seconds=seconds)


def day(value: date | None) -> str:
    """A date nobody can misread: "5 Nov 2026", "5 lis 2026", "2026年11月5日"."""
    if value is None:
        return EMPTY
    moment_of_day = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a date has no zone
    if current_locale().language == "en":
        return f"{value.day} {format_datetime(moment_of_day, 'MMM y', locale=current_locale())}"
    return format_skeleton("yMMMd", moment_of_day, locale=current_locale())


def in_zone(value: datetime, zone: str | ZoneInfo | None) -> datetime:
    """The same moment on the clocks of a zone; None takes Django's current zone."""
    if timezone.is_naive(value):
        raise ValueError("This datetime has no zone; pass an aware one.")
    if zone is None:
        return timezone.localtime(value)
    return value.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)


def zone_name(value: datetime) -> str:
    """Return "CET" where the abbreviation means one thing, else the offset: "UTC+08:00"."""
    name = value.tzname() or ""
    if name in PLAIN_ZONES:
        return name
    offset = value.strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"


def duration(value: timedelta | float | None) -> str:
    """A span in words, its two largest units: "2 hours 5 minutes". The sign is dropped: say "late by" beside it."""
    if value is None:
        return EMPTY
    total = int(abs(value.total_seconds() if isinstance(value, timedelta) else value))
    days, rest = divmod(total, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    words = [
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes} if minutes else "",
        ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds} if seconds or not total else "",
    ]
    first = next(place for place, word in enumerate(words) if word)
    return " ".join(word for word in words[first : first + 2] if word)


def _time(local: datetime, *, seconds: bool) -> str:
    return f"{local:%H:%M:%S} {zone_name(local)}" if seconds else f"{local:%H:%M} {zone_name(local)}"


def _between() -> str:
    return " " if current_locale().language == "zh" else ", "
