"""The preview decides for the whole audience: language, wording, amount, who is left out, and one hash over it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store
from backoffice.messaging import services as messaging
from backoffice.messaging.models import Message
from customercare.notices import selectors
from customercare.notices import services as notices
from customercare.notices.models import Fanout, Notice
from customercare.notices.rules import Plan
from orders.sales.models import Order
from orders.sales.rules import OrderState
from tests.conftest import Cast
from tests.customercare.notices import kit
from tests.factories import NOW, make_order

pytestmark = pytest.mark.django_db
LATE = {"state": OrderState.DELIVERED, "promised_at": NOW - timedelta(days=9), "delivered_at": NOW - timedelta(days=6)}


def late_order(store: Store, **fields: Any) -> Order:
    return make_order(store, **{**LATE, **fields})


def test_each_customer_is_told_in_their_language_with_a_stated_fallback(store: Store, cast: Cast) -> None:
    orders = [late_order(store, language=code) for code in ("en", "pl", "zh-hans", "zh-hant", "zh-TW", "pt", "")]
    fanout = kit.previewed(store, cast.admin, orders, wanted=kit.plan())
    told = dict(Notice.objects.filter(fanout=fanout).values_list("order__language", "wording__language"))
    assert told["pl"] == "pl"
    assert told["zh-TW"] == "zh-hant"
    assert told["pt"] == "en"
    assert sum(selectors.languages(fanout).values()) == 7


def test_one_contact_gets_one_message_for_all_of_their_orders_whatever_the_case(store: Store, cast: Cast) -> None:
    orders = [
        late_order(store, email="Ewa@Example.com"),
        late_order(store, email="ewa@example.com "),
        late_order(store),
    ]
    fanout = kit.previewed(store, cast.admin, orders, wanted=kit.plan())
    assert (fanout.audience_n, fanout.message_n) == (3, 2)


def test_who_cannot_be_told_is_left_out_with_the_reason_counted(store: Store, cast: Cast) -> None:
    messaging.suppress(address="left@example.com", reason="asked")
    orders = [
        late_order(store),
        late_order(store, email=""),
        late_order(store, email="LEFT@example.com"),
        late_order(store, name=""),
        late_order(store, delivered_at=None, state=OrderState.OPEN),
    ]
    fanout = kit.previewed(store, cast.admin, orders, wanted=kit.plan())
    assert selectors.skipped_reasons(fanout) == {
        "no_address": 1, "suppressed": 1, "no_customer_name": 1, "no_delivered_date": 1,
    }  # fmt: skip
    assert (fanout.skipped_n, fanout.suppressed_n, fanout.message_n) == (3, 1, 1)


def test_a_voucher_in_another_currency_leaves_the_order_out(store: Store, cast: Cast) -> None:
    orders = [late_order(store), late_order(store, currency="EUR")]
    wanted = kit.plan(rule="flat", rule_value=Decimal(5), budget_id=kit.budget(store).pk)
    fanout = kit.previewed(store, cast.admin, orders, wanted=wanted)
    assert selectors.skipped_reasons(fanout) == {"other_currency": 1}
    assert fanout.cost == Decimal(5)


def test_a_percentage_is_capped_and_an_order_worth_nothing_gets_the_text_without_an_offer(
    store: Store, cast: Cast
) -> None:
    totals = ("59.00", "1000.00", "0.00")
    orders = [late_order(store, total=Decimal(total)) for total in totals]
    wanted = kit.plan(rule="percent", rule_value=Decimal(10), rule_cap=Decimal(20), budget_id=kit.budget(store).pk)
    fanout = kit.previewed(store, cast.admin, orders, wanted=wanted)
    amounts = list(Notice.objects.filter(fanout=fanout).order_by("id").values_list("amount", flat=True))
    assert amounts == [Decimal("5.90"), Decimal("20.00"), Decimal(0)]
    texts = list(Notice.objects.filter(fanout=fanout).order_by("id").values_list("wording__text", flat=True))
    assert ["{voucher_code}" in text for text in texts] == [True, True, False]


def undated(store: Store, cast: Cast, **fields: object) -> Fanout:
    """Two orders without a new date and one with, told of a delay."""
    orders = [make_order(store), make_order(store), make_order(store, expected_on=NOW.date() + timedelta(days=4))]
    return kit.previewed(store, cast.admin, orders, wanted=kit.plan("delay", **fields))


def test_missing_dates_are_counted_and_block_until_somebody_chooses(store: Store, cast: Cast) -> None:
    kit.limits("admin")
    fanout = undated(store, cast)
    with pytest.raises(Refusal, match="2 of 3 orders have no new date"):
        kit.confirmed(fanout, cast.admin)
    assert Fanout.objects.get(pk=fanout.pk).state == "previewed"
    assert Message.objects.count() == 0


def test_a_date_that_is_over_is_no_new_date(store: Store, cast: Cast) -> None:
    order = make_order(store, expected_on=NOW.date() - timedelta(days=1))
    fanout = kit.opened(store, cast.admin, [order], wanted=kit.plan("delay"))
    assert notices.preview(fanout_id=fanout.pk, today=kit.TODAY).undated == 1


def test_choosing_exclude_leaves_the_undated_out(store: Store, cast: Cast) -> None:
    fanout = undated(store, cast, missing="exclude")
    assert selectors.skipped_reasons(fanout) == {"no_new_date": 2}
    assert fanout.message_n == 1


def test_choosing_next_update_gives_the_undated_the_other_text(store: Store, cast: Cast) -> None:
    fanout = undated(store, cast, missing="next_update", next_update_on=NOW.date() + timedelta(days=2))
    texts = list(Notice.objects.filter(fanout=fanout).order_by("id").values_list("wording__text", flat=True))
    assert ["{next_update}" in text for text in texts] == [True, True, False]


def test_choosing_fill_promises_only_what_is_stored(store: Store, cast: Cast) -> None:
    kit.limits("admin")
    day = NOW.date() + timedelta(days=5)
    fanout = kit.confirmed(undated(store, cast, missing="fill", fill_on=day), cast.admin)
    assert fanout.state == "holding"
    assert sorted(str(day) for day in Order.objects.values_list("expected_on", flat=True)) == [
        str(day - timedelta(days=1)),
        str(day),
        str(day),
    ]
    assert Order.objects.filter(expectations__source="agent").count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"missing": "fill"}, "fill_on"),
        ({"missing": "fill", "fill_on": NOW.date() - timedelta(days=1)}, "fill_on"),
        ({"missing": "next_update"}, "next_update_on"),
    ],
)
def test_a_choice_without_its_day_is_refused_in_place(
    store: Store, cast: Cast, fields: dict[str, object], field: str
) -> None:
    fanout = kit.opened(store, cast.admin, [make_order(store)], wanted=kit.plan("delay", **fields))
    with pytest.raises(Refusal) as refused:
        notices.preview(fanout_id=fanout.pk, today=kit.TODAY)
    assert refused.value.field == field
    assert Fanout.objects.get(pk=fanout.pk).state == "draft"


def test_without_a_macro_there_is_no_preview(store: Store, cast: Cast) -> None:
    fanout = kit.opened(store, cast.admin, [make_order(store)], wanted=Plan())
    with pytest.raises(Refusal, match="Choose a macro"):
        notices.preview(fanout_id=fanout.pk, today=kit.TODAY)


def test_the_hash_changes_with_audience_amount_text_and_settings(store: Store, cast: Cast) -> None:
    orders = [late_order(store), late_order(store)]
    budget_id = kit.budget(store).pk
    fanout = kit.previewed(store, cast.admin, orders, wanted=kit.plan())
    seen = {fanout.content_hash}
    notices.leave_out(fanout=fanout, order_ids=[orders[0].pk])
    notices.preview(fanout_id=fanout.pk, today=kit.TODAY)
    for wanted in (
        kit.plan(rule="flat", rule_value=Decimal(5), budget_id=budget_id),
        kit.plan(rule="flat", rule_value=Decimal(6), budget_id=budget_id),
        kit.plan("goodwill"),
        kit.plan(valid_days=30),
    ):
        fanout.refresh_from_db()
        seen.add(fanout.content_hash)
        notices.change_plan(fanout_id=fanout.pk, plan=wanted, actor=cast.admin, now=NOW)
        notices.preview(fanout_id=fanout.pk, today=kit.TODAY)
    fanout.refresh_from_db()
    seen.add(fanout.content_hash)
    assert len(seen) == 6


def test_previewing_again_without_a_change_gives_the_same_hash(store: Store, cast: Cast) -> None:
    fanout = kit.previewed(store, cast.admin, [late_order(store)], wanted=kit.plan())
    first = fanout.content_hash
    notices.preview(fanout_id=fanout.pk, today=kit.TODAY)
    fanout.refresh_from_db()
    assert fanout.content_hash == first
