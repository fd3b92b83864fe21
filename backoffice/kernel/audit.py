"""The audit log: one row per decision, written in the same transaction as what it tells of."""

from collections.abc import Collection, Iterable, Mapping
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


def changes(pairs: Mapping[str, tuple[Any, Any]], *, private: Collection[str] = ()) -> dict[str, Any]:
    """The part of an entry that says what a field held before and after: {"changes": {field: [was, is]}}.

    private: fields about a person; the log only grows, so they are named under "hidden" and their values left out.
    """
    told = {name: [_plain(was), _plain(now)] for name, (was, now) in pairs.items() if name not in private}
    hidden = sorted(set(pairs) & set(private))
    return {"changes": told} | ({"hidden": hidden} if hidden else {})


def _plain(value: Any) -> Any:
    """A value as JSON keeps it; amounts and days become text, so that none is rounded."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value)


def about(subject: str, *, verbs: Iterable[str] = (), limit: int) -> list[AuditEntry]:
    """The newest entries about one subject, with who made them. verbs: only these, when given."""
    rows = AuditEntry.objects.filter(subject=subject).select_related("actor")
    if wanted := list(verbs):
        rows = rows.filter(verb__in=wanted)
    return list(rows.order_by("-id")[:limit])
