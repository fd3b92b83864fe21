"""Every order of a cause gets one voucher, however often and at whatever moment the run starts again."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from backoffice.kernel.errors import Refusal
from customercare.vouchers import rules, selectors
from customercare.vouchers import services as vouchers
from customercare.vouchers.models import Voucher, VoucherEntry
from tests.customercare.vouchers.kit import give, ledger
from tests.factories import make_order, make_orders, make_store


def issue(orders, now, *, amount="5.00", **changes):
    given = {
        "cause_ref": "incident:1",
        "order_ids": [order.pk for order in orders],
        "amounts": [Decimal(amount)] * len(orders),
        "currency": "PLN",
        "valid_until": now + timedelta(days=90),
        "drill": False,
        "actor_ref": "user:1",
        "now": now,
    }
    return vouchers.issue_many(**given | changes)


def test_each_order_gets_its_voucher_and_the_ledger_begins(store, now):
    orders = make_orders(store, 3)
    assert issue(orders, now) == 3
    for order in orders:
        voucher = Voucher.objects.get(order=order)
        assert (voucher.amount, voucher.balance, voucher.held) == (Decimal("5.00"), Decimal("5.00"), 0)
        assert (voucher.store, voucher.customer_ref, voucher.state) == (store, order.customer_ref, "active")
        entry = VoucherEntry.objects.get(voucher=voucher)
        assert (entry.kind, entry.amount, entry.actor_ref) == ("issue", Decimal("5.00"), "user:1")


def test_running_twice_or_over_a_part_adds_only_what_is_missing(store, now):
    orders = make_orders(store, 5)
    assert issue(orders[:2], now) == 2
    before = list(Voucher.objects.order_by("pk").values())
    assert issue(orders, now, amount="9.00") == 3
    assert issue(orders, now) == 0
    assert list(Voucher.objects.order_by("pk").values()[:2]) == before
    assert VoucherEntry.objects.count() == Voucher.objects.count() == 5


def test_another_cause_gives_another_voucher(store, now):
    orders = make_orders(store, 1)
    issue(orders, now)
    assert issue(orders, now, cause_ref="incident:2") == 1


def test_the_number_of_statements_does_not_grow_with_the_orders(store, now, django_assert_num_queries):
    few, many = make_orders(store, 2), make_orders(store, 60)
    for orders in (few, many):
        with django_assert_num_queries(4):  # a savepoint, its release, and two statements
            issue(orders, now)


def test_the_code_is_nowhere_in_the_table_and_can_be_shown_again(store, now):
    given = give(store)
    row = Voucher.objects.values().get()
    bare = rules.normalise(given.code)
    assert row["last4"] == bare[-4:]
    assert not any(bare in str(value) or given.code in str(value) for value in row.values())
    assert selectors.codes_for([given.voucher.pk]) == {given.voucher.pk: given.code}
    assert bytes(row["code_hash"]) == rules.code_hash(bare, selectors.lookup_keys()[0])


def test_codes_come_in_one_query_and_unknown_vouchers_are_left_out(store, now, django_assert_num_queries):
    orders = make_orders(store, 20)
    issue(orders, now)
    ids = list(Voucher.objects.values_list("pk", flat=True))
    with django_assert_num_queries(1):
        codes = selectors.codes_for([*ids, 0])
    assert set(codes) == set(ids)
    assert len(set(codes.values())) == 20


def test_two_shops_have_keys_of_their_own(now, db):
    orders = [make_order(make_store("one")), make_order(make_store("two"))]
    assert issue(orders, now) == 2
    assert Voucher.objects.values("store").distinct().count() == 2
    codes = selectors.codes_for(list(Voucher.objects.values_list("pk", flat=True)))
    assert len(set(codes.values())) == 2


def test_after_a_key_change_old_codes_are_still_shown_and_found(store, now, settings):
    settings.VOUCHER_KEYS, settings.VOUCHER_KEY_ID = {"old": "first secret"}, "old"
    old = give(store)
    settings.VOUCHER_KEYS, settings.VOUCHER_KEY_ID = {"new": "second secret", "old": "first secret"}, "new"
    fresh = give(store)
    assert selectors.codes_for([old.voucher.pk])[old.voucher.pk] == old.code
    assert (old.voucher.key_id, fresh.voucher.key_id) == ("old", "new")
    hashes = [rules.code_hash(rules.normalise(old.code), key) for key in selectors.lookup_keys()]
    assert Voucher.objects.get(code_hash__in=hashes) == old.voucher


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amounts": [Decimal(0)]}, "voucher.amount"),
        ({"amounts": [Decimal("-1")]}, "voucher.amount"),
        ({"amounts": [Decimal("5.001")]}, "voucher.amount"),
        ({"amounts": [Decimal("5.50")], "currency": "JPY"}, "voucher.amount"),
        ({"amounts": [Decimal("NaN")]}, "voucher.amount"),
        ({"currency": "ZZZ"}, "money.currency"),
        ({"valid_until": "now"}, "voucher.ends_in_the_past"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused_and_nothing_is_written(store, now, change, code):
    change = {name: now if value == "now" else value for name, value in change.items()}
    with pytest.raises(Refusal) as caught:
        issue([make_order(store)], now, **change)
    assert caught.value.code == code
    assert not Voucher.objects.exists()
    assert not VoucherEntry.objects.exists()


def test_an_order_that_does_not_exist_gets_nothing(store, now):
    order = make_order(store)
    assert issue([order], now, order_ids=[order.pk, order.pk + 1000], amounts=[Decimal(5), Decimal(5)]) == 1


def test_the_ledger_refuses_to_be_rewritten(store, now):
    given = give(store)
    with pytest.raises(Exception, match="append"):
        VoucherEntry.objects.filter(voucher=given.voucher).update(amount=1)


def test_a_customers_page_shows_the_voucher_and_never_a_drill(store, now):
    given = give(store)
    rehearsed = give(store, drill=True)
    (card,) = selectors.cards_for_order(order_id=given.order.pk, now=now)
    assert (card.code, card.left, card.usable) == (given.code, Decimal("5.00"), True)
    (late,) = selectors.cards_for_order(order_id=given.order.pk, now=card.valid_until)
    assert not late.usable
    assert selectors.cards_for_order(order_id=rehearsed.order.pk, now=now) == ()
    assert ledger(rehearsed) == [("issue", "5.00")]


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_make_one_voucher_each(now):
    orders = make_orders(make_store("race"), 200)
    together = threading.Barrier(4, timeout=10)
    made = []

    def plan():
        try:
            together.wait()
            made.append(issue(orders, now))
        finally:
            connection.close()

    threads = [threading.Thread(target=plan) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(made) == 4
    assert sum(made) == Voucher.objects.count() == VoucherEntry.objects.count() == 200
