"""The wake-up of this room; which windows wait to be judged stands in rows."""

from contextlib import suppress

from celery import shared_task
from django.utils import timezone

from backoffice.kernel.errors import Refusal
from suppliers.contracts import services as contracts


@shared_task(name="contracts.check")
def check() -> None:
    """Judge every window that is over, and those about which something new is known."""
    now = timezone.now()
    # While another one checks, there is nothing to do here.
    with suppress(Refusal):
        contracts.check(day=timezone.localdate(now), now=now)
