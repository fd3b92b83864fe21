"""Writes of continuity: verifications of backups, exposures, defaults, and switches to backups."""

from suppliers.continuity.services.backups import verify_backup
from suppliers.continuity.services.defaults import declare_default, lift_default
from suppliers.continuity.services.exposures import put_back_exposures, record_exposure
from suppliers.continuity.services.importing import import_exposures
from suppliers.continuity.services.switches import confirm_switch, draft_switch, mark_sent, undo_switch

__all__ = [
    "confirm_switch",
    "declare_default",
    "draft_switch",
    "import_exposures",
    "lift_default",
    "mark_sent",
    "put_back_exposures",
    "record_exposure",
    "undo_switch",
    "verify_backup",
]
