"""Everything that is measured of all suppliers at once: a fixed number of statements, whatever their number.

Deliveries and lots are measured by suppliers.performance; here the database adds up the other facts.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from suppliers.assessment.rules.estimating import Measured, Moments, Parts
from suppliers.assessment.rules.metrics import METRICS, Evidence, Measures
from suppliers.assessment.rules.policy import Policy
from suppliers.assessment.selectors import statements
from suppliers.directory.models import Certificate
from suppliers.performance import selectors as performance
from suppliers.performance.rules.durations import Durations
from suppliers.performance.rules.lines import Window
from suppliers.performance.selectors import Scope

EVERYTHING = frozenset(Evidence)


def measured(policy: Policy, *, day: date, supplier_ids: Collection[int] | None) -> dict[int, dict[str, Measured]]:
    """Return by supplier id the figures of the policy's metrics, each in its own window that ends on the day.

    Suppliers of whom nothing is known are missing. The number of statements grows with the windows alone, and in each
    window only what its metrics are made of is read.
    """
    wanted = [metric for part in policy.dimensions.values() for metric in part.metrics]
    windows = {
        days: measures(
            Scope(day, None if days is None else day - timedelta(days=days - 1), supplier_ids),
            window=Window(policy.early_days, policy.late_days),
            evidence={one for metric in wanted if metric.window_days == days for one in METRICS[metric.key].sources},
        )
        for days in policy.windows()
    }
    found: defaultdict[int, dict[str, Measured]] = defaultdict(dict)
    for metric in wanted:
        for supplier_id, one in windows[metric.window_days].items():
            figure = METRICS[metric.key].read(one)
            if figure.n:
                found[supplier_id][metric.key] = figure
    return dict(found)


def measures(scope: Scope, *, window: Window, evidence: Collection[Evidence] = EVERYTHING) -> dict[int, Measures]:
    """Return by supplier id all that was measured in one scope. evidence: the kinds of rows to read."""
    parameters = _parameters(scope)
    parts: defaultdict[int, dict[str, Parts]] = defaultdict(dict)
    for supplier_id, key, n, weight, squares, total in _rows(statements.parts(evidence), parameters):
        parts[supplier_id][key] = Parts(n, weight, squares, total)
    moments: defaultdict[int, dict[str, Moments]] = defaultdict(dict)
    for supplier_id, key, n, total, squares in _rows(statements.moments(evidence), parameters):
        moments[supplier_id][key] = Moments(n, total, squares)
    delivery = performance.delivery(scope, window=window) if Evidence.DELIVERY in evidence else {}
    quality = performance.quality(scope) if Evidence.QUALITY in evidence else {}
    waits = _waits(statements.waits(evidence), parameters)
    valid = _days_valid(scope) if Evidence.PAPER in evidence else {}
    every = {*parts, *moments, *delivery, *quality, *waits, *valid}
    return {
        one: Measures(
            delivery.get(one),
            quality.get(one),
            parts.get(one, {}),
            waits.get(one, {}),
            moments.get(one, {}),
            valid.get(one, ()),
        )
        for one in every
    }


def _waits(statement: str, parameters: dict[str, Any]) -> dict[int, dict[str, Durations]]:
    counts: defaultdict[tuple[int, str], tuple[dict[int, int], dict[int, int]]] = defaultdict(lambda: ({}, {}))
    for supplier_id, key, waited, ended, count in _rows(statement, parameters):
        counts[supplier_id, key][0 if ended else 1][waited] = count
    found: defaultdict[int, dict[str, Durations]] = defaultdict(dict)
    for (supplier_id, key), (over, still) in counts.items():
        found[supplier_id][key] = Durations(over, still)
    return dict(found)


def papers(day: date) -> QuerySet[Certificate]:
    """The certificates whose validity counts on a day: in force by then, with an end, and not replaced."""
    return Certificate.objects.filter(is_retired=False, valid_until__isnull=False).exclude(valid_from__gt=day)


def _days_valid(scope: Scope) -> dict[int, tuple[int, ...]]:
    rows = papers(scope.as_of)
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
    """The rows of a statement, none of an empty one."""
    if not statement:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
