"""What kinds of bad days there are, how an incident moves, and what a person says when opening one. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from customercare.notices.rules import Plan
from orders.reach.rules import Selector

# The macros that fit a kind of incident, best first.
SCENARIOS: Final[Mapping[str, tuple[str, ...]]] = {
    "carrier": ("carrier_outage", "delay", "arrived_late"),
    "stock_out": ("stock_out", "oversell", "delay"),
    "supplier_default": ("supplier_default", "stock_out", "delay"),
    "price_error": ("price_error", "goodwill"),
    "limit_error": ("oversell", "price_error", "goodwill"),
    "system_failure": ("system_failure", "goodwill"),
    "quality": ("goodwill", "system_failure"),
    "surge": ("delay", "arrived_late", "stock_out"),
    "staffing": ("delay", "arrived_late", "goodwill"),
}
# A status may be left for these; "cancelled" only before anything was sent.
MOVES: Final[Mapping[str, tuple[str, ...]]] = {
    "draft": ("declared", "cancelled"),
    "declared": ("contained", "stable", "resolved"),
    "contained": ("stable", "resolved"),
    "stable": ("contained", "resolved"),
    "resolved": ("declared", "reviewed"),
    "reviewed": ("closed",),
    "closed": (),
    "cancelled": (),
}
OPEN: Final = ("declared", "contained", "stable")


@dataclass(frozen=True, slots=True)
class IncidentDraft:
    """What a person says when opening an incident: what happened, what is hit, and what customers are told."""

    title: str
    kind: str
    selector: Selector
    severity: int = 2
    priority: int = 2
    mode: str = "real"
    is_public: bool = True
    plan: Plan = field(default_factory=Plan)


def may_move(old: str, new: str) -> bool:
    return new in MOVES.get(old, ())
