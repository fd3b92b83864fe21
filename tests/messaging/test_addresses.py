"""One field, one deliverable address, one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.messaging.addresses import check_address
from backoffice.messaging.problems import ProblemFound


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("anna@example.com", "anna@example.com"),
        (" Anna.Nowak+shop@Example.COM\t", "Anna.Nowak+shop@example.com"),
        ("a@例子.公司", "a@xn--fsqu00a.xn--55qx5d"),
        ("a@例子。公司", "a@xn--fsqu00a.xn--55qx5d"),
        ("a@łódź.pl", "a@xn--d-uga0v4h.pl"),
        ("a@straße.de", "a@xn--strae-oqa.de"),
        ("a@ｅｘａｍｐｌｅ.com", "a@example.com"),
        ("o'brien@mail.example.co.uk", "o'brien@mail.example.co.uk"),
    ],
)
def test_an_address_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert check_address(typed) == kept
    assert check_address(kept) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("a@b", "no_dot"),
        ("anna", "no_at"),
        ("a@example.com,b@example.com", "several"),
        ("a@example.com;b@example.com", "several"),
        ("a@example.com b@example.com", "blank"),
        ("a@b@example.com", "several"),
        ("a@example.com\r\nBcc: all@example.com", "blank"),
        ("a@example.com\n", "blank"),
        ("a\x00@example.com", "blank"),
        ("a@exam\u200bple.com", "blank"),
        ("a\u202e@example.com", "blank"),
        ("ąę@example.com", "local_not_ascii"),
        ("Anna<anna@example.com>", "local"),
        ('"a b"@example.com', "blank"),
        ('"ab"@example.com', "local"),
        (".a@example.com", "local"),
        ("a..b@example.com", "local"),
        ("@example.com", "local"),
        ("a" * 65 + "@example.com", "local"),
        ("a@-example.com", "domain"),
        ("a@example..com", "domain"),
        ("a@example.com.", "domain"),
        ("a@[127.0.0.1]", "domain"),
        ("a@127.0.0.1", "domain"),
        ("a@☃.example", "domain"),
        ("a@" + "x" * 64 + ".com", "domain"),
        ("a@" + ".".join(["x" * 60] * 5), "long"),
    ],
)
def test_what_is_not_one_deliverable_address_is_refused(typed: str, code: str) -> None:
    with pytest.raises(ProblemFound) as refused:
        check_address(typed)
    assert refused.value.problem.code == f"address.{code}"
    assert refused.value.problem.field == "email"


def test_letters_before_the_at_are_refused_with_the_reason() -> None:
    with pytest.raises(ProblemFound, match="Many mail servers refuse"):
        check_address("ąę@example.com")


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_typed_ends_as_one_plain_address_or_a_problem(local: str, domain: str) -> None:
    try:
        kept = check_address(f"{local}@{domain}.com")
    except ProblemFound:
        return
    assert kept.isascii()
    assert kept.count("@") == 1
    assert not set(kept) & set("\r\n\0 <>,;")
    assert check_address(kept) == kept
