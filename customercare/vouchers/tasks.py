"""Wake-ups of this room; the work itself is rows."""

from celery import shared_task
from django.utils import timezone

from customercare.vouchers import services as vouchers


@shared_task(name="vouchers.expire")
def expire() -> None:
    """End what is over, a few thousand at a time; the next beat goes on where this one stopped."""
    vouchers.close_calmed(now=timezone.now())
    for _batch in range(20):
        if not vouchers.expire_due(now=timezone.now()):
            return
