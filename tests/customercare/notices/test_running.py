"""From the hold to the end: planned once, canary first, stopped when it goes wrong, settled to the cent."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backoffice.embedded import smtp_sink
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Alert, Store
from backoffice.messaging.models import Batch, Message
from customercare.compensation import selectors as compensation
from customercare.compensation.models import Grant
from customercare.notices import selectors
from customercare.notices import services as notices
from customercare.notices.models import Fanout, Notice
from customercare.notices.services import planning
from customercare.vouchers.models import Voucher
from orders.sales.models import Order, OrderMark
from tests.conftest import Cast
from tests.customercare.notices import kit
from tests.customercare.notices.test_preview import late_order
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def sink() -> Iterator[smtp_sink.Sink]:
    with smtp_sink.running() as running:
        yield running


def held(store: Store, cast: Cast, orders: list[Order], *, mode: str = "real") -> Fanout:
    """Confirmed by one person within the limit, with 5.00 for each order."""
    kit.limits("admin", alone="1000")
    wanted = kit.plan(rule="flat", rule_value=Decimal(5), budget_id=kit.budget(store).pk)
    return kit.confirmed(kit.previewed(store, cast.admin, orders, wanted=wanted, mode=mode), cast.admin)


def adds_up(fanout: Fanout) -> dict[str, int]:
    counts = selectors.progress(Fanout.objects.get(pk=fanout.pk))
    assert counts["audience"] == sum(count for name, count in counts.items() if name != "audience")
    return counts


def test_everybody_is_told_once_with_one_voucher_an_order(
    store: Store, cast: Cast, sink: smtp_sink.Sink, settings: Any
) -> None:
    orders = [late_order(store, email="same@example.com"), late_order(store, email="Same@example.com")]
    orders += [late_order(store, language=code) for code in ("pl", "zh-hans", "zh-hant", "en")]
    orders.append(late_order(store, email=""))
    fanout = kit.run_to_end(held(store, cast, orders), sink, settings)
    assert fanout.state == "completed"
    assert adds_up(fanout) == {
        "audience": 7, "sent": 6, "handed_over": 0, "suppressed": 0, "failed": 0, "uncertain": 0, "skipped": 1,
        "cancelled": 0, "waiting": 0,
    }  # fmt: skip
    assert sink.ledger.statistics() == {"messages": 5, "distinct": 5, "duplicates": 0}
    assert Voucher.objects.count() == Grant.objects.count() == 6
    state = compensation.budget_state(budget_id=fanout.budget_id or 0)
    assert (state.reserved, state.committed) == (Decimal(0), Decimal(30))


def test_nothing_is_planned_before_the_hold_is_over(store: Store, cast: Cast) -> None:
    fanout = held(store, cast, [late_order(store)])
    assert fanout.hold_until is not None
    assert notices.drive(fanout_id=fanout.pk, now=fanout.hold_until - timedelta(seconds=1)) is False
    assert (Message.objects.count(), Voucher.objects.count(), Batch.objects.count()) == (0, 0, 0)
    assert notices.drive(fanout_id=fanout.pk, now=fanout.hold_until) is True
    assert Message.objects.count() == 1


def test_planning_the_same_chunk_again_adds_nothing(store: Store, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "CHUNK", 2)
    fanout = held(store, cast, [late_order(store) for _n in range(5)])
    notices.drive(fanout_id=fanout.pk, now=LATER)
    before = set(Message.objects.values_list("dedupe_key", "digest"))
    assert len(before) == 5
    Fanout.objects.filter(pk=fanout.pk).update(planned_upto=0, planned_at=None)
    notices.drive(fanout_id=fanout.pk, now=LATER)
    assert set(Message.objects.values_list("dedupe_key", "digest")) == before
    assert (Voucher.objects.count(), Grant.objects.count()) == (5, 5)
    assert Notice.objects.filter(message__isnull=False).count() == 5


def test_a_planner_that_dies_in_the_middle_leaves_whole_chunks(
    store: Store, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "CHUNK", 2)
    fanout = held(store, cast, [late_order(store) for _n in range(4)])
    real, calls = planning.messaging.enqueue_from, []

    def dies_the_second_time(**given: Any) -> int:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("power cut")
        return real(**given)

    monkeypatch.setattr(planning.messaging, "enqueue_from", dies_the_second_time)
    with pytest.raises(RuntimeError, match="power cut"):
        notices.drive(fanout_id=fanout.pk, now=LATER)
    assert (Message.objects.count(), Voucher.objects.count(), Grant.objects.count()) == (2, 2, 2)
    notices.drive(fanout_id=fanout.pk, now=LATER)
    assert (Message.objects.count(), Voucher.objects.count(), Grant.objects.count()) == (4, 4, 4)


def test_the_first_few_leave_first(store: Store, cast: Cast, sink: smtp_sink.Sink, settings: Any) -> None:
    fanout = held(store, cast, [late_order(store) for _n in range(8)])
    notices.drive(fanout_id=fanout.pk, now=LATER)
    assert Message.objects.filter(is_canary=True).count() == 5
    settings.SMTP_URL = f"smtp://127.0.0.1:{sink.port}"
    kit.relay.run(chosen=kit.relay.options(seconds=10))
    assert sink.ledger.statistics()["messages"] == 5
    fanout.refresh_from_db()
    assert fanout.state == "canary"
    assert kit.run_to_end(fanout, sink, settings).state == "completed"
    assert sink.ledger.statistics() == {"messages": 8, "distinct": 8, "duplicates": 0}


def fail(to: str, **which: object) -> None:
    Message.objects.filter(**which).update(state=to)


def test_a_canary_with_failures_waits_for_a_person_and_calls_one_once(store: Store, cast: Cast) -> None:
    fanout = held(store, cast, [late_order(store) for _n in range(8)])
    notices.drive(fanout_id=fanout.pk, now=LATER)
    fail("failed", is_canary=True)
    for _again in range(3):
        notices.drive(fanout_id=fanout.pk, now=LATER)
    fanout.refresh_from_db()
    assert (fanout.state, fanout.pause_reason) == ("paused", "canary")
    assert Alert.objects.count() == 1
    assert Batch.objects.get().phase == "paused"
    notices.resume(fanout_id=fanout.pk, actor=cast.admin, now=LATER)
    fanout.refresh_from_db()
    assert (fanout.state, Batch.objects.get().phase) == ("running", "running")


def test_the_breaker_stops_a_run_that_fails(store: Store, cast: Cast) -> None:
    fanout = held(store, cast, [late_order(store) for _n in range(80)])
    notices.drive(fanout_id=fanout.pk, now=LATER)
    fail("sent", is_canary=True)
    notices.drive(fanout_id=fanout.pk, now=LATER)
    fanout.refresh_from_db()
    assert fanout.state == "running"
    fail("failed", pk__in=list(Message.objects.filter(is_canary=False).values_list("pk", flat=True)[:50]))
    notices.drive(fanout_id=fanout.pk, now=LATER)
    fanout.refresh_from_db()
    assert (fanout.state, fanout.pause_reason) == ("paused", "breaker")
    adds_up(fanout)


def test_cancelling_half_way_takes_back_untold_vouchers_and_adds_up(store: Store, cast: Cast) -> None:
    fanout = held(store, cast, [late_order(store) for _n in range(10)])
    notices.drive(fanout_id=fanout.pk, now=LATER)
    fail("sent", is_canary=True)
    notices.cancel(fanout_id=fanout.pk, actor=cast.admin, now=LATER)
    assert adds_up(fanout) == {
        "audience": 10, "sent": 5, "handed_over": 0, "suppressed": 0, "failed": 0, "uncertain": 0, "skipped": 0,
        "cancelled": 5, "waiting": 0,
    }  # fmt: skip
    notices.drive(fanout_id=fanout.pk, now=LATER)
    states = sorted(Voucher.objects.values_list("state", flat=True))
    assert states == ["active"] * 5 + ["revoked"] * 5
    state = compensation.budget_state(budget_id=fanout.budget_id or 0)
    assert (state.reserved, state.committed, state.left) == (Decimal(0), Decimal(25), Decimal(975))


def test_cancelling_before_the_first_message_leaves_nothing_behind(store: Store, cast: Cast) -> None:
    fanout = held(store, cast, [late_order(store)])
    notices.cancel(fanout_id=fanout.pk, actor=cast.admin, now=NOW)
    notices.drive(fanout_id=fanout.pk, now=LATER)
    assert adds_up(fanout)["cancelled"] == 1
    assert (Message.objects.count(), Voucher.objects.count()) == (0, 0)
    assert compensation.budget_state(budget_id=fanout.budget_id or 0).left == Decimal(1000)


def test_pause_stops_claiming_and_resume_goes_on(store: Store, cast: Cast, sink: smtp_sink.Sink, settings: Any) -> None:
    fanout = held(store, cast, [late_order(store) for _n in range(3)])
    notices.drive(fanout_id=fanout.pk, now=LATER)
    notices.pause(fanout_id=fanout.pk, reason="look first", actor=cast.admin, now=LATER)
    kit.run_to_end(fanout, sink, settings)
    assert sink.ledger.statistics()["messages"] == 0
    notices.resume(fanout_id=fanout.pk, actor=cast.admin, now=LATER)
    assert kit.run_to_end(fanout, sink, settings).state == "completed"
    assert sink.ledger.statistics() == {"messages": 3, "distinct": 3, "duplicates": 0}


def test_a_pause_in_the_hold_keeps_the_hold(store: Store, cast: Cast) -> None:
    fanout = held(store, cast, [late_order(store)])
    notices.pause(fanout_id=fanout.pk, reason="wait", actor=cast.admin, now=NOW)
    notices.drive(fanout_id=fanout.pk, now=LATER)
    assert Message.objects.count() == 0
    notices.resume(fanout_id=fanout.pk, actor=cast.admin, now=LATER)
    notices.drive(fanout_id=fanout.pk, now=LATER)
    assert Message.objects.count() == 1


def test_failures_flag_the_order_and_can_be_tried_again(
    store: Store, cast: Cast, sink: smtp_sink.Sink, settings: Any
) -> None:
    orders = [late_order(store) for _n in range(3)]
    fanout = held(store, cast, orders)
    notices.drive(fanout_id=fanout.pk, now=LATER)
    notices.pause(fanout_id=fanout.pk, reason="x", actor=cast.admin, now=LATER)
    fail("failed", notices__order=orders[0])
    fail("sent", state="queued")
    notices.resume(fanout_id=fanout.pk, actor=cast.admin, now=LATER)
    Fanout.objects.filter(pk=fanout.pk).update(resumed_by_person=True)
    for _again in range(3):
        notices.drive(fanout_id=fanout.pk, now=LATER)
    fanout.refresh_from_db()
    assert fanout.state == "completed_with_failures"
    assert list(OrderMark.objects.values_list("order_id", "kind")) == [(orders[0].pk, "no_reach")]
    assert notices.retry_failed(fanout_id=fanout.pk, actor=cast.admin, now=LATER) == 1
    assert kit.run_to_end(fanout, sink, settings).state == "completed"
    assert not OrderMark.objects.exists()
    assert sink.ledger.statistics()["messages"] == 1
    assert Voucher.objects.count() == 3


def test_a_drill_ends_in_the_sink_and_leaves_no_trace_on_orders(
    store: Store, cast: Cast, sink: smtp_sink.Sink, settings: Any
) -> None:
    fanout = kit.run_to_end(
        held(store, cast, [late_order(store), late_order(store, email="")], mode="drill"), sink, settings
    )
    counts = adds_up(fanout)
    assert counts["waiting"] == 0
    assert sink.ledger.statistics()["messages"] == 0
    assert list(Voucher.objects.values_list("drill", flat=True)) == [True]
    assert OrderMark.objects.count() == 0
    assert compensation.budget_state(budget_id=fanout.budget_id or 0).left == Decimal(1000)


def test_an_audience_of_nobody_completes_at_once(store: Store, cast: Cast) -> None:
    fanout = held(store, cast, [late_order(store, email="")])
    for _again in range(4):
        notices.drive(fanout_id=fanout.pk, now=LATER)
    fanout.refresh_from_db()
    assert (fanout.state, adds_up(fanout)["skipped"]) == ("completed", 1)


def test_two_waves_of_one_cause_never_give_an_order_a_second_voucher(store: Store, cast: Cast) -> None:
    order = late_order(store)
    first = held(store, cast, [order])
    notices.drive(fanout_id=first.pk, now=LATER)
    wanted = kit.plan(rule="flat", rule_value=Decimal(9), budget_id=first.budget_id)
    second = kit.opened(store, cast.admin, [order], wanted=wanted, wave=2)
    notices.preview(fanout_id=second.pk, today=kit.TODAY)
    second.refresh_from_db()
    kit.confirmed(second, cast.admin)
    notices.drive(fanout_id=second.pk, now=LATER)
    assert list(Voucher.objects.values_list("amount", flat=True)) == [Decimal("5.00")]


@pytest.mark.parametrize("act", ["pause", "resume", "retry_failed"])
def test_acts_that_do_not_fit_the_state_are_refused(store: Store, cast: Cast, act: str) -> None:
    fanout = kit.previewed(store, cast.admin, [late_order(store)], wanted=kit.plan())
    extra = {"reason": "x"} if act == "pause" else {}
    with pytest.raises(Refusal):
        getattr(notices, act)(fanout_id=fanout.pk, actor=cast.admin, now=NOW, **extra)
    assert Fanout.objects.get(pk=fanout.pk).state == "previewed"
