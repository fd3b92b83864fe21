"""One real PostgreSQL on loopback, started from a folder and stopped without loss."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from backoffice.embedded import binaries, places, process
from backoffice.embedded.errors import EmbeddedError

NAME = "standfast"
ATTEMPTS = 5
START_PATIENCE = 60
BUILTIN_LOCALE_SINCE = 17
STATUS_LINE = 7  # of postmaster.pid; pg_ctl reads the same line

COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    # Statements and details can hold a customer's address: they stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """A PostgreSQL that keeps its data below `folder`.

    Durable unless `fast`, which gives up the data of a crashed machine for speed and is meant for tests.
    """

    variable = "DATABASE_URL"

    def __init__(self, folder: Path, *, fast: bool = False) -> None:
        self.folder = places.make_folder(folder)
        self.fast = fast
        self.owner = places.other_owner()
        self.home = self._home()
        self.data = self.home / "data"
        self.log = folder / "postgres.log"
        self.port = int(places.read_text(folder / "port") or 0)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for Django, its password included."""
        return f"postgresql://{NAME}:{self._password()}@127.0.0.1:{self.port}/{NAME}"

    def start(self) -> str:
        """Start the server, the first time after creating its data, and return its url."""
        self.binaries = binaries.find(self.home)
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._check_version()
        self._stop_leftover()
        for attempt in range(1, ATTEMPTS + 1):
            self.port = process.free_port(self.port)
            if self._launch():
                break
            if attempt == ATTEMPTS:
                raise EmbeddedError(
                    f"PostgreSQL did not start. Its log {self.log} ends with:\n{process.tail(self.log)}"
                )
            time.sleep(0.3)  # the port was taken in between, or an old backend is still leaving
        places.write_secret(self.folder / "port", str(self.port))
        return self.url

    def alive(self) -> bool:
        """Whether the server runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, everything committed is kept."""
        if self.process is not None:
            process.stop(self.process, signal.SIGINT, signal.SIGQUIT)

    def remove(self) -> None:
        """Delete the data, wherever it lies."""
        if self.home != self.folder:
            shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _home(self) -> Path:
        """Where data and copied programs lie: `folder`, or what it records when PostgreSQL's user cannot get there."""
        record = self.folder / "home"
        if recorded := places.read_text(record):
            return places.make_folder(Path(recorded))
        if self.owner is None or places.everyone_reaches(self.folder):
            return self.folder
        home = places.public_folder("postgres")
        places.write_secret(record, str(home))
        return home

    def _password(self) -> str:
        return places.read_text(self.folder / "password")

    def _as_owner(self) -> dict[str, Any]:
        """Arguments of subprocess that give up root."""
        if self.owner is None:
            return {}
        return {"user": self.owner.user, "group": self.owner.group, "extra_groups": []}

    def _create(self) -> None:
        """initdb into a folder beside, renamed when complete, so that a killed first start leaves nothing half done."""
        password, part = secrets.token_urlsafe(24), self.home / "data.part"
        secret = self.home / "password.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        places.write_secret(secret, password)
        if self.owner is not None:
            for path in (part, secret):
                os.chown(path, self.owner.user, self.owner.group)
        locale = ["--locale=C", "--encoding=UTF8"]
        if self.binaries.major >= BUILTIN_LOCALE_SINCE:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        elif process.LINUX:
            locale += ["--lc-ctype=C.UTF-8"]
        sync = ["--no-sync"] if self.fast else []
        try:
            self._run("initdb", "-D", part, "-U", NAME, "--auth=scram-sha-256", f"--pwfile={secret}", *locale, *sync)
            self._run("postgres", "--single", "-D", part, "postgres", say=f"CREATE DATABASE {NAME}\n")
        finally:
            secret.unlink()
        places.write_secret(self.folder / "password", password)
        part.replace(self.data)

    def _run(self, tool: str, *arguments: str | Path, say: str | None = None) -> None:
        command = [self.binaries.folder / tool, *arguments]
        try:
            done = subprocess.run(
                command,
                input=say,
                capture_output=True,
                text=True,
                check=False,
                env=environment(),
                cwd="/",
                preexec_fn=process.die_with_parent(signal.SIGKILL),
                **self._as_owner(),
            )
        except OSError as error:
            raise EmbeddedError(
                f"PostgreSQL's {tool} cannot run here ({error}): set DATABASE_URL to a server."
            ) from error
        if done.returncode:
            raise EmbeddedError(f"PostgreSQL's {tool} failed: {done.stderr.strip()[-process.LOG_TAIL :]}")

    def _check_version(self) -> None:
        made_by = int((self.data / "PG_VERSION").read_text())
        if made_by != self.binaries.major:
            raise EmbeddedError(
                f"The data in {self.data} was written by PostgreSQL {made_by}, and this one is {self.binaries.major}: "
                "remove it with `make clean`, or set DATABASE_URL to a server that you have moved it to."
            )

    def _stop_leftover(self) -> None:
        """End a server that outlived its supervisor; forget a recorded number that now belongs to someone else."""
        record = self.data / "postmaster.pid"
        with suppress(ValueError, IndexError):
            pid = int(places.read_text(record).splitlines()[0])
            process.stop_stranger(pid, str(self.data), signal.SIGINT, signal.SIGQUIT)
            with suppress(OSError):
                os.kill(pid, 0)
                record.unlink()

    def _launch(self) -> bool:
        """Start one server process; False when it ended by itself."""
        settings = COMMON | (FAST if self.fast else {}) | {"port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [self.binaries.folder / "postgres", "-D", self.data, *options]
        self.process = process.launch(
            command, log=self.log, parting=signal.SIGINT, env=environment(), **self._as_owner()
        )
        if process.wait_until_ready(self.process, self._is_ready, patience=START_PATIENCE):
            return True
        self.stop()
        return False

    def _is_ready(self) -> bool:
        lines = places.read_text(self.data / "postmaster.pid").splitlines()
        return (
            len(lines) > STATUS_LINE
            and self.process is not None
            and lines[0] == str(self.process.pid)
            and lines[STATUS_LINE].strip() == "ready"
        )


def environment() -> dict[str, str]:
    """The environment of PostgreSQL's programs: none of ours, so that no PG… variable bends them."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
