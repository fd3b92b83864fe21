"""A macro read from a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customercare.macros import rules
from customercare.macros.rules import Kind, Point, VariantDraft

FILE = """
key = "delay"
folder = "Delay::Late parcel"
scenario = "delay"
owner_role = "support_agent"
needs_new_date = true
[variants.pl]
says = ["fact"]
offer = ""
closing = " C "
[variants.pl.main]
subject = " S "
text = '''
T
'''
[variants.pl.next_update]
subject = "N"
text = "U"
"""


def test_a_file_gives_one_text_for_each_language_and_kind() -> None:
    draft, problems = rules.read_macro(FILE)
    assert problems == []
    assert draft is not None
    says = frozenset({Point.FACT})
    assert draft.variants == (
        VariantDraft(language="pl", kind=Kind.MAIN, subject="S", text="T", closing="C", offer="", says=says),
        VariantDraft(language="pl", kind=Kind.NEXT_UPDATE, subject="N", text="U", closing="C", offer="", says=says),
    )


@pytest.mark.parametrize(
    ("before", "after", "code", "field"),
    [
        ('key = "delay"', "key = ", "macro.file", ""),
        ('key = "delay"', "key = 5", "macro.form", "key"),
        ('folder = "Delay::Late parcel"', "", "macro.form", "folder"),
        ("needs_new_date = true", 'needs_new_date = "yes"', "macro.form", "needs_new_date"),
        ("needs_new_date = true", "needs_new_date = true\ncolour = 1", "macro.extra", "colour"),
        ("variants.pl", "variants.de", "macro.language", "variants.de"),
        ('["fact"]', '["fact", "joke"]', "macro.point", "variants.pl.says"),
        ('["fact"]', "5", "macro.form", "variants.pl.says"),
        ('["fact"]', "[[]]", "macro.point", "variants.pl.says"),
        ('subject = "N"', "", "macro.form", "variants.pl.next_update.subject"),
        ('offer = ""', "", "macro.form", "variants.pl.offer"),
        ("[variants.pl.main]", "[variants.pl.first]", "macro.form", "variants.pl.main"),
    ],
)
def test_a_file_with_a_mistake_says_where_it_is(before: str, after: str, code: str, field: str) -> None:
    draft, problems = rules.read_macro(FILE.replace(before, after))
    assert draft is None
    assert (code, field) in [(problem.code, problem.field) for problem in problems]
    assert all(problem.sentence() for problem in problems)


@given(source=st.text(max_size=200))
def test_any_other_text_is_refused_in_words(source: str) -> None:
    draft, problems = rules.read_macro(source)
    assert draft is None
    assert problems
