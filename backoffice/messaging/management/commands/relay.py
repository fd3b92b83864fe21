"""A relay without a task worker: for machines that only send, and for measuring."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from backoffice.messaging import claims, gateway
from backoffice.messaging import relay as sending

_LOOK_EVERY = 1.0


class Command(BaseCommand):
    help = "Send what is due, until SIGTERM or SIGINT; with --once until nothing is due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when nothing is due any more")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        told = threading.Event()
        for parting in (signal.SIGTERM, signal.SIGINT):
            signal.signal(parting, lambda *_: told.set())
        tried = 0
        while not told.is_set():
            if claims.has_work(real=gateway.mail_server() is not None):
                connection.close()  # the relay brings its own
                tried += sending.run(chosen=sending.options(), is_stopping=told.is_set)
            elif once:
                break
            else:
                told.wait(_LOOK_EVERY)
        self.stdout.write(f"{tried} tried")
