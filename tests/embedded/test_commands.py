"""Which commands get servers, and the two commands of the embedded stack itself."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import manage
from backoffice.embedded import EmbeddedError, __main__, client, places
from tests.embedded import kit
from tests.embedded.kit import Command

RUN = [sys.executable, "-m", "backoffice.embedded"]


@pytest.mark.parametrize(
    "line", ["", "help migrate", "--version", "migrate --help", "makemessages -l pl", "collectstatic"]
)
def test_commands_that_read_files_only_start_no_server(line: str) -> None:
    assert not manage.needs_servers(line.split())


@pytest.mark.parametrize(
    "line", ["migrate", "shell", "check", "makemigrations --check", "demo --once", "incident status"]
)
def test_every_other_command_has_servers(line: str) -> None:
    assert manage.needs_servers(line.split())


def test_a_configured_environment_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/shop")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")

    assert client.ensure(tmp_path) is None
    assert os.environ["DATABASE_URL"] == "postgresql://elsewhere/shop"
    assert not list(tmp_path.iterdir())


def test_run_becomes_the_command_and_holds_the_stack_for_it(state: Path) -> None:
    script = "import os; print(os.getpid(), os.environ['DATABASE_URL'].split(':')[0], flush=True); input(); os._exit(3)"
    with subprocess.Popen(
        [*RUN, "run", sys.executable, "-c", script],
        cwd=places.PROJECT,
        env=kit.unconfigured(state),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{process.pid} postgresql\n"
        servers = kit.Processes.of(state)
        process.communicate("\n", timeout=kit.PATIENCE)
        assert process.returncode == 3
    kit.wait_until_gone(*servers.all())


def test_what_cannot_be_run_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["run", "no-such-command"]) == 1
    assert capsys.readouterr().err == "There is no command no-such-command.\n"
    assert __main__.main([]) == 2
    assert capsys.readouterr().err.startswith("usage: ")


def test_remove_deletes_the_data_once_nobody_uses_it(
    new_state: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = new_state("state")
    monkeypatch.setenv(places.STATE_VARIABLE, str(state))
    monkeypatch.setattr(__main__, "PATIENCE", 0)
    command = Command(state)
    command.urls()
    home = Path(places.read_text(state / "postgres" / "home") or state / "postgres")
    with pytest.raises(EmbeddedError, match="are in use"):
        __main__.remove()

    command.finish()
    monkeypatch.setattr(__main__, "PATIENCE", kit.PATIENCE)
    __main__.remove()

    assert not state.exists()
    assert not home.exists()
