"""The states of a message and of a batch, and the only moves between them. Pure."""

from enum import StrEnum


class State(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    TRANSMITTING = "transmitting"
    RETRY = "retry"
    SENT = "sent"
    DELIVERED = "delivered"
    HANDED_OVER = "handed_over"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"


class Phase(StrEnum):
    """How far a batch may go: which of its messages a relay may claim."""

    HELD = "held"
    CANARY = "canary"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"


DUE = (State.QUEUED, State.RETRY)
WAITING = (State.QUEUED, State.CLAIMED, State.TRANSMITTING, State.RETRY)
TERMINAL = tuple(state for state in State if state not in WAITING)
# What a person may do with a message nobody knows the fate of.
UNCERTAIN_MOVES = {"resend": State.QUEUED, "mark_delivered": State.DELIVERED}
# Seconds until the next try, by the number of tries that ended in a temporary failure.
RETRY_DELAYS = (10, 30, 60, 300, 900)
CLAIM_LIMIT = 50


def retry_delay(*, failures: int, jitter: float) -> float:
    """Seconds to wait after the n-th temporary failure (n from 1). jitter in [0, 1) adds up to a quarter."""
    base = RETRY_DELAYS[min(failures, len(RETRY_DELAYS)) - 1]
    return base * (1 + jitter / 4)


def outcome_column(state: str) -> str:
    """The word under which a state is counted on screen: every state adds to exactly one of them."""
    if state in WAITING:
        return "waiting"
    if state == State.DELIVERED:
        return "sent"
    if state == State.EXPIRED:
        return "failed"
    return state


OUTCOMES = ("sent", "handed_over", "suppressed", "failed", "uncertain", "skipped", "cancelled", "waiting")
