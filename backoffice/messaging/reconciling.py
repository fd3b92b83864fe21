"""What nobody else finishes: dead relays' messages, expired ones, left-overs of cancelled batches, long tallies.

Every statement skips rows that somebody holds and may run in any number of processes at once; a lock that only one
of them gets keeps two schedulers from doing the work twice.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from backoffice.kernel.faultpoints import reach
from backoffice.messaging import claims, gateway, services
from backoffice.messaging.rules import REASON_CANCELLED, REASON_EXPIRED, REASON_LOST

LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('messaging.reconcile'))"
# A claim whose owner died goes back. A message whose text may have left is uncertain: a person or a policy decides.
EXPIRE_LEASES = """
WITH over AS (
    SELECT id, state AS was FROM messaging_message
    WHERE state IN ('claimed', 'transmitting') AND lease_until < now()
    ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE messaging_message AS m
    SET state = CASE over.was WHEN 'claimed' THEN 'queued' ELSE 'uncertain' END,
        reason = CASE over.was WHEN 'claimed' THEN '' ELSE %(lost)s END,
        attempts = m.attempts + (over.was = 'transmitting')::int,
        lease_until = NULL, changed_at = now()
    FROM over WHERE m.id = over.id
    RETURNING m.id, m.state
), tried AS (
    INSERT INTO messaging_deliveryattempt (message_id, outcome, reply)
    SELECT id, 'lost', '' FROM moved WHERE state = 'uncertain'
)
SELECT count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state = 'uncertain') FROM moved
"""
SETTLE = """
WITH over AS (
    SELECT m.id, b.phase FROM messaging_message AS m JOIN messaging_batch AS b ON b.id = m.batch_id
    WHERE m.state IN ('queued', 'retry') AND (b.phase = 'cancelled' OR m.expires_at <= now())
    LIMIT 10000 FOR UPDATE OF m SKIP LOCKED
), moved AS (
    UPDATE messaging_message AS m
    SET state = CASE over.phase WHEN 'cancelled' THEN 'cancelled' ELSE 'expired' END,
        reason = CASE over.phase WHEN 'cancelled' THEN %(cancelled)s ELSE %(expired)s END, changed_at = now()
    FROM over WHERE m.id = over.id
    RETURNING m.state
)
SELECT count(*) FILTER (WHERE state = 'cancelled'), count(*) FILTER (WHERE state = 'expired') FROM moved
"""
# The sums stay the same for every reader: the old rows go and their sum comes in one statement.
FOLD = """
WITH long AS (
    SELECT batch_id FROM messaging_tally GROUP BY batch_id HAVING count(*) > %(keep)s
), old AS (
    DELETE FROM messaging_tally WHERE id IN (
        SELECT t.id FROM messaging_tally AS t JOIN long USING (batch_id) FOR UPDATE OF t SKIP LOCKED
    )
    RETURNING batch_id, state, canary, messages, orders
), sums AS (
    INSERT INTO messaging_tally (batch_id, state, canary, messages, orders)
    SELECT batch_id, state, canary, sum(messages), sum(orders) FROM old GROUP BY 1, 2, 3
    HAVING sum(messages) <> 0 OR sum(orders) <> 0
)
SELECT count(*) FROM old
"""
# Rows a batch's tally may have before it is folded.
KEEP = 40


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one run settled. skipped: another process was at it."""

    requeued: int = 0
    uncertain: int = 0
    cancelled: int = 0
    expired: int = 0
    folded: int = 0
    skipped: bool = False


def reconcile() -> Reconciled:
    """Settle and fold, then ring if messages wait. Leases end by the database's clock.

    Harmless at any time and in any number of processes.
    """
    with transaction.atomic():
        if not _one(LOCK)[0]:
            return Reconciled(skipped=True)
        requeued, uncertain = _one(EXPIRE_LEASES, {"lost": REASON_LOST})
        cancelled, expired = _one(SETTLE, {"cancelled": REASON_CANCELLED, "expired": REASON_EXPIRED})
        (folded,) = _one(FOLD, {"keep": KEEP})
        reach("messaging.in_reconciler")
    if claims.has_work(real=gateway.mail_server() is not None):
        services.ring()
    return Reconciled(requeued, uncertain, cancelled, expired, folded)


def _one(statement: str, parameters: dict[str, Any] | None = None) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
