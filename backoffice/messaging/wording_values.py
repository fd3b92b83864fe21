"""From raw message values to what a customer reads: dates, money, lists, links, and what makes them safe."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, get_currency_precision


class Kind(StrEnum):
    TEXT = "text"
    DATE = "date"
    MONEY = "money"
    URL = "url"
    SECRET = "secret"  # noqa: S105 - the name of a kind


class Scope(StrEnum):
    """Where a value is found, and when it counts as missing.

    MESSAGE: once a message. ORDER: once an order, missing as soon as one order lacks it, because one date for two
    orders would be a false promise. VOUCHER: on the orders that were granted one, missing when none was.
    """

    MESSAGE = "message"
    ORDER = "order"
    VOUCHER = "voucher"


@dataclass(frozen=True, slots=True)
class Placeholder:
    name: str
    kind: Kind
    scope: Scope
    is_typed: bool  # people type it, so it is cleaned


@dataclass(frozen=True, slots=True)
class Style:
    """How one language writes: Babel's locale, the HTML lang, a date pattern, and how a list is joined."""

    locale: str
    html_lang: str
    date_pattern: str
    comma: str
    last: str
    semicolon: str
    see_order: str


STYLES: Mapping[str, Style] = {
    "en": Style("en", "en", "d MMM y", ", ", " and ", "; ", "See your order"),
    "pl": Style("pl", "pl", "d MMMM y", ", ", " i ", "; ", "Zobacz zamówienie"),
    "zh-hans": Style("zh_Hans", "zh-Hans", "y年M月d日", "、", "、", "；", "查看订单"),
    "zh-hant": Style("zh_Hant", "zh-Hant", "y年M月d日", "、", "、", "；", "查看訂單"),
}

# Line breaks of every kind become a space, so that a value never starts a line of its own. Other control characters,
# lone surrogates and the bidi controls (they turn the text after them round) go; joiners inside emoji stay.
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_HARMFUL = re.compile(
    r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]"
)
# One look that finds either; most values need no cleaning.
_SUSPECT = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")


def clean(text: str) -> str:
    """One line without control characters; safe in a subject, a header and a paragraph."""
    if _SUSPECT.search(text):
        text = _HARMFUL.sub("", _BREAKS.sub(" ", text))
    return text.strip()


def control_characters(text: str) -> list[str]:
    """The distinct harmful characters of `text` as U+XXXX, line breaks included."""
    return [f"U+{ord(found):04X}" for found in dict.fromkeys(_SUSPECT.findall(text))]


@lru_cache(maxsize=4096)
def date_text(iso: str, language: str) -> str:
    """ "2026-11-05" as the language writes it: 5 Nov 2026, 5 listopada 2026, 2026年11月5日."""
    style = STYLES[language]
    return str(format_date(date.fromisoformat(iso), style.date_pattern, locale=style.locale))


@dataclass(frozen=True, slots=True)
class _MoneyShape:
    """Babel's own layout of a currency, read off one sample: 15 times quicker than asking each time."""

    prefix: str
    suffix: str
    marks: Mapping[int, str]
    decimals: int

    def write(self, amount: Decimal) -> str:
        sign = "-" if amount < 0 else ""
        digits = format(abs(amount), f",.{self.decimals}f")
        return f"{sign}{self.prefix}{digits.translate(self.marks)}{self.suffix}"


@lru_cache(maxsize=512)
def _money_shape(currency: str, language: str) -> _MoneyShape:
    decimals = get_currency_precision(currency)
    sample = str(format_currency(Decimal(1234567), currency, locale=STYLES[language].locale))
    found = re.fullmatch(r"(\D*)1(\D*)234\D*567(?:(\D*?)(0+))?(\D*)", sample)
    if found is None:
        raise ValueError(f"{currency} in {language} is written in a way that is not understood: {sample}")
    prefix, group, point, zeros, suffix = found.groups()
    if (len(zeros) if zeros else 0) != decimals:
        raise ValueError(f"{currency} in {language} is written in a way that is not understood: {sample}")
    # CLDR sets a space between a currency that ends in a letter and the figure; Babel leaves it out.
    gap = "\u00a0" if prefix[-1:].isalpha() else ""
    return _MoneyShape(prefix + gap, suffix, {ord(","): group, ord("."): point or ""}, decimals)


@lru_cache(maxsize=4096)
def money_text(amount: str, currency: str, language: str) -> str:
    """("118.00", "PLN") as the language writes it, in the currency's own number of decimals."""
    return _money_shape(currency, language).write(Decimal(amount))


def join(values: tuple[str, ...], language: str) -> str:
    """A list as the language speaks it: "A, B and C", "A、B、C"."""
    if len(values) == 1:
        return values[0]
    style = STYLES[language]
    return style.comma.join(values[:-1]) + style.last + values[-1]


def raw_values(values: Mapping[str, Any], placeholder: Placeholder) -> list[Any]:
    """The raw values of one placeholder, texts cleaned; empty where it is missing (see `Scope`)."""
    name, scope = placeholder.name, placeholder.scope
    found = [values.get(name)] if scope is Scope.MESSAGE else [order.get(name) for order in values.get("orders", ())]
    if placeholder.is_typed:
        found = [clean(raw) if raw else None for raw in found]
    if scope is Scope.VOUCHER:
        return [raw for raw in found if raw]
    return found if all(found) else []


def secret_id(raw: Any) -> int:
    return int(raw["voucher"])


Shower = Callable[[Any, Mapping[int, str]], str]


def shower(kind: Kind, language: str, base_url: str) -> Shower:
    """How one raw value of this kind reads in the language; the second argument maps voucher ids to codes."""
    if kind is Kind.DATE:
        return lambda raw, secrets: date_text(raw, language)
    if kind is Kind.MONEY:
        return lambda raw, secrets: money_text(raw[0], raw[1], language)
    if kind is Kind.SECRET:
        return lambda raw, secrets: clean(secrets[secret_id(raw)])
    if kind is Kind.URL:
        return lambda raw, secrets: absolute_url(raw, base_url)
    return lambda raw, secrets: str(raw)


def shown_values(raws: list[Any], show: Shower, secrets: Mapping[int, str]) -> tuple[str, ...]:
    """What the customer reads for these raw values: each once, in order."""
    if len(raws) == 1:
        return (show(raws[0], secrets),)
    return tuple(dict.fromkeys([show(raw, secrets) for raw in raws]))


def absolute_url(path: str, base_url: str) -> str:
    """Only our own pages: whatever the path says, it stays below `base_url`."""
    if path.startswith(f"{base_url}/"):
        return path
    return f"{base_url}/{path.lstrip('/')}"


_MARKUP = re.compile("[&<>\"']")


def escape(text: str) -> str:
    """html.escape with a quick way out, since most values hold nothing to escape."""
    return html.escape(text) if _MARKUP.search(text) else text
