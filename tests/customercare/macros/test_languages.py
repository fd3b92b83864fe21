"""In which language a customer is written to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.errors import Refusal
from customercare.macros import rules

ALL = ("en", "zh-hans", "zh-hant", "pl")


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("en", "en"),
        ("pl", "pl"),
        ("pl-PL", "pl"),
        ("PL_pl", "pl"),
        ("zh", "zh-hans"),
        ("zh-CN", "zh-hans"),
        ("zh_SG", "zh-hans"),
        ("zh-Hans-CN", "zh-hans"),
        ("zh-TW", "zh-hant"),
        ("zh-HK", "zh-hant"),
        ("zh-Hant-HK", "zh-hant"),
        ("en-GB", "en"),
        ("pt", "en"),
        ("", "en"),
        ("-", "en"),
    ],
)
def test_a_customer_is_written_to_in_the_nearest_language(wanted: str, language: str) -> None:
    assert rules.resolve_language(wanted, ALL) == language


def test_traditional_and_simplified_never_stand_in_for_each_other() -> None:
    assert rules.resolve_language("zh-hant", ("en", "zh-hans")) == "en"
    assert rules.resolve_language("zh-tw", ("en", "zh-hans")) == "en"
    assert rules.resolve_language("zh-hans", ("en", "zh-hant")) == "en"
    assert rules.resolve_language("zh-cn", ("en", "zh-hant")) == "en"


def test_without_even_english_it_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        rules.resolve_language("pt", ("pl",))
    assert refused.value.code == "macro.no_language"


@given(wanted=st.text(max_size=30), available=st.sets(st.sampled_from(ALL)))
def test_any_wish_ends_in_a_language_that_exists(wanted: str, available: set[str]) -> None:
    assert rules.resolve_language(wanted, available | {"en"}) in available | {"en"}


@given(wanted=st.text("enplzhstwkh-_", max_size=20))
def test_a_chain_names_no_language_twice_and_ends_in_english(wanted: str) -> None:
    chain = rules.language_chain(wanted)
    assert chain[-1] == "en"
    assert len(chain) == len(set(chain))
