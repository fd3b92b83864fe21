"""A service level measured on rows that are kept: whoever has the rows can work the figure out again.

A row is plain data (text, whole numbers, True, False, None), as JSON keeps it. Every row names the facts it stands for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from suppliers.contracts.rules import penalties
from suppliers.performance.rules.durations import Durations, quantile, survival
from suppliers.performance.rules.estimates import share

Row = Mapping[str, Any]
NINE_TENTHS = 0.9


class Metric(StrEnum):
    """What is measured. Shares are per cent, from 0 to 100; the others days or hours, of which 9 in 10 stay below."""

    OTIF = "otif"
    DAYS_LATE = "days_late_p90"
    ACK_HOURS = "ack_hours_p90"
    LOTS_REJECTED = "lots_rejected"
    INVOICE_MATCH = "invoice_match"


class Comparison(StrEnum):
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class Source(StrEnum):
    """Which facts a metric is made of."""

    DELIVERIES = "deliveries"
    ACKS = "acks"
    LOTS = "lots"
    INVOICES = "invoices"


SOURCES = {
    Metric.OTIF: Source.DELIVERIES,
    Metric.DAYS_LATE: Source.DELIVERIES,
    Metric.ACK_HOURS: Source.ACKS,
    Metric.LOTS_REJECTED: Source.LOTS,
    Metric.INVOICE_MATCH: Source.INVOICES,
}
COMPARED = {
    Metric.OTIF: Comparison.AT_LEAST,
    Metric.DAYS_LATE: Comparison.AT_MOST,
    Metric.ACK_HOURS: Comparison.AT_MOST,
    Metric.LOTS_REJECTED: Comparison.AT_MOST,
    Metric.INVOICE_MATCH: Comparison.AT_LEAST,
}
SHARES = frozenset({Metric.OTIF, Metric.LOTS_REJECTED, Metric.INVOICE_MATCH})
# A share: the key of the row that says yes, no or not known.
_HIT = {Metric.OTIF: "in_full", Metric.LOTS_REJECTED: "rejected", Metric.INVOICE_MATCH: "matched"}
# A wait: the key that says how long, beside "open", which says that it goes on.
_WAIT = {Metric.DAYS_LATE: "days_late", Metric.ACK_HOURS: "hours"}


@dataclass(frozen=True, slots=True)
class Reading:
    """value: with two decimals, None where nothing can be said. low, high: the interval, None without a bound.

    n: rows that tell; unknown: rows that do not. is_floor: too many waits go on, so the true value is this or more.
    """

    n: int
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    unknown: int = 0
    is_floor: bool = False


def measure(metric: Metric, rows: Sequence[Row]) -> Reading:
    """Measure a metric on the rows of its source."""
    if metric in SHARES:
        return _share(rows, _HIT[metric])
    return _ninth_tenth(rows, _WAIT[metric])


def missed(reading: Reading, comparison: Comparison, target: Decimal) -> Decimal:
    """How far the value stays behind the target, in points of the metric; 0 where it is kept or not known."""
    if reading.value is None:
        return Decimal(0)
    behind = target - reading.value if comparison is Comparison.AT_LEAST else reading.value - target
    return max(behind, Decimal(0))


def is_breach(reading: Reading, comparison: Comparison, target: Decimal, *, minimum: int) -> bool:
    """True when enough rows tell, and they tell that the target was missed."""
    return reading.n >= minimum and missed(reading, comparison, target) > 0


def _share(rows: Sequence[Row], key: str) -> Reading:
    told = [row[key] for row in rows if row[key] is not None]
    hits, n, unknown = sum(told), len(told), len(rows) - len(told)
    if not n:
        return Reading(0, None, None, None, unknown)
    found = share(hits, n)
    exact = Fraction(100 * hits, n)
    value = penalties.points(Decimal(exact.numerator) / Decimal(exact.denominator))
    return Reading(n, value, _percent(found.low), _percent(found.high), unknown)


def _percent(value: float | None) -> Decimal | None:
    return None if value is None else penalties.points(Decimal(repr(value)) * 100)


def _ninth_tenth(rows: Sequence[Row], key: str) -> Reading:
    told = [row for row in rows if row[key] is not None]
    unknown = len(rows) - len(told)
    if not told:
        return Reading(0, None, None, None, unknown)
    waits = Durations(_counted(told, key, still=False), _counted(told, key, still=True))
    found = quantile(waits, NINE_TENTHS)
    value, is_floor = (found.value, False) if found.value is not None else (_floor(waits), True)
    return Reading(len(told), _whole(value), _whole(found.low), _whole(found.high), unknown, is_floor)


def _counted(rows: Sequence[Row], key: str, *, still: bool) -> dict[int, int]:
    counts: dict[int, int] = {}
    for row in rows:
        if row["open"] is still:
            counts[row[key]] = counts.get(row[key], 0) + 1
    return counts


def _floor(waits: Durations) -> int:
    """The last day up to which the curve is known: the value lies there or beyond."""
    steps = [step.day for step in survival(waits)]
    return max([*steps, *waits.open])


def _whole(value: int | None) -> Decimal | None:
    return None if value is None else penalties.points(Decimal(value))
