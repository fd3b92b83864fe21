"""System checks with ids: unsafe settings and servers are named before the first request."""

import time
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connection

PATIENCE = {"socket_timeout": 3.0, "socket_connect_timeout": 3.0}
# Leases, holds and idle sessions compare moments of both clocks.
LARGEST_SKEW_SECONDS = 2.0


@register(Tags.security, deploy=True)
def production_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """backoffice.E001 debug on · E002 embedded servers · E003 no mail timeout · E004 the built-in key."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(Error("DEBUG is on in production. Unset it.", id="backoffice.E001"))
    if settings.EMBEDDED_SERVERS:
        hint = "Set DATABASE_URL and REDIS_URL to served databases."
        found.append(Error("Production runs on the embedded servers.", hint=hint, id="backoffice.E002"))
    if not settings.EMAIL_TIMEOUT or settings.EMAIL_TIMEOUT > 60:
        found.append(Error("EMAIL_TIMEOUT must be between 1 and 60 seconds.", id="backoffice.E003"))
    if settings.SECRET_KEY.startswith("only-for-a-machine-of-your-own"):
        found.append(Error("SECRET_KEY is the built-in one. Set your own.", id="backoffice.E004"))
    return found


@register(Tags.security, deploy=True)
def broker_keeps_what_it_takes(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """backoffice.E005 the broker evicts · E006 it forgets on restart · W008 it does not answer, or not about this."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **PATIENCE) as server:
            told = {str(_text(name)): _text(value) for name, value in _configuration(server).items()}
    except redis.RedisError as error:
        why = type(error).__name__
        return [Warning(f"The server behind REDIS_URL did not tell its configuration ({why}).", id="backoffice.W008")]
    found: list[CheckMessage] = []
    if told.get("maxmemory-policy") != "noeviction":
        hint = "Set maxmemory-policy to noeviction: a full broker then refuses instead of losing work."
        found.append(Error("The server behind REDIS_URL evicts keys.", hint=hint, id="backoffice.E005"))
    if told.get("appendonly") != "yes":
        hint = "Set appendonly to yes, so that wake-ups and guess counts survive a restart."
        found.append(Error("The server behind REDIS_URL forgets on restart.", hint=hint, id="backoffice.E006"))
    return found


@register(Tags.security, deploy=True)
def clocks_agree(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """backoffice.W007 this machine and the database tell different times · W009 the database does not answer."""
    try:
        skew = clock_skew()
    except DatabaseError as error:
        return [Warning(f"The database did not tell its time ({type(error).__name__}).", id="backoffice.W009")]
    if abs(skew) <= LARGEST_SKEW_SECONDS:
        return []
    hint = "Let both machines take their time from NTP."
    text = f"This machine's clock and the database's differ by {abs(skew):.1f} seconds."
    return [Warning(text, hint=hint, id="backoffice.W007")]


@register(Tags.security, deploy=True)
def evidence_has_a_place_of_its_own(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """backoffice.E010 evidence lies in the state folder, which no backup and no second machine knows."""
    root, state = Path(settings.EVIDENCE_ROOT).resolve(), Path(settings.STATE_DIR).resolve()
    if not root.is_relative_to(state):
        return []
    hint = "Set EVIDENCE_ROOT to a folder that all web processes share, that is backed up, and that nothing serves."
    return [Error("Evidence would be kept in the state folder.", hint=hint, id="backoffice.E010")]


def clock_skew() -> float:
    """Seconds by which the database is ahead of this machine, to the length of one question. Raises DatabaseError."""
    with connection.cursor() as cursor:
        asked = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        answered = time.time()
        theirs = float(cursor.fetchone()[0])
    return theirs - (asked + answered) / 2


def _configuration(server: Any) -> dict[Any, Any]:
    return {**server.config_get("maxmemory-policy"), **server.config_get("appendonly")}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
