"""Wakes a relay through the broker. Only a nudge: the work is rows, and beat looks for them anyway."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
TASK = "messaging.relay"
# A broker that hangs costs the caller two seconds at most: one to connect, one to write.
PATIENCE = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0, "max_retries": 0}


def ring() -> bool:
    """Ask for a relay now; False when the broker does not answer."""
    options = {**current_app.conf.broker_transport_options, **PATIENCE}
    try:
        with current_app.connection_for_write(connect_timeout=1, transport_options=options) as line:
            current_app.send_task(TASK, connection=line, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("relay not woken: %s", type(error).__name__)
        return False
    return True
