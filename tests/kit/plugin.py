"""Real servers for every test run, started before Django reads its settings.

With DATABASE_URL and REDIS_URL set the tests use those servers. What is missing is started once, by the controlling
process; the workers of pytest-xdist inherit the addresses, and each has a Redis database of its own.
"""

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from backoffice.embedded import EmbeddedError, locks
from backoffice.embedded.client import EMBEDDED_VARIABLE
from backoffice.embedded.postgres import Postgres
from backoffice.embedded.stack import KINDS, Stack

PREFIX = "standfast-tests-"
LOCK = "run.lock"
# Long or special runs have commands of their own: make chaos, make bench, make realdata.
OWN_COMMANDS = ("chaos", "bench", "realdata")


class TestServers:
    """The servers of one test run, in a temporary folder."""

    __test__ = False

    def __init__(self, where: Path) -> None:
        sweep(where)
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=where))
        self.folder.chmod(0o755)
        self.lock = locks.open_lock(self.folder, LOCK)
        locks.try_alone(self.lock)
        self.stack = Stack(self.folder, fast=True)

    def start(self, variables: list[str]) -> None:
        """Start the servers that `variables` name and put their addresses into the environment."""
        os.environ.update(self.stack.start(variables), **{EMBEDDED_VARIABLE: "1"})
        if Postgres.variable in variables:
            leave_tables_unmeasured(os.environ[Postgres.variable])

    def stop(self) -> None:
        """Stop the servers and delete their data."""
        self.stack.stop()
        self.stack.remove()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self.lock)


def leave_tables_unmeasured(url: str) -> None:
    """No autovacuum: it would measure rows that a test is about to roll back, and plan the next test for none."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")


def sweep(where: Path) -> None:
    """Delete what earlier runs left that were killed: nobody holds their lock."""
    for folder in where.glob(f"{PREFIX}*"):
        if not (folder / LOCK).exists() or not os.access(folder, os.W_OK):
            continue
        lock = locks.open_lock(folder, LOCK)
        if locks.try_alone(lock):
            Stack(folder).remove()
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def with_database(url: str, number: int) -> str:
    """The Redis `url` with its database moved on by `number`."""
    parts = urlsplit(url)
    first = int(parts.path.strip("/") or 0)
    return urlunsplit(parts._replace(path=f"/{first + number}"))


SERVERS = pytest.StashKey[TestServers]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before pytest-django reads the settings: have both addresses in the environment."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        os.environ["REDIS_URL"] = with_database(os.environ["REDIS_URL"], int(worker.removeprefix("gw")))
        return
    missing = [variable for variable in KINDS if not os.environ.get(variable)]
    options = early_config.known_args_namespace
    if not missing or options.help or options.version:
        return
    servers = TestServers(Path(tempfile.gettempdir()))
    early_config.stash[SERVERS] = servers
    early_config.add_cleanup(servers.stop)
    try:
        servers.start(missing)
    except EmbeddedError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the runs that have commands of their own, unless they were named."""
    own = config.rootpath / "tests"
    if collection_path.parent != own or collection_path.name not in OWN_COMMANDS:
        return None
    named = any(Path(argument.split("::")[0]).resolve().is_relative_to(collection_path) for argument in config.args)
    return None if named else True
