"""make teeth: take every guard away, one by one; the tests that stand for it must fail each time.

First the same tests run untouched and must pass. Exits 1 when a guard could go unnoticed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from backoffice.embedded.client import EMBEDDED_VARIABLE
from backoffice.embedded.stack import KINDS, Stack
from tests.teeth.sabotage import GUARDS

PASSED, FAILED = 0, 1
PYTEST = (
    sys.executable,
    "-m",
    "pytest",
    "-q",
    "-x",
    "-p",
    "tests.teeth.sabotage",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
)


def main(wanted: list[str]) -> int:
    """wanted: names of guards, or none for all."""
    chosen = {name: guard for name, guard in GUARDS.items() if not wanted or name in wanted}
    folder = Path(tempfile.mkdtemp(prefix="standfast-teeth-"))
    folder.chmod(0o755)
    stack = Stack(folder, fast=True)
    try:
        os.environ |= {**stack.start(list(KINDS)), EMBEDDED_VARIABLE: "1"}
        every = sorted({test for guard in chosen.values() for test in guard.tests})
        code, report = _run(*every)
        if code != PASSED:
            print(f"{report}\nThe tests fail with every guard in place, so they say nothing about any.")
            return 1
        seen = [_is_seen(name) for name in chosen]
    finally:
        stack.stop()
        stack.remove()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{sum(seen)} of {len(seen)} guards, taken away one by one, turn the tests red.")
    return 0 if all(seen) else 1


def _is_seen(name: str) -> bool:
    began = time.monotonic()
    code, report = _run("--sabotage", name, *GUARDS[name].tests)
    first = next((line for line in report.splitlines() if line.startswith("FAILED")), "")
    verdict = "red" if code == FAILED else f"NOT SEEN (pytest ended with {code})\n{report}"
    print(f"{name}: {GUARDS[name].what}: {verdict} in {time.monotonic() - began:.0f} s  {first[:150]}", flush=True)
    return code == FAILED


def _run(*arguments: str) -> tuple[int, str]:
    done = subprocess.run([*PYTEST, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, "\n".join((done.stdout + done.stderr).splitlines()[-40:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
