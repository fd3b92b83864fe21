"""What the schedule asks of stock: do the books agree, and which holds are over?"""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import ngettext

from backoffice.kernel import alerts
from orders.stock.selectors import verifying
from orders.stock.selectors.verifying import Verified
from orders.stock.services import holds, shelves

ALERT = "stock.drift"


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
        alerts.raise_once(key=ALERT, title=title, severity="bad", now=now)
    else:
        alerts.close(key=ALERT, now=now)
    return found


def settle(*, now: datetime) -> int:
    """End one portion of holds that are over, and take off what has nothing left to sell; returns how many holds."""
    ended = holds.expire(now=now)
    shelves.sweep(now=now)
    return ended


def _one_moment() -> None:
    """All comparisons see the same moment, whoever sells meanwhile."""
    if not connection.savepoint_ids:  # a transaction that has begun to read keeps the view it has
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
