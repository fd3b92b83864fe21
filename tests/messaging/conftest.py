"""Messages to send: a store, a wording and batches of them."""

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backoffice.kernel.models import Store, User
from backoffice.messaging import services as messaging
from backoffice.messaging.models import Batch, Message, Wording

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PLAN = """
SELECT %(batch)s::bigint AS batch_id, %(key)s || n AS dedupe_key, 'email' AS channel,
       'c' || n || '@' || %(domain)s AS address, %(wording)s::bigint AS wording_id, %(values)s::jsonb AS "values",
       'digest' AS digest, %(weight)s::int AS weight, n <= %(canaries)s AS is_canary,
       now() - interval '1 second' AS due_at, now() + %(life)s AS expires_at
FROM generate_series(1, %(count)s) AS n
"""
VALUES: dict[str, Any] = {
    "customer_name": "Ann Smith",
    "shop_name": "Nordlicht",
    "contact_email": "help@nordlicht.example",
    "next_update": None,
    "orders": [{"order_number": "A-1", "order_url": "/o/abc/"}],
}

Enqueue = Callable[..., int]
MakeBatch = Callable[..., Batch]


@pytest.fixture
def store(db: None) -> Store:
    return Store.objects.create(
        slug="nordlicht",
        name="Nordlicht",
        currency="EUR",
        sender="shop@nordlicht.example",
        reply_to="help@nordlicht.example",
        order_url_base="https://nordlicht.example",
    )


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create_user("ada", role="admin")


@pytest.fixture
def apology(db: None) -> Wording:
    return messaging.ensure_wording(
        language="en",
        subject="Your order {order_number} is late",
        text="Dear {customer_name},\n\nWe are sorry.\n",
    )


@pytest.fixture
def make_batch(store: Store) -> MakeBatch:
    numbers = itertools.count(1)

    def make(*, mode: str = "real", phase: str = "running", category: str = "service") -> Batch:
        number = next(numbers)
        batch = messaging.create_batch(
            key=f"batch-{number}",
            store=store,
            cause_ref=f"incident:{number}",
            mode=mode,
            category=category,
            now=NOW,
        )
        Batch.objects.filter(pk=batch.pk).update(phase=phase)
        batch.refresh_from_db()
        return batch

    return make


@pytest.fixture
def enqueue(apology: Wording) -> Enqueue:
    def plan(
        batch: Batch,
        count: int = 1,
        *,
        domain: str = "example.com",
        canaries: int = 0,
        weight: int = 1,
        wording: Wording = apology,
        values: dict[str, Any] = VALUES,
        life: timedelta = timedelta(days=3),
    ) -> int:
        return messaging.enqueue_from(
            select_sql=PLAN,
            params={
                "batch": batch.pk,
                "key": f"{batch.key}:",
                "domain": domain,
                "wording": wording.pk,
                "values": json.dumps(values),
                "weight": weight,
                "canaries": canaries,
                "life": life,
                "count": count,
            },
        )

    return plan


def states(batch: Batch) -> dict[str, int]:
    """How many messages of a batch are in each state, counted from the rows themselves."""
    counts: dict[str, int] = {}
    for state in Message.objects.filter(batch=batch).values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return counts
