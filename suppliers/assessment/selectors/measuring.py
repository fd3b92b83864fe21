"""Everything that is measured of all suppliers at once: a fixed number of statements, whatever their number.

Deliveries and lots are measured by suppliers.performance; here the database adds up the other facts, by the same
rules: a withdrawn fact and one that was corrected do not count, and an answer that came later was not there yet.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from suppliers.assessment.rules.estimating import Measured, Moments, Parts
from suppliers.assessment.rules.metrics import METRICS, Measures
from suppliers.assessment.rules.policy import Policy
from suppliers.directory.models import Certificate
from suppliers.performance import selectors as performance
from suppliers.performance.rules.durations import Durations
from suppliers.performance.rules.lines import Window
from suppliers.performance.selectors import Scope


def _counting(table: str, day: str) -> str:
    """The facts of a table that count, each with the day it is of."""
    return f"""(
        SELECT f.*, {day} AS on_day FROM {table} f
        WHERE NOT f.withdrawn AND NOT EXISTS (SELECT FROM {table} newer WHERE newer.corrects_id = f.id)
            AND (%(suppliers)s::bigint[] IS NULL OR f.supplier_id = ANY(%(suppliers)s))
            AND {day} <= %(as_of)s AND (%(since)s::date IS NULL OR {day} >= %(since)s))"""


_ASKED = "(f.asked_at AT TIME ZONE %(zone)s)::date"
_ACKS = f"""
    SELECT a.*, coalesce(quantity_confirmed, CASE WHEN accepted IS FALSE THEN 0 END) AS confirmed,
        CASE WHEN (answered_at AT TIME ZONE %(zone)s)::date <= %(as_of)s THEN answered_at END AS heard_at
    FROM {_counting("suppliers_ackfact", _ASKED)} a"""
# What was asked on the day itself may still be answered, so that silence says nothing yet.
_SILENT = "heard_at IS NULL AND on_day < %(as_of)s"
_PARTS = f"""
WITH acks AS ({_ACKS}),
quality AS (
    SELECT q.*, row_number() OVER (
        PARTITION BY supplier_id, product_id, defect_code ORDER BY observed_on, id) AS occurrence
    FROM {_counting("suppliers_qualityfact", "f.observed_on")} q),
invoices AS {_counting("suppliers_invoicefact", "f.invoiced_on")},
claims AS {_counting("suppliers_claimfact", "f.opened_on")},
ratings AS {_counting("suppliers_ratingfact", "f.observed_on")},
observed(supplier_id, key, n, weight, squares, total) AS (
    SELECT supplier_id, 'peak_confirmed', 1, quantity_asked::float, quantity_asked::float ^ 2,
        CASE WHEN heard_at IS NULL THEN 0 ELSE least(confirmed, quantity_asked)::float END
    FROM acks WHERE kind = 'order' AND at_peak AND quantity_asked > 0
        AND ({_SILENT} OR heard_at IS NOT NULL AND confirmed IS NOT NULL)
    UNION ALL
    SELECT supplier_id, 'surge_accepted', 1, 1, 1, (heard_at IS NOT NULL AND accepted)::int
    FROM acks WHERE kind = 'surge' AND ({_SILENT} OR heard_at IS NOT NULL AND accepted IS NOT NULL)
    UNION ALL
    SELECT supplier_id, 'returns', units_checked, units_checked, units_checked, units_defective
    FROM quality WHERE kind = 'returns' AND units_checked > 0 AND units_defective IS NOT NULL
    UNION ALL
    SELECT supplier_id, 'repeat_defects', 1, 1, 1, (occurrence > 1)::int FROM quality WHERE defect_code <> ''
    UNION ALL
    SELECT supplier_id, CASE kind WHEN 'recall' THEN 'recalls' ELSE 'labelling' END, 1, 1, 1, 1
    FROM quality WHERE kind IN ('recall', 'labelling')
    UNION ALL
    SELECT supplier_id, 'price_kept', 1, 1, 1, (unit_price <= unit_price_agreed)::int
    FROM invoices WHERE unit_price IS NOT NULL AND unit_price_agreed IS NOT NULL
    UNION ALL
    SELECT supplier_id, 'invoice_match', 1, 1, 1, matched::int FROM invoices WHERE matched IS NOT NULL
    UNION ALL
    -- Amounts of several currencies do not add up, so each line counts with its own share.
    SELECT supplier_id, 'disputed', 1, 1, 1, amount_disputed / amount
    FROM invoices WHERE amount > 0 AND amount_disputed IS NOT NULL
    UNION ALL
    SELECT supplier_id, 'deposit_open', 1, 1, 1, least(deposit_open / amount, 1)
    FROM invoices WHERE amount > 0 AND deposit_open IS NOT NULL
    UNION ALL
    SELECT supplier_id, 'claims_recovered', 1, 1, 1, least(amount_recovered / amount_claimed, 1)
    FROM claims WHERE closed_on <= %(as_of)s AND amount_claimed > 0 AND amount_recovered IS NOT NULL
    UNION ALL
    SELECT supplier_id, kind, answers, answers, answers, value / out_of * answers
    FROM ratings WHERE kind IN ('stars', 'satisfaction')
    UNION ALL
    SELECT supplier_id, kind, out_of, out_of, out_of, value FROM ratings WHERE kind = 'complaints'
    UNION ALL
    SELECT supplier_id, kind, 1, out_of, out_of ^ 2, value FROM ratings WHERE kind = 'feed_uptime'
)
SELECT supplier_id, key, sum(n)::bigint, sum(weight)::float, sum(squares)::float, sum(total)::float
FROM observed GROUP BY supplier_id, key
"""
_MOMENTS = f"""
SELECT supplier_id, 'receipt_errors', count(*), sum(x)::float, sum(x * x)::float FROM (
    SELECT supplier_id, coalesce(label_errors, 0) + coalesce(specification_errors, 0) AS x
    FROM {_counting("suppliers_qualityfact", "f.observed_on")} q
    WHERE kind = 'lot' AND (label_errors IS NOT NULL OR specification_errors IS NOT NULL)) receipts
GROUP BY supplier_id
UNION ALL
SELECT supplier_id, 'feed_age', count(*), sum(value)::float, sum(value * value)::float
FROM {_counting("suppliers_ratingfact", "f.observed_on")} r WHERE kind = 'feed_age' GROUP BY supplier_id
"""
_WAITS = f"""
WITH acks AS ({_ACKS})
SELECT supplier_id, key, waited, ended, count(*) FROM (
    SELECT supplier_id, CASE kind WHEN 'order' THEN 'ack_hours' ELSE 'substitute_hours' END AS key,
        floor(extract(epoch FROM coalesce(
            heard_at, (%(as_of)s + 1)::timestamp AT TIME ZONE %(zone)s) - asked_at) / 3600)::int AS waited,
        heard_at IS NOT NULL AS ended
    FROM acks WHERE kind IN ('order', 'substitute') AND ({_SILENT} OR heard_at IS NOT NULL)
    UNION ALL
    SELECT supplier_id, 'corrective_days',
        CASE WHEN corrected_on <= %(as_of)s THEN corrected_on ELSE %(as_of)s END - observed_on,
        coalesce(corrected_on <= %(as_of)s, false)
    FROM {_counting("suppliers_qualityfact", "f.observed_on")} q WHERE rejected OR defect_code <> ''
) waits GROUP BY supplier_id, key, waited, ended
"""


def measured(policy: Policy, *, day: date, supplier_ids: Collection[int] | None) -> dict[int, dict[str, Measured]]:
    """Return by supplier id the figures of the policy's metrics, each in its own window that ends on the day.

    Suppliers of whom nothing is known are missing. The number of statements grows with the windows alone.
    """
    windows = {
        window: measures(
            Scope(day, None if window is None else day - timedelta(days=window - 1), supplier_ids),
            window=Window(policy.early_days, policy.late_days),
        )
        for window in policy.windows()
    }
    wanted = [metric for part in policy.dimensions.values() for metric in part.metrics]
    found: defaultdict[int, dict[str, Measured]] = defaultdict(dict)
    for metric in wanted:
        for supplier_id, one in windows[metric.window_days].items():
            figure = METRICS[metric.key].read(one)
            if figure.n:
                found[supplier_id][metric.key] = figure
    return dict(found)


def measures(scope: Scope, *, window: Window) -> dict[int, Measures]:
    """Return by supplier id all that was measured in one scope."""
    parameters = _parameters(scope)
    parts: defaultdict[int, dict[str, Parts]] = defaultdict(dict)
    for supplier_id, key, n, weight, squares, total in _rows(_PARTS, parameters):
        parts[supplier_id][key] = Parts(n, weight, squares, total)
    moments: defaultdict[int, dict[str, Moments]] = defaultdict(dict)
    for supplier_id, key, n, total, squares in _rows(_MOMENTS, parameters):
        moments[supplier_id][key] = Moments(n, total, squares)
    delivery, quality = performance.delivery(scope, window=window), performance.quality(scope)
    waits, papers = _waits(parameters), _days_valid(scope)
    every = {*parts, *moments, *delivery, *quality, *waits, *papers}
    return {
        one: Measures(
            delivery.get(one),
            quality.get(one),
            parts.get(one, {}),
            waits.get(one, {}),
            moments.get(one, {}),
            papers.get(one, ()),
        )
        for one in every
    }


def _waits(parameters: dict[str, Any]) -> dict[int, dict[str, Durations]]:
    counts: defaultdict[tuple[int, str], tuple[dict[int, int], dict[int, int]]] = defaultdict(lambda: ({}, {}))
    for supplier_id, key, waited, ended, count in _rows(_WAITS, parameters):
        counts[supplier_id, key][0 if ended else 1][waited] = count
    found: defaultdict[int, dict[str, Durations]] = defaultdict(dict)
    for (supplier_id, key), (over, still) in counts.items():
        found[supplier_id][key] = Durations(over, still)
    return dict(found)


def _days_valid(scope: Scope) -> dict[int, tuple[int, ...]]:
    rows = Certificate.objects.filter(is_retired=False, valid_until__isnull=False).exclude(valid_from__gt=scope.as_of)
    if scope.supplier_ids is not None:
        rows = rows.filter(supplier_id__in=scope.supplier_ids)
    found: defaultdict[int, list[int]] = defaultdict(list)
    for supplier_id, until in rows.order_by("id").values_list("supplier_id", "valid_until"):
        found[supplier_id].append((until - scope.as_of).days if until else 0)
    return {supplier_id: tuple(days) for supplier_id, days in found.items()}


def _parameters(scope: Scope) -> dict[str, Any]:
    ids = scope.supplier_ids
    return {
        "as_of": scope.as_of,
        "since": scope.since,
        "suppliers": None if ids is None else sorted(ids),
        "zone": timezone.get_default_timezone_name(),
    }


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
