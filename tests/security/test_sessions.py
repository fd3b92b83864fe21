"""How long somebody is who they said they are."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from backoffice.kernel import staffing
from backoffice.kernel.models import AuditEntry, User
from backoffice.kernel.roles import Role
from tests.conftest import Cast
from tests.factories import NOW, PASSWORD, make_user

pytestmark = pytest.mark.django_db
NEW = "another walk by the river"
HOUR = timedelta(hours=1)


@pytest.fixture
def user(cast: Cast) -> User:
    return cast.manager


def log_in(user: User, client: Client | None = None, password: str = PASSWORD) -> Client:
    client = client or Client()
    client.post("/login/", {"username": user.username, "password": password})
    return client


def is_in(client: Client) -> bool:
    answer = client.get("/orders/")
    if answer.status_code == 302:
        assert answer["Location"].startswith("/login/")
    return answer.status_code == 200


def test_a_login_changes_the_session_and_the_forms_token(user: User) -> None:
    client = Client()
    client.get("/login/")
    client.cookies["sessionid"] = "a" * 32  # planted by somebody else
    before = client.cookies["csrftoken"].value
    log_in(user, client)
    assert is_in(client)
    assert client.cookies["sessionid"].value != "a" * 32
    assert client.cookies["csrftoken"].value != before


def test_the_session_is_for_http_alone_and_for_a_week_at_most(user: User) -> None:
    cookie = log_in(user).cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert settings.SESSION_COOKIE_AGE == 7 * 24 * 3600


def test_eight_hours_without_a_request_end_it(user: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = log_in(user)
        assert is_in(client)
        clock.shift(8 * HOUR)
        assert is_in(client)
        clock.shift(8 * HOUR + timedelta(seconds=1))
        assert not is_in(client)


def test_a_week_ends_it_however_busy(user: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        client = log_in(user)
        for _quarter_of_a_day in range(27):
            clock.shift(6 * HOUR)
            assert is_in(client)
        clock.shift(7 * HOUR)
        assert not is_in(client)


def test_logging_out_ends_it(user: User) -> None:
    client = log_in(user)
    taken = client.cookies["sessionid"].value
    client.post("/logout/")
    thief = Client()
    thief.cookies["sessionid"] = taken
    assert not is_in(client)
    assert not is_in(thief)


def test_a_new_password_ends_every_other_session(user: User) -> None:
    here, elsewhere = log_in(user), log_in(user)
    answer = here.post("/password/", {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW})
    assert answer.status_code == 302
    assert here.get("/password/done/").status_code == 200
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert is_in(log_in(user, password=NEW))
    assert not is_in(log_in(user, password=PASSWORD))
    assert AuditEntry.objects.filter(verb="user.password", subject=f"user:{user.pk}", actor=user).count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        {"old_password": "not mine", "new_password1": NEW, "new_password2": NEW},
        {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW + "!"},
        {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"},
        {"old_password": PASSWORD, "new_password1": "password1234", "new_password2": "password1234"},
    ],
)
def test_a_new_password_that_does_not_do_changes_nothing(user: User, typed: dict[str, str]) -> None:
    here, elsewhere = log_in(user), log_in(user)
    answer = here.post("/password/", typed)
    assert answer.status_code == 200
    assert "error" in answer.content.decode()
    assert is_in(elsewhere)
    assert not AuditEntry.objects.filter(verb="user.password").exists()


def test_an_admin_who_sets_a_password_or_switches_somebody_off_ends_all_of_theirs(user: User, cast: Cast) -> None:
    client = log_in(user)
    staffing.set_password(user_id=user.pk, password=NEW, actor=cast.admin, now=timezone.now())
    assert not is_in(client)
    client = log_in(user, password=NEW)
    assert is_in(client)
    staffing.change_user(
        user_id=user.pk, name="", email="", role=user.role, language="", is_active=False, actor=cast.admin,
        now=timezone.now(),
    )  # fmt: skip
    assert not is_in(client)
    assert not is_in(log_in(user, password=NEW))


def test_a_role_taken_away_counts_from_the_next_request(user: User, cast: Cast) -> None:
    client = log_in(user)
    assert client.get("/messages/").status_code == 200
    User.objects.filter(pk=user.pk).update(role=Role.SHOP_STAFF)
    assert client.get("/messages/").status_code == 403


class TestLockout:
    def wrong(self, client: Client, user: User, times: int) -> Any:
        answer = None
        for _again in range(times):
            answer = client.post("/login/", {"username": user.username, "password": "guess"})
        return answer

    def test_five_wrong_passwords_lock_the_account_with_a_sentence(self, user: User, client: Client) -> None:
        assert self.wrong(client, user, 4).status_code == 200
        answer = self.wrong(client, user, 1)
        assert answer.status_code == 429
        assert "Wait 15 minutes" in answer.content.decode()
        assert not is_in(log_in(user, client))

    def test_the_lock_opens_by_itself(self, user: User, client: Client) -> None:
        self.wrong(client, user, 5)
        with time_machine.travel(timezone.now() + timedelta(minutes=16)):
            assert is_in(log_in(user, client))

    def test_others_are_not_locked_out(self, user: User, client: Client, cast: Cast) -> None:
        self.wrong(client, user, 6)
        assert is_in(log_in(cast.agent))

    def test_a_login_that_works_forgives_what_came_before(self, user: User, client: Client) -> None:
        self.wrong(client, user, 4)
        assert is_in(log_in(user, client))
        assert self.wrong(Client(), user, 4).status_code == 200

    def test_a_forged_address_of_a_proxy_does_not_give_new_tries(self, user: User) -> None:
        answers = [
            Client(headers={"X-Forwarded-For": f"10.1.1.{place}"}).post(
                "/login/", {"username": user.username, "password": "guess"}
            )
            for place in range(6)
        ]
        assert answers[-1].status_code == 429

    def test_every_way_of_being_wrong_reads_the_same(self, user: User) -> None:
        off = make_user(Role.SHOP_STAFF, "olga", is_active=False)
        tries = [(user.username, "guess"), ("nobody", "guess"), (off.username, PASSWORD)]
        texts = {
            self._told(Client().post("/login/", {"username": name, "password": password})) for name, password in tries
        }
        assert texts == {"User name and password do not match. Check both and try again."}

    @staticmethod
    def _told(answer: Any) -> str:
        return " ".join(answer.context["form"].non_field_errors())
