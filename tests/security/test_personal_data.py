"""Names and addresses of customers stay in the database and in their own mails."""

import json
import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import redis
from celery.signals import before_task_publish
from django.conf import settings as project
from django.test import Client

from backoffice.kernel.models import Alert, AuditEntry, Store
from backoffice.messaging import doorbell, relay
from backoffice.messaging.models import Message
from customercare.vouchers import selectors as vouchers
from customercare.vouchers.models import Voucher
from orders.sales.models import Order
from tests.conftest import Cast, ClientFor
from tests.customercare.notices import kit
from tests.customercare.notices.test_preview import late_order
from tests.kit.smtp_faults import Fault, FaultServer

pytestmark = pytest.mark.django_db(transaction=True)

NAME, MAIL, PHONE = "Kanarina Vogelsang", "kanarina.vogelsang@canary.example", "+48601777888"
REFUSED = "second.canary@refused.example"
CANARIES = ("kanarina", "vogelsang", "canary.example", "refused.example", "601777888")


class Heard(logging.Handler):
    """Everything that any logger says, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.getMessage()} {record.args} {record.exc_text or ''}")


@pytest.fixture
def heard() -> Iterator[Heard]:
    """The logs as they are with LOG_LEVEL=DEBUG."""
    handler, root = Heard(), logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def published() -> Iterator[list[str]]:
    """What was handed to the broker: task names with all their arguments."""
    told: list[str] = []

    def listen(sender: Any = None, body: Any = None, headers: Any = None, **_rest: Any) -> None:
        told.append(f"{sender} {body} {headers}")

    before_task_publish.connect(listen, weak=False)
    yield told
    before_task_publish.disconnect(listen)


def hits(texts: list[str]) -> list[str]:
    """Those that name a canary, or hand over a code or a link."""
    secret = [code.lower() for code in vouchers.codes_for(list(Voucher.objects.values_list("pk", flat=True))).values()]
    secret += list(Order.objects.values_list("public_token", flat=True))
    wanted = [*CANARIES, *secret]
    return [text for text in texts if any(word.lower() in text.lower() for word in wanted)]


def kept_in_redis() -> list[str]:
    """Everything that the broker and the cache hold, keys and values."""
    server = redis.Redis.from_url(project.REDIS_URL, decode_responses=True, encoding_errors="replace")
    readers: dict[str, Any] = {
        "string": server.get,
        "list": lambda key: server.lrange(key, 0, -1),
        "hash": server.hgetall,
        "set": server.smembers,
        "zset": lambda key: server.zrange(key, 0, -1, withscores=True),
    }
    return [f"{key} {readers[str(server.type(key))](key)}" for key in server.scan_iter()]


def customers(store: Store) -> list[Order]:
    contact = {"name": NAME, "phone": PHONE}
    return [late_order(store, email=MAIL, **contact), late_order(store, email=REFUSED, **contact)]


def bad_day(store: Store, cast: Cast, settings: Any) -> list[Order]:
    """From confirming to the last message: one is delivered, one is refused by the other side."""
    orders = customers(store)
    kit.limits("admin", alone="1000")
    wanted = kit.plan(rule="flat", rule_value=Decimal(5), budget_id=kit.budget(store).pk)
    fanout = kit.confirmed(kit.previewed(store, cast.admin, orders, wanted=wanted), cast.admin)
    with FaultServer(by_recipient={REFUSED: Fault.RCPT_550}) as server:
        settings.SMTP_URL = f"smtp://127.0.0.1:{server.port}"
        for _round in range(6):
            kit.notices.drive(fanout_id=fanout.pk, now=kit.NOW + kit.timedelta(hours=1))
            relay.run(chosen=relay.options(seconds=3))
    assert sorted(Message.objects.values_list("state", flat=True)) == ["failed", "sent"]
    return orders


@pytest.fixture
def told(heard: Heard, published: list[str], store: Store, cast: Cast, settings: Any) -> list[Order]:
    """The orders of the bad day, with all ears open from the start."""
    return bad_day(store, cast, settings)


def look_around(orders: list[Order], client_for: ClientFor) -> None:
    """What agents, customers and strangers do on such a day, right and wrong."""
    agent = client_for("support_agent")
    for order in orders:
        assert agent.get(f"/orders/{order.pk}/").status_code == 200
        assert agent.get(f"/o/{order.public_token}/").status_code == 200
        assert agent.post(f"/o/{order.public_token}/").status_code == 405
    for path in ("/orders/", "/messages/", "/no/such/page/"):
        agent.get(path, {"q": MAIL, "name": NAME})
    agent.get("/messages/", {"q": MAIL})
    for message in Message.objects.all():
        assert agent.get(f"/messages/{message.pk}/").status_code == 200
    agent.post(f"/orders/{orders[0].pk}/expect/", {"reason": f"{NAME} called", "expected_on": MAIL})


def test_a_bad_day_leaves_no_trace_of_a_customer_in_logs_tasks_or_broker(
    told: list[Order], client_for: ClientFor, heard: Heard, published: list[str]
) -> None:
    look_around(told, client_for)
    assert doorbell.ring()
    assert any("request_finished" in line for line in heard.lines), "the ear hears requests"
    assert published, "the ear hears tasks"
    assert hits(heard.lines) == []
    assert hits(published) == []
    assert hits(kept_in_redis()) == []


def test_the_audit_log_and_alerts_speak_of_ids(store: Store, cast: Cast, settings: Any) -> None:
    bad_day(store, cast, settings)
    audit = [json.dumps(row, default=str) for row in AuditEntry.objects.values("verb", "subject", "detail")]
    assert audit
    assert hits(audit) == []
    assert hits([str(row) for row in Alert.objects.values()]) == []


def test_a_wrong_login_is_logged_without_what_was_typed(cast: Cast, client: Client, heard: Heard) -> None:
    for _again in range(6):
        client.post("/login/", {"username": MAIL, "password": "kanarina's password"})
    assert hits(heard.lines) == []
    assert "password" not in " ".join(heard.lines)
