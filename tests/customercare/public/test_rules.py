"""What of a message may stand on a page that a forwarded link opens."""

import pytest

from customercare.public.rules import KEPT_OUT, story_text


@pytest.mark.parametrize("placeholder", KEPT_OUT)
def test_a_paragraph_that_greets_hands_over_a_code_or_links_stays_out(placeholder: str) -> None:
    assert story_text(f"Before.\n\nSee {placeholder} now.\n\nAfter.") == "Before.\n\nAfter."


def test_paragraphs_are_told_apart_by_blank_lines_of_any_kind() -> None:
    assert story_text("One\r\n  \r\nTwo\nstill two\n\n\nThree") == "One\n\nTwo\nstill two\n\nThree"


def test_nothing_is_left_of_a_text_that_only_greets() -> None:
    assert story_text("Hello {customer_name}") == ""
