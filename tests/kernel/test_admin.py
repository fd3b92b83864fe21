"""The office: who may open what, refusals in place, nothing lost and nothing half done."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.kernel import audit, exports
from backoffice.kernel.models import ApiKey, Approval, AuditEntry, Limit, Store, User
from backoffice.kernel.roles import Role
from tests.conftest import Cast, ClientFor
from tests.factories import NOW, PASSWORD

pytestmark = pytest.mark.django_db
USERS = "/admin/kernel/user/"
PEOPLE_PAGES = ("user", "store", "limit", "apikey")
AUDIT_PAGES = ("auditentry", "approval")
ROLES = list(Role)


def page(model: str, suffix: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:kernel_{model}_{suffix}", args=args)


def seen_in(html: str) -> str:
    found = re.search(r'name="_seen" value="([0-9a-f]{32})"', html)
    assert found, "the form carries the state that the person saw"
    return found[1]


def new_user(**fields: str) -> dict[str, str]:
    return {
        "username": "nina", "name": "Nina", "email": "", "role": "support_agent", "language": "", "password": PASSWORD
    } | fields  # fmt: skip


# --- who may open what ---------------------------------------------------------------------------------


def test_only_models_with_services_have_pages() -> None:
    assert all(hasattr(model_admin, "view_capability") for model_admin in admin.site._registry.values())


@pytest.mark.parametrize("path", ["/admin/", USERS, "/admin/kernel/user/add/", "/admin/login/"])
def test_strangers_are_sent_to_the_one_login_page(client: Any, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=/admin/")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", PEOPLE_PAGES)
def test_settings_are_for_admins(client_for: ClientFor, role: Role, model: str) -> None:
    client = client_for(role, sudo=True)
    assert client.get(page(model)).status_code == (200 if role == Role.ADMIN else 403)
    assert client.get(page(model, "add")).status_code == (200 if role == Role.ADMIN else 403)
    assert client.post(page(model, "add"), {}).status_code == (422 if role == Role.ADMIN else 403)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", AUDIT_PAGES)
def test_the_log_is_read_by_those_who_answer_for_it_and_written_by_nobody(
    client_for: ClientFor, role: Role, model: str
) -> None:
    client = client_for(role, sudo=True)
    reads_own = model == "auditentry" and role == Role.SUPPORT_AGENT
    may_read = role in (Role.ADMIN, Role.AUDITOR, Role.SHOP_MANAGER) or reads_own
    assert client.get(page(model)).status_code == (200 if may_read else 403)
    assert client.get(page(model, "add")).status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_the_front_page_lists_only_what_the_role_may_open(client_for: ClientFor, role: Role) -> None:
    answer = client_for(role).get("/admin/")
    if role == Role.SHOP_STAFF:
        assert answer.status_code == 403
        return
    shown = {model["object_name"] for app in answer.context["app_list"] for model in app["models"]}
    assert ("User" in shown) == (role == Role.ADMIN)
    assert "AuditEntry" in shown
    assert ("Approval" in shown) == (role != Role.SUPPORT_AGENT)


def test_agents_find_their_own_acts_in_the_log_and_export_no_others(client_for: ClientFor, cast: Cast) -> None:
    for actor in (cast.agent, cast.admin):
        audit.record(actor=actor, verb="bulk.open", subject=f"by:{actor.username}", now=NOW)
    client = client_for(Role.SUPPORT_AGENT)

    for path in (page("auditentry"), page("auditentry", "export"), f"{page('auditentry')}?actor={cast.admin.pk}"):
        answer = client.get(path)
        text = b"".join(answer) if answer.streaming else answer.content
        assert f"by:{cast.admin.username}".encode() not in text
    assert f"by:{cast.agent.username}".encode() in client.get(page("auditentry")).content


def test_auditors_see_no_control_that_writes(client_for: ClientFor, cast: Cast) -> None:
    client = client_for(Role.AUDITOR)
    assert 'name="_save"' not in client.get(page("auditentry")).content.decode()
    assert client.get(page("user", "change", cast.agent.pk)).status_code == 403
    assert client.post(page("user", "change", cast.agent.pk), {"name": "x"}).status_code == 403


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_methods_that_no_page_uses_are_refused(client_for: ClientFor, method: str) -> None:
    assert getattr(client_for(Role.ADMIN), method)(USERS).status_code == 405


@pytest.mark.parametrize(
    "suffix", ["999999/change/", "999999/password/", "x/change/", "x/history/", f"{'9' * 30}/password/"]
)
def test_rows_that_do_not_exist_are_404(client_for: ClientFor, suffix: str) -> None:
    assert client_for(Role.ADMIN, sudo=True).get(USERS + suffix).status_code == 404


def test_nothing_can_be_deleted(client_for: ClientFor, cast: Cast) -> None:
    answer = client_for(Role.ADMIN, sudo=True).post(f"{USERS}{cast.agent.pk}/delete/", {"post": "yes"})
    assert answer.status_code in (302, 404)
    assert User.objects.filter(pk=cast.agent.pk).exists()


def test_changing_people_asks_for_the_password_again(client_for: ClientFor) -> None:
    client = client_for(Role.ADMIN)
    for answer in (client.get(page("user", "add")), client.post(page("user", "add"), new_user())):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/confirm-password/")
    assert not User.objects.filter(username="nina").exists()


# --- people --------------------------------------------------------------------------------------------


def test_an_admin_adds_a_person_who_can_log_in(client_for: ClientFor, client: Any) -> None:
    answer = client_for(Role.ADMIN, sudo=True).post(page("user", "add"), new_user(), follow=True)
    assert answer.status_code == 200
    assert User.objects.get(username="nina").role == Role.SUPPORT_AGENT
    assert AuditEntry.objects.filter(verb="user.create").count() == 1
    assert client.post("/login/", {"username": "nina", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"password": "short"}, "at least 12 characters"),
        ({"username": "ada"}, "already"),
        ({"role": "owner"}, "Choose one from the list"),
        ({"email": "nobody"}, "Write the address like name@example.com"),
        ({"username": ""}, "Fill this in"),
    ],
)
def test_what_cannot_be_saved_stays_typed_and_says_why(
    client_for: ClientFor, typed: dict[str, str], sentence: str
) -> None:
    before = (User.objects.count(), AuditEntry.objects.count())
    answer = client_for(Role.ADMIN, sudo=True).post(page("user", "add"), new_user(**typed) | {"name": "Nina Typed"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    assert "Nina Typed" in html
    assert "was added successfully" not in html
    assert not re.search(r"please|oops|\binvalid|\brequired", " ".join(re.findall(r">([^<]+)<", html)), re.IGNORECASE)
    assert (User.objects.count(), AuditEntry.objects.count()) == before


def test_extra_fields_are_ignored(client_for: ClientFor) -> None:
    client_for(Role.ADMIN, sudo=True).post(page("user", "add"), new_user(is_superuser="1", is_staff="1", pk="1"))
    assert not User.objects.get(username="nina").is_superuser


def change(client: Any, user: User, **typed: str) -> Any:
    html = client.get(page("user", "change", user.pk)).content.decode()
    fields = {
        "name": user.name, "email": "", "role": user.role, "language": "", "is_active": "on", "_seen": seen_in(html)
    } | typed  # fmt: skip
    return client.post(page("user", "change", user.pk), {k: v for k, v in fields.items() if v != "off"})


def test_switching_somebody_off_ends_every_session(client_for: ClientFor, cast: Cast) -> None:
    agent = client_for(cast.agent)
    assert agent.get("/orders/").status_code == 200
    assert change(client_for(Role.ADMIN, sudo=True), cast.agent, is_active="off").status_code == 302
    assert agent.get("/orders/").status_code == 302
    assert not any(row.get_decoded().get("_auth_user_id") == str(cast.agent.pk) for row in Session.objects.all())


def test_the_last_admin_cannot_be_switched_off(client_for: ClientFor, cast: Cast) -> None:
    answer = change(client_for(Role.ADMIN, sudo=True), cast.admin, is_active="off")
    assert answer.status_code == 422
    assert "last admin" in answer.content.decode()
    cast.admin.refresh_from_db()
    assert cast.admin.is_active
    assert not AuditEntry.objects.exists()


def test_setting_a_password_logs_the_person_out(client_for: ClientFor, cast: Cast, client: Any) -> None:
    agent, secret = client_for(cast.agent), "another long walk home"
    url = page("user", "password", cast.agent.pk)
    answer = client_for(Role.ADMIN, sudo=True).post(url, {"password": secret})
    assert answer.status_code == 302
    assert agent.get("/orders/").status_code == 302
    assert client.post("/login/", {"username": "agata", "password": secret}).status_code == 302
    weak = client_for(Role.ADMIN, sudo=True).post(url, {"password": "short"})
    assert weak.status_code == 422


def test_two_people_changing_one_row_see_both_values(client_for: ClientFor, cast: Cast) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    seen = seen_in(client.get(page("user", "change", cast.agent.pk)).content.decode())
    User.objects.filter(pk=cast.agent.pk).update(name="Agata Theirs")
    typed = {"name": "Agata Mine", "email": "", "role": "support_agent", "language": "", "is_active": "on"}
    answer = client.post(page("user", "change", cast.agent.pk), typed | {"_seen": seen})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Agata Theirs" in html
    assert "Agata Mine" in html
    cast.agent.refresh_from_db()
    assert cast.agent.name == "Agata Theirs"
    again = client.post(page("user", "change", cast.agent.pk), typed | {"_seen": seen_in(html)})
    assert again.status_code == 302
    cast.agent.refresh_from_db()
    assert cast.agent.name == "Agata Mine"


# --- stores, limits, keys ------------------------------------------------------------------------------


def store_form(**typed: str) -> dict[str, str]:
    return {
        "slug": "pots", "name": "Pots", "currency": "pln", "language": "pl", "time_zone": "Europe/Warsaw",
        "sender": "shop@pots.example", "reply_to": "", "order_url_base": "",
    } | typed  # fmt: skip


def test_a_store_is_opened_with_a_clock_and_a_currency_that_exist(client_for: ClientFor) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    assert client.post(page("store", "add"), store_form(time_zone="Mars/Base")).status_code == 422
    assert client.post(page("store", "add"), store_form(currency="ZZZ")).status_code == 422
    assert not Store.objects.exists()
    assert client.post(page("store", "add"), store_form()).status_code == 302
    assert Store.objects.get().currency == "PLN"


@pytest.mark.parametrize("typed", ["-1", "1e5", "NaN", "1,234.50", "１２", "0.001", "Infinity", "99999999999999999999"])
def test_limits_take_no_number_that_reads_two_ways(client_for: ClientFor, typed: str) -> None:
    form = {"role": "shop_manager", "kind": "grant_run", "currency": "PLN", "amount": typed}
    answer = client_for(Role.ADMIN, sudo=True).post(page("limit", "add"), form)
    assert answer.status_code == 422
    assert not Limit.objects.exists()


def test_a_limit_is_set_once_for_a_role(client_for: ClientFor) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    form = {"role": "shop_manager", "kind": "grant_run", "currency": "PLN", "amount": "500"}
    assert client.post(page("limit", "add"), form).status_code == 302
    assert Limit.objects.get().amount == Decimal(500)
    assert client.post(page("limit", "add"), form).status_code == 422
    assert Limit.objects.count() == 1


def test_a_key_is_shown_once_and_ended_for_good(client_for: ClientFor, store: Store) -> None:
    client = client_for(Role.ADMIN, sudo=True)
    form = {"name": "Checkout", "scopes": ["vouchers:redeem"], "store": store.pk}
    html = client.post(page("apikey", "add"), form).content.decode()
    key = ApiKey.objects.get()
    assert f"sf_{key.prefix}_" in html
    assert f"sf_{key.prefix}_" not in client.get(page("apikey")).content.decode()
    assert client.get(page("apikey", "end", key.pk)).status_code == 200
    assert client.post(page("apikey", "end", key.pk)).status_code == 302
    key.refresh_from_db()
    assert key.revoked_at is not None


# --- the log -------------------------------------------------------------------------------------------


def test_the_log_is_exported_without_formulas(client_for: ClientFor, cast: Cast) -> None:
    audit.record(actor=cast.admin, verb="note", subject="=HYPERLINK(1)", now=NOW, text="+48600100200")
    answer = client_for(Role.AUDITOR).get(page("auditentry", "export"))
    text = answer.getvalue().decode()
    assert '"\'=HYPERLINK(1)"' in text
    assert ',"=' not in text


@pytest.mark.parametrize("typed", ["=1+1", "+48600", "-1", "@SUM(A1)", "\tx", "\rx", "\uff1d1", " =1"])
def test_cells_that_would_calculate_get_an_apostrophe(typed: str) -> None:
    assert exports.cell(typed) == f"'{typed}"


def test_numbers_of_ours_stay_numbers() -> None:
    assert exports.cell(Decimal("-1.50")) == "-1.50"
    assert exports.cell(None) == ""


def test_the_log_of_one_thing_is_a_link_away(client_for: ClientFor, cast: Cast) -> None:
    audit.record(actor=cast.admin, verb="user.change", subject=f"user:{cast.agent.pk}", now=NOW)
    audit.record(actor=cast.admin, verb="user.change", subject="user:0", now=NOW)
    answer = client_for(Role.AUDITOR).get(page("user", "history", cast.agent.pk), follow=True)
    assert answer.status_code == 200
    assert answer.context["cl"].result_count == 1


def test_an_approval_leads_to_what_waits(client_for: ClientFor, cast: Cast) -> None:
    Approval.objects.create(
        kind="grant_run", subject_ref="fanout:1", hash="x", title="Flood", url="/messages/sends/1/",
        amount=955, currency="PLN", requested_by=cast.manager, requested_at=NOW,
    )  # fmt: skip
    html = client_for(Role.AUDITOR).get(page("approval")).content.decode()
    assert 'href="/messages/sends/1/"' in html
    assert "955" in html


@pytest.mark.parametrize("query", ["?p=-1", "?o=99", "?password=x", "?q=" + "a" * 3000, "?at__year=abc"])
def test_addresses_that_no_link_has_never_crash_a_list(client_for: ClientFor, query: str) -> None:
    assert client_for(Role.ADMIN).get(page("auditentry") + query).status_code in (200, 302, 400)


def test_a_longer_list_asks_no_more_questions(
    client_for: ClientFor,
    cast: Cast,
) -> None:
    client = client_for(Role.AUDITOR)

    def ask() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(page("auditentry"))
        return len(asked)

    audit.record(actor=cast.admin, verb="note", subject="a", now=NOW)
    client.get(page("auditentry"))
    few = ask()
    for _place in range(30):
        audit.record(actor=cast.admin, verb="note", subject="a", now=NOW)
    assert ask() == few
