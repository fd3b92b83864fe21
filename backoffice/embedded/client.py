"""What a command does to get its servers: join the stack that runs, or start the one supervisor that will run it."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from backoffice.embedded import locks, places, process
from backoffice.embedded.errors import EmbeddedError
from backoffice.embedded.stack import KINDS

SUPERVISOR = "backoffice.embedded.supervisor"
EMBEDDED_VARIABLE = "STANDFAST_EMBEDDED"  # tells the settings that these servers are this machine's own
PATIENCE = 90
PAUSE = 0.02

_leases: list["Lease"] = []  # held until the process ends, when the kernel lets go of the lock


@dataclass(frozen=True)
class Lease:
    """A share in the running stack, worth as long as `lock`, a descriptor, stays open."""

    urls: dict[str, str]
    lock: int

    def release(self) -> None:
        """Stop using the stack; it ends some seconds after the last command released it."""
        os.close(self.lock)


def ensure(state: Path | None = None) -> Lease | None:
    """Give this process DATABASE_URL and REDIS_URL: what the environment lacks, the embedded stack answers.

    The addresses are put into `os.environ`, so that child processes inherit them, and the stack is held until this
    process ends. Returns None when both were set already. Raises EmbeddedError with a sentence for the person.
    """
    missing = [variable for variable in KINDS if not os.environ.get(variable)]
    if not missing:
        return None
    lease = join(state or places.state_folder(), missing)
    os.environ.update(lease.urls, **{EMBEDDED_VARIABLE: "1"})
    _leases.append(lease)
    return lease


def join(state: Path, variables: list[str]) -> Lease:
    """A share in the stack of `state` with the servers named by `variables`, started if need be."""
    folder = places.make_folder(state)
    lock = locks.share(folder, locks.CLIENTS)  # waits while an old supervisor is closing down
    try:
        with locks.alone(folder, locks.START):
            return Lease(_find_or_start(folder, variables), lock)
    except BaseException:
        os.close(lock)
        raise


def _find_or_start(folder: Path, variables: list[str]) -> dict[str, str]:
    deadline = time.monotonic() + PATIENCE
    log = folder / places.LOG
    started = asked = False
    while time.monotonic() < deadline:
        if _start_supervisor(folder, variables):
            if started:
                break  # it died at once; its log says why
            started = asked = True
        answered = asked and not (folder / places.WANTED).exists()
        news = json.loads(places.read_text(folder / places.RUNNING) or "{}")
        urls = news.get("urls", {})
        if all(variable in urls for variable in variables):
            return {variable: urls[variable] for variable in variables}
        if answered and news.get("error"):
            raise EmbeddedError(news["error"])
        if news and not asked:
            places.write_secret(folder / places.WANTED, json.dumps(variables))
            asked = True
        time.sleep(PAUSE)
    raise EmbeddedError(f"The embedded servers did not start. Their log {log} ends with:\n{process.tail(log)}")


def _start_supervisor(folder: Path, variables: list[str]) -> bool:
    """Start a supervisor unless one lives. It inherits the lock that proves it, so there is no moment between."""
    lock = locks.open_lock(folder, locks.SUPERVISOR)
    try:
        if not locks.try_alone(lock):
            return False
        for left_over in (places.RUNNING, places.WANTED):
            (folder / left_over).unlink(missing_ok=True)
        log = process.open_log(folder / places.LOG)
        try:
            subprocess.run(
                [sys.executable, "-m", SUPERVISOR, folder, *variables],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=places.PROJECT,
                env={name: value for name, value in os.environ.items() if name not in KINDS},
                pass_fds=(lock,),
                start_new_session=True,
                check=True,
            )
        finally:
            os.close(log)
        return True
    finally:
        os.close(lock)
