"""Alerts: opened once per key while the trouble lasts, closed once when it is over."""

from datetime import datetime

from backoffice.kernel.models import Alert


def raise_once(*, key: str, title: str, now: datetime, url: str = "", severity: str = "warn") -> bool:
    """Open the alert unless one with this key is open. Returns True when it is new."""
    alert = Alert(key=key, title=title, url=url, severity=severity, opened_at=now)
    before = Alert.objects.filter(key=key, closed_at__isnull=True).exists()
    Alert.objects.bulk_create([alert], ignore_conflicts=True)
    return not before


def close(*, key: str, now: datetime) -> int:
    """Close the open alert of this key, if any."""
    return Alert.objects.filter(key=key, closed_at__isnull=True).update(closed_at=now)
