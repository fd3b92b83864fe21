"""What the schedule asks of stock: do the books agree, and which holds are over?"""

from datetime import datetime

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import ngettext

from backoffice.kernel import alerts
from orders.stock.selectors import verifying
from orders.stock.selectors.verifying import Verified
from orders.stock.services import holds, shelves

ALERT = "stock.drift"
MOST_PORTIONS = 20


def verify(*, now: datetime) -> Verified:
    """Compare the books; an alert stands open for as long as they differ."""
    with transaction.atomic():
        _one_moment()
        found = verifying.verify()
    if found.drift:
        title = ngettext(
            "Stock figures differ from the ledger in %(n)d place",
            "Stock figures differ from the ledger in %(n)d places",
            len(found.drift),
        ) % {"n": len(found.drift)}
        alerts.raise_once(key=ALERT, title=title, url=reverse("stock:list"), severity="bad", now=now)
    else:
        alerts.close(key=ALERT, now=now)
    return found


def settle(*, now: datetime) -> int:
    """End the holds that are over, and take off what has nothing left to sell; returns how many holds.

    In portions, each a transaction of its own; what a run leaves is found by the next.
    """
    ended = 0
    for _portion in range(MOST_PORTIONS):
        portion = holds.expire(now=now)
        ended += portion
        if portion < holds.SWEEP:
            break
    shelves.sweep(now=now)
    return ended


def _one_moment() -> None:
    """All comparisons see the same moment, whoever sells meanwhile."""
    if not connection.savepoint_ids:  # a transaction that has begun to read keeps the view it has
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
