"""From measures and assessments to the score of a dimension and the total, each with an interval and its coverage.

A score is a pure function of the policy version, what was measured, the assessments, and the day. Everything that
counts is an item: a metric that has data, or an assessment. A dimension is the weighted mean of its items, the total
the weighted mean of its dimensions; what has no data leaves the denominator and shows in the coverage instead.

How intervals are put together. Each item has an interval in points around its own score. A weighted mean S = Σ vᵢ pᵢ
(Σ vᵢ = 1) gets S − √Σ vᵢ²(pᵢ − lᵢ)² and S + √Σ vᵢ²(uᵢ − pᵢ)²: the method of variance estimates recovery of G. Y. Zou
and A. Donner (2008), "Construction of confidence limits about effect measures", Statistics in Medicine 27, applied to
the items of a dimension and again to the dimensions. It takes the errors of items for independent. Two metrics of one
delivery are not, so that the true interval may be wider, up to Σ vᵢ(pᵢ − lᵢ) if all were wrong together.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from suppliers.assessment.rules.estimating import NOTHING, Measured
from suppliers.assessment.rules.metrics import Dimension
from suppliers.assessment.rules.policy import Basis, DimensionPolicy, Method, MetricPolicy, Policy, Switch


@dataclass(frozen=True, slots=True)
class Assessed:
    """One submitted assessment: points 0–100 for the dimensions it looked at. ref: how it is called elsewhere."""

    ref: str
    method: Method
    made_on: date
    valid_until: date
    scores: Mapping[Dimension, float]


@dataclass(frozen=True, slots=True)
class Stop:
    """A switch that is on: which one, and what turned it on, as a short reference."""

    switch: Switch
    because: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a score is made of, besides the policy and the day."""

    measured: Mapping[str, Measured] = field(default_factory=dict)
    assessed: Sequence[Assessed] = ()
    stops: Sequence[Stop] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One metric or assessment that counts. key: of the metric, or "assessment:REF". weight: inside its dimension."""

    key: str
    dimension: Dimension
    points: float
    low: float
    high: float
    weight: float
    n: int


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """points None: nothing is known of this dimension. coverage: per cent of its weight that has data.

    weight: in the policy. items: what counted; missing: metrics of the policy without data, by key.
    """

    dimension: Dimension
    weight: float
    points: float | None
    low: float | None
    high: float | None
    coverage: float
    items: tuple[Item, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """total None: not enough is known, which is neither 0 nor 100. total, low, high: to one decimal, as shown."""

    total: float | None
    low: float | None
    high: float | None
    coverage: float
    dimensions: tuple[DimensionScore, ...]
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Mean:
    """A weighted mean and the interval of the module's docstring."""

    points: float
    low: float
    high: float


def points_of(value: float, *, target: float, limit: float) -> float:
    """Return 100 at the target, 0 at the limit, linear between, never beyond. Less is better where target < limit."""
    return min(max(100 * (value - limit) / (target - limit), 0.0), 100.0)


def fresh(assessed: Assessed, *, day: date, decay_days: int) -> float:
    """Return how much an assessment still counts: 1 until its last day, then linear to 0 over decay_days.

    One that is dated in the future does not count yet.
    """
    if assessed.made_on > day:
        return 0.0
    over = (day - assessed.valid_until).days
    if over <= 0:
        return 1.0
    return max(1 - over / decay_days, 0.0) if decay_days else 0.0


def weighted(parts: Iterable[tuple[float, float, float, float]]) -> Mean | None:
    """Return the mean of (weight, points, low, high); None where the weights add up to nothing."""
    given = [part for part in parts if part[0] > 0]
    whole = math.fsum(weight for weight, *_rest in given)
    if whole <= 0:
        return None
    mean = math.fsum(weight * points for weight, points, _low, _high in given) / whole
    down = math.sqrt(math.fsum((weight * (points - low)) ** 2 for weight, points, low, _high in given)) / whole
    up = math.sqrt(math.fsum((weight * (high - points)) ** 2 for weight, points, _low, high in given)) / whole
    mean = min(max(mean, 0.0), 100.0)
    return Mean(mean, max(mean - down, 0.0), min(mean + up, 100.0))


def score(policy: Policy, inputs: Inputs, *, day: date) -> Score:
    """Return the score of one supplier on a day."""
    rows = tuple(_dimension(name, part, policy, inputs, day) for name, part in policy.dimensions.items())
    whole = math.fsum(row.weight for row in rows)
    coverage = math.fsum(row.weight * row.coverage for row in rows) / whole if whole > 0 else 0.0
    mean = weighted((row.weight, row.points, row.low or 0.0, row.high or 0.0) for row in rows if row.points is not None)
    # Rounding must not hide a supplier that has exactly what the policy asks for.
    enough = mean is not None and coverage >= policy.coverage - 1e-9
    return Score(
        total=round(mean.points, 1) if mean and enough else None,
        low=round(mean.low, 1) if mean and enough else None,
        high=round(mean.high, 1) if mean and enough else None,
        coverage=round(coverage, 1),
        dimensions=rows,
        stops=tuple(inputs.stops),
    )


def _dimension(name: Dimension, part: DimensionPolicy, policy: Policy, inputs: Inputs, day: date) -> DimensionScore:
    found = [_metric_item(name, metric, part, inputs.measured.get(metric.key, NOTHING)) for metric in part.metrics]
    measured = [item for item in found if item is not None]
    items = (*measured, *_assessment_items(name, part.assessed, policy, inputs.assessed, day))
    mean = weighted((item.weight, item.points, item.low, item.high) for item in items)
    whole = part.measured + part.assessed
    known = math.fsum(item.weight for item in items)
    return DimensionScore(
        dimension=name,
        weight=part.weight,
        points=mean.points if mean else None,
        low=mean.low if mean else None,
        high=mean.high if mean else None,
        coverage=100 * known / whole if whole > 0 else 0.0,
        items=items,
        missing=tuple(
            metric.key for metric, item in zip(part.metrics, found, strict=True) if item is None and metric.weight > 0
        ),
    )


def _metric_item(name: Dimension, metric: MetricPolicy, part: DimensionPolicy, found: Measured) -> Item | None:
    """The metric in points; None without a value, or with a smaller sample than the policy asks for.

    A wait of which only the least is known earns what that least would, and no more: who never answers does not come
    out as one of whom nothing is known. While the least is as good as the target, it says nothing yet.
    """
    whole = math.fsum(one.weight for one in part.metrics)
    weight = part.measured * metric.weight / whole if whole > 0 else 0.0
    rising = metric.target > metric.limit
    figure = _least(found, metric) if found.value is None and not rising else found.value
    if weight <= 0 or figure is None or found.n < metric.minimum:
        return None
    value, worse, better = (
        None if x is None else points_of(x, target=metric.target, limit=metric.limit)
        for x in (figure, found.low if rising else found.high, found.high if rising else found.low)
    )
    # An interval without a bound on one side reaches to the end of the scale.
    low, high = (0.0 if worse is None else worse), (100.0 if better is None else better)
    points = low if metric.basis is Basis.CAUTIOUS or value is None else value
    return Item(metric.key, name, points, low, high, weight, found.n)


def _least(found: Measured, metric: MetricPolicy) -> float | None:
    """The least that a value can be, once it is worse than the target."""
    return found.least if found.least is not None and found.least > metric.target else None


def _assessment_items(
    name: Dimension, share: float, policy: Policy, every: Sequence[Assessed], day: date
) -> tuple[Item, ...]:
    """The newest assessment of each method that counts on the day.

    Methods share the weight of the assessed part; how fresh each one is takes its own share of it away.
    """
    newest: dict[Method, Assessed] = {}
    for one in sorted(every, key=lambda one: (one.made_on, one.ref)):
        if name in one.scores and one.made_on <= day and policy.methods.get(one.method, 0) > 0:
            newest[one.method] = one
    whole = math.fsum(policy.methods[method] for method in newest)
    return tuple(
        _assessment_item(name, one, share * policy.methods[method] / whole * freshness, policy.margin)
        for method, one in newest.items()
        if (freshness := fresh(one, day=day, decay_days=policy.decay_days)) > 0 and share > 0
    )


def _assessment_item(name: Dimension, one: Assessed, weight: float, margin: float) -> Item:
    points = one.scores[name]
    return Item(
        f"assessment:{one.ref}", name, points, max(points - margin, 0.0), min(points + margin, 100.0), weight, 1
    )
