"""The timeline in words."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customercare.incidents.selectors import Moment
from customercare.notices.models import Fanout

# Verb -> words, tone, icon.
VERBS = {
    "incident.open": (gettext_lazy("Draft opened, orders frozen"), "info", "pencil"),
    "incident.change": (gettext_lazy("Draft changed, orders frozen anew"), "info", "pencil"),
    "incident.exclude": (gettext_lazy("An order was left out by hand"), "neutral", "minus-circle"),
    "incident.include": (gettext_lazy("An order was taken back in"), "neutral", "plus-circle"),
    "incident.declare": (gettext_lazy("Incident declared"), "bad", "bolt"),
    "incident.adopt": (gettext_lazy("New orders adopted as a further wave"), "warn", "plus-circle"),
    "incident.move": (gettext_lazy("Status changed"), "info", "arrow-right-circle"),
    "fanout.plan": (gettext_lazy("What customers are told was changed"), "info", "pencil"),
    "fanout.confirm": (gettext_lazy("Sending confirmed"), "info", "check"),
    "fanout.approve": (gettext_lazy("A second person approved"), "ok", "check-circle"),
    "fanout.undo": (gettext_lazy("Taken back before anything was sent"), "warn", "arrow-uturn-left"),
    "fanout.start": (gettext_lazy("The first messages leave"), "info", "paper-airplane"),
    "fanout.canary_passed": (gettext_lazy("The first messages went well; the rest follows"), "ok", "beaker"),
    "fanout.pause": (gettext_lazy("Sending paused"), "warn", "pause-circle"),
    "fanout.resume": (gettext_lazy("Sending resumed"), "info", "play-circle"),
    "fanout.retry": (gettext_lazy("Failed messages are tried again"), "info", "arrow-path"),
    "fanout.cancel": (gettext_lazy("Sending cancelled"), "bad", "no-symbol"),
    "fanout.complete": (gettext_lazy("Every customer has an outcome"), "ok", "check-circle"),
    "note": (gettext_lazy("Note"), "neutral", "chat-bubble-left"),
}
REASONS = {
    "canary": gettext_lazy("Too many of the first messages failed, so it stopped by itself."),
    "breaker": gettext_lazy("Too many messages failed, so it stopped by itself."),
    "person": gettext_lazy("Somebody paused it."),
}


def entry(moment: Moment) -> dict[str, Any]:
    """One line as components/timeline.html draws it."""
    words, tone, icon = VERBS.get(moment.verb, (moment.verb, "neutral", ""))
    return {
        "at": moment.at,
        "title": str(words),
        "text": moment.text,
        "who": _("the system") if moment.actor == "system" else moment.actor,
        "tone": tone,
        "icon": icon,
    }


def pause_reason(code: str) -> str:
    """Why a send stands still, in words."""
    return str(REASONS.get(code, code))


def status_tone(status: str) -> str:
    """The tone of an incident's status."""
    return {"declared": "bad", "contained": "warn", "stable": "info", "resolved": "ok"}.get(status, "neutral")


def sending_words(state: str) -> str:
    """How a send stands, in words."""
    return str(Fanout.State(state).label).capitalize()


def sending_tone(state: str) -> str:
    """The tone of how a send stands."""
    tones = {"paused": "warn", "completed": "ok", "completed_with_failures": "warn", "awaiting_approval": "warn"}
    return tones.get(state, "neutral" if state in ("draft", "previewed", "cancelled") else "info")
