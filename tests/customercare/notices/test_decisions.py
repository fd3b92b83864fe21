"""Confirming, approving, undoing: two people for money, bound to exactly what was shown."""

from decimal import Decimal

import pytest

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Approval, AuditEntry, Store
from backoffice.messaging.models import Message
from customercare.compensation import selectors as compensation
from customercare.compensation.models import BudgetEntry
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from tests.conftest import Cast
from tests.customercare.notices import kit
from tests.customercare.notices.test_preview import late_order
from tests.factories import NOW, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def fanout(store: Store, cast: Cast) -> Fanout:
    """Three orders, 15.00 in vouchers, previewed by the admin."""
    wanted = kit.plan(rule="flat", rule_value=Decimal(5), budget_id=kit.budget(store).pk)
    return kit.previewed(store, cast.admin, [late_order(store) for _n in range(3)], wanted=wanted)


def left(fanout: Fanout) -> Decimal:
    assert fanout.budget_id is not None
    return compensation.budget_state(budget_id=fanout.budget_id).left


def state(fanout: Fanout) -> str:
    return Fanout.objects.get(pk=fanout.pk).state


def test_within_the_limit_one_person_is_enough_and_the_budget_is_reserved(fanout: Fanout, cast: Cast) -> None:
    kit.limits("admin", alone="15.00")
    kit.confirmed(fanout, cast.admin)
    assert state(fanout) == "holding"
    assert left(fanout) == Decimal("985.00")
    assert Message.objects.count() == 0


def test_above_the_limit_it_waits_for_a_second_person(fanout: Fanout, cast: Cast) -> None:
    kit.limits("admin", alone="14.99")
    kit.confirmed(fanout, cast.admin)
    assert state(fanout) == "awaiting_approval"
    approval = Approval.objects.get()
    assert (approval.amount, approval.hash, approval.requested_by) == (Decimal(15), fanout.content_hash, cast.admin)


def test_many_messages_need_a_second_person_even_without_money(store: Store, cast: Cast) -> None:
    kit.limits("support_agent", messages=1)
    kit.limits("shop_manager", messages=5)
    fanout = kit.previewed(store, cast.agent, [late_order(store), late_order(store)], wanted=kit.plan())
    kit.confirmed(fanout, cast.agent)
    assert state(fanout) == "awaiting_approval"
    notices.approve(
        fanout_id=fanout.pk, content_hash=fanout.content_hash, approver=cast.manager, today=kit.TODAY, now=NOW
    )
    assert state(fanout) == "holding"


def approve(fanout: Fanout, who: object, content_hash: str | None = None) -> None:
    notices.approve(
        fanout_id=fanout.pk,
        content_hash=fanout.content_hash if content_hash is None else content_hash,
        approver=who,  # type: ignore[arg-type]
        today=kit.TODAY,
        now=NOW,
    )


def test_another_person_with_the_right_and_the_limit_approves(fanout: Fanout, cast: Cast) -> None:
    kit.limits("admin")
    kit.limits("shop_manager", approve="15.00")
    kit.confirmed(fanout, cast.admin)
    approve(fanout, cast.manager)
    fanout.refresh_from_db()
    assert (fanout.state, fanout.approved_by) == ("holding", cast.manager)
    assert AuditEntry.objects.filter(verb="fanout.approve", actor=cast.manager).count() == 1


@pytest.mark.parametrize("case", ["same person", "no right", "limit too low", "changed content"])
def test_an_approval_that_must_not_be_is_refused_and_nothing_moves(fanout: Fanout, cast: Cast, case: str) -> None:
    kit.limits("admin", approve="100.00")
    kit.limits("shop_manager", approve="14.99")
    kit.confirmed(fanout, cast.admin)
    who = {"same person": cast.admin, "no right": cast.agent, "limit too low": cast.manager}.get(case)
    with pytest.raises(Refusal):
        approve(fanout, who or make_user("admin"), "0" * 64 if case == "changed content" else None)
    assert state(fanout) == "awaiting_approval"
    assert Approval.objects.get().state == "pending"
    assert Message.objects.count() == 0


def test_the_database_itself_refuses_an_approver_who_asked(fanout: Fanout, cast: Cast) -> None:
    from django.db import IntegrityError, transaction

    kit.limits("admin")
    kit.confirmed(fanout, cast.admin)
    with pytest.raises(IntegrityError, match="approver_is_not_the_requester"), transaction.atomic():
        Approval.objects.update(approved_by=cast.admin, state="approved")


def test_a_change_after_the_preview_voids_preview_and_approval(fanout: Fanout, cast: Cast) -> None:
    kit.limits("admin")
    kit.limits("shop_manager", approve="100.00")
    shown = fanout.content_hash
    kit.confirmed(fanout, cast.admin)
    notices.change_plan(fanout_id=fanout.pk, plan=kit.plan(), actor=cast.admin, now=NOW)
    assert Approval.objects.get().state == "void"
    with pytest.raises(Refusal):
        approve(fanout, cast.manager, shown)
    with pytest.raises(Refusal, match="Preview this send first"):
        kit.confirmed(Fanout.objects.get(pk=fanout.pk), cast.admin)


def test_a_confirmation_of_something_else_than_was_shown_is_refused(fanout: Fanout, cast: Cast) -> None:
    kit.limits("admin", alone="1000")
    fanout.content_hash = "f" * 64
    with pytest.raises(Refusal, match="Something changed since you looked"):
        kit.confirmed(fanout, cast.admin)
    assert state(fanout) == "previewed"
    assert BudgetEntry.objects.count() == 0


def test_rows_changed_behind_the_preview_are_noticed(fanout: Fanout, cast: Cast) -> None:
    kit.limits("admin", alone="1000")
    fanout.notices.update(amount=Decimal(500))
    with pytest.raises(Refusal, match="Something changed since you looked"):
        kit.confirmed(fanout, cast.admin)


def test_confirming_twice_is_refused_and_reserves_once(fanout: Fanout, cast: Cast) -> None:
    kit.limits("admin", alone="1000")
    kit.confirmed(fanout, cast.admin)
    with pytest.raises(Refusal, match="confirmed already"):
        kit.confirmed(fanout, cast.admin)
    assert left(fanout) == Decimal("985.00")


def test_a_budget_that_is_short_stops_it_with_both_sums(store: Store, cast: Cast) -> None:
    kit.limits("admin", alone="1000")
    wanted = kit.plan(rule="flat", rule_value=Decimal(5), budget_id=kit.budget(store, "9.00").pk)
    fanout = kit.previewed(store, cast.admin, [late_order(store), late_order(store)], wanted=wanted)
    with pytest.raises(Refusal, match=r"Budget has 9\.00 left, this needs 10\.00"):
        kit.confirmed(fanout, cast.admin)
    assert state(fanout) == "previewed"


def test_vouchers_without_a_budget_are_refused(store: Store, cast: Cast) -> None:
    kit.limits("admin", alone="1000")
    fanout = kit.previewed(store, cast.admin, [late_order(store)], wanted=kit.plan(rule="flat", rule_value=Decimal(5)))
    with pytest.raises(Refusal, match="Choose the budget"):
        kit.confirmed(fanout, cast.admin)


def test_above_five_hundred_messages_the_count_is_typed(fanout: Fanout, cast: Cast, monkeypatch: object) -> None:
    from customercare.notices.services import decisions

    kit.limits("admin", alone="1000")
    monkeypatch.setattr(decisions, "TYPED_COUNT_ABOVE", 2)
    for typed in (None, 2, 30):
        with pytest.raises(Refusal, match="Type 3"):
            notices.confirm(
                fanout_id=fanout.pk, content_hash=fanout.content_hash, typed_count=typed, actor=cast.admin,
                today=kit.TODAY, now=NOW,
            )  # fmt: skip
    assert BudgetEntry.objects.count() == 0
    kit.confirmed(fanout, cast.admin)


def test_undo_in_the_hold_gives_everything_back(fanout: Fanout, cast: Cast) -> None:
    kit.limits("admin", alone="1000")
    kit.confirmed(fanout, cast.admin)
    notices.undo(fanout_id=fanout.pk, actor=cast.admin, now=NOW)
    assert state(fanout) == "draft"
    assert left(fanout) == Decimal("1000.00")
    notices.preview(fanout_id=fanout.pk, today=kit.TODAY)
    again = Fanout.objects.get(pk=fanout.pk)
    kit.confirmed(again, cast.admin)
    assert left(fanout) == Decimal("985.00")


def test_a_drill_goes_the_same_way_and_touches_no_budget(store: Store, cast: Cast) -> None:
    kit.limits("admin")
    wanted = kit.plan(rule="flat", rule_value=Decimal(5), budget_id=kit.budget(store).pk)
    fanout = kit.previewed(store, cast.admin, [late_order(store)], wanted=wanted, mode="drill")
    kit.confirmed(fanout, cast.admin)
    assert state(fanout) == "awaiting_approval"
    assert left(fanout) == Decimal("1000.00")
