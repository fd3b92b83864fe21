"""Leaves a mail server alone that cannot be reached or does not let us in, and tells somebody, once."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from backoffice.kernel.models import Alert
from backoffice.messaging.models import Outbound
from backoffice.messaging.rules import CIRCUIT_FAILURES, CIRCUIT_PERIOD

ALERT = "messaging.mail_server"
TITLE = gettext_noop("The mail server cannot be reached, so no message leaves. Check its address and account.")


@transaction.atomic
def line_failed(*, now: datetime) -> bool:
    """Count one failure of a connection or a login; True when that leaves the mail server alone for a while."""
    Outbound.objects.filter(pk=1).update(failures_in_row=F("failures_in_row") + 1)
    opened = Outbound.objects.filter(pk=1, failures_in_row__gte=CIRCUIT_FAILURES).update(
        circuit_open_until=Now() + CIRCUIT_PERIOD
    )
    if opened:
        Alert.objects.bulk_create(
            [Alert(key=ALERT, severity="serious", title=TITLE, opened_at=now)], ignore_conflicts=True
        )
    return bool(opened)


@transaction.atomic
def line_works(*, now: datetime) -> None:
    """The mail server answered: forget the failures and close the alert."""
    Outbound.objects.filter(pk=1).update(failures_in_row=0, circuit_open_until=None)
    Alert.objects.filter(key=ALERT, closed_at=None).update(closed_at=now)


def had_failures() -> bool:
    """Whether the last word of the mail server was a failure."""
    return Outbound.objects.filter(pk=1, failures_in_row__gt=0).exists()
