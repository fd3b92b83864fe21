"""Messages as they stand in the database, in any state a test needs."""

import hashlib
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from backoffice.kernel.models import Store
from backoffice.messaging.models import Batch, DeliveryAttempt, Message, Wording
from backoffice.messaging.rules import State
from tests.factories.clock import NOW
from tests.factories.people import make_store

_numbers = count(1)
SUBJECT = "Your order {order_number} is late"
TEXT = "Hello {customer_name},\n\nyour order {order_number} will arrive on {new_date}.\n\n{shop_name}"


def make_wording(subject: str = SUBJECT, text: str = TEXT, *, language: str = "en") -> Wording:
    """One wording; the same words give the same row."""
    digest = hashlib.sha256(f"{language}\n{subject}\n{text}".encode()).hexdigest()
    wording, _created = Wording.objects.get_or_create(
        digest=digest, defaults={"language": language, "subject": subject, "text": text}
    )
    return wording


def make_batch(store: Store | None = None, **fields: Any) -> Batch:
    """One running batch of real messages."""
    number = next(_numbers)
    given: dict[str, Any] = {
        "key": f"batch-{number}",
        "cause_ref": f"incident:{number}",
        "mode": Batch.Mode.REAL,
        "phase": Batch.Phase.RUNNING,
        "created_at": NOW,
    }
    return Batch.objects.create(store=store or make_store(), **given | fields)


def message_values(*, order_number: str = "A-1", voucher: int | None = None, **fields: Any) -> dict[str, Any]:
    """The raw values of a message about one order. fields replace values of that order."""
    order: dict[str, Any] = {
        "order_number": order_number,
        "promised_date": "2026-11-20",
        "new_date": "2026-11-27",
        "delivered_date": None,
        "items": "Blue kettle × 1",
        "order_total": ["59.00", "PLN"],
        "order_url": "/o/token/",
    }
    if voucher is not None:
        order |= {
            "voucher_code": {"voucher": voucher},
            "voucher_value": ["5.00", "PLN"],
            "voucher_until": "2027-02-28",
        }
    return {
        "customer_name": "Ewa Nowak",
        "shop_name": "Kettle & Co",
        "contact_email": "help@kettle.example",
        "next_update": None,
        "orders": [order | fields],
    }


def make_message(batch: Batch | None = None, **fields: Any) -> Message:
    """One message in the given state (queued by default); those in hand get a lease."""
    return make_messages(1, batch, **fields)[0]


def make_messages(amount: int, batch: Batch | None = None, **fields: Any) -> list[Message]:
    """Many messages of one batch in one statement, each with its own address unless one is given."""
    batch = batch or make_batch()
    wording = fields.pop("wording", None) or make_wording()
    return Message.objects.bulk_create(_message(batch, wording, **fields) for _place in range(amount))


def _message(batch: Batch, wording: Wording, **fields: Any) -> Message:
    number = next(_numbers)
    given: dict[str, Any] = {
        "dedupe_key": f"message-{number}",
        "address": f"customer.{number}@example.com",
        "values": message_values(order_number=f"A-{number}"),
        "digest": f"{number:064d}",
        "due_at": NOW,
        "expires_at": NOW + timedelta(days=3),
    }
    if fields.get("state") in (State.CLAIMED, State.TRANSMITTING):
        given |= {"claimed_by": "relay-1", "lease_until": NOW + timedelta(minutes=1)}
    return Message(batch=batch, wording=wording, **given | fields)


def make_try(message: Message, outcome: str = "sent", *, at: datetime = NOW, **fields: Any) -> DeliveryAttempt:
    """What one try of the message came to."""
    return DeliveryAttempt.objects.create(message=message, outcome=outcome, at=at, **fields)
