"""How far a batch is, from the sums that the database keeps itself."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Sum

from backoffice.messaging.models import Tally


@dataclass(frozen=True, slots=True)
class Count:
    """Messages, and the orders they speak for."""

    messages: int
    orders: int


def of_batch(batch_id: int, *, canary_only: bool = False) -> dict[str, Count]:
    """The batch's counts by outcome column (rules.outcome_column), one query; empty columns are left out."""
    rows = Tally.objects.filter(batch_id=batch_id)
    if canary_only:
        rows = rows.filter(canary=True)
    sums = rows.order_by().values_list("state").annotate(m=Sum("messages"), o=Sum("orders"))
    return {state: Count(messages, orders) for state, messages, orders in sums if messages or orders}


def of_batches(batch_ids: Collection[int]) -> dict[int, dict[str, Count]]:
    """The counts of several batches, one query whatever their number."""
    found: dict[int, dict[str, Count]] = {pk: {} for pk in batch_ids}
    rows = Tally.objects.filter(batch_id__in=batch_ids).order_by().values_list("batch_id", "state")
    for pk, state, messages, orders in rows.annotate(m=Sum("messages"), o=Sum("orders")):
        if messages or orders:
            found[pk][state] = Count(messages, orders)
    return found
