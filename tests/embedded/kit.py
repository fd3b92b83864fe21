"""Commands that use an embedded stack, as real processes that can be killed."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from backoffice.embedded import places
from backoffice.embedded.stack import KINDS

PATIENCE = 30
# A command that tells its addresses and works until its input ends.
SCRIPT = """
import json, os, sys
from backoffice.embedded import ensure
ensure()
print(json.dumps([os.environ["DATABASE_URL"], os.environ["REDIS_URL"]]), flush=True)
sys.stdin.read()
"""


class Command:
    """One command in a process of its own, like any command of `manage.py`."""

    def __init__(self, state: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=places.PROJECT,
            env=unconfigured(state, **environment),
        )

    def urls(self) -> tuple[str, str]:
        """The two addresses, as soon as the command has them."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate(timeout=PATIENCE)[1])
        database, broker = json.loads(line)
        return database, broker

    def finish(self) -> None:
        """Let the command end by itself."""
        self.process.communicate(timeout=PATIENCE)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.finish()


def unconfigured(state: Path, **environment: str) -> dict[str, str]:
    """An environment without addresses and outside any test run, whose stack lives in `state`."""
    kept = {name: value for name, value in os.environ.items() if name not in KINDS and not name.startswith("PYTEST_")}
    return kept | {places.STATE_VARIABLE: str(state)} | environment


@dataclass(frozen=True)
class Processes:
    """The three processes of a running stack."""

    supervisor: int
    postgres: int
    valkey: int

    @classmethod
    def of(cls, state: Path) -> "Processes":
        """Those that run in `state` now."""
        home = Path(places.read_text(state / "postgres" / "home") or state / "postgres")
        return cls(
            supervisor=json.loads((state / places.RUNNING).read_text())["pid"],
            postgres=int((home / "data" / "postmaster.pid").read_text().split()[0]),
            valkey=int((state / "valkey" / "pid").read_text()),
        )

    def all(self) -> tuple[int, int, int]:
        """Their numbers."""
        return self.supervisor, self.postgres, self.valkey


def stop_stack(state: Path) -> None:
    """Have the supervisor of `state` stop at once, without lingering, and wait until all three processes ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        processes = Processes.of(state)
        os.kill(processes.supervisor, signal.SIGTERM)
        wait_until_gone(*processes.all())


def kill_now(pid: int) -> None:
    """kill -9, and wait until the kernel has done it."""
    handle = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        _wait(handle, pid)
    finally:
        os.close(handle)


def wait_until_gone(*pids: int) -> None:
    """Wait for the end of processes that are not our children; fails when one is still there after a while."""
    for pid in pids:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            _wait(handle, pid)
        finally:
            os.close(handle)


def _wait(handle: int, pid: int) -> None:
    watch = select.poll()
    watch.register(handle, select.POLLIN)
    assert watch.poll(PATIENCE * 1000), f"process {pid} is still there"


def eventually(holds: Callable[[], object], *, patience: float = PATIENCE) -> None:
    """Wait until `holds()` is true."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)  # another process is at work, and nothing tells us when it is done
