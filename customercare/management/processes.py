"""The processes of a demo: web, workers, beat and a mail sink, all on loopback, all gone with their parent."""

import json
import os
import signal
import smtplib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backoffice.embedded.process import die_with_parent

PATIENCE = 30
QUIET = ("-W", "ignore")


@dataclass
class Processes:
    """Started children; `stop` ends them in the reverse order."""

    folder: Path
    environment: dict[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, name: str, *command: str, extra: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a Python module or script of ours; its output goes to <folder>/<name>.log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - our own commands
                [sys.executable, *command],
                env={**self.environment, **(extra or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one C call, no Python locks
            )
        self.running.append(child)
        return child

    def dead(self) -> list[int]:
        return [child.pid for child in self.running if child.poll() is not None]

    def stop(self) -> None:
        for child in reversed(self.running):
            child.terminate()
        for child in reversed(self.running):
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def start_sink(processes: Processes) -> int:
    """The mail sink; returns its port."""
    port_file = processes.folder / "sink.port"
    port_file.unlink(missing_ok=True)
    mails = processes.folder / "mails"
    mails.mkdir(exist_ok=True)
    processes.start(
        "sink",
        "-m",
        "backoffice.embedded.smtp_sink",
        "--port",
        "0",
        "--port-file",
        str(port_file),
        "--folder",
        str(mails),
    )
    wait_for(lambda: port_file.exists() and port_file.read_text().strip() != "", "the mail sink")
    return int(port_file.read_text())


def start_web(processes: Processes, port: int) -> str:
    """gunicorn with threads and a connection pool; returns its address."""
    address = f"http://127.0.0.1:{port}"
    processes.start(
        "web", "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "8",
        "--log-level", "warning", "backoffice.wsgi", extra={"DB_POOL": "1"},
    )  # fmt: skip
    wait_for(lambda: answers(f"{address}/healthz"), "the web server")
    return address


def start_workers(processes: Processes, *, relays: int = 2) -> None:
    """One worker for messages, one for the rest, and beat."""
    celery = (*QUIET, "-m", "celery", "--app", "backoffice")
    common = ("--loglevel", "WARNING", "--without-gossip", "--without-mingle")
    processes.start(
        "deliver",
        *celery,
        "worker",
        "--queues",
        "deliver",
        "--concurrency",
        str(relays),
        "--hostname",
        "deliver@%h",
        *common,
    )
    processes.start(
        "default", *celery, "worker", "--queues", "default", "--concurrency", "1", "--hostname", "default@%h", *common
    )
    schedule = str(processes.folder / "beat-schedule")
    processes.start("beat", *celery, "beat", "--schedule", schedule, "--pidfile=", "--loglevel", "WARNING")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 # nosec B310
            return bool(response.status == 200)
    except OSError:
        return False


def sink_statistics(port: int) -> dict[str, int]:
    """What the sink counted: messages, distinct, duplicates."""
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as line:
        _code, answer = line.docmd("XSTAT")
    return dict(json.loads(answer))


def wait_for(holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait until holds() is true. Raises TimeoutError naming what did not come."""
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not start within {patience:.0f} seconds; its log is in the state folder.")
        time.sleep(0.05)


@contextmanager
def family(folder: Path) -> Iterator[Processes]:
    """Children that end with this block, whatever happens in it."""
    folder.mkdir(parents=True, exist_ok=True)
    processes = Processes(folder=folder, environment={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        yield processes
    finally:
        processes.stop()
