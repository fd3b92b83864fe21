"""The wake-ups of this room; which holds are over, and what the books say, stands in rows."""

from celery import shared_task
from django.utils import timezone

from orders.stock.services import watching


@shared_task(name="stock.settle")
def settle() -> None:
    """End the holds that are over, and take off what has nothing left to sell."""
    watching.settle(now=timezone.now())


@shared_task(name="stock.verify")
def verify() -> None:
    """Compare the counters with the ledger; an alert stands open for as long as they differ."""
    watching.verify(now=timezone.now())
