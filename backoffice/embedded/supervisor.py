"""The process that owns one stack: it starts the servers, and stops them when the last command has gone.

Its whole life is one loop. A command holds a shared lock for as long as it lives; when the supervisor gets that lock
for itself, nobody is left. Commands and supervisor speak through two files of the state folder: `running.json` (what
runs, written here) and `wanted.json` (what else a command needs, written there).
"""

import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from backoffice.embedded import locks, places
from backoffice.embedded.errors import EmbeddedError
from backoffice.embedded.stack import Stack

LINGER = 2.0  # seconds: the next command of a script finds the servers warm
TICK = 0.1
REVIVALS = 5  # a server that keeps dying is not started for ever


class Supervisor:
    """Owns the stack in `folder` until nobody uses it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = Stack(folder)
        self.revivals = 0
        self.told_to_stop = False

    def run(self, first: list[str]) -> None:
        """Start the servers named in `first`, serve until the last command has gone, stop the servers."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)
        clients = locks.open_lock(self.folder, locks.CLIENTS)
        try:
            self._start(first)
            self._serve(clients)
        finally:
            (self.folder / places.RUNNING).unlink(missing_ok=True)
            self.stack.stop()

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.told_to_stop = True

    def _serve(self, clients: int) -> None:
        """Return holding the lock of the clients, or when told to stop or unable to go on."""
        last_used = time.monotonic()
        while not self.told_to_stop and self._revive():
            if not locks.try_alone(clients):
                last_used = time.monotonic()
                self._start_wanted()
            elif time.monotonic() - last_used > LINGER:
                return
            else:
                locks.release(clients)
            time.sleep(TICK)

    def _revive(self) -> bool:
        """Start again what died by itself; False once it has died too often."""
        dead = self.stack.revive()
        if dead:
            self.revivals += 1
            sys.stderr.write(f"started again: {', '.join(dead)}\n")
            self._tell()
        return self.revivals <= REVIVALS

    def _start_wanted(self) -> None:
        wanted = self.folder / places.WANTED
        with suppress(FileNotFoundError):
            self._start(json.loads(wanted.read_text()))
            wanted.unlink()  # after the news, so that its absence means that the news is new

    def _start(self, variables: list[str]) -> None:
        error = ""
        try:
            self.stack.start(variables)
        except (EmbeddedError, OSError) as refusal:
            error = str(refusal)
        self._tell(error)

    def _tell(self, error: str = "") -> None:
        news = {"pid": os.getpid(), "urls": self.stack.urls, "error": error}
        places.write_secret(self.folder / places.RUNNING, json.dumps(news))


def detach() -> None:
    """Leave the command that started us, so that it can neither wait for us nor take us along."""
    if os.fork():
        os._exit(0)


def main(folder: str, variables: list[str]) -> None:
    """Run as the supervisor of `folder`; the lock of the supervisor is inherited from the command that starts us."""
    detach()
    Supervisor(Path(folder)).run(variables)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
