"""The processes that live and die here, and the ways to kill them."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backoffice.embedded.stack import Stack
from backoffice.messaging.models import Message
from customercare.management.processes import QUIET, Processes
from tests.kit.smtp_faults import FaultServer

PATIENCE = 120.0
# A statement of a killed process may still be under way in the database.
LAST_STATEMENT = 0.3
CELERY = (*QUIET, "-m", "celery", "--app")
WORKERS = {"deliver": 2, "default": 2}


class Stuck(Exception):
    """Something did not happen in time."""


def wait_for(holds: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Wait until holds() is true. Raises Stuck."""
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise Stuck(f"{what}: not within {patience:.0f} s")
        time.sleep(0.02)


@dataclass
class Stage:
    """stack: the two servers. witness: the mail server. doomed: messages that were being sent when their relay died."""

    folder: Path
    stack: Stack
    witness: FaultServer
    processes: Processes
    group: int = 8
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    doomed: set[int] = field(default_factory=set)

    @property
    def points(self) -> Path:
        return self.folder / "points"

    # Workers and beat

    def start_worker(self, name: str) -> subprocess.Popen[bytes]:
        """One worker of two processes for its queue, ready to work."""
        log = self.folder / f"{name}.log"
        seen = log.read_text(errors="replace").count(" ready.") if log.exists() else 0
        self.workers[name] = self.processes.start(
            name, *CELERY, "backoffice", "worker", "--queues", name, "--concurrency", str(WORKERS[name]),
            "--hostname", f"{name}-{time.monotonic_ns()}@%h", "--loglevel", "INFO",
            "--without-gossip", "--without-mingle", extra={"MESSAGING_GROUP": str(self.group)},
        )  # fmt: skip
        wait_for(lambda: log.read_text(errors="replace").count(" ready.") > seen, f"worker {name}", 60)
        return self.workers[name]

    def start_beat(self, name: str = "beat") -> subprocess.Popen[bytes]:
        schedule = str(self.folder / f"{name}-schedule")
        return self.processes.start(
            name, *CELERY, "tests.chaos.clockwork", "beat", "--schedule", schedule, "--pidfile=", "--loglevel", "INFO"
        )

    def use_group(self, group: int) -> None:
        """Workers that open so many messages a commit."""
        self.group = group
        for name in WORKERS:
            if name in self.workers:
                self.end(self.workers[name])
            self.start_worker(name)

    def end(self, process: subprocess.Popen[bytes]) -> float:
        """SIGTERM, as a deployment does; returns the seconds until it was gone."""
        began = time.monotonic()
        process.terminate()
        process.wait(60)
        return time.monotonic() - began

    def kill_group(self, name: str) -> None:
        """SIGKILL for a worker and all its children at once."""
        os.killpg(self.workers[name].pid, signal.SIGKILL)
        self.workers[name].wait(10)

    def remember_doomed(self, *owners: int) -> set[int]:
        """The messages that these dead processes (all, if none is named) were sending; they may or may not arrive."""
        time.sleep(LAST_STATEMENT)
        rows = Message.objects.filter(state="transmitting").values_list("id", "claimed_by")
        doomed = {number for number, owner in rows if not owners or pid_of(owner) in owners}
        self.doomed |= doomed
        return doomed

    # Fault points

    def arm(self, point: str) -> None:
        """The next process that gets there stops there."""
        self.points.mkdir(exist_ok=True)
        for left_over in self.points.glob(f"{point}.*"):
            left_over.unlink()
        (self.points / "armed").write_text(point)

    def kill_at(self, point: str) -> int:
        """Wait until a process stands at the armed point, kill it there, and let any other go on."""
        wait_for(lambda: self._standing(point), f"a process at {point}", 60)
        (self.points / "armed").write_text("")
        victim = self._standing(point)[0]
        kill(victim)
        (self.points / f"{point}.go").touch()
        return victim

    def _standing(self, point: str) -> list[int]:
        found = [path.suffix[1:] for path in self.points.glob(f"{point}.*")]
        return [int(pid) for pid in found if pid.isdigit()]

    def run_and_kill(self, *arguments: str, point: str) -> None:
        """Start a process that declares, and kill it at a point."""
        self.arm(point)
        child = self.processes.start("declarer", "-m", "tests.chaos.declarer", *arguments)
        self.kill_at(point)
        child.wait(10)

    # The broker

    def kill_broker(self, *, forget: bool = True) -> None:
        """SIGKILL; with forget nothing of what it knew survives."""
        server = self.stack.servers["REDIS_URL"]
        assert server.process is not None
        server.process.kill()
        server.process.wait()
        if forget:
            shutil.rmtree(server.folder / "appendonlydir", ignore_errors=True)

    def revive_broker(self) -> None:
        self.stack.revive()


def pid_of(owner: str) -> int:
    """The process in a relay's name."""
    return int(owner.split(":")[-2])


def kill(pid: int) -> None:
    """SIGKILL, and gone when this returns."""
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not is_running(pid), f"the end of process {pid}", 10)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


@contextmanager
def family(folder: Path) -> Iterator[Processes]:
    """The processes that are started here, none of which outlives this block."""
    processes = Processes(folder=folder, environment=dict(os.environ))
    try:
        yield processes
    finally:
        for child in processes.running:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def note(text: str) -> None:
    sys.stderr.write(f"{text}\n")
