"""Quantities and amounts as people and files write them: read strictly, so that no price is ever ten times another.

Only the digits 0-9 count. A separator that could mean two things is refused with the way to write it.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.text import shown

LARGEST_QUANTITY = 999_999
INTEGER_DIGITS = 10

# ISO 4217: currencies in use whose smallest unit is a hundredth; the others follow with their own.
_HUNDREDTHS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB
PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY
TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG
"""
_EXPONENTS = {
    **dict.fromkeys(_HUNDREDTHS.split(), 2),
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
}

_QUANTITY = re.compile(r"[0-9]{1,18}")
_SPACES = " \u00a0\u202f"


@dataclass(frozen=True, slots=True)
class DecimalStyle:
    """How amounts are written: the decimal separator, and the thousands separator that is allowed ("" for none)."""

    point: str = "."
    group: str = ""


POINT = DecimalStyle()


def style_for(language: str) -> DecimalStyle:
    """Return how a person working in this language types an amount."""
    return DecimalStyle(",", " ") if language == "pl" else POINT


def currency_exponent(currency: str) -> int:
    """Return how many decimals the currency has. Raises Refusal (money.currency) for an unknown code."""
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise Refusal(
            "money.currency",
            _("“%(code)s” is not a currency code. Use three capital letters, such as EUR or PLN.")
            % {"code": shown(currency)},
        ) from None


def parse_quantity(text: str, *, smallest: int = 1, largest: int = LARGEST_QUANTITY) -> int:
    """Read a whole number of units. Raises Refusal (number.digits, number.small, number.confirm).

    largest: above it the number is held back for a person to confirm, by passing a larger limit.
    """
    if not _QUANTITY.fullmatch(text):
        raise Refusal(
            "number.digits",
            _("“%(value)s” is not a whole number. Use the digits 0-9 only, such as 12.") % {"value": shown(text)},
        )
    quantity = int(text)
    if quantity < smallest:
        raise Refusal(
            "number.small",
            _("%(value)s is too few. Enter %(smallest)d or more.") % {"value": text, "smallest": smallest},
        )
    if quantity > largest:
        raise Refusal(
            "number.confirm",
            _("%(value)s is more than the limit of %(largest)d. If it is right, raise the limit to confirm it.")
            % {"value": text, "largest": largest},
        )
    return quantity


def parse_money(text: str, *, currency: str, style: DecimalStyle = POINT, digits: int = INTEGER_DIGITS) -> Decimal:
    """Read an amount of zero or more with the currency's decimals.

    text: already trimmed. style: the separators in use; any other is refused. digits: allowed before the decimals.
    Raises Refusal (money.currency, money.digits, money.separator, money.decimals, money.large).
    """
    exponent = currency_exponent(currency)
    whole, fraction = _split(text, style)
    if len(fraction) > exponent:
        raise Refusal(
            "money.decimals",
            _("“%(value)s” has more decimals than %(currency)s allows (%(allowed)d). Write the exact amount.")
            % {"value": shown(text), "currency": currency, "allowed": exponent},
        )
    return _joined(whole, fraction.ljust(exponent, "0"), text, style, digits)


def parse_decimal(text: str, *, decimals: int, style: DecimalStyle = POINT, digits: int = INTEGER_DIGITS) -> Decimal:
    """Read a measure of zero or more, such as a weight, with at most so many decimals.

    Raises Refusal (money.digits, money.separator, money.large, number.decimals) as parse_money does.
    """
    whole, fraction = _split(text, style)
    if len(fraction) > decimals:
        raise Refusal(
            "number.decimals",
            _("“%(value)s” has more than %(allowed)d decimals. Round it.")
            % {"value": shown(text), "allowed": decimals},
        )
    return _joined(whole, fraction, text, style, digits)


def _split(text: str, style: DecimalStyle) -> tuple[str, str]:
    """The part before the decimals, as written, and the decimals."""
    match = _pattern(style).fullmatch(text)
    if not match:
        raise _unreadable(text, style)
    return match.group("whole"), match.group("fraction") or ""


def _joined(whole: str, fraction: str, text: str, style: DecimalStyle, digits: int) -> Decimal:
    for space in style.group and _separators(style.group):
        whole = whole.replace(space, "")
    if len(whole) > digits:
        raise Refusal(
            "money.large",
            _("“%(value)s” has more than %(digits)d digits before the decimals. Check the amount.")
            % {"value": shown(text), "digits": digits},
        )
    return Decimal(f"{whole}.{fraction}") if fraction else Decimal(whole)


def _separators(group: str) -> str:
    return _SPACES if group == " " else group


@lru_cache(maxsize=16)
def _pattern(style: DecimalStyle) -> re.Pattern[str]:
    whole = "[0-9]+"
    if style.group:
        separator = f"[{re.escape(_separators(style.group))}]"
        whole = f"[0-9]{{1,3}}(?:{separator}[0-9]{{3}})+|[0-9]+"
    return re.compile(f"(?P<whole>{whole})(?:{re.escape(style.point)}(?P<fraction>[0-9]+))?")


def _unreadable(text: str, style: DecimalStyle) -> Refusal:
    example = f"1234{style.point}50"
    if text and set(text) <= set("0123456789.,'" + _SPACES):
        return Refusal(
            "money.separator",
            _("“%(value)s” can be read in more than one way. Write it like %(example)s.")
            % {"value": shown(text), "example": example},
        )
    return Refusal(
        "money.digits",
        _("“%(value)s” is not an amount. Use the digits 0-9 and no sign, like %(example)s.")
        % {"value": shown(text), "example": example},
    )
