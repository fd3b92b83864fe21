"""Which assessments are about to end: the newest submitted one of each method counts, of suppliers we buy from."""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from suppliers.assessment.models import Assessment
from suppliers.directory.models import Supplier
from suppliers.directory.rules import SupplierState

# So long before its end a new one is wanted.
NOTICE_DAYS = 30


def state_of(last: Assessment | None, day: date) -> str:
    """never, valid, ending or ended."""
    if last is None:
        return "never"
    if last.valid_until < day:
        return "ended"
    return "ending" if last.valid_until <= day + timedelta(days=NOTICE_DAYS) else "valid"


def newest() -> QuerySet[Assessment]:
    """The submitted assessments that no newer one of the same supplier and method replaces."""
    submitted = Assessment.objects.filter(state=Assessment.State.SUBMITTED)
    later = Q(made_on__gt=OuterRef("made_on")) | Q(made_on=OuterRef("made_on"), pk__gt=OuterRef("pk"))
    replaced = submitted.filter(later, supplier=OuterRef("supplier"), method=OuterRef("method"))
    return submitted.filter(~Exists(replaced))


def due(day: date) -> QuerySet[Assessment]:
    """Those that are over or will be within the notice, of suppliers that have not ended."""
    rows = newest().exclude(supplier__state=SupplierState.ENDED)
    return rows.filter(valid_until__lte=day + timedelta(days=NOTICE_DAYS))


def suppliers_due(rows: QuerySet[Supplier], day: date) -> QuerySet[Supplier]:
    """Of these suppliers, those of whom an assessment is due."""
    return rows.filter(Exists(due(day).filter(supplier=OuterRef("pk"))))
