"""Text from outside: one canonical form for article numbers, and nothing invisible that misleads a reader."""

import re
import unicodedata

from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal

SKU_LIMIT = 64
SHOWN_LIMIT = 40

# Marks that change the direction of the text around them, and so can make a line read as something else.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINE_SPACE = re.compile(r"[ \t\r\n\v\f\x1c-\x1f\x85\u2028\u2029]*[\t\r\n\v\f\x1c-\x1f\x85\u2028\u2029][ \t\r\n\v\f]*")
_ANY_BREAK = re.compile("\r\n|[\r\v\f\x1c-\x1f\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
# Letters and marks that Unicode does not call formatting, although they show nothing.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_VARIATION = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORMULA_LEADS = frozenset("=+-@")
# Alphabets whose letters can be mistaken for one another; Chinese beside Latin is ordinary.
_LOOKALIKE_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})


def character_name(character: str) -> str:
    """Name one character so that a person can find it: "U+200B ZERO WIDTH SPACE"."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def canonical_sku(text: str) -> str:
    """Return the one spelling of an article number: compatibility forms unified, upper case, single spaces.

    Raises Refusal (sku.empty, sku.invisible, sku.leading, sku.long), naming the character or the length.
    """
    trimmed = text.strip()
    if trimmed.isascii() and trimmed.isalnum() and len(trimmed) <= SKU_LIMIT:
        return trimmed.upper()
    unified = unicodedata.normalize("NFKC", trimmed)
    _refuse_unseen(unified, "sku.invisible")
    sku = " ".join(_folded(unified).split())
    _check_shape(sku)
    return sku


def exact_code(text: str, *, limit: int) -> str:
    """Return a code that is compared letter by letter (an order number, a carrier, a campaign): trimmed, composed.

    Raises Refusal (code.invisible, text.long). Upper and lower case stay different.
    """
    code = text.strip()
    if not (code.isascii() and code.isprintable()):
        code = unicodedata.normalize("NFC", code)
        _refuse_unseen(code, "code.invisible")
    return one_line(code, limit=limit)


def mixed_scripts(text: str) -> tuple[str, ...]:
    """Return the look-alike alphabets that text mixes, e.g. ("CYRILLIC", "LATIN"); empty when there is one at most."""
    if text.isascii():
        return ()
    scripts = {unicodedata.name(character, "").partition(" ")[0] for character in text if character.isalpha()}
    found = sorted(scripts & _LOOKALIKE_SCRIPTS)
    return tuple(found) if len(found) > 1 else ()


def strip_bidi_controls(text: str) -> str:
    """Remove direction marks: for subjects, exports and file names, where no element isolates the text."""
    return _BIDI.sub("", text)


def one_line(text: str, *, limit: int) -> str:
    """Return text fit for a one-line field: trimmed, line breaks and tabs become one space, nothing else changed.

    Raises Refusal (text.control, text.long).
    """
    line = _LINE_SPACE.sub(" ", text).strip() if not text.isprintable() else text.strip()
    _check_text(line, limit)
    return line


def lines(text: str, *, limit: int) -> str:
    """Return text of several lines: trimmed, one kind of line break, nothing else changed.

    Raises Refusal (text.control, text.long).
    """
    kept = _ANY_BREAK.sub("\n", text).strip()
    _check_text(kept, limit)
    return kept


def _check_text(text: str, limit: int) -> None:
    control = _CONTROL.search(text)
    if control:
        raise Refusal(
            "text.control",
            _("The text contains the control character %(character)s. Remove it.")
            % {"character": character_name(control.group())},
        )
    if len(text) > limit:
        raise Refusal(
            "text.long",
            _("The text has %(length)d characters, and %(limit)d are kept. Shorten it.")
            % {"length": len(text), "limit": limit},
        )


def shown(value: str, *, limit: int = SHOWN_LIMIT) -> str:
    """Return a value safe to quote in a sentence: shortened, one line, no direction marks or controls."""
    flat = "".join(c if c.isprintable() else " " for c in strip_bidi_controls(value[: limit * 2])).strip()
    return flat if len(value) <= limit and len(flat) <= limit else flat[:limit] + "…"


def _folded(text: str) -> str:
    # Folding can undo normalisation (and the other way round) for a few letters; twice is a fixed point.
    for _pass in range(2):
        text = unicodedata.normalize("NFKC", text.casefold().upper())
    return text


def _refuse_unseen(text: str, code: str) -> None:
    for character in text:
        if _unseen(character):
            raise Refusal(
                code,
                _("The value contains the invisible character %(character)s. Type it again without that.")
                % {"character": character_name(character)},
            )


def _unseen(character: str) -> bool:
    return (
        character in _BLANK
        or unicodedata.category(character) in _UNSEEN_CATEGORIES
        or _VARIATION.match(character) is not None
    )


def _check_shape(sku: str) -> None:
    if not sku:
        raise Refusal("sku.empty", _("The article number is empty. Enter one."))
    if sku[0] in _FORMULA_LEADS:
        raise Refusal(
            "sku.leading",
            _(
                "The article number begins with %(character)s, which a spreadsheet reads as a formula. "
                "Begin it with a letter or a digit."
            )
            % {"character": character_name(sku[0])},
        )
    if len(sku) > SKU_LIMIT:
        raise Refusal(
            "sku.long",
            _("The article number has %(length)d characters, and %(limit)d are kept. Shorten it.")
            % {"length": len(sku), "limit": SKU_LIMIT},
        )
