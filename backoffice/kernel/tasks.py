"""The signs of life of the task workers."""

import os
import socket

from celery import shared_task

from backoffice.kernel import heartbeat as beats


@shared_task(name="kernel.heartbeat")
def heartbeat() -> None:
    """Run by beat: proves at once that beat rings, that the broker carries, and that a worker answers."""
    beats.beat(name=f"worker:{socket.gethostname()}:{os.getpid()}", kind="worker")
    beats.sweep()
