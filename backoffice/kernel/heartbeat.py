"""Signs of life of processes, by the database's clock."""

import json
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from backoffice.kernel.models import Heartbeat

_BEAT = """
INSERT INTO kernel_heartbeat (name, kind, beat_at, detail) VALUES (%(name)s, %(kind)s, now(), %(detail)s)
ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, beat_at = now(), detail = excluded.detail
"""
_GONE_AFTER = timedelta(days=1)


def beat(*, name: str, kind: str, detail: dict[str, Any] | None = None) -> None:
    """Say that the process `name` lives. kind: "relay", "worker", "beat". detail: ids and counts."""
    with connection.cursor() as cursor:
        cursor.execute(_BEAT, {"name": name, "kind": kind, "detail": json.dumps(detail or {})})


def alive(*, kind: str, within_seconds: float) -> list[Heartbeat]:
    """Whoever of a kind gave a sign within that time, the latest first."""
    since = Now() - timedelta(seconds=within_seconds)
    return list(Heartbeat.objects.filter(kind=kind, beat_at__gt=since).order_by("-beat_at"))


def sweep() -> int:
    """Forget processes that have been silent for a day; returns how many."""
    return Heartbeat.objects.filter(beat_at__lt=Now() - _GONE_AFTER).delete()[0]
