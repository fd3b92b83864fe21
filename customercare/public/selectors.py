"""What an order's own page tells its customer: the same facts as the messages, and nothing about a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from backoffice.messaging import wording
from backoffice.messaging.models import Message
from backoffice.messaging.rules import State as MessageState
from customercare.incidents import selectors as incidents
from customercare.notices import selectors as notices
from customercare.public.rules import story_text
from customercare.vouchers import selectors as vouchers
from customercare.vouchers.selectors import VoucherCard
from orders.sales.models import Order, OrderLine

LINK_LIFE = timedelta(days=365)
_NOT_TOLD = (MessageState.CANCELLED,)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing the shop told this customer: when, in which language, in which paragraphs."""

    at: datetime
    language: str
    subject: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderStory:
    """Everything the page shows. new_date is only ever a stored date that is not over."""

    order: Order
    lines: Sequence[OrderLine]
    new_date: date | None
    late: bool
    chapters: tuple[Chapter, ...]
    vouchers: tuple[VoucherCard, ...]


def find(*, token: str, now: datetime) -> Order | None:
    """The order of an unguessable link; None when there is none or the link's time is over."""
    order = Order.objects.select_related("store").filter(public_token=token).first()
    if order is None or not _is_alive(order, now):
        return None
    return order


def _is_alive(order: Order, now: datetime) -> bool:
    oldest = now - LINK_LIFE
    return order.placed_at >= oldest or notices.about_order(order.pk).filter(message__created_at__gte=oldest).exists()


def story(order: Order, *, today: date, now: datetime) -> OrderStory:
    """Read the page of one order; the number of queries does not depend on how much happened."""
    open_date = order.expected_on if order.expected_on and order.expected_on >= today else None
    return OrderStory(
        order=order,
        lines=list(order.lines.order_by("position")),
        new_date=open_date if order.delivered_at is None else None,
        late=bool(order.promised_on and (order.delivered_on or today) > order.promised_on),
        chapters=tuple(_chapters(order)),
        vouchers=vouchers.cards_for_order(order_id=order.pk, now=now),
    )


def _chapters(order: Order) -> list[Chapter]:
    told = notices.about_order(order.pk).exclude(message__state__in=_NOT_TOLD).select_related("message__wording")
    rows = list(told[:20])
    private = incidents.private_causes({notice.fanout.cause_ref for notice in rows})
    shown = (notice.message for notice in rows if notice.fanout.cause_ref not in private)
    chapters = (_chapter(order, message) for message in shown if message is not None)
    return [chapter for chapter in chapters if chapter.paragraphs]


def _chapter(order: Order, message: Message) -> Chapter:
    said = message.wording
    values = _only(order, message.values)
    text = wording.compile(said.subject, story_text(said.text) or " ", said.language, base_url="")
    missing = text.missing(values)
    rendered = None if missing else text.render(values, {})
    return Chapter(
        at=message.created_at,
        language=said.language,
        subject=rendered.subject if rendered else "",
        paragraphs=tuple(part for part in rendered.text.strip().split("\n\n") if part) if rendered else (),
    )


def _only(order: Order, values: dict[str, Any]) -> dict[str, Any]:
    """The message's values with this order alone: a forwarded link tells nothing of the customer's other orders."""
    mine = [row for row in values.get("orders", []) if row.get("order_number") == order.number]
    return {**values, "orders": mine}
