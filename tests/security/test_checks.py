"""What keeps an unsafe installation from starting unnoticed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import redis
import time_machine
from django.db import OperationalError

from backoffice.kernel import checks
from tests.factories import NOW

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "STANDFAST_PRODUCTION": "1",
    "SECRET_KEY": "Kq3vT8yZ1wXe6rUp0sNd5mHb9cJf2gLa7iOo4tVx8QzWk1Ry6E",
    "ALLOWED_HOSTS": "shop.example",
    "BEHIND_TLS_PROXY": "1",
    "EVIDENCE_ROOT": "/srv/evidence",
}
KEPT = ("PATH", "HOME", "LANG", "DATABASE_URL", "REDIS_URL", "VIRTUAL_ENV")


def ids(found: list[Any]) -> list[str]:
    return [message.id for message in found]


def check_deploy(**changes: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check --deploy` in an environment like production's."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ} | PRODUCTION | changes
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=100)


def test_production_settings_give_no_warning() -> None:
    done = check_deploy()
    assert (done.returncode, done.stdout.strip()) == (
        0,
        "System check identified no issues (0 silenced).",
    ), done.stderr


def test_production_without_a_key_does_not_start() -> None:
    done = check_deploy(SECRET_KEY="")
    assert done.returncode != 0
    assert "Set SECRET_KEY" in done.stderr


def test_unsafe_production_is_refused_by_name() -> None:
    done = check_deploy(DEBUG="1", STANDFAST_EMBEDDED="1", EMAIL_TIMEOUT="0")
    assert done.returncode != 0
    assert all(f"backoffice.{name}" in done.stderr for name in ("E001", "E002", "E003"))


@pytest.fixture
def safe(settings: Any) -> Any:
    """Settings that the first check has nothing to say about."""
    settings.DEBUG = False
    settings.EMBEDDED_SERVERS = False
    settings.EMAIL_TIMEOUT = 20
    settings.SECRET_KEY = PRODUCTION["SECRET_KEY"]
    assert checks.production_settings(None) == []
    return settings


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DEBUG", True, "backoffice.E001"),
        ("EMBEDDED_SERVERS", True, "backoffice.E002"),
        ("EMAIL_TIMEOUT", 0, "backoffice.E003"),
        ("EMAIL_TIMEOUT", 61, "backoffice.E003"),
        ("SECRET_KEY", "only-for-a-machine-of-your-own-kkk", "backoffice.E004"),
    ],
)
def test_each_unsafe_setting_has_its_id(safe: Any, name: str, value: object, told: str) -> None:
    setattr(safe, name, value)
    assert ids(checks.production_settings(None)) == [told]


class TestTheBroker:
    def test_ours_keeps_what_it_takes(self) -> None:
        assert checks.broker_keeps_what_it_takes(None) == []

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            ({"maxmemory-policy": b"allkeys-lru", "appendonly": b"yes"}, ["backoffice.E005"]),
            ({"maxmemory-policy": "noeviction", "appendonly": "no"}, ["backoffice.E006"]),
            ({"maxmemory-policy": "volatile-ttl", "appendonly": "no"}, ["backoffice.E005", "backoffice.E006"]),
            ({}, ["backoffice.E005", "backoffice.E006"]),
        ],
    )
    def test_one_that_loses_work_is_refused(self, told: dict[str, object], expected: list[str]) -> None:
        """A foreign server's answer, because ours would have to be made unsafe for all tests at once."""
        with mock.patch.object(
            redis.Redis, "config_get", lambda _self, name: {name: told[name]} if name in told else {}
        ):
            assert ids(checks.broker_keeps_what_it_takes(None)) == expected

    def test_one_that_is_away_is_a_warning(self, settings: Any) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:9/0"
        assert ids(checks.broker_keeps_what_it_takes(None)) == ["backoffice.W008"]


@pytest.mark.django_db
class TestTheClocks:
    def test_agree_on_one_machine(self) -> None:
        assert checks.clocks_agree(None) == []

    def test_that_disagree_are_named(self) -> None:
        with time_machine.travel(NOW, tick=False):
            assert ids(checks.clocks_agree(None)) == ["backoffice.W007"]

    def test_a_database_that_is_away_is_a_warning(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def away() -> float:
            raise OperationalError("no route")

        monkeypatch.setattr(checks, "clock_skew", away)
        assert ids(checks.clocks_agree(None)) == ["backoffice.W009"]
