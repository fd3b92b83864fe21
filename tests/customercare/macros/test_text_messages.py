"""How many parts a text message takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customercare.macros import rules


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        # 152 and a sign of two units: it moves whole into the second part, so 153 + 153 do not fit in two.
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ą" * 70, 1),
        ("ą" * 71, 2),
        ("ą" * 134, 2),
        ("ą" * 135, 3),
        ("您" * 70, 1),
        ("您" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        # An emoji is never cut in two: 66 units are used of each 67.
        ("😀" * 66, 2),
        ("😀" * 67, 3),
        ("a" * 69 + "ł", 1),
        ("a" * 70 + "ł", 2),
    ],
)
def test_parts_of_a_text_message(text: str, segments: int) -> None:
    assert rules.sms_segments(text) == segments


@given(text=st.text(max_size=400), more=st.text(max_size=50))
def test_a_longer_text_never_costs_less(text: str, more: str) -> None:
    assert rules.sms_segments(text + more) >= rules.sms_segments(text)
