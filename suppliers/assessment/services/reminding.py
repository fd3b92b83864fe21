"""Alerts about assessments that end: one each while it is due, whoever looks and however often."""

from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.kernel import alerts
from backoffice.kernel.formats import day as written
from backoffice.kernel.models import Alert
from suppliers.assessment.models import Assessment
from suppliers.assessment.selectors import ending

KEY = "assessment.ends:"
PORTION = 1_000


@transaction.atomic
def remind(*, day: date, now: datetime) -> tuple[int, int]:
    """Open an alert for each assessment that is due, close those of the others; returns how many of each.

    It looks at what stands there, so that a day on which nobody looked is made good by the next.
    """
    due = {f"{KEY}{pk}": pk for pk in ending.due(day).values_list("pk", flat=True)}
    open_keys = set(Alert.objects.filter(key__startswith=KEY, closed_at=None).values_list("key", flat=True))
    missing = sorted(pk for key, pk in due.items() if key not in open_keys)[:PORTION]
    for row in Assessment.objects.filter(pk__in=missing).select_related("supplier").order_by("pk"):
        _open(row, now)
    over = sorted(open_keys - due.keys())
    for key in over:
        alerts.close(key=key, now=now)
    return len(missing), len(over)


def _open(row: Assessment, now: datetime) -> None:
    title = _("%(method)s of %(supplier)s counts in full until %(day)s") % {
        "method": row.get_method_display(),
        "supplier": row.supplier.name,
        "day": written(row.valid_until),
    }
    url = reverse("questionnaires:tasks", args=[row.supplier_id])
    alerts.raise_once(key=f"{KEY}{row.pk}", title=title[:200], url=url, now=now)


def forget(row: Assessment, *, now: datetime) -> None:
    """A newer one was submitted: the alerts about those before it close at once."""
    same = Assessment.objects.filter(supplier=row.supplier_id, method=row.method).exclude(pk=row.pk)
    for pk in same.values_list("pk", flat=True):
        alerts.close(key=f"{KEY}{pk}", now=now)
