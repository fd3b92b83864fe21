"""What people are told of by itself: corrective actions that suppliers have not answered in time."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel.models import Alert
from suppliers.assessment.selectors import actions


def tell_overdue(*, now: datetime, limit: int) -> int:
    """Open one alert for each overdue action, once for each day it was due; returns how many.

    Who was away for three days is still told once: what counts is that it is overdue and was not told.
    """
    rows = actions.untold(day=timezone.localdate(now), limit=limit)
    told = [
        Alert(
            key=actions.alert_key(row.pk, row.due_on),
            title=_("%(number)s is overdue: %(supplier)s has not answered")
            % {"number": row, "supplier": row.supplier.code},
            url=actions.url(row),
            severity="warn",
            opened_at=now,
        )
        for row in rows
    ]
    # Two schedulers at once: one alert is open per key, so the second adds nothing.
    Alert.objects.bulk_create(told, ignore_conflicts=True)
    return len(told)
