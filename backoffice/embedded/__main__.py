"""`python -m backoffice.embedded run COMMAND…` with the stack; `… remove` deletes its data."""

import os
import shutil
import sys
import time

from backoffice.embedded import locks, places
from backoffice.embedded.client import ensure
from backoffice.embedded.errors import EmbeddedError
from backoffice.embedded.stack import Stack

PATIENCE = 15
PAUSE = 0.1
USAGE = "usage: python -m backoffice.embedded run COMMAND [ARGUMENT…] | remove"


def run(command: list[str]) -> None:
    """Become `command`, with the addresses in its environment; the share in the stack lives as long as it does."""
    if shutil.which(command[0]) is None:
        raise EmbeddedError(f"There is no command {command[0]}.")
    lease = ensure()
    if lease is not None:
        os.set_inheritable(lease.lock, True)
    os.execvp(command[0], command)


def remove() -> None:
    """Delete the stack and its data, once no command uses it any more."""
    folder = places.state_folder()
    if not folder.exists():
        return
    lock = locks.open_lock(folder, locks.SUPERVISOR)
    deadline = time.monotonic() + PATIENCE
    while not locks.try_alone(lock):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"The servers in {folder} are in use: stop the command that uses them first.")
        time.sleep(PAUSE)
    Stack(folder).remove()
    shutil.rmtree(folder)


def main(arguments: list[str]) -> int:
    """Do what `arguments` say and return the exit code."""
    try:
        match arguments:
            case ["run", _, *_]:
                run(arguments[1:])
            case ["remove"]:
                remove()
            case _:
                sys.stderr.write(f"{USAGE}\n")
                return 2
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
