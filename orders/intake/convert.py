"""One cell of an order becomes one value: amounts, states, languages, countries, addresses."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from django.utils.translation import gettext as _

from backoffice.kernel import numbers, text
from backoffice.kernel.errors import Refusal
from backoffice.kernel.tabular.cells import CACHE, Converters
from backoffice.messaging import addresses, problems
from orders.intake.rules import Preset
from orders.sales.rules import OrderState

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


class Values(Converters):
    """The converters of one preset for orders."""

    def __init__(self, preset: Preset) -> None:
        super().__init__(preset)
        self._preset = preset
        self.money: Callable[[str, str, int], Decimal] = lru_cache(CACHE)(self._money)

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

    def _money(self, cell: str, currency: str, digits: int) -> Decimal:
        return numbers.parse_money(cell, currency=currency, style=self.style, digits=digits)
