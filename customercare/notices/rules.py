"""How a fan-out moves, how big its first part is, and when it stops itself. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final


class State(StrEnum):
    DRAFT = "draft"
    PREVIEWED = "previewed"
    AWAITING_APPROVAL = "awaiting_approval"
    HOLDING = "holding"
    CANARY = "canary"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    COMPLETED_WITH_FAILURES = "completed_with_failures"
    CANCELLED = "cancelled"


# Where the plan may still be changed, each change throwing preview and approval away.
OPEN: Final = (State.DRAFT, State.PREVIEWED, State.AWAITING_APPROVAL)
PAUSABLE: Final = (State.HOLDING, State.CANARY, State.RUNNING)
CANCELLABLE: Final = (*OPEN, *PAUSABLE, State.PAUSED)
DONE: Final = (State.COMPLETED, State.COMPLETED_WITH_FAILURES, State.CANCELLED)

TYPED_COUNT_ABOVE: Final = 500
CANARY_TOLERANCE: Final = 0.02
BREAKER_RATIO: Final = 0.20
BREAKER_MIN: Final = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person chooses before the preview. The words of rule and missing are Fanout.Rule and Fanout.Missing."""

    macro_version_id: int | None = None
    rule: str = "none"
    rule_value: Decimal = Decimal(0)
    rule_cap: Decimal | None = None
    valid_days: int = 90
    budget_id: int | None = None
    missing: str = ""
    next_update_on: date | None = None
    fill_on: date | None = None


def canary_size(messages: int) -> int:
    """The first part: 1 %, at least 5, at most 100, never more than there are."""
    return min(messages, max(5, min(100, round(messages / 100))))


def canary_holds(*, done: int, failed: int) -> bool:
    """True when the first part went well enough to go on: at most 2 % failed."""
    return failed <= done * CANARY_TOLERANCE


def breaker_trips(*, done: int, failed: int) -> bool:
    """True when so many messages fail that a person should look before more leave."""
    return done >= BREAKER_MIN and failed > done * BREAKER_RATIO


def final_state(counts: Mapping[str, int]) -> State:
    """How a fan-out with nothing waiting ended."""
    bad = counts.get("failed", 0) + counts.get("uncertain", 0)
    return State.COMPLETED_WITH_FAILURES if bad else State.COMPLETED


def adds_up(audience: int, parts: Iterable[int]) -> bool:
    return audience == sum(parts)
