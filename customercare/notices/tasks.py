"""Wake-ups of the fan-out engine."""

from celery import shared_task
from django.utils import timezone

from customercare.notices import services


@shared_task(name="notices.advance")
def advance() -> None:
    """Take every confirmed fan-out one step further."""
    services.advance(now=timezone.now())
