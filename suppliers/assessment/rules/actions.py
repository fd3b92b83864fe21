"""Corrective actions: what moves a request from one state to another, and when it is overdue."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ActionState(StrEnum):
    """Where a request stands. What was rejected is open again."""

    OPEN = "open"
    ANSWERED = "answered"
    VERIFIED = "verified"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What people do with a request."""

    ASK = "ask"
    CHANGE = "change"
    ANSWER = "answer"
    VERIFY = "verify"
    REJECT = "reject"
    WITHDRAW = "withdraw"


class Cause(StrEnum):
    """Why something has to be corrected."""

    DEFECT = "defect"
    LATENESS = "lateness"
    FEEDBACK = "feedback"
    AUDIT = "audit"
    OTHER = "other"


# Act -> the states it may start from, and the state it leads to (None: it stays).
TRANSITIONS: dict[Act, tuple[frozenset[ActionState], ActionState | None]] = {
    Act.CHANGE: (frozenset({ActionState.OPEN, ActionState.ANSWERED}), None),
    Act.ANSWER: (frozenset({ActionState.OPEN}), ActionState.ANSWERED),
    Act.VERIFY: (frozenset({ActionState.ANSWERED}), ActionState.VERIFIED),
    Act.REJECT: (frozenset({ActionState.ANSWERED}), ActionState.OPEN),
    Act.WITHDRAW: (frozenset({ActionState.OPEN, ActionState.ANSWERED}), ActionState.WITHDRAWN),
}


@dataclass(frozen=True, slots=True)
class ActionDraft:
    """One request. due_on: the day by which the supplier is to answer. cause_ref: what it is about, as its own room
    calls it, such as "quality:PO-1042"; nothing here reads it."""

    cause: str
    what: str
    asked: str
    due_on: date
    owner_id: int
    cause_ref: str = ""


def acts_from(state: str) -> tuple[Act, ...]:
    """What may be done in a state, in the order of the table."""
    return tuple(act for act, (sources, _target) in TRANSITIONS.items() if state in sources)


def is_overdue(state: str, due_on: date, *, today: date) -> bool:
    """True when the supplier should have answered. What waits for us to verify is not the supplier's delay."""
    return state == ActionState.OPEN and due_on < today
