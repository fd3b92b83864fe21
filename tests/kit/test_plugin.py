"""The servers of a test run: there before Django, one Redis database for each worker, gone at the end."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backoffice.embedded import places
from tests.embedded import kit
from tests.kit import plugin

WAITING = """
import sys, threading
def test_that_waits():
    print("WAITING", file=sys.__stderr__, flush=True)
    threading.Event().wait()
"""


def test_each_worker_has_a_redis_database_of_its_own() -> None:
    url = "redis://:secret@127.0.0.1:6379/0"
    assert plugin.with_database(url, 0) == url
    assert plugin.with_database(url, 3) == "redis://:secret@127.0.0.1:6379/3"
    assert plugin.with_database("redis://served:6379", 1) == "redis://served:6379/1"


def test_what_a_killed_run_left_is_swept_and_a_living_run_is_not(tmp_path: Path) -> None:
    living = plugin.TestServers(tmp_path)
    killed = tmp_path / f"{plugin.PREFIX}killed"
    killed.mkdir()
    (killed / plugin.LOCK).write_text("")

    plugin.sweep(tmp_path)

    assert living.folder.exists()
    assert not killed.exists()
    living.stop()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("parting", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_leaves_no_server(tmp_path: Path, parting: signal.Signals) -> None:
    places.make_folder(tmp_path)
    waiting = tmp_path / "test_waiting.py"
    waiting.write_text(WAITING)
    command = [
        # A shell lets what it runs in the background ignore SIGINT, and everything below that would too.
        "env",
        "--default-signal=INT",
        sys.executable,
        "-m",
        "pytest",
        "-s",
        "--rootdir",
        str(places.PROJECT),
        "-c",
        "pyproject.toml",
        str(waiting),
    ]
    environment = kit.unconfigured(tmp_path) | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=places.PROJECT, env=environment, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        assert any(line.startswith("WAITING") for line in run.stderr), "the run did not come to its test"
        (folder,) = tmp_path.glob(f"{plugin.PREFIX}*")
        home = Path(places.read_text(folder / "postgres" / "home") or folder / "postgres")
        pids = [
            int((folder / "valkey" / "pid").read_text()),
            int((home / "data" / "postmaster.pid").read_text().split()[0]),
        ]
        run.send_signal(parting)
        run.communicate(timeout=kit.PATIENCE)

    kit.wait_until_gone(*pids)
    plugin.sweep(tmp_path)
    assert not folder.exists()
