"""Places at which the test kit may stop or kill a real process. In production they do not exist.

With STANDFAST_FAULT_POINTS naming a folder, a process that reaches a point listed in the file `armed` of that folder
(one name a line) writes `<point>.<pid>` there and waits until `<point>.go` appears or until it is killed.
"""

import os
import time
from pathlib import Path

from django.conf import settings

VARIABLE = "STANDFAST_FAULT_POINTS"
POINTS = (
    "messaging.after_claim",
    "messaging.after_mark",
    "messaging.after_rcpt",
    "messaging.after_final_dot",
    "messaging.after_250_before_commit",
    "messaging.after_sent_commit",
    "messaging.in_reconciler",
    "notices.before_freeze_commit",
    "notices.after_freeze_commit",
    "notices.mid_enqueue",
    "vouchers.in_voucher_tx",
    "vouchers.after_voucher_commit",
    "incidents.at_resolve",
)
_PAUSE = 0.01
_folder = Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None


def reach(point: str) -> None:
    """Stop here if the test kit armed this point; otherwise nothing."""
    if _folder is None:
        return
    _stop(_folder, point)


def _stop(folder: Path, point: str) -> None:
    if settings.PRODUCTION or point not in _armed(folder):
        return
    (folder / f"{point}.{os.getpid()}").touch()
    while not (folder / f"{point}.go").exists():
        time.sleep(_PAUSE)


def _armed(folder: Path) -> list[str]:
    try:
        return (folder / "armed").read_text().split()
    except FileNotFoundError:
        return []
