"""The same messages to send as in tests/messaging."""

from tests.messaging.conftest import admin, apology, enqueue, make_batch, store

__all__ = ["admin", "apology", "enqueue", "make_batch", "store"]
