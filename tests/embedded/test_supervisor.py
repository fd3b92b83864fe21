"""One running stack per state folder, shared by the commands that overlap, and gone after the last of them."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from backoffice.embedded import places
from tests.embedded import kit
from tests.embedded.kit import Command, Processes

pytestmark = pytest.mark.slow


def both_answer(urls: tuple[str, str]) -> bool:
    """Whether both servers can be reached with these addresses."""
    with psycopg.connect(urls[0]) as connection, redis.Redis.from_url(urls[1]) as broker:
        answer = connection.execute("SELECT 1").fetchone()
        return answer == (1,) and bool(broker.ping())


def run(url: str, statement: str) -> None:
    """Execute one statement and commit it."""
    with psycopg.connect(url) as connection:
        connection.execute(statement)


def test_an_unconfigured_command_gets_real_servers_that_leave_with_it(state: Path) -> None:
    command = Command(state)
    urls = command.urls()
    assert both_answer(urls)
    servers = Processes.of(state)

    command.finish()

    kit.wait_until_gone(*servers.all())
    assert not (state / places.RUNNING).exists()


def test_a_second_command_shares_the_stack_and_outlives_the_kill_of_the_first(state: Path) -> None:
    first = Command(state)
    urls = first.urls()
    servers = Processes.of(state)
    second = Command(state)
    assert second.urls() == urls

    first.kill()

    assert both_answer(urls)
    assert Processes.of(state) == servers
    second.finish()
    kit.wait_until_gone(*servers.all())


def test_no_server_outlives_its_killed_supervisor_and_the_next_command_has_the_data(state: Path) -> None:
    first = Command(state)
    urls = first.urls()
    run(urls[0], "CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS seven")
    servers = Processes.of(state)

    kit.kill_now(servers.supervisor)

    kit.wait_until_gone(servers.postgres, servers.valkey)
    first.finish()
    second = Command(state)
    with psycopg.connect(second.urls()[0]) as connection:
        assert connection.execute("SELECT seven FROM kept").fetchone() == (7,)
    second.finish()


def test_a_crash_of_everything_leaves_nothing_that_stops_the_next_start(state: Path) -> None:
    first = Command(state)
    urls = first.urls()
    run(urls[0], "CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS seven")
    with redis.Redis.from_url(urls[1]) as broker:
        broker.set("kept", "7")
        broker.execute_command("WAITAOF", 1, 0, 5000)
    servers = Processes.of(state)
    told = (state / places.RUNNING).read_text()

    for pid in servers.all():
        kit.kill_now(pid)
    first.kill()
    (state / places.RUNNING).write_text(told)

    second = Command(state)
    urls = second.urls()
    with psycopg.connect(urls[0]) as connection, redis.Redis.from_url(urls[1]) as broker:
        assert connection.execute("SELECT seven FROM kept").fetchone() == (7,)
        assert broker.get("kept") == b"7"
    second.finish()


def test_a_recorded_number_that_now_belongs_to_another_process_is_left_alone(state: Path) -> None:
    command = Command(state)
    command.urls()
    servers = Processes.of(state)
    for pid in servers.all():
        kit.kill_now(pid)
    command.kill()
    (state / "valkey" / "pid").write_text(str(os.getpid()))
    home = Path(places.read_text(state / "postgres" / "home") or state / "postgres")
    record = home / "data" / "postmaster.pid"
    record.write_text(record.read_text().replace(str(servers.postgres), str(os.getpid()), 1))

    again = Command(state)

    assert both_answer(again.urls())
    again.finish()


def test_two_state_folders_run_side_by_side(new_state: Callable[[str], Path]) -> None:
    here, there = new_state("here"), new_state("there and back")
    one, other = Command(here), Command(there)
    urls, other_urls = one.urls(), other.urls()
    run(urls[0], "CREATE TABLE only_here ()")

    assert both_answer(urls)
    assert both_answer(other_urls)
    with psycopg.connect(other_urls[0]) as connection:
        assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)
    one.finish()
    other.finish()


def test_five_first_commands_at_once_make_one_stack(new_state: Callable[[str], Path]) -> None:
    state = new_state("state")
    commands = [Command(state) for _ in range(5)]
    urls = {command.urls() for command in commands}

    assert len(urls) == 1
    assert both_answer(urls.pop())
    for command in commands:
        command.finish()


def test_only_the_missing_server_is_embedded_until_a_command_needs_the_other(
    new_state: Callable[[str], Path],
) -> None:
    state = new_state("state")
    elsewhere = "redis://127.0.0.1:1/0"
    first = Command(state, REDIS_URL=elsewhere)
    database, broker = first.urls()
    assert broker == elsewhere
    assert not (state / "valkey").exists()

    second = Command(state)
    urls = second.urls()

    assert urls[0] == database
    assert both_answer(urls)
    first.finish()
    second.finish()


def test_a_server_that_dies_is_started_again_under_its_address(state: Path) -> None:
    command = Command(state)
    urls = command.urls()
    before = Processes.of(state)

    kit.kill_now(before.valkey)
    kit.kill_now(before.postgres)

    def answers_again() -> bool:
        try:
            return both_answer(urls)
        except (psycopg.OperationalError, redis.ConnectionError):
            return False

    kit.eventually(answers_again)
    assert Processes.of(state).supervisor == before.supervisor
    command.finish()


def test_a_start_that_fails_is_told_and_can_be_tried_again(new_state: Callable[[str], Path]) -> None:
    state = new_state("state")
    places.make_folder(state / "valkey")
    (state / "valkey" / "valkey.conf").mkdir()
    command = Command(state)
    errors = command.process.communicate(timeout=kit.PATIENCE)[1]
    assert "EmbeddedError: [Errno" in errors
    assert "valkey.conf" in errors

    (state / "valkey" / "valkey.conf").rmdir()

    again = Command(state)
    assert both_answer(again.urls())
    again.finish()


def test_no_secret_can_be_read_by_other_users(state: Path) -> None:
    command = Command(state)
    urls = command.urls()
    secrets = [url.split("@")[0].rsplit(":", 1)[1] for url in urls]
    files = [path for path in state.rglob("*") if path.is_file() and path.parent.name != "data"]
    holders = [path for path in files if any(secret in path.read_text(errors="ignore") for secret in secrets)]

    assert len(holders) >= 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in holders} == {0o600}
    arguments = Path(f"/proc/{Processes.of(state).valkey}/cmdline").read_text()
    assert not any(secret in arguments for secret in secrets)
    assert json.loads((state / places.RUNNING).read_text())["urls"]["REDIS_URL"] == urls[1]
    command.finish()
