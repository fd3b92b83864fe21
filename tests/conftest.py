"""What tests share: the moment, a shop, and a cast of people, one per role."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone, translation

from backoffice.kernel import access
from backoffice.kernel.models import Store, User
from backoffice.kernel.roles import Role
from backoffice.messaging.models import Outbound
from tests.factories import NOW, make_store, make_user

BACKEND = "django.contrib.auth.backends.ModelBackend"
ClientFor = Callable[..., Client]


@dataclass(frozen=True, slots=True)
class Cast:
    """Five people who work at the shop."""

    admin: User
    manager: User
    staff: User
    agent: User
    auditor: User

    def by_role(self, role: Role | str) -> User:
        """The person who holds this role."""
        people = (self.admin, self.manager, self.staff, self.agent, self.auditor)
        return next(person for person in people if person.role == role)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Every test starts with nothing remembered."""
    cache.clear()


@pytest.fixture(autouse=True)
def evidence_root(settings: Any, tmp_path: Path) -> Path:
    """Files that a test uploads lie in a folder of its own."""
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    return settings.EVIDENCE_ROOT


@pytest.fixture(autouse=True)
def english() -> None:
    """A request in another language leaves it switched on in its thread; the next test starts without it."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def the_switch(request: pytest.FixtureRequest) -> None:
    """Tests with real transactions empty every table afterwards, also the one row that a migration wrote."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("transactional_db" if _is_transactional(request) else "db")
        Outbound.objects.get_or_create(pk=1, defaults={"tokens_at": NOW - timedelta(days=1)})


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in request.fixturenames


@pytest.fixture
def now() -> datetime:
    """The moment at which the test happens."""
    return NOW


@pytest.fixture
def store(db: None) -> Store:
    return make_store("kettle")


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast(
        admin=make_user(Role.ADMIN, "ada", name="Ada Admin"),
        manager=make_user(Role.SHOP_MANAGER, "milan", name="Milan Manager"),
        staff=make_user(Role.SHOP_STAFF, "sofia", name="Sofia Staff"),
        agent=make_user(Role.SUPPORT_AGENT, "agata", name="Agata Agent"),
        auditor=make_user(Role.AUDITOR, "otto", name="Otto Auditor"),
    )


@pytest.fixture
def client_for(cast: Cast) -> ClientFor:
    """A browser in which somebody is logged in: client_for(Role.ADMIN), client_for(user), client_for(role, sudo=True).

    sudo: the password was typed just now. csrf: forms need their token, as in a real browser.
    """

    def log_in(who: Role | str | User, *, sudo: bool = False, csrf: bool = False) -> Client:
        client = Client(enforce_csrf_checks=csrf)
        client.force_login(who if isinstance(who, User) else cast.by_role(who), backend=BACKEND)
        if sudo:
            session = client.session
            session[access.SUDO_SESSION_KEY] = timezone.now().timestamp()
            session.save()
        return client

    return log_in
