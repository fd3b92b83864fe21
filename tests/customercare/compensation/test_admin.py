"""The office reads grants, opens budgets and moves their limits; money itself moves only by the services."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Role
from customercare.compensation import services as compensation
from customercare.compensation.models import Budget, Grant
from tests.factories import make_orders

BUDGETS = reverse("admin:customercare_budget_changelist")
NEW = reverse("admin:customercare_budget_add")
GRANTS = reverse("admin:customercare_grant_changelist")
READERS = {Role.ADMIN, Role.SHOP_MANAGER, Role.AUDITOR}
NO_LINES = {"entries-TOTAL_FORMS": "0", "entries-INITIAL_FORMS": "0"}


@pytest.fixture
def budget(store, cast, now):
    return compensation.open_budget(
        store=store, name="Apologies", currency="PLN", limit_amount=Decimal(1000), actor=cast.admin, now=now
    )


def change(budget):
    return reverse("admin:customercare_budget_change", args=[budget.pk])


def send_limit(client, budget, text):
    seen = re.search(r'name="_seen" value="([0-9a-f]+)"', client.get(change(budget)).content.decode())
    return client.post(change(budget), {"limit_amount": text, "_seen": seen[1], **NO_LINES})


@pytest.mark.parametrize("role", list(Role))
def test_who_may_read_and_who_may_write(client_for, budget, role):
    client = client_for(role, sudo=True)
    for path in (BUDGETS, change(budget), GRANTS):
        assert client.get(path).status_code == (200 if role in READERS else 403)
    assert client.get(NEW).status_code == (200 if role == Role.ADMIN else 403)
    assert client.post(NEW, {}).status_code == (422 if role == Role.ADMIN else 403)
    assert Budget.objects.count() == 1


def test_a_budget_is_opened_and_raised(client_for, store):
    client = client_for(Role.ADMIN, sudo=True)
    wish = {"store": store.pk, "name": "Apologies", "currency": "pln", "limit_amount": "1000.50"}
    assert client.post(NEW, wish).status_code == 302
    budget = Budget.objects.get()
    assert (budget.currency, budget.limit_amount) == ("PLN", Decimal("1000.50"))
    assert send_limit(client, budget, "2000").status_code == 302
    budget.refresh_from_db()
    assert budget.limit_amount == 2000


@pytest.mark.parametrize("text", ["1,5", "-1", "1e5", "NaN", "", "19.999", "１２"])
def test_an_amount_that_can_be_read_in_two_ways_is_refused(client_for, store, text):
    wish = {"store": store.pk, "name": "Apologies", "currency": "PLN", "limit_amount": text}
    assert client_for(Role.ADMIN, sudo=True).post(NEW, wish).status_code == 422
    assert not Budget.objects.exists()


def test_a_limit_under_what_is_reserved_is_refused_in_place(client_for, budget, now):
    compensation.reserve(
        budget_id=budget.pk, amount=Decimal(300), cause_ref="incident:1", key="k", drill=False, actor_ref="t", now=now
    )
    answer = send_limit(client_for(Role.ADMIN, sudo=True), budget, "299")
    assert answer.status_code == 422
    assert "300.00 of this budget is spoken for" in answer.content.decode()
    budget.refresh_from_db()
    assert (budget.limit_amount, budget.reserved) == (1000, 300)


@pytest.mark.parametrize("role", ["manager", "staff", "agent", "auditor"])
def test_the_services_themselves_know_who_may_change_a_budget(cast, store, budget, now, role):
    person = getattr(cast, role)
    with pytest.raises(Refusal) as caught:
        compensation.set_limit(budget_id=budget.pk, limit_amount=Decimal(9999), actor=person, now=now)
    assert caught.value.code == "budget.role"
    with pytest.raises(Refusal):
        compensation.open_budget(
            store=store, name="Mine", currency="PLN", limit_amount=Decimal(1), actor=person, now=now
        )  # fmt: skip
    assert list(Budget.objects.values_list("name", "limit_amount")) == [("Apologies", Decimal("1000.00"))]


def test_grants_are_listed_with_their_reason(client_for, store, now):
    (order,) = make_orders(store, 1)
    compensation.grant_many(
        cause_ref="incident:7", kind=Grant.Kind.VOUCHER, order_ids=[order.pk], amounts=[Decimal(5)], currency="PLN",
        why="Late by 3 days", drill=True, now=now,
    )  # fmt: skip
    html = client_for(Role.AUDITOR).get(GRANTS).content.decode()
    for word in (order.number, "Late by 3 days", "incident:7", "Drill"):
        assert word in html
