"""The measures of all suppliers at once: the database counts, the rules turn few counts into measures."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from suppliers.performance.rules import measures
from suppliers.performance.rules.lines import Tally, Window
from suppliers.performance.rules.measures import DeliveryMeasures, LotCounts, QualityMeasures

# The facts that count: the last of each chain of corrections, unless it withdraws what was told.
_COUNTS = """
    NOT f.withdrawn AND NOT EXISTS (SELECT FROM {table} newer WHERE newer.corrects_id = f.id)
    AND (%(suppliers)s::bigint[] IS NULL OR f.supplier_id = ANY(%(suppliers)s))
"""
# One row a line, by the definitions of rules.lines.line_of; then how many lines came to each value of each measure.
_LINES = f"""
WITH parts AS (
    SELECT f.supplier_id, f.source, f.order_ref, f.line_ref, f.ordered_on, f.promise_changes, f.quantity_ordered,
        f.promised_on, f.outcome, came.delivered_on, came.quantity,
        sum(came.quantity) OVER up_to_here AS so_far,
        max(f.quantity_ordered) OVER line AS wanted,
        min(f.promised_on) OVER line AS promised
    FROM suppliers_deliveryfact f
    LEFT JOIN LATERAL (SELECT f.delivered_on, f.quantity_delivered AS quantity) came
        ON f.delivered_on <= %(as_of)s
    WHERE {_COUNTS.format(table="suppliers_deliveryfact")}
    WINDOW line AS (PARTITION BY f.supplier_id, f.source, f.order_ref, f.line_ref),
        up_to_here AS (line ORDER BY came.delivered_on NULLS LAST)
), added AS (
    SELECT supplier_id, wanted, promised,
        min(ordered_on) AS ordered,
        max(promise_changes) AS changes,
        min(delivered_on) FILTER (WHERE so_far >= wanted) AS filled_on,
        max(delivered_on) AS last_on,
        count(*) = count(delivered_on) AS nothing_open,
        wanted IS NULL OR bool_or(delivered_on IS NOT NULL AND quantity IS NULL) AS untold,
        bool_or(outcome = 'unknown') AS unknown,
        coalesce(sum(quantity) FILTER (
            WHERE delivered_on BETWEEN promised - %(early)s AND promised + %(late)s), 0) AS inside
    FROM parts GROUP BY supplier_id, source, order_ref, line_ref, wanted, promised
), lines AS (
    SELECT *, whole_on IS NULL AND unknown AS not_known
    FROM (SELECT *, coalesce(filled_on, CASE WHEN nothing_open AND untold THEN last_on END) AS whole_on FROM added) a
    WHERE (ordered IS NULL OR ordered <= %(as_of)s)
        AND (%(since)s::date IS NULL OR coalesce(promised, ordered) >= %(since)s)
)
SELECT supplier_id, measure, value, whole_on IS NOT NULL AS ended, not_known, count(*)
FROM lines, LATERAL (VALUES
    ('in_full', promised + %(late)s < %(as_of)s, CASE
        WHEN wanted IS NULL THEN NULL
        WHEN inside >= wanted THEN 1
        WHEN untold OR not_known THEN NULL
        ELSE 0 END),
    ('lateness', promised < %(as_of)s, coalesce(whole_on, %(as_of)s) - promised),
    ('lead', ordered IS NOT NULL AND NOT not_known, coalesce(whole_on, %(as_of)s) - ordered),
    ('changes', changes IS NOT NULL, changes)
) measured(measure, applies, value)
WHERE applies GROUP BY supplier_id, measure, value, ended, not_known
"""
_LOTS = f"""
SELECT f.supplier_id, count(f.rejected), count(*) FILTER (WHERE f.rejected), count(*) FILTER (WHERE f.rejected IS NULL),
    coalesce(sum(f.units_checked) FILTER (WHERE f.units_defective IS NOT NULL), 0),
    coalesce(sum(f.units_defective), 0)
FROM suppliers_qualityfact f
WHERE f.kind = 'lot' AND f.observed_on <= %(as_of)s AND (%(since)s::date IS NULL OR f.observed_on >= %(since)s)
    AND {_COUNTS.format(table="suppliers_qualityfact")}
GROUP BY f.supplier_id
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which facts are measured: as they stood at the end of as_of, from since on (first promise, else order; or
    the day of observation), and of which suppliers (None: all)."""

    as_of: date
    since: date | None = None
    supplier_ids: Collection[int] | None = None


def delivery(scope: Scope, *, window: Window) -> dict[int, DeliveryMeasures]:
    """Return the delivery measures by supplier id, for suppliers that have lines. One query, whatever their number."""
    return {supplier_id: measures.delivery(counts) for supplier_id, counts in tallies(scope, window=window).items()}


def tallies(scope: Scope, *, window: Window) -> dict[int, Tally]:
    """Return the counted lines by supplier id. One query, whose rows are counts and never facts."""
    found: defaultdict[int, Tally] = defaultdict(Tally)
    with connection.cursor() as cursor:
        cursor.execute(_LINES, _parameters(scope) | {"early": window.early, "late": window.late})
        for supplier_id, measure, value, ended, not_known, count in cursor.fetchall():
            _add(found[supplier_id], measure, value, count, ended=ended, not_known=not_known)
    return dict(found)


def quality(scope: Scope) -> dict[int, QualityMeasures]:
    """Return the quality measures by supplier id, for suppliers that have inspected lots. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LOTS, _parameters(scope))
        return {row[0]: measures.quality(LotCounts(*map(int, row[1:]))) for row in cursor.fetchall()}


def _parameters(scope: Scope) -> dict[str, Any]:
    ids = scope.supplier_ids
    return {"as_of": scope.as_of, "since": scope.since, "suppliers": None if ids is None else sorted(ids)}


def _add(tally: Tally, measure: str, value: int | None, count: int, *, ended: bool, not_known: bool) -> None:
    if measure == "in_full":
        tally.in_full[None if value is None else bool(value)] += count
    elif measure == "lateness" and not_known:
        tally.late_unknown += count
    elif value is not None:
        where = {
            ("lateness", True): tally.late_ended,
            ("lateness", False): tally.late_open,
            ("lead", True): tally.lead_ended,
            ("lead", False): tally.lead_open,
            ("changes", True): tally.changes,
            ("changes", False): tally.changes,
        }
        where[measure, ended][value] += count
