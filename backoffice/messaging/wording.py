"""The inert template language of customer messages: a subject, a plain text, and {placeholder} from a fixed registry.

Nothing else is special: no nesting, no attributes, no format specs, no engine. Problems are found when a wording is
saved (`parse`), missing values before anything is sent (`Compiled.missing`), and rendering only joins ready pieces.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.messaging import wording_html
from backoffice.messaging.problems import Problem, gettext_noop
from backoffice.messaging.wording_html import Piece, Shown, Writer
from backoffice.messaging.wording_values import (
    STYLES,
    Kind,
    Placeholder,
    Scope,
    clean,
    control_characters,
    raw_values,
    secret_id,
    shower,
    shown_values,
)

MAX_CHARACTERS = 20_000
MAX_SUBJECT_CHARACTERS = 200
LANGUAGES = tuple(STYLES)

REGISTRY: Mapping[str, Placeholder] = {
    name: Placeholder(name, kind, scope, is_typed=kind in (Kind.TEXT, Kind.URL))
    for name, kind, scope in (
        ("customer_name", Kind.TEXT, Scope.MESSAGE),
        ("shop_name", Kind.TEXT, Scope.MESSAGE),
        ("contact_email", Kind.TEXT, Scope.MESSAGE),
        ("next_update", Kind.DATE, Scope.MESSAGE),
        ("order_number", Kind.TEXT, Scope.ORDER),
        ("promised_date", Kind.DATE, Scope.ORDER),
        ("new_date", Kind.DATE, Scope.ORDER),
        ("delivered_date", Kind.DATE, Scope.ORDER),
        ("items", Kind.TEXT, Scope.ORDER),
        ("order_total", Kind.MONEY, Scope.ORDER),
        ("order_url", Kind.URL, Scope.ORDER),
        ("voucher_code", Kind.SECRET, Scope.VOUCHER),
        ("voucher_value", Kind.MONEY, Scope.VOUCHER),
        ("voucher_until", Kind.DATE, Scope.VOUCHER),
    )
}

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
# Read for the layout (header, button labels) even where the wording does not name them; never counted as missing.
_LAYOUT_NAMES = ("shop_name", "order_number")


class MissingValues(ValueError):
    """A message was rendered although values are absent; the check over the audience should have stopped it."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        self.names = names


@dataclass(frozen=True, slots=True)
class Rendered:
    """One finished message. `text` and `html` end their lines with a bare newline; `subject` is one clean line."""

    subject: str
    text: str
    html: str


def placeholders(*texts: str) -> tuple[str, ...]:
    """The registered names used, each once, in order."""
    found = (name for text in texts for name in _PLACEHOLDER.findall(text))
    return tuple(name for name in dict.fromkeys(found) if name in REGISTRY)


def parse(subject: str, text: str) -> list[Problem]:
    """Everything that keeps this wording from being saved; empty when it is sound."""
    return [*_subject_problems(subject), *_text_problems(text)]


def _subject_problems(subject: str) -> Iterator[Problem]:
    if not subject.strip():
        yield Problem("wording.empty", gettext_noop("Customers would see no subject. Write one."), "subject")
    if len(subject) > MAX_SUBJECT_CHARACTERS:
        message = gettext_noop("The subject has %(count)d characters. Shorten it to %(limit)d.")
        yield Problem("wording.long", message, "subject", {"count": len(subject), "limit": MAX_SUBJECT_CHARACTERS})
    yield from _control_problems(subject, "subject")
    yield from _placeholder_problems(subject, "subject")
    for name in placeholders(subject):
        if REGISTRY[name].kind in (Kind.SECRET, Kind.URL):
            message = gettext_noop(
                "{%(name)s} would be visible on locked screens. Move it from the subject to the text."
            )
            yield Problem("wording.not_in_subject", message, "subject", {"name": name})


def _text_problems(text: str) -> Iterator[Problem]:
    if not text.strip():
        yield Problem("wording.empty", gettext_noop("Customers would get an empty message. Write the text."), "text")
    if len(text) > MAX_CHARACTERS:
        message = gettext_noop("The text has %(count)d characters. Shorten it to %(limit)d.")
        yield Problem("wording.long", message, "text", {"count": len(text), "limit": MAX_CHARACTERS})
        return
    yield from _control_problems(_newlines(text).replace("\n", " ").replace("\t", " "), "text")
    yield from _placeholder_problems(text, "text")


def _control_problems(text: str, field: str) -> Iterator[Problem]:
    found = control_characters(text)
    if found:
        message = gettext_noop("Mail programs cannot show %(characters)s. Delete it, or type the line again.")
        yield Problem("wording.control", message, field, {"characters": ", ".join(found[:5])})


def _placeholder_problems(text: str, field: str) -> Iterator[Problem]:
    for name in dict.fromkeys(_PLACEHOLDER.findall(text)):
        if name not in REGISTRY:
            message = gettext_noop("{%(name)s} is not known, so nothing would fill it. Choose one from the list.")
            yield Problem("wording.unknown", message, field, {"name": name})
    rest = _PLACEHOLDER.sub("", text)
    stray = re.search(r"[{}]", rest)
    if stray:
        message = gettext_noop(
            "A brace stands alone near “%(near)s”. Braces only hold a placeholder, such as {order_number}."
        )
        near = rest[max(0, stray.start() - 15) : stray.end() + 15].strip()
        yield Problem("wording.brace", message, field, {"near": near})


class Compiled:
    """A wording made ready for one language and one site; safe to keep and share between messages.

    `values` is a message's stored JSON, raw and in no language: the message's own placeholders by name, and under
    "orders" one object an order. Dates are "2026-11-20", money is ["118.00", "PLN"], order_url is a path, voucher_code
    is {"voucher": id}; null, "" and an absent name all mean missing. `secrets` maps a voucher's id to its clear code.
    """

    __slots__ = ("_html", "_secret", "_showers", "_subject", "_text", "names")

    def __init__(self, subject: str, text: str, language: str, base_url: str) -> None:
        text = _newlines(text)
        self.names = placeholders(subject, text)
        showers = {kind: shower(kind, language, base_url.rstrip("/")) for kind in Kind}
        everything = dict.fromkeys((*self.names, *_LAYOUT_NAMES))
        self._showers = tuple((name, REGISTRY[name], showers[REGISTRY[name].kind]) for name in everything)
        self._secret = REGISTRY["voucher_code"] if "voucher_code" in self.names else None
        self._subject = _filler(_text_pieces(clean(subject), language))
        self._text = _filler(_text_pieces(text.strip() + "\n", language))
        self._html = _filler(wording_html.layout(text, REGISTRY, language))

    def missing(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The placeholders of this wording that this message has no value for; see `Scope` for several orders."""
        return tuple(name for name in self.names if not raw_values(values, REGISTRY[name]))

    def secret_ids(self, values: Mapping[str, Any]) -> tuple[int, ...]:
        """The vouchers whose codes `render` will want; empty where the wording shows no code."""
        return tuple(map(secret_id, raw_values(values, self._secret))) if self._secret else ()

    def render(self, values: Mapping[str, Any], secrets: Mapping[int, str]) -> Rendered:
        """Raises MissingValues, and KeyError for a voucher that `secrets` does not hold."""
        shown: dict[str, tuple[str, ...]] = {}
        for name, placeholder, show in self._showers:
            shown[name] = shown_values(raw_values(values, placeholder), show, secrets)
        if not all(shown.values()):
            self._refuse_missing(shown)
        subject = self._subject(shown)
        shown["subject"] = (subject,)
        return Rendered(subject, self._text(shown), self._html(shown))

    def _refuse_missing(self, shown: Shown) -> None:
        names = tuple(name for name in self.names if not shown[name])
        if names:
            raise MissingValues(names)


def compile(subject: str, text: str, language: str, *, base_url: str) -> Compiled:
    """Makes a wording ready to render.

    language: one of LANGUAGES. base_url: where order pages live, e.g. "https://shop.example".
    Raises ValueError for a wording with problems or an unknown language.
    """
    if language not in STYLES:
        raise ValueError(f"no language {language!r}")
    problems = parse(subject, text)
    if problems:
        raise ValueError("; ".join(problem.sentence() for problem in problems))
    return Compiled(subject, text, language, base_url)


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _text_pieces(text: str, language: str) -> Iterator[Piece]:
    end = 0
    for token in _PLACEHOLDER.finditer(text):
        yield text[end : token.start()]
        alone = text.endswith("\n", 0, token.start()) and text.startswith("\n", token.end())
        yield _text_value(REGISTRY[token[1]], language, alone)
        end = token.end()
    yield text[end:]


def _text_value(placeholder: Placeholder, language: str, alone: bool) -> Writer:
    name = placeholder.name
    if alone and placeholder.kind is Kind.SECRET:
        return lambda shown: "\n".join(shown[name])

    def write(shown: Shown) -> str:
        found = shown[name]
        return found[0] if len(found) == 1 else wording_html.join_kind(found, placeholder, language, "\n")

    return write


def _filler(pieces: Iterable[Piece]) -> Callable[[Shown], str]:
    """One %-format made of the fixed pieces, filled once: values are never looked at for placeholders again."""
    fixed: list[str] = []
    writers: list[Writer] = []
    for piece in pieces:
        if isinstance(piece, str):
            fixed.append(piece.replace("%", "%%"))
        else:
            fixed.append("%s")
            writers.append(piece)
    form = "".join(fixed)
    return lambda shown: form % tuple([write(shown) for write in writers])
