"""What a scorecard policy says, read from plain data and checked as a whole."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backoffice.kernel.roles import Role
from suppliers.assessment.rules.metrics import METRICS, Dimension

# Standings that no band gives, so that none may be called so.
NO_DATA = "not_enough_data"
STOPPED = "stopped"
OUTSIDE = frozenset({NO_DATA, STOPPED})
KEY_LIMIT = 40
# A calendar has an end; ten years are longer than anybody looks back or waits.
LONGEST_DAYS = 3_650


class Method(StrEnum):
    """How an assessment was made."""

    QUESTIONNAIRE = "questionnaire"
    SITE_VISIT = "site_visit"
    DOCUMENTS = "documents"
    THIRD_PARTY = "third_party"
    TRIAL_ORDER = "trial_order"


class Consequence(StrEnum):
    """What a standing means for purchase orders, from mild to hard."""

    NONE = "none"
    WARN = "warn"
    APPROVAL = "approval"
    BLOCK = "block"


class Switch(StrEnum):
    """What overrides every score."""

    CERTIFICATE = "certificate"
    INSOLVENCY = "insolvency"
    SAFETY = "safety"


class Basis(StrEnum):
    """Which figure of a metric is scored: the value itself, or the worse end of its interval."""

    VALUE = "value"
    CAUTIOUS = "cautious"


@dataclass(frozen=True, slots=True)
class MetricPolicy:
    """How a metric counts: target earns 100 points, limit 0, linear between; fewer than minimum observations are
    no data. window_days: how far back facts count, None for all."""

    key: str
    weight: float
    target: float
    limit: float
    minimum: int
    window_days: int | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class DimensionPolicy:
    """weight: of the dimension in the total. measured, assessed: of the two parts inside it."""

    weight: float
    measured: float
    assessed: float
    metrics: tuple[MetricPolicy, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """Totals from `low` up to `high`; the upper end belongs to the next band, and 100 to the last.

    may_override: roles that may decide otherwise for a while.
    """

    key: str
    label: str
    low: float
    high: float
    consequence: Consequence
    may_override: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outside:
    """A standing that no band gives: not enough data, or stopped by a switch."""

    consequence: Consequence
    may_override: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a scorecard policy. See the seeded one for what each figure does.

    coverage: per cent of all weight that must have data before there is a total. decay_days: how long an assessment
    fades after its last day. margin: how far two assessors differ at most in 19 of 20 cases, in points.
    rise_periods × period_days: how long a supplier must do better before its band rises.
    falls: switches that also send the band to the bottom, where it has to rise anew.
    """

    dimensions: Mapping[Dimension, DimensionPolicy]
    methods: Mapping[Method, float]
    bands: tuple[Band, ...]
    no_data: Outside
    stopped: Outside
    coverage: float
    decay_days: int
    margin: float
    rise_periods: int
    period_days: int
    early_days: int
    late_days: int
    falls: frozenset[Switch]

    def windows(self) -> tuple[int | None, ...]:
        """The windows that some metric asks for, longest last."""
        asked = {metric.window_days for part in self.dimensions.values() for metric in part.metrics}
        return tuple(sorted(asked, key=lambda days: (days is None, days or 0)))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a policy: a stable code, and where."""

    code: str
    where: str


def read(data: Mapping[str, Any]) -> tuple[Policy | None, list[Problem]]:
    """Turn plain data into a policy, or say what is wrong with it. Never both, never neither."""
    try:
        policy = _read(data)
    except KeyError as missing:
        return None, [Problem("policy.missing", str(missing.args[0]))]
    except (TypeError, ValueError, AttributeError) as wrong:
        return None, [Problem("policy.value", str(wrong))]
    problems = list(_problems(policy))
    return (None, problems) if problems else (policy, [])


def _read(data: Mapping[str, Any]) -> Policy:
    parts = {Dimension(name): part for name, part in data["dimensions"].items()}
    return Policy(
        # In the order of the code, since stored data keeps none.
        dimensions={name: _dimension(parts[name]) for name in Dimension if name in parts},
        methods={Method(name): _number(weight) for name, weight in data["methods"].items()},
        bands=tuple(_band(one) for one in data["bands"]),
        no_data=_outside(data["no_data"]),
        stopped=_outside(data["stopped"]),
        coverage=_number(data["coverage"]),
        decay_days=_whole(data["decay_days"]),
        margin=_number(data["margin"]),
        rise_periods=_whole(data["rise_periods"]),
        period_days=_whole(data["period_days"]),
        early_days=_whole(data["early_days"]),
        late_days=_whole(data["late_days"]),
        falls=frozenset(Switch(name) for name in data["falls"]),
    )


def _dimension(part: Mapping[str, Any]) -> DimensionPolicy:
    metrics = part.get("metrics", {})
    return DimensionPolicy(
        weight=_number(part["weight"]),
        measured=_number(part["measured"]),
        assessed=_number(part["assessed"]),
        metrics=tuple(_metric(key, metrics[key]) for key in sorted(metrics, key=_place)),
    )


def _place(key: str) -> tuple[int, str]:
    known = list(METRICS)
    return (known.index(key) if key in known else len(known), key)


def _metric(key: str, one: Mapping[str, Any]) -> MetricPolicy:
    days = one.get("window_days")
    return MetricPolicy(
        key=key,
        weight=_number(one["weight"]),
        target=_number(one["target"]),
        limit=_number(one["limit"]),
        minimum=_whole(one["minimum"]),
        window_days=None if days is None else _whole(days),
        basis=Basis(one.get("basis", "value")),
    )


def _band(one: Mapping[str, Any]) -> Band:
    return Band(
        key=str(one["key"]),
        label=str(one["label"]),
        low=_number(one["from"]),
        high=_number(one["to"]),
        consequence=Consequence(one["consequence"]),
        may_override=_roles(one),
    )


def _outside(one: Mapping[str, Any]) -> Outside:
    return Outside(Consequence(one["consequence"]), _roles(one))


def _number(value: Any) -> float:
    """ValueError for what no weight, target or limit can be: endless, or no number at all."""
    found = float(value)
    if not math.isfinite(found):
        raise ValueError(f"{value} is no number")
    return found


def _whole(value: Any) -> int:
    return int(_number(value))


def _roles(one: Mapping[str, Any]) -> tuple[str, ...]:
    named = one.get("may_override", ())
    if isinstance(named, str):
        raise TypeError(f"{named!r} is no list of roles")
    return tuple(Role(name).value for name in named)


def _problems(policy: Policy) -> Iterator[Problem]:
    yield from _weights(policy)
    yield from _metrics(policy)
    yield from _bands(policy.bands)
    for name in ("decay_days", "margin", "rise_periods", "early_days", "late_days"):
        if getattr(policy, name) < 0:
            yield Problem("policy.negative", name)
    for name in ("decay_days", "rise_periods", "period_days", "early_days", "late_days"):
        if getattr(policy, name) > LONGEST_DAYS:
            yield Problem("policy.days", name)
    if policy.period_days < 1:
        yield Problem("policy.period", "period_days")
    if not 0 <= policy.coverage <= 100:
        yield Problem("policy.coverage", "coverage")


def _weights(policy: Policy) -> Iterator[Problem]:
    """Weights that add up to nothing would leave nothing to divide by."""
    yield from _none_negative("dimensions", [part.weight for part in policy.dimensions.values()])
    yield from _none_negative("methods", list(policy.methods.values()))
    for name, part in policy.dimensions.items():
        if part.weight <= 0:
            continue
        own = sum(metric.weight for metric in part.metrics)
        yield from _none_negative(name, [part.measured, part.assessed])
        if part.measured > 0 and own <= 0:
            yield Problem("policy.weights", f"{name}.metrics")


def _none_negative(where: str, weights: Sequence[float]) -> Iterator[Problem]:
    if not all(0 <= weight < float("inf") for weight in weights) or sum(weights) <= 0:
        yield Problem("policy.weights", where)


def _metrics(policy: Policy) -> Iterator[Problem]:
    for name, part in policy.dimensions.items():
        for metric in part.metrics:
            where = f"{name}.{metric.key}"
            known = METRICS.get(metric.key)
            if known is None or known.dimension is not name:
                yield Problem("policy.metric", where)
            if metric.weight < 0:
                yield Problem("policy.weights", where)
            if metric.target == metric.limit:
                yield Problem("policy.scale", where)
            if metric.window_days is not None and metric.window_days > LONGEST_DAYS:
                yield Problem("policy.days", where)
            if metric.minimum < 1 or (metric.window_days is not None and metric.window_days < 1):
                yield Problem("policy.sample", where)


def _bands(bands: Sequence[Band]) -> Iterator[Problem]:
    """Every total from 0 to 100 has one band, both ends included."""
    edges = [0.0, *(band.high for band in bands)]
    tiles = all(band.low == edge and band.low < band.high for band, edge in zip(bands, edges, strict=False))
    if not bands or not tiles or edges[-1] != 100:
        yield Problem("policy.bands", "bands")
    keys = {band.key for band in bands}
    if len(keys) != len(bands) or keys & OUTSIDE or not all(0 < len(key) <= KEY_LIMIT for key in keys):
        yield Problem("policy.band_keys", "bands")
