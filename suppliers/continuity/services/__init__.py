"""Writes of continuity: verifications of backups, exposures, defaults, and switches to backups."""

from suppliers.continuity.services.backups import verify_backup
from suppliers.continuity.services.defaults import declare_default, lift_default
from suppliers.continuity.services.exposures import record_exposure
from suppliers.continuity.services.switches import confirm_switch, draft_switch, mark_sent, undo_switch

__all__ = [
    "confirm_switch",
    "declare_default",
    "draft_switch",
    "lift_default",
    "mark_sent",
    "record_exposure",
    "undo_switch",
    "verify_backup",
]
