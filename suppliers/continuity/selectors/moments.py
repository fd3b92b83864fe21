"""Defaults of a supplier as moments of its history, for the picture of its score."""

from django.utils import timezone
from django.utils.translation import gettext as _

from suppliers.assessment.rules.trend import Moment
from suppliers.continuity.models import SupplierDefault

MOST = 6


def defaults_of(supplier_id: int) -> list[Moment]:
    """The newest defaults, each when it was declared and when it was lifted. One statement."""
    found = []
    for row in SupplierDefault.objects.filter(supplier=supplier_id).order_by("-declared_at")[:MOST]:
        found.append(Moment(timezone.localdate(row.declared_at), "stop", _("Default declared"), row.why))
        if row.lifted_at is not None:
            found.append(Moment(timezone.localdate(row.lifted_at), "rise", _("Default lifted")))
    return found
