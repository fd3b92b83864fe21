"""The wake-ups of the post room. The work is rows; these only look for it."""

import mmap
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from backoffice.messaging import claims, gateway, reconciling
from backoffice.messaging import relay as sending

# With the time to finish below CELERY_TASK_SOFT_TIME_LIMIT.
RELAY_SECONDS = 50.0
# One byte that a worker shares with the processes it forks: the parent alone hears that the worker is to stop.
_stopping = mmap.mmap(-1, 1)


@worker_shutting_down.connect
def stop_sending(**_kwargs: Any) -> None:
    """Tell the relays of this worker to finish their groups and give back the rest."""
    _stopping[0] = 1


@shared_task(name="messaging.relay")
def relay() -> None:
    """Send what is due, for less than a minute; beat and the doorbell ring again."""
    if claims.has_work(real=gateway.mail_server() is not None):
        sending.run(chosen=sending.options(seconds=RELAY_SECONDS), is_stopping=lambda: bool(_stopping[0]))


@shared_task(name="messaging.reconcile")
def reconcile() -> None:
    """Settle what dead relays left, what expired and what was cancelled; ring if messages wait."""
    reconciling.reconcile()
