"""Article numbers have one spelling, and nothing invisible gets through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel import text
from backoffice.kernel.errors import Refusal


@pytest.mark.parametrize(
    ("written", "sku"),
    [
        ("sku-1", "SKU-1"),
        ("SKU-1", "SKU-1"),
        ("SKU１２３", "SKU123"),
        ("SKU-1\u00a0", "SKU-1"),
        ("  sku-1 ", "SKU-1"),
        ("SKU  1", "SKU 1"),
        ("cafe\u0301", "CAFÉ"),
        ("café", "CAFÉ"),
        ("ﬁn", "FIN"),
        ("straße", "STRASSE"),
        ("茶壶-1", "茶壶-1"),
        ("x" * 64, "X" * 64),
    ],
)
def test_spellings_of_one_article_become_one(written: str, sku: str) -> None:
    assert text.canonical_sku(written) == sku


@pytest.mark.parametrize(
    ("written", "code", "named"),
    [
        ("SK\u200bU", "sku.invisible", "U+200B ZERO WIDTH SPACE"),
        ("SKU\u202e1", "sku.invisible", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("SKU\t1", "sku.invisible", "U+0009"),
        ("SKU\u3164", "sku.invisible", "HANGUL"),
        ("SKU\ufe0f", "sku.invisible", "U+FE0F VARIATION SELECTOR-16"),
        ("=1+1", "sku.leading", "U+003D EQUALS SIGN"),
        ("＝1+1", "sku.leading", "U+003D EQUALS SIGN"),
        ("@SUM", "sku.leading", "U+0040 COMMERCIAL AT"),
        ("x" * 65, "sku.long", "65"),
        ("", "sku.empty", "empty"),
        ("\u00a0", "sku.empty", "empty"),
    ],
)
def test_a_number_that_would_mislead_is_refused_and_the_character_named(written: str, code: str, named: str) -> None:
    with pytest.raises(Refusal, match=r".") as refused:
        text.canonical_sku(written)
    assert refused.value.code == code
    assert named in refused.value.message


@given(st.text(max_size=80))
def test_the_canonical_spelling_is_canonical(written: str) -> None:
    try:
        sku = text.canonical_sku(written)
    except Refusal:
        return
    assert text.canonical_sku(sku) == sku
    assert text.canonical_sku(f" {written} ") == sku


def test_lookalike_alphabets_are_named_and_chinese_beside_latin_is_ordinary() -> None:
    assert text.mixed_scripts("SKU-А1") == ("CYRILLIC", "LATIN")
    assert text.mixed_scripts("АВС") == ()
    assert text.mixed_scripts("茶A1") == ()
    assert text.mixed_scripts("SKU-1") == ()


@pytest.mark.parametrize("name", ["👨‍👩‍👧 Harris", "سارة حداد", "王小明", "O'Brien-Łęcki", "Q", "Ł" * 200])
def test_names_are_kept_as_they_are(name: str) -> None:
    assert text.one_line(name, limit=200) == name
    assert text.strip_bidi_controls(name) == name


def test_direction_marks_are_stripped_where_nothing_isolates_the_text() -> None:
    assert text.strip_bidi_controls("Anna \u202egnp.exe") == "Anna gnp.exe"
    assert text.one_line("Anna \u202egnp", limit=200) == "Anna \u202egnp"


def test_one_line_joins_lines_and_refuses_controls_and_excess() -> None:
    assert text.one_line(" a\r\n\tb ", limit=10) == "a b"
    assert text.one_line("a\u2028b", limit=10) == "a b"
    with pytest.raises(Refusal, match=r"U\+0007"):
        text.one_line("a\x07", limit=10)
    with pytest.raises(Refusal, match="11 characters, and 10"):
        text.one_line("x" * 11, limit=10)


def test_a_code_is_composed_and_its_case_kept() -> None:
    assert text.exact_code(" Dolnos\u0301la\u0328skie ", limit=80) == "Dolnośląskie"
    assert text.exact_code("Double11", limit=60) == "Double11"
    with pytest.raises(Refusal, match=r"U\+200B ZERO WIDTH SPACE"):
        text.exact_code("DOUBLE\u200b11", limit=60)
    with pytest.raises(Refusal, match="61 characters"):
        text.exact_code("x" * 61, limit=60)


def test_a_quoted_value_is_short_and_harmless() -> None:
    assert text.shown("abc") == "abc"
    assert text.shown("x" * 100) == "x" * 40 + "…"
    assert text.shown("a\nb\u202ec") == "a bc"
