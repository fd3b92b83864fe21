"""Starting and stopping server processes so that none is ever left behind."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

LINUX = sys.platform.startswith("linux")
SET_PARENT_DEATH_SIGNAL = 1
LOG_LIMIT = 5_000_000
LOG_TAIL = 1_500

_libc = ctypes.CDLL(None) if LINUX else None


def die_with_parent(parting: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` that has the kernel send `parting` to the child when its parent dies, `kill -9` included.

    The kernel binds this to the *thread* that forks, so fork from one that lives as long as the child should: the main
    thread. Elsewhere than on Linux it is None, and what is left over is stopped by the next start.
    """
    if _libc is None:
        return None
    libc, parent = _libc, os.getpid()

    def ask_the_kernel() -> None:
        libc.prctl(SET_PARENT_DEATH_SIGNAL, parting)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return ask_the_kernel


def launch(
    command: Sequence[str | Path], *, log: Path, parting: signal.Signals, **options: Any
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, out of reach of Ctrl-C; it gets `parting` when this process dies."""
    output = open_log(log)
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
            preexec_fn=die_with_parent(parting),  # noqa: PLW1509 - two system calls, no lock, no import
            **options,
        )
    finally:
        os.close(output)


def wait_until_ready(process: subprocess.Popen[bytes], is_ready: Callable[[], bool], *, patience: float) -> bool:
    """Whether `process` became ready before it ended or our patience did."""
    deadline = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < deadline:
        if is_ready():
            return True
        time.sleep(0.01)
    return False


def free_port(wanted: int = 0) -> int:
    """`wanted` if nobody listens there, else a free port on loopback."""
    for port in (wanted, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise OSError("no free port on loopback")


def open_log(path: Path) -> int:
    """A descriptor to append to the log at `path`; one that has grown too long starts again."""
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".old.log"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def tail(path: Path) -> str:
    """The end of a log, to be shown in an error."""
    try:
        return path.read_text(errors="replace")[-LOG_TAIL:].strip()
    except FileNotFoundError:
        return ""


def stop(process: subprocess.Popen[bytes], *signals: signal.Signals, patience: float = 20) -> None:
    """Ask `process` to end, more firmly with each signal, and reap it."""
    for parting in (*signals, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(parting)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)


def stop_stranger(pid: int, mark: str, *signals: signal.Signals, patience: float = 20) -> None:
    """End process `pid`, no child of ours, as long as its command line contains `mark`."""
    for parting in (*signals, signal.SIGKILL):
        with suppress(ProcessLookupError):
            if runs(pid, mark):
                os.kill(pid, parting)
        deadline = time.monotonic() + patience
        while runs(pid, mark) and time.monotonic() < deadline:
            time.sleep(0.02)


def runs(pid: int, mark: str) -> bool:
    """Whether `pid` is alive and its command line contains `mark`: a number alone may have been given to another."""
    if LINUX:
        with suppress(OSError):
            return mark.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        return False
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return mark in shown.stdout
