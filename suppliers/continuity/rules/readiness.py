"""How ready a backup is: what is known about it, as points from 0 to 100, and why it counts as ready or not."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Part(StrEnum):
    """What the score is made of."""

    VERIFIED = "verified"
    TRIAL = "trial"
    CAPACITY = "capacity"
    LEAD = "lead"
    STEADY = "steady"
    PRICE = "price"


class Lack(StrEnum):
    """Why a backup is not ready; any one is enough."""

    NEVER_VERIFIED = "never_verified"
    STALE = "stale"
    NO_CAPACITY = "no_capacity"
    NOT_ACTIVE = "not_active"
    DEFAULTED = "defaulted"
    PAPER_EXPIRED = "paper_expired"
    BLOCKED = "blocked"
    LOW_SCORE = "low_score"


@dataclass(frozen=True, slots=True)
class Span:
    """Full points up to `full`, none from `none` on, straight between. full < none."""

    full: float
    none: float

    def points(self, value: float) -> float:
        """Return 0 to 100."""
        return min(100.0, max(0.0, 100.0 * (self.none - value) / (self.none - self.full)))


def _weights() -> dict[Part, int]:
    return {Part.VERIFIED: 30, Part.TRIAL: 15, Part.CAPACITY: 25, Part.LEAD: 15, Part.STEADY: 5, Part.PRICE: 10}


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts how much. Ages and leads in days; premium: the price above the primary's, 0.5 is half as much again.

    stale_days: a verification of that many days ago still counts, one day more does not.
    """

    version: int = 1
    weights: dict[Part, int] = field(default_factory=_weights)
    verified_age: Span = Span(14, 120)
    trial_age: Span = Span(90, 540)
    lead: Span = Span(14, 60)
    premium: Span = Span(0, 1)
    stale_days: int = 90
    ready_from: float = 60.0


POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one backup; None is not known. Capacity and demand in units a week, leads in days.

    price_ratio: its price over the primary's, known where both are in one currency. is_blocked: by its standing.
    """

    verified_on: date | None = None
    trial_on: date | None = None
    capacity: int | None = None
    weekly_demand: float | None = None
    lead_p50: int | None = None
    lead_p90: int | None = None
    price_ratio: float | None = None
    is_active: bool = True
    has_defaulted: bool = False
    paper_expired: bool = False
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class Readiness:
    """score: 0 to 100, None when nothing is known. coverage: the share of the weights that is known, 0 to 1."""

    score: float | None
    coverage: float
    parts: dict[Part, float]
    lacks: tuple[Lack, ...]

    @property
    def is_ready(self) -> bool:
        return not self.lacks


def assess(known: Known, *, on: date, policy: Policy = POLICY) -> Readiness:
    """Return the weighted mean of the parts that are known, and what is missing to be ready.

    An unknown part leaves the denominator: it neither helps nor hurts the score, and shows in the coverage.
    """
    parts = _parts(known, on, policy)
    weight = sum(policy.weights[part] for part in parts)
    score = sum(policy.weights[part] * points for part, points in parts.items()) / weight if weight else None
    coverage = weight / sum(policy.weights.values())
    return Readiness(score, coverage, parts, _lacks(known, score, on, policy))


def _parts(known: Known, on: date, policy: Policy) -> dict[Part, float]:
    steady = None
    if known.lead_p50 is not None and known.lead_p90 is not None:
        steady = 100.0 * known.lead_p50 / known.lead_p90 if known.lead_p90 else 100.0
    every: dict[Part, float | None] = {
        Part.VERIFIED: _aged(known.verified_on, on, policy.verified_age),
        Part.TRIAL: _aged(known.trial_on, on, policy.trial_age),
        Part.CAPACITY: _enough(known.capacity, known.weekly_demand),
        Part.LEAD: None if known.lead_p90 is None else policy.lead.points(known.lead_p90),
        Part.STEADY: None if steady is None else min(100.0, steady),
        Part.PRICE: None if known.price_ratio is None else policy.premium.points(known.price_ratio - 1),
    }
    return {part: points for part, points in every.items() if points is not None}


def _aged(day: date | None, on: date, span: Span) -> float | None:
    return None if day is None else span.points((on - day).days)


def _enough(capacity: int | None, demand: float | None) -> float | None:
    if capacity is None or demand is None:
        return None
    return 100.0 if demand <= capacity else 100.0 * capacity / demand


def _lacks(known: Known, score: float | None, on: date, policy: Policy) -> tuple[Lack, ...]:
    stale = known.verified_on is not None and (on - known.verified_on).days > policy.stale_days
    found = {
        Lack.NEVER_VERIFIED: known.verified_on is None,
        Lack.STALE: stale,
        Lack.NO_CAPACITY: not known.capacity,
        Lack.NOT_ACTIVE: not known.is_active,
        Lack.DEFAULTED: known.has_defaulted,
        Lack.PAPER_EXPIRED: known.paper_expired,
        Lack.BLOCKED: known.is_blocked,
        Lack.LOW_SCORE: score is not None and score < policy.ready_from,
    }
    return tuple(lack for lack, is_so in found.items() if is_so)
