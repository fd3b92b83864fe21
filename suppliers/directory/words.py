"""Names of countries and languages in the reader's own language."""

from functools import lru_cache

from backoffice.kernel import formats

# Languages in which suppliers are written to or understood, by ISO 639 code.
LANGUAGES = (
    "cs", "da", "de", "en", "es", "et", "fi", "fr", "hi", "hu", "id", "it", "ja", "ko", "lt", "lv", "nl", "no", "pl",
    "pt", "ro", "sk", "sl", "sv", "th", "tr", "uk", "vi", "zh-hans", "zh-hant",
)  # fmt: skip


def country(code: str) -> str:
    """The country's name; a code nobody knows stays itself."""
    return str(formats.current_locale().territories.get(code, code))


def language(code: str) -> str:
    """The language's name; a code nobody knows stays itself."""
    key = {"zh-hans": "zh_Hans", "zh-hant": "zh_Hant"}.get(code, code)
    return str(formats.current_locale().languages.get(key, code))


def country_choices() -> list[tuple[str, str]]:
    """Every country by name."""
    return _countries(str(formats.current_locale()))


@lru_cache(maxsize=8)
def _countries(_locale: str) -> list[tuple[str, str]]:
    known = formats.current_locale().territories.items()
    real = [(code, str(name)) for code, name in known if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY]
    return sorted(real, key=lambda pair: pair[1])


_NO_COUNTRY = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


def language_choices() -> list[tuple[str, str]]:
    """Every language that can be chosen, by name."""
    return sorted(((code, language(code)) for code in LANGUAGES), key=lambda pair: pair[1])
