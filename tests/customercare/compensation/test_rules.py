"""The amount an order gets: flat, or a percentage with a cap, exact to the smallest coin."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customercare.compensation.rules import Basis, ValueRule, amount_for

D = Decimal


@pytest.mark.parametrize(
    ("percent", "cap", "total", "amount"),
    [
        ("10", None, "118.00", "11.80"),
        ("10", "5.00", "118.00", "5.00"),
        ("10", "5.00", "50.00", "5.00"),
        ("10", "5.00", "49.99", "5.00"),
        ("10", "5.00", "49.94", "4.99"),
        ("10", None, "0.05", "0.01"),
        ("10", None, "0.04", "0.00"),
        ("33.3", None, "0.00", "0.00"),
        ("0", None, "118.00", "0.00"),
        ("100", "200.00", "118.00", "118.00"),
    ],
)
def test_a_percentage_rounds_half_up_and_stops_at_the_cap(percent, cap, total, amount):
    rule = ValueRule(Basis.PERCENT, D(percent), "PLN", 2, D(cap) if cap else None)
    assert amount_for(rule, D(total)) == D(amount)


def test_yen_have_no_decimals():
    assert amount_for(ValueRule(Basis.PERCENT, D("10"), "JPY", 0), D("1985")) == D("199")


def test_a_flat_amount_is_the_same_for_every_order():
    rule = ValueRule(Basis.FLAT, D("5.00"), "PLN")
    assert {amount_for(rule, D(total)) for total in ("0", "3.10", "900")} == {D("5.00")}


@pytest.mark.parametrize(
    ("basis", "value", "exponent", "cap"),
    [("flat", "-1", 2, None), ("flat", "NaN", 2, None), ("flat", "5.001", 2, None), ("flat", "5.5", 0, None),
     ("percent", "101", 2, None), ("percent", "Infinity", 2, None), ("percent", "10", 2, "-1"),
     ("percent", "10", 0, "5.5"), ("flat", "5.00", 2, "0.001")],
)  # fmt: skip
def test_a_rule_that_cannot_be_meant_is_not_a_rule(basis, value, exponent, cap):
    with pytest.raises(ValueError, match=r"value|percentage|amount|cap"):
        ValueRule(Basis(basis), D(value), "PLN", exponent, D(cap) if cap else None)


@given(
    st.decimals(min_value=0, max_value=100, places=2),
    st.decimals(min_value=0, max_value=10**6, places=2),
    st.decimals(min_value=0, max_value=10**6, places=2),
)
def test_never_more_than_the_order_the_cap_or_the_percentage_and_half_a_cent(percent, total, cap):
    amount = amount_for(ValueRule(Basis.PERCENT, percent, "PLN", 2, cap), total)
    assert 0 <= amount <= cap
    assert amount <= total
    assert amount <= total * percent / 100 + D("0.005")
    assert amount.as_tuple().exponent == -2
