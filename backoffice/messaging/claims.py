"""Who may send what: the statements between the rows and a relay.

Each function is one round trip and one commit. A relay claims, marks a group as being sent, and only then lets its
bodies go; the same statement that marks the next group closes the last one. Time is the database's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

import psycopg
from django.db import connection, transaction

from backoffice.messaging.rules import REASON_CANCELLED, REASON_EXPIRED, granted_tokens
from backoffice.messaging.verdicts import Verdict

# Batches with waiting messages are found by hopping through the index of due rows, so that finished batches cost
# nothing. Each gets an equal share, in random order when there are more batches than places.
CLAIM = """
WITH RECURSIVE waiting(batch_id) AS (
    (SELECT batch_id FROM messaging_message WHERE state IN ('queued', 'retry') ORDER BY batch_id LIMIT 1)
    UNION ALL
    SELECT (
        SELECT m.batch_id FROM messaging_message AS m
        WHERE m.state IN ('queued', 'retry') AND m.batch_id > w.batch_id
        ORDER BY m.batch_id LIMIT 1
    ) FROM waiting AS w WHERE w.batch_id IS NOT NULL
), live AS (
    SELECT b.id, b.mode, b.store_id, b.category, b.phase, count(*) OVER () AS batches
    FROM waiting AS w JOIN messaging_batch AS b ON b.id = w.batch_id CROSS JOIN messaging_outbound AS o
    WHERE b.phase IN ('running', 'canary') AND NOT o.paused
        AND (b.mode = 'drill' OR %(real)s AND (o.circuit_open_until IS NULL OR o.circuit_open_until <= now()))
        AND EXISTS (
            SELECT FROM messaging_message AS m
            WHERE m.batch_id = b.id AND m.state IN ('queued', 'retry') AND m.due_at <= now()
                AND (b.phase = 'running' OR m.is_canary)
        )
    ORDER BY random() LIMIT %(limit)s
), picked AS (
    SELECT m.id, m.address, m.channel, live.mode, live.store_id, live.category
    FROM live CROSS JOIN LATERAL (
        SELECT m.id, m.address, m.channel FROM messaging_message AS m
        WHERE m.batch_id = live.id AND m.state IN ('queued', 'retry') AND m.due_at <= now()
            AND (live.phase = 'running' OR m.is_canary)
        ORDER BY m.due_at, m.id LIMIT greatest(%(limit)s / live.batches, 1)
        FOR UPDATE SKIP LOCKED
    ) AS m
)
UPDATE messaging_message AS m
SET state = CASE WHEN m.expires_at <= now() THEN 'expired' WHEN s.reason IS NULL THEN 'claimed' ELSE 'suppressed' END,
    reason = CASE WHEN m.expires_at <= now() THEN %(expired)s ELSE coalesce(s.reason, '') END,
    claimed_by = %(owner)s,
    lease_until = CASE WHEN m.expires_at <= now() OR s.reason IS NOT NULL THEN NULL ELSE now() + %(lease)s END,
    changed_at = now()
FROM picked LEFT JOIN LATERAL (
    SELECT s.reason FROM messaging_suppression AS s
    WHERE s.address = lower(picked.address) AND s.channel = picked.channel AND s.category IN ('', picked.category)
    LIMIT 1
) AS s ON true
WHERE m.id = picked.id
RETURNING m.id, m.state, picked.mode, picked.store_id, m.wording_id, m.channel, m.address, m."values"::text, m.failures
"""

# Only what is still claimed by this relay, in a batch that still runs, while nothing is paused, is opened. A row that
# somebody else holds at this moment is left out, so that a mark never waits.
# A lease that is over matters only once the reconciler took the row, and then it is not claimed any more.
OPEN = """
    SELECT m.id FROM messaging_message AS m JOIN messaging_batch AS b ON b.id = m.batch_id
        CROSS JOIN messaging_outbound AS o
    WHERE m.id = ANY(%(open)s::bigint[]) AND m.state = 'claimed' AND m.claimed_by = %(owner)s
        AND m.expires_at > now()
        AND (b.phase = 'running' OR b.phase = 'canary' AND m.is_canary) AND NOT o.paused
    FOR UPDATE OF m SKIP LOCKED
"""
# A relay that was slow finds its message taken for lost; as long as nobody acted on that, what it knows is better.
TURN = f"""
WITH closing AS (
    SELECT * FROM unnest(
        %(ids)s::bigint[], %(was)s::text[], %(states)s::text[], %(reasons)s::text[], %(delays)s::float8[],
        %(failures)s::int[], %(outcomes)s::text[], %(codes)s::int[], %(replies)s::text[]
    ) AS c(id, was, state, reason, delay, failures, outcome, code, reply)
), closed AS (
    UPDATE messaging_message AS m
    SET state = c.state, reason = c.reason, lease_until = NULL, changed_at = now(),
        due_at = CASE WHEN c.state IN ('queued', 'retry') THEN now() + c.delay * interval '1 second' ELSE m.due_at END,
        failures = m.failures + c.failures, attempts = m.attempts + (c.outcome <> '')::int
    FROM closing AS c
    WHERE m.id = c.id AND m.claimed_by = %(owner)s
        AND (m.state = c.was OR c.was = 'transmitting' AND m.state = 'uncertain')
    RETURNING m.id
), tried AS (
    INSERT INTO messaging_deliveryattempt (message_id, outcome, code, reply)
    SELECT c.id, c.outcome, nullif(c.code, 0), c.reply FROM closing AS c JOIN closed USING (id) WHERE c.outcome <> ''
), sunk AS (
    INSERT INTO messaging_sinkdelivery (message_id)
    SELECT c.id FROM closing AS c JOIN closed USING (id) WHERE c.state = 'handed_over'
    ON CONFLICT (message_id) DO NOTHING
), opened AS (
    UPDATE messaging_message AS m
    SET state = 'transmitting', lease_until = now() + %(lease)s, changed_at = now()
    FROM ({OPEN}) AS ours WHERE m.id = ours.id
    RETURNING m.id
)
SELECT id FROM opened
"""
TOKENS = """
SELECT o.tokens, o.tokens_at, clock_timestamp()
FROM (SELECT tokens, tokens_at FROM messaging_outbound WHERE id = 1 FOR UPDATE) AS o
"""
TAKE = "UPDATE messaging_outbound SET tokens = %(left)s, tokens_at = %(at)s WHERE id = 1"
RENEW = """
UPDATE messaging_message SET lease_until = now() + %(lease)s
WHERE id = ANY(%(ids)s::bigint[]) AND claimed_by = %(owner)s AND state IN ('claimed', 'transmitting')
"""
# Only ever called with messages whose bodies, as their owner knows, have not left. Cancelling skips what a relay holds.
RELEASE = """
UPDATE messaging_message AS m
SET state = CASE b.phase WHEN 'cancelled' THEN 'cancelled' ELSE 'queued' END,
    reason = CASE b.phase WHEN 'cancelled' THEN %(cancelled)s ELSE m.reason END,
    lease_until = NULL, claimed_by = '', changed_at = now()
FROM messaging_batch AS b
WHERE m.id = ANY(%(ids)s::bigint[]) AND m.claimed_by = %(owner)s AND m.state IN ('claimed', 'transmitting')
    AND b.id = m.batch_id
"""
# What a claim would find, whether or not somebody has it in hand at this moment.
HAS_WORK = """
SELECT EXISTS (
    SELECT FROM messaging_batch AS b CROSS JOIN messaging_outbound AS o
    WHERE b.phase IN ('running', 'canary') AND NOT o.paused
        AND (b.mode = 'drill' OR %(real)s AND (o.circuit_open_until IS NULL OR o.circuit_open_until <= now()))
        AND EXISTS (
            SELECT FROM messaging_message AS m
            WHERE m.batch_id = b.id AND m.state IN ('queued', 'retry') AND m.due_at <= now()
                AND (b.phase = 'running' OR m.is_canary)
        )
)
"""


_tuned: "WeakSet[psycopg.Connection[Any]]" = WeakSet()


@dataclass(frozen=True, slots=True)
class Claimed:
    """What rendering and sending need to know of a claimed message. values: JSON text."""

    id: int
    mode: str
    store_id: int
    wording_id: int
    channel: str
    address: str
    values: str
    failures: int


@dataclass(frozen=True, slots=True)
class Turn:
    """opened: what may leave now. held_back: what the rate does not allow yet. The rest is not ours any more."""

    opened: frozenset[int]
    held_back: frozenset[int]


def claim(*, owner: str, limit: int, lease_seconds: float, real: bool) -> list[Claimed]:
    """Take up to `limit` due messages; suppressed and expired ones are settled on the way and not returned.

    real: whether mail may leave at all; without it only drills are taken. Rows that others hold are skipped.
    """
    parameters = {
        "owner": owner,
        "limit": limit,
        "lease": _seconds(lease_seconds),
        "real": real,
        "expired": REASON_EXPIRED,
    }
    return [Claimed(row[0], *row[2:]) for row in _run(CLAIM, parameters) if row[1] == "claimed"]


def turn(
    *, owner: str, closing: Sequence[Verdict], opening: Collection[int], lease_seconds: float, rate: float = 0
) -> Turn:
    """Close what is over and open what comes next, in one commit.

    rate: messages a second over all relays together, 0 for no limit; what is above it is held back and stays claimed.
    """
    if not rate or not opening:
        return Turn(_turn(owner, closing, opening, lease_seconds), frozenset())
    # The bucket's row is locked from here to the commit, so relays pass one after the other.
    with transaction.atomic():
        ((tokens, last, at),) = _run(TOKENS)
        elapsed = (at - last).total_seconds()
        have, allowed = granted_tokens(tokens=tokens, elapsed=elapsed, rate=rate, wanted=len(opening))
        wanted = list(opening)
        opened = _turn(owner, closing, wanted[:allowed], lease_seconds)
        _run(TAKE, {"left": have - len(opened), "at": at})
    return Turn(opened, frozenset(wanted[allowed:]))


def _turn(owner: str, closing: Sequence[Verdict], opening: Collection[int], lease_seconds: float) -> frozenset[int]:
    return frozenset(row[0] for row in _run(TURN, _turn_parameters(owner, closing, opening, lease_seconds)))


def _turn_parameters(
    owner: str, closing: Sequence[Verdict], opening: Collection[int], lease_seconds: float
) -> Mapping[str, Any]:
    return {
        "owner": owner,
        "open": list(opening),
        "lease": _seconds(lease_seconds),
        "ids": [verdict.message_id for verdict in closing],
        "was": [verdict.was for verdict in closing],
        "states": [verdict.state for verdict in closing],
        "reasons": [verdict.reason for verdict in closing],
        "delays": [float(verdict.delay) for verdict in closing],
        "failures": [verdict.failures for verdict in closing],
        "outcomes": [verdict.outcome for verdict in closing],
        "codes": [verdict.code for verdict in closing],
        "replies": [verdict.reply for verdict in closing],
    }


def renew(*, owner: str, ids: Collection[int], lease_seconds: float) -> None:
    """Keep what is in hand for another lease."""
    _run(RENEW, {"owner": owner, "ids": list(ids), "lease": _seconds(lease_seconds)})


def release(*, owner: str, ids: Collection[int]) -> None:
    """Give back messages that have not left: they are due again at once, or cancelled with their batch."""
    _run(RELEASE, {"owner": owner, "ids": list(ids), "cancelled": REASON_CANCELLED})


def has_work(*, real: bool) -> bool:
    """Whether a claim made now would find something."""
    return bool(_run(HAS_WORK, {"real": real})[0][0])


def _seconds(seconds: float) -> str:
    return f"{seconds} seconds"


def _run(statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Prepared by the server and planned once: planning a turn anew costs more than running it."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        if connection.connection not in _tuned:
            cursor.execute("SET plan_cache_mode = force_generic_plan")
            connection.connection.prepare_threshold = 0  # Django switches preparing off
            _tuned.add(connection.connection)
        cursor.execute(statement, parameters, prepare=True)
        return cursor.fetchall() if cursor.description else []
