"""One cell becomes one value: dates, amounts, codes, words; each cell is read once however often it repeats."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from backoffice.kernel import numbers, text, times
from backoffice.kernel.errors import Refusal
from backoffice.messaging import addresses, problems
from orders.intake.rules import Preset, RowRefusal
from orders.sales.rules import OrderState

_CACHE = 50_000
PRICE_DIGITS = 8
KEPT_DECIMALS = 2
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")
# Chinese is written two ways; the region tells which where the script is not named.
_CHINESE = {
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "zh-sg": "zh-hans",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
}


class Values:
    """The converters of one preset. Each takes the cell's text and raises Refusal with a sentence about that text."""

    def __init__(self, preset: Preset) -> None:
        self._preset = preset
        self._style = numbers.DecimalStyle(preset.point, preset.group)
        self._zone = ZoneInfo(preset.zone)
        self.warnings: list[RowRefusal] = []
        self._mixed: set[str] = set()
        self.moment: Callable[[str], datetime] = lru_cache(_CACHE)(self._moment)
        self.sku: Callable[[str], str] = lru_cache(_CACHE)(text.canonical_sku)
        self.money: Callable[[str, str, int], Decimal] = lru_cache(_CACHE)(self._money)

    def optional_moment(self, cell: str) -> datetime | None:
        return self.moment(cell) if cell else None

    def optional_day(self, cell: str) -> date | None:
        return times.parse_day(cell, formats=self._preset.dates) if cell else None

    def quantity(self, cell: str) -> int:
        return numbers.parse_quantity(cell, largest=self._preset.largest_quantity)

    def currency(self, cell: str) -> str:
        if numbers.currency_exponent(cell) > KEPT_DECIMALS:
            raise Refusal(
                "order.currency",
                _("%(currency)s needs more than %(decimals)d decimals, and no more are kept. Leave this order out.")
                % {"currency": cell, "decimals": KEPT_DECIMALS},
            )
        return cell

    def state(self, cell: str) -> OrderState:
        word = self._preset.states.get(cell, cell if not self._preset.states else "")
        try:
            return OrderState(word)
        except ValueError:
            raise Refusal(
                "order.state",
                _("“%(value)s” is not a known state. Add it to [states] in the preset.") % {"value": text.shown(cell)},
            ) from None

    def language(self, cell: str) -> str:
        word = self._preset.languages.get(cell, cell).strip().lower().replace("_", "-")
        word = _CHINESE.get(word, word)
        if word and not (_LANGUAGE.fullmatch(word) and len(word) <= 10):
            raise Refusal(
                "contact.language",
                _("“%(value)s” is not a language code. Use one like en or zh-hans, or map it in [languages].")
                % {"value": text.shown(cell)},
            )
        return word

    def country(self, cell: str) -> str:
        if cell and not (len(cell) == 2 and cell.isascii() and cell.isalpha()):
            raise Refusal(
                "contact.country",
                _("“%(value)s” is not a country code. Use two letters such as PL.") % {"value": text.shown(cell)},
            )
        return cell.upper()

    def email(self, cell: str) -> str:
        if not cell:
            return ""
        try:
            return addresses.check_address(cell)
        except problems.ProblemFound as found:
            raise Refusal(found.problem.code, found.problem.sentence(_)) from None

    def note_mixed(self, sku: str, place: RowRefusal) -> None:
        """Warn once per article number that mixes alphabets which look alike."""
        if not sku.isascii() and sku not in self._mixed and text.mixed_scripts(sku):
            self._mixed.add(sku)
            self.warnings.append(place)

    def _moment(self, cell: str) -> datetime:
        return times.parse_moment(cell, formats=self._preset.dates, zone=self._zone)

    def _money(self, cell: str, currency: str, digits: int) -> Decimal:
        return numbers.parse_money(cell, currency=currency, style=self._style, digits=digits)


def words(limit: int) -> Callable[[str], str]:
    """Return a converter for one-line text of at most limit characters, which may be empty."""
    return lambda cell: text.one_line(cell, limit=limit) if cell else ""


def code(limit: int, *, needed: bool = False) -> Callable[[str], str]:
    """Return a converter for a code that is compared letter by letter."""

    def convert(cell: str) -> str:
        if needed and not cell:
            raise Refusal("text.empty", _("The value is missing. Fill it in."))
        return text.exact_code(cell, limit=limit) if cell else ""

    return convert
