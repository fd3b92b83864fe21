"""What a worker does differently from Celery's own."""

import logging
from typing import Any

from celery.worker import consumer

log = logging.getLogger(__name__)


class Consumer(consumer.Consumer):
    """Outlives a broker that dies while it is being connected to.

    Celery then takes the broken connection apart twice; the second time kombu 5.7 wants to put messages back through
    what is gone already, and the error would end the worker. Nothing needs to be put back: the work list is in
    PostgreSQL. The consumer's connection is unset by then, so it makes a new one.
    """

    def on_connection_error_after_connected(self, exc: Exception) -> Any:
        try:
            return super().on_connection_error_after_connected(exc)
        except Exception:  # whatever it is, it concerns a connection that is gone
            log.warning("The broken connection could not be taken apart.", exc_info=True)
            return None
