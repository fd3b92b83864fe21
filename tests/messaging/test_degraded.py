"""Every page says so when no worker answers although work waits."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from backoffice.kernel import heartbeat
from backoffice.kernel.models import Heartbeat
from backoffice.kernel.roles import Role
from tests.conftest import ClientFor
from tests.factories import make_batch, make_message

pytestmark = pytest.mark.django_db
SAID = b"Background work is not running"


def shown(client_for: ClientFor) -> bool:
    cache.clear()
    return SAID in client_for(Role.SHOP_STAFF).get("/orders/").content


def test_a_shop_that_never_had_a_worker_and_waits_for_nothing_is_fine(client_for: ClientFor) -> None:
    assert not shown(client_for)


def test_messages_that_wait_without_a_worker_are_said(client_for: ClientFor) -> None:
    make_message(make_batch(), due_at=timezone.now() - timedelta(minutes=2))
    assert shown(client_for)
    heartbeat.beat(name="worker:one", kind="worker")
    assert not shown(client_for)


def test_a_worker_that_fell_silent_is_said(client_for: ClientFor) -> None:
    heartbeat.beat(name="worker:one", kind="worker")
    Heartbeat.objects.update(beat_at=timezone.now() - timedelta(minutes=5))
    assert shown(client_for)
