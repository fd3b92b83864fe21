"""The messages list, one message as its recipient sees it, and the switch that stops all sending."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from backoffice.kernel import form_tokens, heartbeat
from backoffice.kernel.models import AuditEntry, Store
from backoffice.kernel.roles import Role
from backoffice.messaging import selectors, services
from backoffice.messaging.filters import MessageFilter, matching
from backoffice.messaging.frames import POLICY
from backoffice.messaging.models import Batch, Message, Outbound
from tests.conftest import Cast, ClientFor
from tests.factories import make_batch, make_message, make_messages, make_try, make_wording, message_values

URL = "/messages/"
CODE = "KETT-LE23-4567-89AB"
OPERATORS = (Role.ADMIN, Role.SHOP_MANAGER)
VIEWERS = (Role.SUPPORT_AGENT, Role.AUDITOR)


@pytest.fixture
def batch(store: Store) -> Batch:
    return make_batch(store, cause_ref="incident:7")


@pytest.fixture
def manager(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_MANAGER)


@pytest.fixture
def vouchers(monkeypatch: pytest.MonkeyPatch) -> None:
    """One voucher, 5, whose code is known."""

    def resolve(ids: Sequence[int]) -> Mapping[int, str]:
        return {pk: CODE for pk in ids if pk == 5}

    monkeypatch.setitem(services._resolvers, "voucher", resolve)


def shown(page: bytes) -> list[int]:
    """The ids of the messages on a page, top to bottom."""
    return [int(pk) for pk in re.findall(r'href="/messages/(\d+)/"', page.decode())]


class TestViews:
    @pytest.mark.parametrize(
        ("view", "states"),
        [
            ("all", list(Message.State)),
            ("waiting", ["queued", "claimed", "transmitting", "retry"]),
            ("sent", ["sent", "delivered", "handed_over"]),
            ("failed", ["failed", "expired"]),
            ("uncertain", ["uncertain"]),
            ("suppressed", ["suppressed"]),
            ("cancelled", ["cancelled"]),
        ],
    )
    def test_each_shows_its_states(self, batch: Batch, manager: Client, view: str, states: list[str]) -> None:
        made = {make_message(batch, state=state).pk: state for state in Message.State}
        listed = shown(manager.get(URL, {"view": view}).content)
        assert sorted(made[pk] for pk in listed) == sorted(states)
        assert listed == sorted(listed, reverse=True)

    def test_drills_stand_apart(self, batch: Batch, store: Store, manager: Client) -> None:
        real = make_message(batch, state="sent")
        drill = make_message(make_batch(store, mode="drill"), state="sent")
        assert shown(manager.get(URL).content) == [real.pk]
        assert shown(manager.get(URL, {"view": "sent"}).content) == [real.pk]
        page = manager.get(URL, {"view": "drill"})
        assert shown(page.content) == [drill.pk]
        assert b"Nothing here reaches a customer" in page.content


class TestFilters:
    def test_by_part_of_an_address(self, batch: Batch, manager: Client) -> None:
        ewa = make_message(batch, address="Ewa.Nowak@post.example")
        make_message(batch, address="bo@mail.example")
        assert shown(manager.get(URL, {"q": "nowak@"}).content) == [ewa.pk]
        assert shown(manager.get(URL, {"q": "EW"}).content) == [ewa.pk]
        assert shown(manager.get(URL, {"q": "%%%"}).content) == []

    @pytest.mark.parametrize(
        ("wanted", "indexes"),
        [
            (MessageFilter(q="nowak"), {"message_search", "message_leased"}),
            (MessageFilter(view="waiting"), {"message_due", "message_leased"}),
            (MessageFilter(view="uncertain"), {"message_list"}),
        ],
    )
    def test_each_can_be_answered_by_indexes(self, batch: Batch, wanted: MessageFilter, indexes: set[str]) -> None:
        make_messages(2_000, batch, state="sent")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE messaging_message")
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        plan = matching(wanted).order_by().explain()
        assert indexes <= set(re.findall(r"Index Scan on (\w+)", plan)), plan

    def test_by_cause_and_batch(self, batch: Batch, store: Store, manager: Client) -> None:
        mine = make_message(batch)
        make_message(make_batch(store, cause_ref="incident:8"))
        assert shown(manager.get(URL, {"cause": "incident:7"}).content) == [mine.pk]
        assert shown(manager.get(URL, {"batch": batch.pk}).content) == [mine.pk]
        assert shown(manager.get(URL, {"batch": str(batch.pk), "view": "failed"}).content) == []

    def test_next_and_previous_keep_them(self, batch: Batch, manager: Client) -> None:
        made = [message.pk for message in make_messages(60, batch, state="failed")]
        first = manager.get(URL, {"view": "failed", "cause": "incident:7"})
        second = manager.get(URL + first.context["older_url"])
        assert [*shown(first.content), *shown(second.content)] == made[::-1]
        assert "view=failed" in first.context["older_url"]
        assert shown(manager.get(URL + second.context["newer_url"]).content) == shown(first.content)

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("page=-1", "no numbers"),
            ("sort=password", "does not know"),
            ("view=secret", "There is no view"),
            ("batch=abc", "Batches have numbers"),
            ("batch=-1", "Batches have numbers"),
            ("batch=99999999999999999999", "Batches have numbers"),
            ("after=zz", "incomplete"),
            ("after=2026-11-20T10:00:00Z~5", "incomplete"),
            ("q=a", "Type one more character"),
            ("q=" + "a" * 101, "101 characters"),
        ],
    )
    def test_what_cannot_be_used_is_said(self, manager: Client, query: str, sentence: str) -> None:
        response = manager.get(f"{URL}?{query}")
        assert response.status_code == 200
        assert sentence in response.content.decode()

    def test_ten_thousand_characters_are_refused(self, manager: Client) -> None:
        assert manager.get(f"{URL}?q={'x' * 10_000}").status_code == 400


@pytest.mark.parametrize("query", ["", "?view=failed", "?q=example", "?cause=incident:7"])
def test_twenty_one_rows_cost_as_many_statements_as_one(batch: Batch, manager: Client, query: str) -> None:
    make_message(batch, state="failed")
    manager.get(URL)  # the first page of a session also notes when it began
    with CaptureQueriesContext(connection) as one:
        manager.get(URL + query)
    make_messages(20, batch, state="failed")
    with CaptureQueriesContext(connection) as many:
        page = manager.get(URL + query)
    assert len(shown(page.content)) == 21
    assert len(many) <= len(one) <= 6


class TestOneMessage:
    def test_is_shown_as_its_recipient_sees_it(self, batch: Batch, manager: Client) -> None:
        message = make_message(batch, values=message_values(order_number="A-5"), address="ewa@example.com")
        page = manager.get(f"{URL}{message.pk}/").content.decode()
        assert "Your order A-5 is late" in page
        assert escape(f"{batch.store.name} <{batch.store.sender}>") in page
        assert "your order A-5 will arrive on 27 Nov 2026." in page
        assert f'src="/messages/{message.pk}/body/"' in page

    def test_a_voucher_code_shows_its_last_four_characters(self, batch: Batch, manager: Client, vouchers: None) -> None:
        wording = make_wording("Sorry for {order_number}", "Your code:\n{voucher_code}\n{shop_name}")
        message = make_message(batch, wording=wording, values=message_values(voucher=5))
        for path in ("", "body/"):
            page = manager.get(f"{URL}{message.pk}/{path}").content.decode()
            assert CODE not in page
            assert "••••-••••-••••-89AB" in page

    def test_a_code_nobody_can_resolve_is_hidden_whole(self, batch: Batch, manager: Client) -> None:
        wording = make_wording("Sorry for {order_number}", "Your code:\n{voucher_code}")
        message = make_message(batch, wording=wording, values=message_values(voucher=6))
        assert "••••" in manager.get(f"{URL}{message.pk}/").content.decode()

    def test_missing_values_are_named(self, batch: Batch, manager: Client) -> None:
        message = make_message(batch, values=message_values(new_date=None))
        page = manager.get(f"{URL}{message.pk}/").content.decode()
        assert "Values are missing, so this message cannot be sent: new_date." in page

    def test_every_try_is_listed_with_its_reply(self, batch: Batch, manager: Client, cast: Cast) -> None:
        message = make_message(batch, state="failed", reason="The mail server kept asking to try later.")
        make_try(message, "failed", code=452, reply="452 4.2.2 <b>Mailbox full</b>")
        make_try(message, "resend", actor=cast.manager)
        page = manager.get(f"{URL}{message.pk}/").content.decode()
        assert "452 4.2.2 &lt;b&gt;Mailbox full&lt;/b&gt;" in page
        assert "Milan Manager" in page
        assert "kept asking to try later" in page

    def test_a_drill_is_unmistakable(self, store: Store, manager: Client) -> None:
        message = make_message(make_batch(store, mode="drill"))
        assert b"Nothing here reaches a customer" in manager.get(f"{URL}{message.pk}/").content

    def test_one_that_is_not_there_is_404(self, manager: Client) -> None:
        assert manager.get(f"{URL}999999/").status_code == 404
        assert manager.get(f"{URL}999999/body/").status_code == 404


class TestTheFrame:
    def test_has_a_policy_of_its_own_and_only_that(self, batch: Batch, manager: Client) -> None:
        message = make_message(batch, values=message_values(items="<script>alert(1)</script>"))
        response = manager.get(f"{URL}{message.pk}/body/")
        assert response.headers["Content-Security-Policy"] == POLICY
        assert POLICY.startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
        assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert response.headers["Cache-Control"] == "no-store"
        assert b"<script" not in response.content

    def test_other_pages_keep_the_policy_of_the_site(self, batch: Batch, manager: Client) -> None:
        response = manager.get(f"{URL}{make_message(batch).pk}/")
        assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
        assert response.headers["X-Frame-Options"] == "DENY"

    def test_is_sandboxed_in_the_page_too(self, batch: Batch, manager: Client) -> None:
        assert re.search(rb"<iframe[^>]+ sandbox ", manager.get(f"{URL}{make_message(batch).pk}/").content)


class TestSettling:
    @pytest.mark.parametrize(("act", "state"), [("resend", "queued"), ("mark-delivered", "delivered")])
    def test_an_uncertain_message_is_settled_once(
        self, batch: Batch, manager: Client, cast: Cast, act: str, state: str
    ) -> None:
        message = make_message(batch, state="uncertain")
        form = {"token": form_tokens.new()}
        first = manager.post(f"{URL}{message.pk}/{act}/", form)
        second = manager.post(f"{URL}{message.pk}/{act}/", form)
        assert first.headers["Location"] == second.headers["Location"] == f"{URL}{message.pk}/"
        message.refresh_from_db()
        assert message.state == state
        assert message.tries.get().actor == cast.manager

    def test_a_failed_message_can_be_sent_again_and_not_marked(self, batch: Batch, manager: Client) -> None:
        message = make_message(batch, state="failed")
        page = manager.get(f"{URL}{message.pk}/").content.decode()
        assert "Send again" in page
        assert "Mark delivered" not in page
        response = manager.post(f"{URL}{message.pk}/mark-delivered/", {"token": form_tokens.new()})
        assert response.status_code == 422
        assert b"in another state by now" in response.content
        message.refresh_from_db()
        assert message.state == "failed"
        assert not message.tries.exists()

    def test_one_of_a_cancelled_batch_stays_unsent(self, store: Store, manager: Client) -> None:
        message = make_message(make_batch(store, phase="cancelled"), state="failed")
        response = manager.post(f"{URL}{message.pk}/resend/", {"token": form_tokens.new()})
        assert response.status_code == 422
        assert b"This was cancelled" in response.content
        message.refresh_from_db()
        assert message.state == "failed"

    def test_without_the_token_of_the_page_nothing_happens(self, batch: Batch, manager: Client) -> None:
        message = make_message(batch, state="uncertain")
        assert manager.post(f"{URL}{message.pk}/resend/").status_code == 422
        message.refresh_from_db()
        assert message.state == "uncertain"

    @pytest.mark.parametrize("role", VIEWERS)
    def test_viewers_see_no_button_and_cannot_act(self, batch: Batch, client_for: ClientFor, role: Role) -> None:
        message = make_message(batch, state="uncertain")
        client = client_for(role)
        assert b"Send again" not in client.get(f"{URL}{message.pk}/").content
        assert client.post(f"{URL}{message.pk}/resend/", {"token": form_tokens.new()}).status_code == 403
        message.refresh_from_db()
        assert message.state == "uncertain"

    def test_a_link_cannot_do_it(self, batch: Batch, manager: Client) -> None:
        assert manager.get(f"{URL}{make_message(batch, state='uncertain').pk}/resend/").status_code == 405

    def test_shop_staff_see_no_messages(self, batch: Batch, client_for: ClientFor) -> None:
        staff = client_for(Role.SHOP_STAFF)
        for path in ("", f"{make_message(batch).pk}/", f"{make_message(batch).pk}/body/", "sending/"):
            assert staff.get(URL + path).status_code == 403


class TestPausing:
    def pause(self, client: Client, reason: str = "Wrong prices in the mail") -> None:
        response = client.post(f"{URL}pause/", {"reason": reason, "token": form_tokens.new()})
        assert response.headers["Location"] == f"{URL}sending/"

    def test_stops_everything_and_every_page_says_so(self, client_for: ClientFor, cast: Cast) -> None:
        admin = client_for(Role.ADMIN, sudo=True)
        assert b"All sending is paused" not in admin.get("/orders/").content
        self.pause(admin)
        outbound = Outbound.objects.get()
        assert (outbound.paused, outbound.paused_by, outbound.reason) == (True, cast.admin, "Wrong prices in the mail")
        for role in Role:
            assert b"All sending is paused" in client_for(role).get("/orders/").content
        page = client_for(Role.SUPPORT_AGENT).get(f"{URL}sending/").content.decode()
        assert "Wrong prices in the mail" in page
        assert "Ada Admin" in page

    def test_can_be_taken_back(self, client_for: ClientFor) -> None:
        admin = client_for(Role.ADMIN, sudo=True)
        self.pause(admin)
        assert admin.post(f"{URL}resume/", {"token": form_tokens.new()}).status_code == 302
        assert not Outbound.objects.get().paused
        assert b"All sending is paused" not in admin.get("/orders/").content
        assert AuditEntry.objects.filter(verb__startswith="outbound.").count() == 2

    @pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
    def test_needs_a_reason(self, client_for: ClientFor, reason: str) -> None:
        admin = client_for(Role.ADMIN, sudo=True)
        response = admin.post(f"{URL}pause/", {"reason": reason, "token": form_tokens.new()})
        assert response.status_code == 422
        assert b"<title>Error:" in response.content
        assert not Outbound.objects.get().paused

    def test_a_press_from_an_old_page_changes_nothing(self, client_for: ClientFor) -> None:
        admin = client_for(Role.ADMIN, sudo=True)
        assert admin.post(f"{URL}pause/", {"reason": "Stop", "token": "old"}).status_code == 422
        assert not Outbound.objects.get().paused

    def test_asks_for_the_password_again(self, client_for: ClientFor) -> None:
        admin = client_for(Role.ADMIN)
        for path in ("pause/", "resume/"):
            assert admin.get(URL + path).headers["Location"].startswith("/confirm-password/?next=/messages/")
        response = admin.post(f"{URL}pause/", {"reason": "Stop", "token": form_tokens.new()})
        assert response.headers["Location"].startswith("/confirm-password/")
        assert not Outbound.objects.get().paused

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
    def test_is_for_admins(self, client_for: ClientFor, role: Role) -> None:
        client = client_for(role, sudo=True)
        assert client.get(f"{URL}pause/").status_code == 403
        assert client.post(f"{URL}pause/", {"reason": "Stop", "token": form_tokens.new()}).status_code == 403
        assert not Outbound.objects.get().paused


class TestSending:
    def test_says_who_is_at_work_and_how_long_the_oldest_waits(self, batch: Batch, manager: Client) -> None:
        heartbeat.beat(name="relay:1", kind="relay")
        make_message(batch, due_at=timezone.now() - timedelta(hours=2, minutes=5))
        page = manager.get(f"{URL}sending/").content.decode()
        assert "<dd>1</dd>" in page
        assert "2 hours 5 minutes" in page

    def test_messages_of_a_held_batch_do_not_count_as_waiting(self, store: Store) -> None:
        make_message(make_batch(store, phase="held"))
        assert selectors.sending().oldest_due is None

    def test_says_that_nobody_sends_and_that_the_mail_server_is_silent(self, manager: Client) -> None:
        Outbound.objects.update(circuit_open_until=timezone.now() + timedelta(minutes=1), failures_in_row=5)
        page = manager.get(f"{URL}sending/").content.decode()
        assert "None, messages wait" in page
        assert "Not answering" in page

    def test_as_a_panel_it_is_no_page(self, manager: Client) -> None:
        assert b"<html" not in manager.get(f"{URL}sending/", headers={"HX-Request": "true"}).content


def test_the_menu_shows_messages_to_those_who_may_see_them(client_for: ClientFor) -> None:
    assert 'href="/messages/"' in client_for(Role.SUPPORT_AGENT).get("/orders/").content.decode()
    assert 'href="/messages/"' not in client_for(Role.SHOP_STAFF).get("/orders/").content.decode()
