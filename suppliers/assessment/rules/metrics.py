"""The metrics that exist: what each one reads, in which unit, and to which of the seven dimensions it belongs.

Which of them count, how much, from what sample on and between which two values is policy: see policy.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from suppliers.assessment.rules.estimating import (
    NOTHING,
    Measured,
    Moments,
    Parts,
    mean_of,
    mean_part,
    median_wait,
)
from suppliers.performance.rules.durations import Durations, Quantile
from suppliers.performance.rules.estimates import Estimate, Share
from suppliers.performance.rules.measures import DeliveryMeasures, QualityMeasures


class Dimension(StrEnum):
    """What a supplier is judged by."""

    CAPACITY = "capacity"
    QUALITY = "quality"
    DELIVERY = "delivery"
    FINANCE = "finance"
    TECHNICAL = "technical"
    COMPLIANCE = "compliance"
    CUSTOMER = "customer"


class Unit(StrEnum):
    """What a value of a metric counts, and how it is shown."""

    PERCENT = "percent"
    PER_THOUSAND = "per_thousand"
    PPM = "ppm"
    DAYS = "days"
    HOURS = "hours"
    COUNT = "count"


class Evidence(StrEnum):
    """Which rows stand behind a metric."""

    DELIVERY = "delivery"
    QUALITY = "quality"
    ACK = "ack"
    INVOICE = "invoice"
    CLAIM = "claim"
    RATING = "rating"
    PAPER = "paper"
    ACTION = "action"


_PER = {Unit.PERCENT: 100.0, Unit.PER_THOUSAND: 1_000.0, Unit.PPM: 1_000_000.0}


@dataclass(frozen=True, slots=True)
class Measures:
    """All that was measured of one supplier in one window. parts, waits, moments: by the key of the metric.

    days_valid: the days that each certificate in force still has, negative when it has ended.
    """

    delivery: DeliveryMeasures | None = None
    quality: QualityMeasures | None = None
    parts: Mapping[str, Parts] = field(default_factory=dict)
    waits: Mapping[str, Durations] = field(default_factory=dict)
    moments: Mapping[str, Moments] = field(default_factory=dict)
    days_valid: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is measured. read: turns the measures of a supplier into this metric's value in its unit.

    kinds: the kinds of evidence that bear on it, empty for all. also: what else it is related to, if anything.
    """

    key: str
    dimension: Dimension
    unit: Unit
    evidence: Evidence
    read: Callable[[Measures], Measured]
    kinds: frozenset[str] = frozenset()
    also: frozenset[Evidence] = frozenset()

    @property
    def sources(self) -> frozenset[Evidence]:
        """All kinds of rows that its value is made of."""
        return self.also | {self.evidence}


def scaled(found: Measured, factor: float) -> Measured:
    """The same figure in another unit."""
    every = (found.value, found.low, found.high, found.least)
    return Measured(found.n, *(None if x is None else x * factor for x in every))


def _from(found: Share | Estimate | Quantile | None) -> Measured:
    if found is None:
        return NOTHING
    return Measured(found.n, found.value, found.low, found.high, getattr(found, "least", None))


def _of_delivery(name: str) -> Callable[[Measures], Measured]:
    return lambda measures: _from(getattr(measures.delivery, name, None))


def _of_quality(name: str) -> Callable[[Measures], Measured]:
    return lambda measures: _from(getattr(measures.quality, name, None))


def _part(key: str) -> Callable[[Measures], Measured]:
    return lambda measures: mean_part(measures.parts.get(key))


def _wait(key: str) -> Callable[[Measures], Measured]:
    return lambda measures: median_wait(measures.waits.get(key))


def _mean(key: str) -> Callable[[Measures], Measured]:
    return lambda measures: mean_of(measures.moments.get(key))


def _per_line(key: str) -> Callable[[Measures], Measured]:
    """So many events for each ordered line that was due; without lines there is nothing to relate them to."""

    def read(measures: Measures) -> Measured:
        due = measures.delivery.late.n if measures.delivery else 0
        hits = min(measures.parts[key].n if key in measures.parts else 0, due)
        return mean_part(Parts(due, due, due, hits))

    return read


def _shortest_validity(measures: Measures) -> Measured:
    """A fact and no estimate, so that its interval is the value itself."""
    if not measures.days_valid:
        return NOTHING
    days = min(measures.days_valid)
    return Measured(len(measures.days_valid), days, days, days)


def _metric(
    key: str, dimension: Dimension, unit: Unit, evidence: Evidence, read: Callable[[Measures], Measured], *kinds: str
) -> Metric:
    factor = _PER.get(unit, 1.0)
    return Metric(key, dimension, unit, evidence, lambda measures: scaled(read(measures), factor), frozenset(kinds))


def _of_lines(key: str, kind: str) -> Metric:
    """So many events of a kind for each ordered line that was due, in per cent."""
    metric = _metric(key, Dimension.COMPLIANCE, Unit.PERCENT, Evidence.QUALITY, _per_line(key), kind)
    return replace(metric, also=frozenset([Evidence.DELIVERY]))


_D, _U, _E = Dimension, Unit, Evidence
METRICS: Mapping[str, Metric] = {
    metric.key: metric
    for metric in (
        _metric("peak_confirmed", _D.CAPACITY, _U.PERCENT, _E.ACK, _part("peak_confirmed"), "order"),
        _metric("surge_accepted", _D.CAPACITY, _U.PERCENT, _E.ACK, _part("surge_accepted"), "surge"),
        _metric("lots_rejected", _D.QUALITY, _U.PERCENT, _E.QUALITY, _of_quality("lots"), "lot"),
        _metric("defects", _D.QUALITY, _U.PPM, _E.QUALITY, _of_quality("units"), "lot"),
        _metric("returns", _D.QUALITY, _U.PER_THOUSAND, _E.QUALITY, _part("returns"), "returns"),
        _metric("repeat_defects", _D.QUALITY, _U.PERCENT, _E.QUALITY, _part("repeat_defects")),
        _metric("corrective_days", _D.QUALITY, _U.DAYS, _E.QUALITY, _wait("corrective_days")),
        _metric("action_days", _D.QUALITY, _U.DAYS, _E.ACTION, _wait("action_days")),
        _metric("otif", _D.DELIVERY, _U.PERCENT, _E.DELIVERY, _of_delivery("otif")),
        _metric("on_time", _D.DELIVERY, _U.PERCENT, _E.DELIVERY, _of_delivery("on_time")),
        _metric("days_late_p50", _D.DELIVERY, _U.DAYS, _E.DELIVERY, _of_delivery("days_late_p50")),
        _metric("days_late_p90", _D.DELIVERY, _U.DAYS, _E.DELIVERY, _of_delivery("days_late_p90")),
        _metric("lead_deviation", _D.DELIVERY, _U.DAYS, _E.DELIVERY, _of_delivery("lead_deviation")),
        _metric("promise_changes", _D.DELIVERY, _U.COUNT, _E.DELIVERY, _of_delivery("promise_changes")),
        _metric("ack_hours", _D.DELIVERY, _U.HOURS, _E.ACK, _wait("ack_hours"), "order"),
        _metric("price_kept", _D.FINANCE, _U.PERCENT, _E.INVOICE, _part("price_kept")),
        _metric("invoice_match", _D.FINANCE, _U.PERCENT, _E.INVOICE, _part("invoice_match")),
        _metric("disputed", _D.FINANCE, _U.PERCENT, _E.INVOICE, _part("disputed")),
        _metric("deposit_open", _D.FINANCE, _U.PERCENT, _E.INVOICE, _part("deposit_open")),
        _metric("claims_recovered", _D.FINANCE, _U.PERCENT, _E.CLAIM, _part("claims_recovered")),
        _metric("receipt_errors", _D.TECHNICAL, _U.COUNT, _E.QUALITY, _mean("receipt_errors"), "lot"),
        _metric("feed_uptime", _D.TECHNICAL, _U.PERCENT, _E.RATING, _part("feed_uptime"), "feed_uptime"),
        _metric("feed_age", _D.TECHNICAL, _U.HOURS, _E.RATING, _mean("feed_age"), "feed_age"),
        _metric("substitute_hours", _D.TECHNICAL, _U.HOURS, _E.ACK, _wait("substitute_hours"), "substitute"),
        _metric("days_valid", _D.COMPLIANCE, _U.DAYS, _E.PAPER, _shortest_validity),
        _of_lines("recalls", "recall"),
        _of_lines("labelling", "labelling"),
        _metric("stars", _D.CUSTOMER, _U.PERCENT, _E.RATING, _part("stars"), "stars"),
        _metric("satisfaction", _D.CUSTOMER, _U.PERCENT, _E.RATING, _part("satisfaction"), "satisfaction"),
        _metric("complaints", _D.CUSTOMER, _U.PER_THOUSAND, _E.RATING, _part("complaints"), "complaints"),
    )
}
