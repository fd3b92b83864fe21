"""make realdata without its folder ends at once, with a sentence and a code that is not 0."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings


def test_without_the_folder_it_says_so(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.realdata"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "REALDATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stdout.startswith("There is no real input")
    assert ended.stderr == ""
