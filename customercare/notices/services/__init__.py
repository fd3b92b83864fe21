"""Fan-outs: the audience is frozen, previewed, confirmed, planned set-based, and driven to its end."""

from customercare.notices.services.audience import freeze, leave_out, refreeze
from customercare.notices.services.bulk import open_bulk, require_sender
from customercare.notices.services.decisions import approve, change_plan, confirm, open_fanout, require_decided, undo
from customercare.notices.services.planning import plan_next
from customercare.notices.services.preview import preview
from customercare.notices.services.progress import advance, drive
from customercare.notices.services.running import cancel, pause, resume, retry_failed

__all__ = [
    "advance",
    "approve",
    "cancel",
    "change_plan",
    "confirm",
    "drive",
    "freeze",
    "leave_out",
    "open_bulk",
    "open_fanout",
    "pause",
    "plan_next",
    "preview",
    "refreeze",
    "require_decided",
    "require_sender",
    "resume",
    "retry_failed",
    "undo",
]
