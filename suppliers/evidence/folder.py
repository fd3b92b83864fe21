"""The folder where evidence lies: outside whatever a web server serves, under random names."""

import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

_KEY = re.compile(r"[0-9a-f]{32}")
_UNFINISHED = ".part"


def new_key() -> str:
    """A name that nobody can guess: 128 random bits."""
    return secrets.token_hex(16)


def path_of(key: str) -> Path:
    """Where the file with this key lies. Raises ValueError for what is no key of ours."""
    if not _KEY.fullmatch(key):
        raise ValueError("no key of an evidence file")
    return Path(settings.EVIDENCE_ROOT) / key[:2] / key


def write(key: str, content: bytes) -> None:
    """Put a file there whole or not at all: it gets its name when all of it is on the disk."""
    place = path_of(key)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    unfinished = place.with_suffix(_UNFINISHED)
    with unfinished.open("xb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    unfinished.chmod(0o640)
    unfinished.rename(place)


def remove(key: str) -> None:
    """Take a file away, if it is there."""
    path_of(key).unlink(missing_ok=True)


def older_than(seconds: float) -> Iterator[Path]:
    """Every file that was last written so long ago, unfinished ones included."""
    root = Path(settings.EVIDENCE_ROOT)
    if not root.is_dir():
        return
    before = time.time() - seconds
    for place in root.glob("??/*"):
        if place.is_file() and place.stat().st_mtime < before:
            yield place
