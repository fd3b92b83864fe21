"""Log lines as JSON, with the request's id. Only ids and counts are ever logged, never people."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# The links of an order and of a supplier's sheet open their pages, so a log must not hold them; a query string may hold
# what somebody searched for.
_SECRET_LINK = re.compile(r"/(o|q)/[^/?\s]+")
_QUERY = re.compile(r"\?\S*")


def without_secrets(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cut what identifies a person or opens a page out of a line about a request."""
    if isinstance(request := event.get("request"), str):
        event["request"] = _QUERY.sub("?…", _SECRET_LINK.sub(r"/\1/…", request))
    # Django names the address of a page that broke in the sentence itself.
    if isinstance(said := event.get("event"), str):
        event["event"] = _SECRET_LINK.sub(r"/\1/…", said)
    for name in ("ip", "user_agent"):
        event.pop(name, None)
    return event


def formatter() -> logging.Formatter:
    """The formatter that settings name: one JSON object a line, for our own and foreign loggers."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        without_secrets,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
