"""The audit log: one row per decision, written in the same transaction as what it tells of."""

from datetime import datetime
from typing import Any

from backoffice.kernel.models import AuditEntry, User


def record(*, actor: User | None, verb: str, subject: str, now: datetime, **detail: Any) -> None:
    """Append one entry. actor None is the system. detail holds ids, counts and amounts, never personal data."""
    AuditEntry.objects.create(
        at=now,
        actor=actor,
        actor_label=actor.username if actor else "system",
        verb=verb,
        subject=subject,
        detail=detail,
    )
