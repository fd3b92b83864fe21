"""One decision per cause, order and kind; the rule in SQL is the rule in Python."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from backoffice.kernel.errors import Refusal
from customercare.compensation import selectors
from customercare.compensation import services as compensation
from customercare.compensation.models import Budget, BudgetEntry, Grant
from customercare.compensation.rules import Basis, ValueRule, amount_for
from customercare.vouchers import services as vouchers
from customercare.vouchers.models import Voucher, VoucherEntry
from tests.factories import make_order, make_orders

D = Decimal


def grant(orders, amounts, now, **changes):
    terms = {
        "cause_ref": "incident:1",
        "kind": "voucher",
        "order_ids": [order.pk for order in orders],
        "amounts": [D(amount) for amount in amounts],
        "currency": "PLN",
        "why": "Late by 3 days",
        "drill": False,
        "now": now,
    }
    return compensation.grant_many(**terms | changes)


def grant_vouchers(orders, amounts, now, **changes):
    terms = {
        "cause_ref": "incident:1",
        "order_ids": [order.pk for order in orders],
        "amounts": [D(amount) for amount in amounts],
        "currency": "PLN",
        "why": "Late by 3 days",
        "valid_until": now + timedelta(days=90),
        "drill": False,
        "actor_ref": "user:1",
        "now": now,
    }
    return compensation.grant_vouchers(**terms | changes)


def test_each_order_gets_its_grant_with_the_reason(store, now):
    orders = make_orders(store, 2)
    assert grant(orders, ["5.00", "7.50"], now) == compensation.GrantCount(granted=2, nothing=0, already=0)
    kept = list(Grant.objects.order_by("amount").values_list("order_id", "amount", "currency", "why", "state"))
    assert kept == [
        (orders[0].pk, D("5.00"), "PLN", "Late by 3 days", "granted"),
        (orders[1].pk, D("7.50"), "PLN", "Late by 3 days", "granted"),
    ]


def test_nothing_is_a_decision_too_and_keeps_its_reason(store, now):
    free, paid = make_orders(store, 2)
    count = grant_vouchers([free, paid], ["0.00", "5.00"], now, why="10 % of the order")
    assert count == compensation.GrantCount(granted=1, nothing=1, already=0, vouchers=1)
    decision = Grant.objects.get(order=free)
    assert (decision.state, decision.amount, decision.why) == ("nothing", 0, "10 % of the order")
    assert not Voucher.objects.filter(order=free).exists()


def test_the_first_decision_stands_however_often_the_run_starts(store, now):
    orders = make_orders(store, 4)
    grant(orders[:2], ["5.00", "5.00"], now)
    again = grant(orders, ["9.00"] * 4, now)
    assert again == compensation.GrantCount(granted=2, nothing=0, already=2)
    assert sorted(Grant.objects.values_list("amount", flat=True)) == [D(5), D(5), D(9), D(9)]


def test_the_voucher_takes_the_amount_of_the_grant_that_stands(store, now):
    orders = make_orders(store, 2)
    grant(orders[:1], ["5.00"], now)
    count = grant_vouchers(orders, ["9.00", "9.00"], now)
    assert (count.granted, count.already, count.vouchers) == (1, 1, 2)
    assert Voucher.objects.get(order=orders[0]).amount == D("5.00")
    assert grant_vouchers(orders, ["9.00", "9.00"], now).vouchers == 0
    assert VoucherEntry.objects.count() == 2


def test_a_run_that_died_between_grants_and_vouchers_is_finished_by_the_next(store, now):
    orders = make_orders(store, 3)
    grant(orders, ["5.00"] * 3, now)
    assert grant_vouchers(orders, ["5.00"] * 3, now).vouchers == 3


def test_granting_takes_as_many_statements_for_sixty_as_for_two(store, now, django_assert_num_queries):
    for orders in (make_orders(store, 2), make_orders(store, 60)):
        with django_assert_num_queries(10):  # four statements, three savepoints
            grant_vouchers(orders, ["5.00"] * len(orders), now)


def test_an_order_in_another_currency_stops_the_run_before_anything_is_written(store, now):
    orders = [make_order(store), make_order(store, currency="EUR")]
    with pytest.raises(Refusal) as caught:
        grant_vouchers(orders, ["5.00", "5.00"], now)
    assert caught.value.code == "compensation.currency"
    assert "1 order is not in PLN" in caught.value.message
    assert not Grant.objects.exists()
    assert not Voucher.objects.exists()


def test_a_drill_marks_grants_and_vouchers(store, now):
    grant_vouchers(make_orders(store, 1), ["5.00"], now, drill=True)
    assert Grant.objects.get().drill
    assert Voucher.objects.get().drill


def test_a_voucher_that_cannot_be_issued_leaves_no_grant(store, now):
    with pytest.raises(Refusal) as caught:
        grant_vouchers(make_orders(store, 1), ["5.00"], now, valid_until=now)
    assert caught.value.code == "voucher.ends_in_the_past"
    assert not Grant.objects.exists()


@pytest.mark.parametrize(
    ("basis", "value", "currency", "cap"),
    [("flat", "-5", "PLN", None), ("flat", "5.001", "PLN", None), ("percent", "101", "PLN", None),
     ("flat", "5.5", "JPY", None), ("something", "5", "PLN", None), ("percent", "10", "PLN", "-1")],
)  # fmt: skip
def test_a_rule_that_cannot_be_meant_is_refused(basis, value, currency, cap):
    with pytest.raises(Refusal) as caught:
        compensation.value_rule(basis=basis, value=D(value), currency=currency, cap=D(cap) if cap else None)
    assert caught.value.code == "compensation.rule"


def test_a_rule_knows_the_decimals_of_its_currency():
    assert compensation.value_rule(basis="percent", value=D(10), currency="JPY").exponent == 0
    assert compensation.value_rule(basis="flat", value=D("5.00"), currency="PLN").exponent == 2


amounts = st.decimals(min_value=0, max_value=10**8, places=2)
rules = st.one_of(
    st.builds(ValueRule, st.just(Basis.FLAT), amounts, st.just("PLN"), st.just(2), st.none() | amounts),
    st.builds(
        ValueRule,
        st.just(Basis.PERCENT),
        st.decimals(min_value=0, max_value=100, places=3),
        st.just("PLN"),
        st.just(2),
        st.none() | amounts,
    ),
    st.builds(
        ValueRule,
        st.just(Basis.PERCENT),
        st.decimals(min_value=0, max_value=100, places=1),
        st.just("JPY"),
        st.just(0),
        st.none() | amounts.map(lambda amount: amount.to_integral_value()),
    ),
)


@hypothesis_settings(max_examples=150, deadline=None)
@given(rule=rules, totals=st.lists(st.decimals(min_value=-5, max_value=10**9, places=2), min_size=1, max_size=20))
def test_the_rule_in_sql_gives_what_the_rule_in_python_gives(django_db_blocker, rule, totals):
    expression, values = selectors.amount_sql(rule, total="o.total")
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {expression} FROM unnest(%s::numeric[]) WITH ORDINALITY AS o(total, place) ORDER BY place",
            [*values, totals],
        )
        in_sql = [row[0] for row in cursor.fetchall()]
    in_python = [amount_for(rule, total) for total in totals]
    assert in_sql == in_python


def test_giving_vouchers_touches_no_budget(store, now):
    grant_vouchers(make_orders(store, 1), ["5.00"], now)
    assert not Budget.objects.exists()
    assert not BudgetEntry.objects.exists()
    assert vouchers.expire_due(now=now) == 0
