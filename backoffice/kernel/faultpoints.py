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
    "incidents.before_freeze_commit",
    "incidents.before_declare_commit",
    "notices.mid_enqueue",
    "notices.in_voucher_tx",
    "notices.after_voucher_commit",
    "notices.at_resolve",
    "messaging.after_claim",
    "messaging.after_mark",
    "messaging.after_250_before_commit",
    "messaging.after_sent_commit",
    "messaging.in_reconciler",
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
