"""What every template keeps to: the strict policy, and words that can be translated."""

import ast
import html
import re

import pytest

from tests.architecture import code

FORBIDDEN = {
    "an inline style": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a script without src": re.compile(r"<script\b(?![^>]*\ssrc=)", re.IGNORECASE),
    "a handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"\shx-on", re.IGNORECASE),
    "a trigger filter": re.compile(r"hx-trigger\s*=\s*[\"'](?:[^\"']*,)?\s*[\w:.-]+\["),
    "hx-vals with js": re.compile(r"hx-(?:vals|headers)\s*=\s*[\"']js:"),
    "javascript:": re.compile(r"javascript:", re.IGNORECASE),
    "|safe": re.compile(r"\|\s*safe\b|\|\s*safeseq\b|{%\s*autoescape\s+off"),
    "a foreign address": re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)\s*=\s*[\"'](?:https?:)?//"),
}
BANNED = re.compile(r"\b(please|invalid|oops|required)\b", re.IGNORECASE)
MARKS = re.compile(r"{%\s*(?:translate|trans)\s+(\"[^\"]*\"|'[^']*')")
BLOCKS = re.compile(r"{%\s*blocktranslate\b[^%]*%}(.*?){%\s*endblocktranslate\s*%}", re.DOTALL)
TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
# A block that fills an attribute of the page it extends.
CLASSES = re.compile(r"{%\s*block width\s*%}.*?{%\s*endblock\s*%}")
SHOWN_ATTRIBUTES = re.compile(r"\s(?:alt|title|placeholder|aria-label|aria-description)\s*=\s*\"([^\"]*)\"")
# Names and signs that are the same in every language.
SAME_EVERYWHERE = {"Standfast", "HTML", "CSV", "API", "SKU", "ID", "UTC", "·", "—"}
GETTEXT = ("_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "npgettext")
TEMPLATES = list(code.templates())


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_strict_policy_is_never_bent(what: str) -> None:
    found = {name: hit[0][:80] for name, text in code.templates().items() if (hit := FORBIDDEN[what].search(text))}
    assert found == {}


def untranslated(text: str) -> list[str]:
    """Words a person would read that stand outside the translation tags."""
    text = CLASSES.sub(" ", BLOCKS.sub(" ", text))
    text = re.sub(r"{%.*?%}|{{.*?}}", "\x00", text, flags=re.DOTALL)
    text = re.sub(r"<(script|svg|style|code)\b.*?</\1>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    seen = [found for tag in TAG.findall(text) for found in SHOWN_ATTRIBUTES.findall(tag)]
    seen += TAG.split(text)
    words = [word for piece in seen for word in re.findall(r"[^\W\d_]{2,}", html.unescape(piece))]
    return [word for word in words if word not in SAME_EVERYWHERE and not word.startswith("&")]


def test_the_judge_of_words_sees_them() -> None:
    assert untranslated("<p>Hello {{ name }}</p>") == ["Hello"]
    assert untranslated('<a title="Close">{% translate "Close" %}</a>') == ["Close"]
    assert untranslated('<p class="x">{% blocktranslate %}All {{ n }} good{% endblocktranslate %} · {{ n }}</p>') == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_word_can_be_translated(name: str) -> None:
    assert untranslated(code.templates()[name]) == []


def _texts_of_templates() -> list[tuple[str, str]]:
    found = []
    for name, text in code.templates().items():
        found += [(name, mark[1:-1]) for mark in MARKS.findall(text)]
        found += [(name, block) for block in BLOCKS.findall(text)]
    return found


def _texts_of_code() -> list[tuple[str, str]]:
    found = []
    for source in code.product():
        for name, call in code.calls(source.tree):
            if name in GETTEXT:
                texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                found += [(f"{source.path}:{call.lineno}", text) for text in texts]
    return found


def test_words_help_instead_of_scolding() -> None:
    texts = _texts_of_templates() + _texts_of_code()
    assert len(texts) > 300
    assert [f"{place}: {text.strip()}" for place, text in texts if BANNED.search(text)] == []


def test_texts_that_are_translated_hold_no_formatted_values() -> None:
    """An f-string inside gettext is looked up with its values in it, and never found."""
    found = [
        f"{source.path}:{call.lineno}"
        for source in code.product()
        for name, call in code.calls(source.tree)
        if name in GETTEXT and any(isinstance(argument, ast.JoinedStr | ast.BinOp) for argument in call.args[:1])
    ]
    assert found == []
