"""The ways of a contract and of a claim, and what people type about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from suppliers.contracts.rules.measuring import Comparison, Metric
from suppliers.contracts.rules.penalties import Curve
from suppliers.contracts.rules.windows import WindowKind

LARGEST_AMOUNT = Decimal("999999999.99")
NOTE_LIMIT = 500
REASON_LIMIT = 2_000
LONGEST_NOTICE = 730
LONGEST_GRACE = 60
LARGEST_TARGET = Decimal("9999.99")


class ContractState(StrEnum):
    """draft → active → terminated, from the day after its last one on."""

    DRAFT = "draft"
    ACTIVE = "active"
    TERMINATED = "terminated"


class ClaimState(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    PARTLY = "partly_accepted"
    DISPUTED = "disputed"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class ClaimKind(StrEnum):
    BREACH = "breach"
    DEFECT = "defect"
    DEFAULT = "default"
    OTHER = "other"


class RecoveryKind(StrEnum):
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    SET_OFF = "set_off"


# Where a claim may go from each state; what is not here is refused.
WAYS: Mapping[ClaimState, frozenset[ClaimState]] = {
    ClaimState.DRAFT: frozenset({ClaimState.SENT, ClaimState.WITHDRAWN}),
    ClaimState.SENT: frozenset({ClaimState.ACCEPTED, ClaimState.PARTLY, ClaimState.DISPUTED, ClaimState.WITHDRAWN}),
    ClaimState.ACCEPTED: frozenset({ClaimState.SETTLED, ClaimState.DISPUTED}),
    ClaimState.PARTLY: frozenset({ClaimState.SETTLED, ClaimState.DISPUTED, ClaimState.ACCEPTED}),
    ClaimState.DISPUTED: frozenset({ClaimState.ACCEPTED, ClaimState.PARTLY, ClaimState.SETTLED, ClaimState.WITHDRAWN}),
    ClaimState.SETTLED: frozenset(),
    ClaimState.WITHDRAWN: frozenset(),
}
# While a claim is here, money may come in.
COLLECTING = frozenset({ClaimState.SENT, ClaimState.ACCEPTED, ClaimState.PARTLY, ClaimState.DISPUTED})
# While a claim is here, its breaches are in nobody else's, and it counts towards the liability cap.
LIVE = frozenset(ClaimState) - {ClaimState.WITHDRAWN}


def may_go(state: ClaimState, target: ClaimState) -> bool:
    """True when a claim may go from the one state to the other."""
    return target in WAYS[state]


@dataclass(frozen=True, slots=True)
class ContractDraft:
    """One contract as people type it. valid_until None: it goes on. liability_cap None: without limit."""

    number: str
    title: str
    valid_from: date
    currency: str
    notice_days: int
    valid_until: date | None = None
    liability_cap: Decimal | None = None
    store_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class LevelDraft:
    """One service level. early_days, late_days: the tolerance around the first promise, for deliveries."""

    metric: Metric
    comparison: Comparison
    target: Decimal
    window: WindowKind
    curve: Curve
    window_days: int | None = None
    minimum: int = 1
    early_days: int = 0
    late_days: int = 0
    cap: Decimal | None = None
    clause: str = ""
    applies_from: date | None = None


@dataclass(frozen=True, slots=True)
class ClaimDraft:
    """A claim without breaches: what happened, and how much is asked for."""

    kind: ClaimKind
    title: str
    reason: str
    amount: Decimal
    currency: str
    contract_id: int | None = None


@dataclass(frozen=True, slots=True)
class RecoveryDraft:
    """Money that came back. reference: of the credit note, the payment or the set-off."""

    amount: Decimal
    day: date
    kind: RecoveryKind
    reference: str
