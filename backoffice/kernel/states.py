"""One vocabulary of states: the same word, icon and tone in a list, a detail page, a mail and an export.

A tone is one of ok, warn, bad, info, neutral. Rooms add their own words with `register`.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

TONE_ICONS: Final[dict[str, str]] = {
    "ok": "check-circle",
    "warn": "exclamation-triangle",
    "bad": "x-circle",
    "info": "information-circle",
    "neutral": "minus-circle",
}


@dataclass(frozen=True, slots=True)
class State:
    """How one state is shown. label may be lazy; icon names a heroicon, "" takes the icon of the tone."""

    label: object
    tone: str
    icon: str = ""


_states: dict[str, State] = {
    # Work of any kind.
    "draft": State(_("Draft"), "neutral", "pencil"),
    "open": State(_("Open"), "info", "ellipsis-horizontal-circle"),
    "pending": State(_("Waiting"), "info", "clock"),
    "approved": State(_("Approved"), "ok"),
    "rejected": State(_("Rejected"), "bad"),
    "holding": State(_("Held, can be undone"), "info", "clock"),
    "planned": State(_("Planned"), "info", "clock"),
    "canary": State(_("Trial group"), "info", "beaker"),
    "running": State(_("Running"), "info", "arrow-path"),
    "paused": State(_("Paused"), "warn", "pause-circle"),
    "completed": State(_("Completed"), "ok"),
    "resolved": State(_("Resolved"), "ok"),
    "closed": State(_("Closed"), "neutral", "check"),
    "investigating": State(_("Investigating"), "bad", "magnifying-glass"),
    "identified": State(_("Cause identified"), "warn", "light-bulb"),
    "monitoring": State(_("Monitoring"), "info", "eye"),
    # Messages.
    "queued": State(_("Queued"), "info", "clock"),
    "claimed": State(_("Being prepared"), "info", "arrow-path"),
    "transmitting": State(_("Being sent"), "info", "arrow-path"),
    "sent": State(_("Sent"), "ok", "paper-airplane"),
    "delivered": State(_("Delivered"), "ok"),
    "handed_over": State(_("Handed over"), "ok", "arrow-right-circle"),
    "retry": State(_("Will be retried"), "warn", "arrow-path"),
    "failed": State(_("Failed"), "bad"),
    "suppressed": State(_("Not sent: opted out"), "neutral", "no-symbol"),
    "expired": State(_("Expired"), "neutral", "clock"),
    "cancelled": State(_("Cancelled"), "neutral", "no-symbol"),
    "uncertain": State(_("Uncertain"), "warn", "question-mark-circle"),
    "bounced": State(_("Bounced"), "bad", "arrow-uturn-left"),
    # Orders.
    "shipped": State(_("Shipped"), "info", "truck"),
    "unavailable": State(_("Unavailable"), "bad", "no-symbol"),
    "late": State(_("Late"), "bad", "clock"),
    # Things that are switched on and off.
    "active": State(_("Active"), "ok"),
    "inactive": State(_("Switched off"), "neutral", "no-symbol"),
}


def register(code: str, label: object, tone: str, icon: str = "") -> None:
    """Add a state or replace its words. Raises ValueError for a tone that does not exist."""
    if tone not in TONE_ICONS:
        raise ValueError(f"{tone!r} is no tone; use one of {', '.join(TONE_ICONS)}.")
    _states[code] = State(label, tone, icon)


def describe(code: str) -> State:
    """How a state is shown. An unknown code is shown as itself, neutral: never a blank."""
    return _states.get(code) or State(code.replace("_", " ").capitalize(), "neutral")


def icon_of(state: State) -> str:
    """The heroicon of a state: its own, else the one of its tone."""
    return state.icon or TONE_ICONS[state.tone]
