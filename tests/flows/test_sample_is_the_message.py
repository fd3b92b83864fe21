"""A second person says yes to samples, so a sample is what its customer then reads."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from backoffice.embedded import smtp_sink
from backoffice.kernel.models import Store
from backoffice.messaging import composing, wording
from customercare.macros import previews
from customercare.notices import samples
from customercare.notices.models import Notice
from customercare.notices.rules import Plan
from tests.conftest import Cast
from tests.customercare.notices import kit
from tests.factories import make_line, make_order

pytestmark = pytest.mark.django_db(transaction=True)
PLANS: dict[str, dict[str, Any]] = {
    "next update": {"missing": "next_update", "next_update_on": date(2026, 11, 24)},
    "one date for all": {"missing": "fill", "fill_on": date(2026, 11, 30)},
    "only who has a date": {"missing": "exclude"},
}


def planned(**fields: Any) -> Plan:
    return kit.plan("delay", rule="flat", rule_value=Decimal("5.00"), **fields)


@pytest.mark.parametrize("missing", PLANS)
def test_what_a_sample_shows_is_what_is_sent(store: Store, cast: Cast, settings: Any, missing: str) -> None:
    both: dict[str, Any] = {"email": "zofia@example.com", "name": "Zofia Łęcka", "language": "pl"}
    orders = [
        make_order(
            store, number="A-1", expected_on=date(2026, 11, 27), lines=(make_line(), make_line(2, "MUG")), **both
        ),
        make_order(store, number="A-2", **both),
        make_order(store, number="B-1", language="en", expected_on=date(2026, 11, 29)),
        make_order(store, number="C-1", language="zh-hant", expected_on=date(2026, 11, 20)),
    ]
    kit.limits("admin", alone="1000")
    fanout = kit.previewed(store, cast.admin, orders, wanted=planned(budget_id=kit.budget(store).pk, **PLANS[missing]))
    shown = {sample.orders: sample for sample in samples.pick(fanout, today=kit.TODAY)}
    assert len(shown) == fanout.message_n

    with smtp_sink.running() as sink:
        kit.run_to_end(kit.confirmed(fanout, cast.admin), sink, settings)

    for numbers, sample in shown.items():
        assert (sample.subject, sample.text, sample.problem) == (*sent(fanout.pk, numbers), ""), numbers


def sent(fanout_id: int, numbers: tuple[str, ...]) -> tuple[str, str]:
    """Subject and text of the stored message about these orders, its codes hidden as samples hide them."""
    notice = Notice.objects.select_related("message__wording", "order__store").get(
        fanout=fanout_id, order__number=numbers[0]
    )
    message = notice.message
    assert message is not None
    said = message.wording
    text = wording.compile(said.subject, said.text, said.language, base_url=composing.base_url(notice.order.store))
    rendered = text.render(message.values, previews.masks(text.secret_ids(message.values)))
    return rendered.subject, rendered.text
