"""What people hand in, before it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from suppliers.assessment.rules.metrics import Dimension


@dataclass(frozen=True, slots=True)
class AssessmentDraft:
    """One assessment. points: 0 to 100 for each dimension that was looked at."""

    method: str
    made_on: date
    valid_until: date
    points: Mapping[Dimension, int] = field(default_factory=dict)
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class EventDraft:
    """One critical event. ended_on None: it goes on."""

    kind: str
    happened_on: date
    note: str
    ended_on: date | None = None
