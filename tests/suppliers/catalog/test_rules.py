"""What a quantity costs and how many can be ordered: known answers, and what holds for all numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.catalog.rules import Break, breaks_out_of_step, order_quantity, unit_price

BASE = Decimal("10.00")
STEPS = (Break(100, Decimal("9.00")), Break(500, Decimal("7.50")))
quantities = st.integers(min_value=1, max_value=100_000)
prices = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(9999), places=2)
steps = st.lists(st.builds(Break, st.integers(2, 5_000), prices), max_size=5, unique_by=lambda step: step.min_quantity)


class TestUnitPrice:
    @pytest.mark.parametrize(
        ("quantity", "price"),
        [(1, "10.00"), (99, "10.00"), (100, "9.00"), (499, "9.00"), (500, "7.50"), (9999, "7.50")],
    )
    def test_the_largest_break_that_is_reached_counts(self, quantity: int, price: str) -> None:
        assert unit_price(base=BASE, breaks=STEPS, quantity=quantity) == Decimal(price)

    @given(breaks=steps, quantity=quantities)
    def test_the_order_of_breaks_does_not_matter(self, breaks: list[Break], quantity: int) -> None:
        forward = unit_price(base=BASE, breaks=breaks, quantity=quantity)
        assert forward == unit_price(base=BASE, breaks=breaks[::-1], quantity=quantity)

    @given(breaks=steps, quantity=quantities)
    def test_it_is_the_base_or_the_price_of_a_break_that_is_reached(self, breaks: list[Break], quantity: int) -> None:
        price = unit_price(base=BASE, breaks=breaks, quantity=quantity)
        reached = [step for step in breaks if step.min_quantity <= quantity]
        assert price == (max(reached, key=lambda step: step.min_quantity).price if reached else BASE)

    @given(breaks=steps, quantity=quantities)
    def test_with_breaks_in_step_more_units_never_cost_more_each(self, breaks: list[Break], quantity: int) -> None:
        ordered = sorted(breaks, key=lambda step: step.min_quantity)
        if breaks_out_of_step(base=BASE, breaks=ordered) is None:
            now = unit_price(base=BASE, breaks=ordered, quantity=quantity)
            assert unit_price(base=BASE, breaks=ordered, quantity=quantity + 1) <= now


class TestOrderQuantity:
    @pytest.mark.parametrize(
        ("wanted", "moq", "multiple", "ordered"),
        [(0, 50, 12, 0), (1, 1, 1, 1), (1, 50, 12, 60), (50, 50, 12, 60), (61, 50, 12, 72), (72, 50, 12, 72)],
    )
    def test_it_is_the_minimum_rounded_up_to_whole_multiples(
        self, wanted: int, moq: int, multiple: int, ordered: int
    ) -> None:
        assert order_quantity(wanted=wanted, moq=moq, multiple=multiple) == ordered

    @given(wanted=quantities, moq=quantities, multiple=st.integers(1, 500))
    def test_it_covers_what_is_wanted_and_is_the_least_that_can_be_ordered(
        self, wanted: int, moq: int, multiple: int
    ) -> None:
        ordered = order_quantity(wanted=wanted, moq=moq, multiple=multiple)
        assert ordered >= max(wanted, moq)
        assert ordered % multiple == 0
        assert ordered - multiple < max(wanted, moq)


@pytest.mark.parametrize(
    ("breaks", "place"),
    [
        ((), None),
        (STEPS, None),
        ((Break(100, Decimal("10.00")),), 0),
        ((Break(1, Decimal("9.00")),), 0),
        ((Break(100, Decimal("9.00")), Break(100, Decimal("8.00"))), 1),
        ((Break(100, Decimal("9.00")), Break(500, Decimal("9.50"))), 1),
    ],
)
def test_each_break_is_for_more_units_at_a_lower_price(breaks: tuple[Break, ...], place: int | None) -> None:
    assert breaks_out_of_step(base=BASE, breaks=breaks) == place
