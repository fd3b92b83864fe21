"""The wake-up of this room."""

from celery import shared_task

from suppliers.evidence import services as evidence


@shared_task(name="evidence.sweep")
def sweep() -> None:
    """Remove files that no row names."""
    evidence.sweep()
