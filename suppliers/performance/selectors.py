"""The measures of all suppliers at once: the database counts, the rules turn few counts into measures."""

import struct
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from suppliers.performance.rules import measures
from suppliers.performance.rules.lines import Tally, Window
from suppliers.performance.rules.measures import DeliveryMeasures, LotCounts, QualityMeasures

# What became of a line inside its window, as a number that can be packed.
_PARTLY, _WHOLE, _UNTOLD = 0, 1, 2
_IN_FULL: dict[int, bool | None] = {_PARTLY: False, _WHOLE: True, _UNTOLD: None}


def _packed(column: str, where: str = "true") -> str:
    """All values of a column that are not null, one after the other."""
    return f"string_agg(int4send({column}), '') FILTER (WHERE {where})"


# The facts that count: the last of each chain of corrections, unless it withdraws what was told. Saying that the newer
# one corrects something lets the database read the few corrections alone, not every fact to see that it is none.
_COUNTS = """
    NOT f.withdrawn AND NOT EXISTS (
        SELECT FROM {table} newer WHERE newer.corrects_id = f.id AND newer.corrects_id IS NOT NULL)
    AND (%(suppliers)s::bigint[] IS NULL OR f.supplier_id = ANY(%(suppliers)s))
"""
# One row a line, by the definitions of rules.lines.line_of; then one row a supplier, in which each measure is packed:
# its values of all lines, four bytes each. A row for each value would take longer to send than the lines to find.
_LINES = f"""
WITH parts AS (
    SELECT f.supplier_id, f.source, f.order_ref, f.line_ref, f.ordered_on, f.promise_changes, f.outcome,
        CASE WHEN f.delivered_on <= %(as_of)s THEN f.delivered_on END AS came_on,
        CASE WHEN f.delivered_on <= %(as_of)s THEN f.quantity_delivered END AS quantity,
        sum(CASE WHEN f.delivered_on <= %(as_of)s THEN f.quantity_delivered END)
            OVER (line ORDER BY f.delivered_on NULLS LAST) AS so_far,
        max(f.quantity_ordered) OVER line AS wanted,
        min(f.promised_on) OVER line AS promised
    FROM suppliers_deliveryfact f
    WHERE {_COUNTS.format(table="suppliers_deliveryfact")}
    WINDOW line AS (PARTITION BY f.supplier_id, f.source, f.order_ref, f.line_ref)
), added AS (
    SELECT supplier_id, max(wanted) AS wanted, min(promised) AS promised,
        min(ordered_on) AS ordered,
        max(promise_changes) AS changes,
        min(came_on) FILTER (WHERE so_far >= wanted) AS filled_on,
        max(came_on) AS last_on,
        count(*) = count(came_on) AS nothing_open,
        max(wanted) IS NULL OR bool_or(came_on IS NOT NULL AND quantity IS NULL) AS untold,
        bool_or(outcome = 'unknown') AS unknown,
        coalesce(sum(quantity) FILTER (
            WHERE came_on BETWEEN promised - %(early)s AND promised + %(late)s), 0) AS inside
    FROM parts GROUP BY supplier_id, source, order_ref, line_ref
), lines AS (
    SELECT *, whole_on IS NOT NULL AS ended, whole_on IS NULL AND unknown AS not_known,
        coalesce(whole_on, %(as_of)s) AS until
    FROM (SELECT *, coalesce(filled_on, CASE WHEN nothing_open AND untold THEN last_on END) AS whole_on FROM added) a
    WHERE (ordered IS NULL OR ordered <= %(as_of)s)
        AND (%(since)s::date IS NULL OR coalesce(promised, ordered) >= %(since)s)
), measured AS (
    SELECT supplier_id, ended, not_known, changes,
        CASE WHEN promised + %(late)s < %(as_of)s THEN CASE
            WHEN inside >= wanted THEN {_WHOLE}
            WHEN untold OR not_known THEN {_UNTOLD}
            ELSE {_PARTLY} END END AS in_full,
        CASE WHEN promised < %(as_of)s THEN until - promised END AS lateness,
        CASE WHEN NOT not_known THEN until - ordered END AS lead
    FROM lines
)
SELECT supplier_id, {_packed("in_full")}, count(lateness) FILTER (WHERE not_known),
    {_packed("lateness", "ended")}, {_packed("lateness", "NOT ended AND NOT not_known")},
    {_packed("lead", "ended")}, {_packed("lead", "NOT ended")}, {_packed("changes")}
FROM measured GROUP BY supplier_id
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
    """Return the counted lines by supplier id, for those that have one that counts. One query, one row a supplier."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES, _parameters(scope) | {"early": window.early, "late": window.late})
        found = {supplier_id: _tally(*packed) for supplier_id, *packed in cursor.fetchall()}
    return {supplier_id: tally for supplier_id, tally in found.items() if tally != Tally()}


def _tally(in_full: bytes | None, late_unknown: int, *packed: bytes | None) -> Tally:
    late_ended, late_open, lead_ended, lead_open, changes = map(_counted, packed)
    return Tally(
        in_full=Counter({_IN_FULL[code]: count for code, count in _counted(in_full).items()}),
        late_ended=late_ended,
        late_open=late_open,
        late_unknown=late_unknown,
        lead_ended=lead_ended,
        lead_open=lead_open,
        changes=changes,
    )


def _counted(packed: bytes | None) -> Counter[int]:
    """How often each value is there. packed: as the database sends them, the most significant byte first."""
    return Counter(struct.unpack(f">{len(packed) // 4}i", packed)) if packed else Counter()


def quality(scope: Scope) -> dict[int, QualityMeasures]:
    """Return the quality measures by supplier id, for suppliers that have inspected lots. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LOTS, _parameters(scope))
        return {row[0]: measures.quality(LotCounts(*map(int, row[1:]))) for row in cursor.fetchall()}


def _parameters(scope: Scope) -> dict[str, Any]:
    ids = scope.supplier_ids
    return {"as_of": scope.as_of, "since": scope.since, "suppliers": None if ids is None else sorted(ids)}
