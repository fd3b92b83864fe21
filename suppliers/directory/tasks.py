"""The wake-up of this room; whom we should talk to stands in rows."""

from celery import shared_task
from django.utils import timezone

from suppliers.directory import services as directory


@shared_task(name="directory.watch_talks")
def watch_talks() -> None:
    """Tell that talks with suppliers, or next steps with prospects, are due."""
    directory.tell_of_due(now=timezone.now())
