"""What the score page and the page of evidence show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from suppliers.assessment.models import Assessment, CriticalEvent, Scorecard, Standing, StandingChange
from suppliers.assessment.rules import snapshot
from suppliers.assessment.rules.estimating import Measured
from suppliers.assessment.rules.metrics import METRICS, Dimension, Evidence
from suppliers.assessment.rules.policy import MetricPolicy, Policy
from suppliers.assessment.rules.scoring import DimensionScore, Inputs, Item, Score
from suppliers.assessment.selectors import landed, scorecards

REVISIONS = 40
TOLD = 12
MOST_ROWS = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """One dimension of the page. facts: rows behind it; newest: the day of the newest of them or of an assessment."""

    row: DimensionScore
    weight: float
    facts: int
    newest: date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A supplier's score with all that stands beside it; card None before the first score."""

    standing: Standing | None
    card: Scorecard | None
    policy: Policy | None
    found: Score | None
    bars: list[Bar]
    revisions: Sequence[Scorecard]
    assessments: list[Assessment]
    events: list[CriticalEvent]
    changes: list[StandingChange]


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric of a dimension, whether it counted or not."""

    policy: MetricPolicy
    measured: Measured
    item: Item | None


def sheet(supplier_id: int) -> Sheet:
    """All of it, in a fixed number of statements."""
    standing = (
        Standing.objects.filter(supplier_id=supplier_id).select_related("scorecard", "policy", "override_by").first()
    )
    card = standing.scorecard if standing else None
    policy = scorecards.policy_of(standing.policy) if standing else None
    found = snapshot.score_from_data(card.result) if card else None
    assessments = list(
        Assessment.objects.filter(supplier_id=supplier_id)
        .select_related("assessor")
        .order_by("-made_on", "-id")[:MOST_ROWS]
    )
    return Sheet(
        standing=standing,
        card=card,
        policy=policy,
        found=found,
        bars=_bars(found, assessments, landed.newest(supplier_id, day=card.day)) if card and found else [],
        revisions=scorecards.revisions(supplier_id, limit=REVISIONS),
        assessments=assessments,
        events=list(CriticalEvent.objects.filter(supplier_id=supplier_id).order_by("-happened_on", "-id")[:MOST_ROWS]),
        changes=list(
            StandingChange.objects.filter(supplier_id=supplier_id).select_related("actor").order_by("-id")[:TOLD]
        ),
    )


def _bars(found: Score, assessments: Sequence[Assessment], newest: dict[Evidence, tuple[int, Any]]) -> list[Bar]:
    whole = sum(row.weight for row in found.dimensions) or 1.0
    bars = []
    for row in found.dimensions:
        kinds = kinds_of(row.dimension)
        days = [day for kind in kinds if (day := newest.get(kind, (0, None))[1])]
        days += [one.made_on for one in assessments if one.submitted_at and row.dimension in one.points()]
        count = sum(newest.get(kind, (0, None))[0] for kind in kinds)
        bars.append(Bar(row, row.weight / whole, count, max(days, default=None)))
    return bars


def kinds_of(dimension: Dimension) -> list[Evidence]:
    """The kinds of rows that stand behind a dimension."""
    found = (metric.evidence for metric in METRICS.values() if metric.dimension is dimension)
    return list(dict.fromkeys(found))


def metrics_of(dimension: Dimension, policy: Policy, found: Score, inputs: Inputs) -> list[MetricRow]:
    """The metrics of a dimension with what was measured and what it earned."""
    part = policy.dimensions.get(dimension)
    items = {item.key: item for row in found.dimensions if row.dimension is dimension for item in row.items}
    return [
        MetricRow(metric, inputs.measured.get(metric.key, Measured(0)), items.get(metric.key))
        for metric in (part.metrics if part else ())
    ]
