"""How late an order is, and how a search is read."""

from datetime import date

import pytest

from orders.sales.rules import OrderState, days_late, has_han, phone_end

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("promised", "delivered", "state", "days"),
    [
        (date(2026, 11, 20), None, OrderState.OPEN, 1),
        (date(2026, 11, 21), None, OrderState.OPEN, 0),
        (date(2026, 11, 30), None, OrderState.SHIPPED, 0),
        (date(2026, 11, 10), date(2026, 11, 13), OrderState.DELIVERED, 3),
        (date(2026, 11, 10), date(2026, 11, 9), OrderState.DELIVERED, 0),
        (date(2026, 11, 10), None, OrderState.DELIVERED, 0),
        (date(2026, 11, 10), None, OrderState.CANCELLED, 0),
        (date(2026, 11, 10), None, OrderState.UNAVAILABLE, 0),
        (None, None, OrderState.OPEN, 0),
    ],
)
def test_days_late(promised: date | None, delivered: date | None, state: OrderState, days: int) -> None:
    assert days_late(promised_on=promised, delivered_on=delivered, state=state, today=TODAY) == days


@pytest.mark.parametrize(
    ("text", "digits"),
    [("100200", "100200"), ("+48 600-100", "48600100"), ("(22) 5", ""), ("A-1000", ""), ("ewa1000@x", ""), ("123", "")],
)
def test_the_end_of_a_phone_number_has_four_digits_or_more(text: str, digits: str) -> None:
    assert phone_end(text) == digits


def test_one_chinese_character_is_a_word() -> None:
    assert has_han("王")
    assert not has_han("W")
