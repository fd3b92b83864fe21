"""What no page of ours sends: each gets a plain no, never an error of the server."""

import logging
import secrets
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.kernel import form_tokens
from backoffice.kernel.models import AuditEntry, Store, User
from customercare.public import selectors as public
from orders.sales.models import Expectation, Order
from tests.conftest import Cast, ClientFor
from tests.factories import PASSWORD, make_message, make_orders
from tests.security import world
from tests.security.test_access_matrix import ROUTES, TABLE

pytestmark = pytest.mark.django_db
NOT_AN_ERROR = {200, 302, 400, 404}
LISTS = [name for name in TABLE if name.endswith((":list", "_changelist", "_export"))] + [
    "notices:compose",
    "admin:customercare_incident_audience",
    "admin:customercare_incident_add",
    "admin:customercare_macro_change",
]
QUERIES = [
    "page=-1",
    "page=0",
    "page=x",
    "page=99999999999999999999",
    "p=-1",
    "p=x",
    "p=999999",
    "o=-99",
    "o=x",
    "o=1.2.3",
    "sort=password",
    "ordering=-password",
    "order_by=id;drop",
    "view=nope",
    "view=",
    "after=x",
    "before=%F0%9F",
    "after=",
    "after=MQ&before=MQ",
    "q=%27%22%3Cscript%3E",
    "q=%25%5F%5C",
    "q=%E2%80%AE",
    "q=%F0%9F%98%80",
    "q=%ff%fe",
    "q[]=1",
    "q=a&q=b",
    "password__startswith=m",
    "requested_by__password__startswith=m",
    "actor__password=x",
    "id__in=x",
    "e=1",
    "_popup=1",
    "_to_field=password",
    "_facets=1",
    "store=nope",
    "batch=x",
    "batch=99999999999999999999999",
    "carrier=%2e%2e",
    "from=2026-13-45",
    "to=0000-00-00",
    "from=99999-01-01",
    "days=-1",
    "days=9e9",
    "late=NaN",
    "order=x",
    "version=x",
    "language=xx",
    "subject=order:1",
    "at__year=999999",
    "at__month=13&at__day=40",
    "name=" + "x" * 3_000,
]
# A fragment about what an order's customer was told says "nothing" for an order that does not exist.
SAYS_NOTHING = "notices:order-panel"
NAMED = [name for name in TABLE if {"pk", "object_id"} & set(ROUTES[name].arguments) and name != SAYS_NOTHING]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Refusals are expected here."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def everything(store: Store, cast: Cast) -> world.World:
    return world.build(store, cast)


@pytest.mark.parametrize("name", LISTS)
def test_lists_take_any_question(everything: world.World, cast: Cast, name: str) -> None:
    client = world.client_of("admin", everything, cast)
    url = everything.url(ROUTES[name])
    found = {query: client.get(f"{url}?{query}").status_code for query in QUERIES}
    assert {query: code for query, code in found.items() if code not in NOT_AN_ERROR} == {}


def test_a_question_of_ten_thousand_letters_is_refused(everything: world.World, cast: Cast) -> None:
    client = world.client_of("admin", everything, cast)
    for name in LISTS:
        answer = client.get(everything.url(ROUTES[name]), {"q": "x" * 10_000})
        assert (name, answer.status_code) == (name, 400)
        assert "too long" in answer.content.decode()


def test_no_list_sorts_or_filters_by_passwords(everything: world.World, cast: Cast) -> None:
    """The answer must not depend on the hash: a filter on it would tell it letter by letter."""
    client = world.client_of("admin", everything, cast)
    for query in ("password__startswith=m", "password__startswith=~", "password__gt=a"):
        assert client.get(f"/admin/kernel/user/?{query}").status_code in (302, 400)
    for query in ("actor__password__startswith=m", "actor__password__startswith=~"):
        assert client.get(f"/admin/kernel/auditentry/?{query}").status_code in (302, 400)


@pytest.mark.parametrize("number", [999_999, 10**30], ids=["missing", "beyond any number"])
def test_what_is_not_there_is_not_found(everything: world.World, cast: Cast, number: int) -> None:
    client = world.client_of("admin", everything, cast)
    found = []
    for name in NAMED:
        act = "resend" if name.endswith("settle") else "pause"
        texts = {"verb": act, "name": act, "language": "en", "kind": "main"}
        url = ROUTES[name].url({argument: texts.get(argument, number) for argument in ROUTES[name].arguments})
        # To the page or to the log, which then says it.
        leads_on = {302} if name.endswith(("_old", "_history")) else set()
        read, written = client.get(url).status_code, client.post(url, {"x": "1"}).status_code
        if read not in {404, 405} | leads_on or written not in {403, 404, 405} | leads_on:
            found.append(f"{name}: {url} answers {read} and {written}")
    assert not found, "\n".join(found)


def test_a_foreign_object_looks_like_a_missing_one(everything: world.World, cast: Cast) -> None:
    """A message of another send, the sample of another send: no page tells that they exist."""
    client = world.client_of("admin", everything, cast)
    incident, send = everything.by_model["incident"], everything.send
    foreign = make_message()
    base = f"/admin/customercare/incident/{incident}"
    assert client.post(f"{base}/message/{foreign.pk}/resend/", {"token": "x"}).status_code == 404
    assert client.get(f"{base}/sample/{world.leader_of(send)}/").status_code == 404
    assert client.get(f"/messages/sends/{send.pk}/sample/{world.leader_of(everything.wave)}/").status_code == 404
    missing = client.get("/messages/999999/")
    assert missing.status_code == 404


class TestOrderLinks:
    def test_ten_thousand_guesses_open_nothing(self, store: Store, everything: world.World) -> None:
        make_orders(store, 200)
        guesses = {secrets.token_urlsafe(16) for _try in range(10_000)}
        assert Order.objects.filter(public_token__in=guesses).count() == 0

    def test_each_guess_costs_a_lookup_and_tells_nothing(self, client: Client, everything: world.World) -> None:
        guesses = [
            "1",
            "0",
            everything.order.number,
            str(everything.order.pk),
            everything.order.public_token.swapcase(),
        ]
        guesses += [secrets.token_urlsafe(16) for _try in range(50)]
        bodies = {client.get(f"/o/{guess}/").content for guess in guesses}
        assert len(bodies) == 1
        assert all(public.find(token=guess, now=timezone.now()) is None for guess in guesses)

    def test_a_link_has_128_bits_and_no_order_of_its_own(self, store: Store) -> None:
        tokens = [order.public_token for order in make_orders(store, 300)]
        assert len(set(tokens)) == 300
        assert min(map(len, tokens)) >= 22  # 128 bits in letters, digits, - and _
        assert len({token[:6] for token in tokens}) > 290
        assert tokens != sorted(tokens)


class TestProtocol:
    @pytest.mark.parametrize(
        "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "a b", "testserver@evil"]
    )
    def test_a_host_that_is_not_ours_is_refused(self, client: Client, host: str) -> None:
        answer = client.get("/login/", HTTP_HOST=host)
        assert answer.status_code == 400
        assert b"Traceback" not in answer.content

    def test_a_forwarded_host_does_not_count(self, client: Client) -> None:
        answer = client.get("/", HTTP_X_FORWARDED_HOST="evil.example")
        assert answer["Location"].startswith("/login/")

    @pytest.mark.parametrize(
        "cookies",
        [
            {"sessionid": "x" * 100_000},
            {"csrftoken": "x" * 100_000},
            {"sessionid": "'; DROP TABLE django_session; --"},
            {"sessionid": "%E2%80%AE"},
            {"django_language": "../../etc/passwd"},
            {"django_language": "x" * 10_000},
            {"messages": "[" * 20_000},
            {f"c{place}": "x" for place in range(2_000)},
        ],
    )
    def test_cookies_of_any_kind_lead_to_the_login(self, client: Client, cookies: dict[str, str]) -> None:
        for name, value in cookies.items():
            client.cookies[name] = value
        assert client.get("/orders/").status_code == 302
        assert client.get("/login/").status_code == 200

    @pytest.mark.parametrize(
        "path",
        [
            "/orders%2F1/",
            "/orders/%2e%2e/admin/", "/o/a%2Fb/", "/o/%2e%2e/", "/o/%00/", "/messages/%0d%0aX:1/", "/o/%ff/",
            "/messages/1%2Fbody/", "/static/../manage.py", "/static/%2e%2e/manage.py", "/static/%2e%2e%2fmanage.py",
            "/api/vouchers/%2e%2e/", "/orders/1;x=y/", "/orders//", "/o/" + "x" * 5_000 + "/",
            "/orders/-1/", "/orders/1.0/", "/orders/0x1/", "/orders/１/", "/orders/٣/",
        ],
    )  # fmt: skip
    def test_paths_written_oddly_find_nothing(self, client_for: ClientFor, store: Store, path: str) -> None:
        answer = client_for("admin").get(path)
        assert answer.status_code in (400, 404)

    def test_a_body_beyond_any_form_is_refused(self, client_for: ClientFor) -> None:
        answer = client_for("admin").post("/i18n/setlang/", {"language": "x" * 3_000_000})
        assert answer.status_code in (400, 413)

    def test_a_body_that_says_it_is_beyond_any_file_is_not_read(self, client_for: ClientFor) -> None:
        """Its stream has not a byte of what it says: who reads it fails."""
        answer = client_for("admin").generic(
            "POST", "/suppliers/imports/new/", b"", content_type="multipart/form-data; boundary=x",
            CONTENT_LENGTH=str(13 * 1024 * 1024),
        )  # fmt: skip
        assert answer.status_code == 413
        assert "Split the file into smaller ones" in answer.content.decode()

    def test_a_thousand_and_one_fields_are_refused(self, client_for: ClientFor) -> None:
        answer = client_for("admin").post("/messages/pause/", {"ids": [str(place) for place in range(1_001)]})
        assert answer.status_code in (302, 400)
        answer = client_for("admin", sudo=True).post(
            "/messages/pause/", {"ids": [str(place) for place in range(1_001)]}
        )
        assert answer.status_code == 400


class TestNothingMoreIsTaken:
    """Fields that a page does not offer are as if they were not sent."""

    EXTRA = {
        "is_staff": "1",
        "is_superuser": "1", "role": "admin", "is_active": "0", "username": "root", "id": "1", "pk": "1",
        "state": "delivered", "total": "0.01", "currency": "EUR", "store": "999", "public_token": "known",
        "requested_by": "1", "actor": "1", "source": "import", "recorded_at": "2000-01-01",
    }  # fmt: skip

    def test_with_a_login(self, cast: Cast, client: Client) -> None:
        client.post("/login/", {**self.EXTRA, "username": "agata", "password": PASSWORD})
        assert client.get("/orders/").status_code == 200
        assert User.objects.get(pk=cast.agent.pk).role == "support_agent"

    def test_with_a_new_password(self, cast: Cast, client_for: ClientFor) -> None:
        new = "another walk by the river"
        fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        assert client_for("support_agent").post("/password/", self.EXTRA | fields).status_code == 302
        user = User.objects.get(pk=cast.agent.pk)
        assert (user.role, user.username, user.is_active) == ("support_agent", "agata", True)
        assert user.check_password(new)

    def test_with_an_expected_date(self, everything: world.World, cast: Cast) -> None:
        order = everything.order
        kept = ("state", "total", "currency", "store_id", "public_token", "number")
        before = Order.objects.filter(pk=order.pk).values(*kept).get()
        day = (timezone.now() + timedelta(days=3)).date().isoformat()
        typed = self.EXTRA | {"expected_on": day, "reason": "The lorry left", "token": form_tokens.new()}
        client = world.client_of("staff", everything, cast)
        assert client.post(f"/orders/{order.pk}/expect/", typed).status_code == 302
        assert Order.objects.filter(pk=order.pk).values(*kept).get() == before
        made = Expectation.objects.get(order=order, reason="The lorry left")
        assert made.source == "staff"
        assert AuditEntry.objects.latest("pk").actor == cast.staff

    def test_an_agent_cannot_make_an_admin(self, everything: world.World, cast: Cast) -> None:
        for role in ("agent", "manager", "auditor", "staff"):
            client = world.client_of(role, everything, cast)
            typed = {"username": "evil", "password": PASSWORD, "role": "admin", "name": "", "email": "", "language": ""}
            assert client.post("/admin/kernel/user/add/", typed).status_code == 403
            assert client.post(f"/admin/kernel/user/{cast.agent.pk}/change/", typed).status_code == 403
        assert not User.objects.filter(username="evil").exists()
        assert User.objects.filter(role="admin").count() == 1
