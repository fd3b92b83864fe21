"""A budget is never promised twice: what is reserved is spoken for, and every booking happens once."""

import threading
from collections import Counter
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.db.models import F

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import AuditEntry
from customercare.compensation import selectors
from customercare.compensation import services as compensation
from customercare.compensation.models import Budget, BudgetEntry
from customercare.compensation.services import budgets
from tests.factories import make_store

D = Decimal


@pytest.fixture
def budget(store, cast, now):
    return compensation.open_budget(
        store=store, name="Apologies", currency="PLN", limit_amount=D("1000.00"), actor=cast.admin, now=now
    )


def book(act, budget, amount, now, *, cause="incident:1", key="k1", drill=False):
    act(
        budget_id=budget.pk, amount=D(amount), cause_ref=cause, key=key, drill=drill, actor_ref="user:1", now=now
    )  # fmt: skip


def state(budget):
    now = selectors.budget_state(budget_id=budget.pk)
    return str(now.reserved), str(now.committed), str(now.left)


def refused(act, budget, amount, now, **terms):
    before = state(budget), list(BudgetEntry.objects.values())
    with pytest.raises(Refusal) as caught:
        book(act, budget, amount, now, **terms)
    assert (state(budget), list(BudgetEntry.objects.values())) == before
    return caught.value


def test_reserve_commit_release(budget, now):
    book(compensation.reserve, budget, "955.00", now, key="a")
    assert state(budget) == ("955.00", "0.00", "45.00")
    book(compensation.commit, budget, "900.00", now, key="b")
    assert state(budget) == ("55.00", "900.00", "45.00")
    book(compensation.release, budget, "55.00", now, key="c")
    assert state(budget) == ("0.00", "900.00", "100.00")
    assert list(BudgetEntry.objects.order_by("pk").values_list("kind", "amount")) == [
        ("reserve", D("955.00")), ("commit", D("900.00")), ("release", D("55.00"))
    ]  # fmt: skip


def test_more_than_is_left_is_refused_with_both_numbers(budget, now):
    book(compensation.reserve, budget, "880.00", now)
    told = refused(compensation.reserve, budget, "191.00", now, key="k2")
    assert (told.code, told.message) == ("budget.short", "Budget has 120.00 left, this needs 191.00.")
    book(compensation.reserve, budget, "120.00", now, key="k3")
    assert state(budget) == ("1000.00", "0.00", "0.00")


def test_a_key_books_once(budget, now):
    for _ in range(3):
        book(compensation.reserve, budget, "100.00", now, key="r")
        book(compensation.commit, budget, "60.00", now, key="c")
        book(compensation.release, budget, "40.00", now, key="f")
    assert state(budget) == ("0.00", "60.00", "940.00")


@pytest.mark.parametrize(
    ("act", "amount", "cause"),
    [(compensation.reserve, "100.01", "incident:1"), (compensation.reserve, "100.00", "incident:2"),
     (compensation.commit, "100.00", "incident:1")],
)  # fmt: skip
def test_a_key_that_stood_for_something_else_is_refused(budget, now, act, amount, cause):
    book(compensation.reserve, budget, "100.00", now)
    assert refused(act, budget, amount, now, cause=cause).code == "budget.key_reused"


@pytest.mark.parametrize("act", [compensation.commit, compensation.release], ids=lambda act: act.__name__)
def test_a_cause_spends_only_what_it_reserved_itself(budget, now, act):
    book(compensation.reserve, budget, "100.00", now, key="a")
    book(compensation.reserve, budget, "500.00", now, key="b", cause="incident:2")
    told = refused(act, budget, "100.01", now, key="c")
    assert (told.code, told.message) == (
        "budget.not_reserved", "100.00 is reserved for this, and it needs 100.01. Reserve the rest first."
    )  # fmt: skip


def test_a_drill_never_touches_a_budget(budget, now):
    book(compensation.reserve, budget, "5000.00", now, drill=True)
    book(compensation.commit, budget, "5000.00", now, drill=True)
    book(compensation.release, budget, "5000.00", now, drill=True)
    assert state(budget) == ("0.00", "0.00", "1000.00")
    assert not BudgetEntry.objects.exists()


def test_booking_nothing_writes_nothing(budget, now):
    book(compensation.reserve, budget, "0.00", now)
    assert not BudgetEntry.objects.exists()


def test_the_limit_never_falls_under_what_is_spoken_for(budget, cast, now):
    book(compensation.reserve, budget, "100.00", now, key="a")
    book(compensation.commit, budget, "60.00", now, key="b")
    with pytest.raises(Refusal) as caught:
        compensation.set_limit(budget_id=budget.pk, limit_amount=D("99.99"), actor=cast.admin, now=now)
    assert caught.value.message == "100.00 of this budget is spoken for. Choose at least that much."
    assert state(budget) == ("40.00", "60.00", "900.00")
    compensation.set_limit(budget_id=budget.pk, limit_amount=D("100.00"), actor=cast.admin, now=now)
    assert state(budget) == ("40.00", "60.00", "0.00")


def test_opening_and_changing_a_budget_is_in_the_audit_log(budget, cast, now):
    compensation.set_limit(budget_id=budget.pk, limit_amount=D("2000.00"), actor=cast.admin, now=now)
    entries = AuditEntry.objects.filter(subject=f"budget:{budget.pk}").order_by("pk")
    assert [(entry.verb, entry.detail["limit"]) for entry in entries] == [
        ("budget.open", "1000.00"), ("budget.limit", "2000.00")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code"),
    [({"limit_amount": D("-1")}, "budget.limit"), ({"name": "Apologies"}, "budget.name"),
     ({"currency": "ZZZ"}, "money.currency")],
)  # fmt: skip
def test_a_budget_that_cannot_be_is_not_opened(budget, cast, now, change, code):
    terms = {
        "store": budget.store,
        "name": "Other",
        "currency": "PLN",
        "limit_amount": D(1),
        "actor": cast.admin,
        "now": now,
    }
    with pytest.raises(Refusal) as caught:
        compensation.open_budget(**terms | change)
    assert caught.value.code == code
    assert Budget.objects.count() == 1


def reserve_together(budget, now, numbers, *, keys):
    """Reserve 100.00 on as many connections as there are numbers; how each ended, counted."""
    together = threading.Barrier(len(numbers), timeout=30)
    ends = Counter()

    def one(number):
        connection.ensure_connection()
        try:
            together.wait()
            book(compensation.reserve, budget, "100.00", now, key=keys(number), cause=f"incident:{keys(number)}")
            ends["done"] += 1
        except Refusal as refusal:
            ends[refusal.code] += 1
        except IntegrityError:
            ends["IntegrityError"] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends


@pytest.fixture
def contested(now):
    return compensation.open_budget(
        store=make_store("race"), name="Apologies", currency="PLN", limit_amount=D("1000.00"), actor=None, now=now
    )


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_ten_fit(contested, now):
    ends = reserve_together(contested, now, range(20), keys=lambda number: f"k{number}")
    assert ends == {"done": 10, "budget.short": 10}
    assert state(contested) == ("1000.00", "0.00", "0.00")


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_one_booking_sent_twenty_times_at_once_is_booked_once(contested, now):
    assert reserve_together(contested, now, range(20), keys=lambda number: "same") == {"done": 20}
    assert state(contested) == ("100.00", "0.00", "900.00")


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_without_the_guard_in_the_update_all_of_them_pass_it(contested, now, monkeypatch):
    """The twin: reading what is left and then adding lets everybody through, up to the CHECK of the table."""
    everybody_has_read = threading.Barrier(20, timeout=30)

    def read_then_add(budget_id, amount):
        fits = selectors.budget_state(budget_id=budget_id).left >= amount
        everybody_has_read.wait()
        return fits and bool(Budget.objects.filter(pk=budget_id).update(reserved=F("reserved") + amount))

    monkeypatch.setattr(budgets, "_take", read_then_add)
    ends = reserve_together(contested, now, range(20), keys=lambda number: f"k{number}")
    assert ends == {"done": 10, "IntegrityError": 10}
