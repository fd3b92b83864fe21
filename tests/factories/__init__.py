"""Builders for tests: one call gives one valid thing, and only what a test is about is spelled out."""

from tests.factories.clock import NOW
from tests.factories.messages import make_batch, make_message, make_messages, make_try, make_wording, message_values
from tests.factories.orders import make_line, make_order, make_orders, make_parcel, order_draft
from tests.factories.people import PASSWORD, make_store, make_user

__all__ = [
    "NOW",
    "PASSWORD",
    "make_batch",
    "make_line",
    "make_message",
    "make_messages",
    "make_order",
    "make_orders",
    "make_parcel",
    "make_store",
    "make_try",
    "make_user",
    "make_wording",
    "message_values",
    "order_draft",
]
