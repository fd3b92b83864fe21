"""In which language a customer is written to."""

from collections.abc import Collection, Mapping
from typing import Final

from backoffice.kernel.errors import Refusal
from backoffice.messaging.problems import gettext_noop

FALLBACK: Final = "en"
# Simplified and Traditional never stand in for each other. Every other code falls back to its shorter form, then to en.
_NEXT_LANGUAGE: Final[Mapping[str, str]] = {
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "zh-my": "zh-hans",
    "zh-sg": "zh-hans",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
    "zh-tw": "zh-hant",
    "zh-hans": FALLBACK,
    "zh-hant": FALLBACK,
}


def language_chain(wanted: str) -> tuple[str, ...]:
    """The languages to try, in order: "zh-HK" gives zh-hk, zh-hant, en. Whatever is asked for, it ends at en."""
    code = wanted.strip().lower().replace("_", "-")
    chain = []
    while code and code != FALLBACK:
        chain.append(code)
        code = _NEXT_LANGUAGE.get(code) or code.rpartition("-")[0]
    return (*chain, FALLBACK)


def resolve_language(wanted: str, available: Collection[str]) -> str:
    """The language of `available` in which a customer is written to. Raises Refusal when not even English is there."""
    for code in language_chain(wanted):
        if code in available:
            return code
    message = gettext_noop("No text suits these customers, not even an English one. Write the English text.")
    raise Refusal("macro.no_language", message)
