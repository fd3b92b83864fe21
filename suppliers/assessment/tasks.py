"""The wake-ups of this room; what waits to be scored or answered stands in rows."""

from celery import shared_task
from django.utils import timezone

from suppliers.assessment import services as assessment

PORTION = 1_000


@shared_task(name="assessment.rescore")
def rescore() -> None:
    """Score what is due, a thousand suppliers at a time; the next beat goes on where this one stopped."""
    now = timezone.now()
    for _portion in range(20):
        if not assessment.rescore_due(day=timezone.localdate(now), now=now, limit=PORTION).looked_at:
            return


@shared_task(name="assessment.watch_actions")
def watch_actions() -> None:
    """Tell of corrective actions that are overdue, each missed day once."""
    assessment.tell_overdue(now=timezone.now(), limit=PORTION)


@shared_task(name="assessment.remind")
def remind() -> None:
    """Open an alert for each assessment that is about to end or has ended, and close those that are over."""
    now = timezone.now()
    assessment.remind(day=timezone.localdate(now), now=now)
