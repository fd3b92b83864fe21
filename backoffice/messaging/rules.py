"""The states of a message and of a batch, and the only moves between them. Pure."""

from datetime import timedelta
from enum import StrEnum

from backoffice.messaging.problems import gettext_noop as _noop


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
# A relay holds these for seconds, under a lease.
IN_HAND = (State.CLAIMED, State.TRANSMITTING)
TERMINAL = tuple(state for state in State if state not in WAITING)
# What a person may do with a message nobody knows the fate of.
UNCERTAIN_MOVES = {"resend": State.QUEUED, "mark_delivered": State.DELIVERED}
# Seconds until the next try, by the number of tries that ended in a temporary failure.
RETRY_DELAYS = (10, 30, 60, 300, 900)
CLAIM_LIMIT = 50
# After so many temporary failures a message is given up.
MAX_FAILURES = 8
# After so many failed connections or logins in a row the mail server is left alone for a while.
CIRCUIT_FAILURES = 5
CIRCUIT_PERIOD = timedelta(seconds=60)
BURST_SECONDS = 0.1

# Reasons are stored in English, so that the log reads the same for everybody, and translated where they are shown.
REASON_CANCELLED = _noop("Cancelled before it was sent.")
REASON_EXPIRED = _noop("Its time was over before it could be sent.")
REASON_LOST = _noop("The sender died while sending it. Nobody knows whether it arrived.")
REASON_CUT = _noop("The connection broke after the text had left. Nobody knows whether it arrived.")
REASON_BROKE = _noop("The connection broke while the mail server was asked to take it.")
REASON_NO_LINE = _noop("The mail server could not be reached.")
REASON_GIVEN_UP = _noop("The mail server kept asking to try later.")
REASON_UNFILLED = _noop("A value is missing: {names}.")
REASON_UNREADY = _noop("The message could not be put together.")
REASON_CHANNEL = _noop("Nothing sends on this channel.")


def retry_delay(*, failures: int, jitter: float) -> float:
    """Seconds to wait after the n-th temporary failure (n from 1). jitter in [0, 1) adds up to a quarter."""
    base = RETRY_DELAYS[min(failures, len(RETRY_DELAYS)) - 1]
    return base * (1 + jitter / 4)


def claim_limit(*, connections: int) -> int:
    """How many messages one claim may take: enough to keep every connection busy, and few to lose hold of."""
    return max(CLAIM_LIMIT, 2 * connections)


def granted_tokens(*, tokens: float, elapsed: float, rate: float, wanted: int) -> tuple[float, int]:
    """The token bucket of a rate in messages a second: what it holds now, and how many of `wanted` may leave.

    elapsed: seconds since the bucket was last looked at. It never holds more than a tenth of a second's worth, so
    that an idle time is not made up for by a burst; one token always fits.
    """
    have = min(tokens + max(elapsed, 0.0) * rate, max(1.0, rate * BURST_SECONDS))
    return have, min(wanted, int(have))


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
