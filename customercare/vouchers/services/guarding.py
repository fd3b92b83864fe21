"""What people are told when somebody tries codes one after the other."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.kernel import alerts
from backoffice.kernel.models import Alert, ApiKey

_ALERT = "vouchers.guessing:"
_CALM_AFTER = timedelta(hours=1)


def report_guessing(*, key: ApiKey, now: datetime) -> None:
    """Open one alert for a key that has used up its misses; further ones change nothing while it is open."""
    alerts.raise_once(
        key=f"{_ALERT}{key.pk}",
        title=_(
            "The key %(name)s sends voucher codes that do not fit, hundreds an hour. Ask its owner, or end the key."
        )
        % {"name": key.name},
        url=reverse("admin:kernel_apikey_changelist"),
        severity="bad",
        now=now,
    )


def close_calmed(*, now: datetime) -> int:
    """Close alerts about guessing that are over an hour old: whoever goes on opens a new one."""
    stale = Alert.objects.filter(
        key__startswith=_ALERT, closed_at__isnull=True, opened_at__lte=now - _CALM_AFTER
    ).values_list("key", flat=True)
    return sum(alerts.close(key=key, now=now) for key in stale)
