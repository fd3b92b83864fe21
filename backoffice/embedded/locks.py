"""Locks on files of the state folder. The kernel releases them when their holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLIENTS = "clients.lock"  # shared by every command that uses the stack
SUPERVISOR = "supervisor.lock"  # exclusive, for the life of the supervisor
START = "start.lock"  # exclusive, while a command looks for or starts the supervisor


def open_lock(folder: Path, name: str) -> int:
    """A descriptor of the lock file `name`, not locked yet."""
    return os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def share(folder: Path, name: str) -> int:
    """Hold `name` together with others; waits while one holder has it alone."""
    descriptor = open_lock(folder, name)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def try_alone(descriptor: int) -> bool:
    """Hold the lock alone, or return False at once."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def release(descriptor: int) -> None:
    """Give the lock back and keep the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def alone(folder: Path, name: str) -> Iterator[None]:
    """Hold `name` alone for the time of a `with`; waits for its turn."""
    descriptor = open_lock(folder, name)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
