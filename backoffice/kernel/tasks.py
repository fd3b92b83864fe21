"""The kernel's wake-ups: signs of life, and what is forgotten in time."""

import os
import socket
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from backoffice.kernel import heartbeat as beats
from backoffice.kernel import idempotency

ANSWERS_KEPT = timedelta(days=30)


@shared_task(name="kernel.heartbeat")
def heartbeat() -> None:
    """Run by beat: proves at once that beat rings, that the broker carries, and that a worker answers."""
    beats.beat(name=f"worker:{socket.gethostname()}:{os.getpid()}", kind="worker")
    beats.sweep()


@shared_task(name="kernel.forget_answers")
def forget_answers() -> None:
    """Drop answers to Idempotency-Keys that nobody repeats any more."""
    idempotency.forget(before=timezone.now() - ANSWERS_KEPT)
