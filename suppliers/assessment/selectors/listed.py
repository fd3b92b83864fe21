"""The score of many suppliers in few words, as a list shows it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from backoffice.kernel.remember import remember
from suppliers.assessment.models import PolicyVersion, Scorecard, Standing
from suppliers.assessment.selectors import scorecards
from suppliers.directory.models import Supplier

TREND_DAYS = 30
_LABELS_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Listed:
    """total: None without enough data. change: against the score of thirty days ago, None where there was none.

    bands: key -> label of the policy that it was scored by. consequence: what holds for purchase orders on the day.
    """

    total: Decimal | None
    change: Decimal | None
    standing: str
    consequence: str
    bands: dict[str, str]


def with_scores(rows: QuerySet[Supplier], *, day: date) -> QuerySet[Supplier]:
    """The same suppliers, each with what `of` needs, in the same statement."""
    earlier = Scorecard.objects.filter(supplier=OuterRef("pk"), day__lte=day - timedelta(days=TREND_DAYS))
    return rows.select_related("standing").annotate(
        total=F("standing__scorecard__total"), was=Subquery(earlier.order_by("-revision").values("total")[:1])
    )


def of(row: Any, *, day: date) -> Listed | None:
    """The score of a row of `with_scores`; None before the first one."""
    standing: Standing | None = getattr(row, "standing", None)
    if standing is None:
        return None
    return Listed(
        total=row.total,
        change=None if row.total is None or row.was is None else row.total - row.was,
        standing=standing.standing,
        consequence=standing.effective(day),
        bands=_bands(standing.policy_id),
    )


def _bands(policy_id: int) -> dict[str, str]:
    """A version never changes, so that its names may be remembered."""

    def read() -> dict[str, str]:
        return {band.key: band.label for band in scorecards.policy_of(PolicyVersion.objects.get(pk=policy_id)).bands}

    return remember(f"assessment:bands:{policy_id}", _LABELS_SECONDS, read)
