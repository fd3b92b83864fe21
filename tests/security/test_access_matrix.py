"""Who may open what: every address of the site, every role, every method, against one table.

An address that the table does not name fails the run, and so does a line of the table that names no address.
"""

import logging
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client, RequestFactory

from backoffice.kernel.middleware import AccessMiddleware
from backoffice.kernel.models import Store
from tests.conftest import Cast
from tests.security import routes, world

pytestmark = pytest.mark.django_db

NOBODY = ""
EVERYBODY = "agent staff manager admin auditor"
OFFICE = "agent manager admin auditor"  # shop staff have nothing to do in the admin
TELLERS = "agent manager admin auditor"  # who reads what customers were told
SENDERS = "agent manager admin"
DECIDERS = "manager admin"
WATCHERS = "manager admin auditor"  # incidents, vouchers, the audit log
EDITORS = "staff manager admin"
COSTERS = "staff manager admin auditor"  # who sees what we pay
ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Rule:
    """What an address answers. door: who guards it. read, write: the roles that may; get, post: what they are answered,
    0 where the address knows no such method."""

    door: str
    read: str = NOBODY
    write: str = NOBODY
    get: int = 200
    post: int = 422

    def expected(self, role: str, method: str) -> int:
        """The status code for this role and method, for a body that says nothing of use."""
        return int(getattr(self, f"_{self.door}")(role, method))

    def _page(self, role: str, method: str) -> int:
        if role in ("anonymous", "customer"):
            return 302
        if role == "key":
            return 403
        if method not in ("GET", "HEAD", "POST"):
            return 405
        mine, other = (self.write, self.read) if method == "POST" else (self.read, self.write)
        if role in mine.split():
            return self.post if method == "POST" else self.get
        return 405 if role in other.split() and not mine else 403

    def _office(self, role: str, method: str) -> int:
        if role in ("anonymous", "customer"):
            return 302
        if role in ("key", "staff"):
            return 403
        mine, code = (self.write, self.post) if method == "POST" else (self.read, self.get)
        if method not in ("GET", "HEAD", "POST") or code == 0:
            return 405
        return code if role in mine.split() else 403

    def _public(self, role: str, method: str) -> int:
        if role == "key":
            return 401
        if method == "POST":
            return self.post
        return self.get if method in ("GET", "HEAD") else 405

    def _front(self, role: str, method: str) -> int:
        """The login page: who is in already goes on."""
        if role in EVERYBODY.split() and method in ("GET", "HEAD", "POST"):
            return 302
        return self._public(role, method)

    def _link(self, role: str, method: str) -> int:
        if role == "key":
            return 404
        return 200 if method in ("GET", "HEAD") else 405

    def _sheet_link(self, role: str, method: str) -> int:
        """A supplier's page: whoever knows the address reads and writes."""
        if role == "key":
            return 404
        if method == "POST":
            return self.post
        return self.get if method in ("GET", "HEAD") else 405

    def _machine(self, role: str, method: str) -> int:
        if method != "POST":
            return 405
        return self.post if role == "key" else 401

    def _way_in(self, role: str, method: str) -> int:
        """The admin's own login page, which only leads to ours."""
        return 403 if role == "key" else 302


def page(*, read: str = NOBODY, write: str = NOBODY, **codes: int) -> Rule:
    """A page for people who work here."""
    return Rule("page", read, write, **codes)


def office(*, read: str = NOBODY, write: str = NOBODY, **codes: int) -> Rule:
    """A page in the admin."""
    return Rule("office", read, write, **codes)


def shows(read: str, **codes: int) -> Rule:
    """A page in the admin that only shows: nobody writes."""
    return Rule("office", read, NOBODY, post=0, **codes)


def acts(write: str, **codes: int) -> Rule:
    """A button in the admin: nobody opens it as a page."""
    return Rule("office", NOBODY, write, get=0, **codes)


def public(*, get: int = 200, post: int = 405) -> Rule:
    """For anybody, without a login; keys are for machines and open no page."""
    return Rule("public", get=get, post=post)


def model(name: str, *, read: str, add: str = NOBODY, change: str = NOBODY, opens: bool = True) -> dict[str, Rule]:
    """The admin's five addresses of a model. opens: one row has a page of its own."""
    stays_closed = office(read=OFFICE, write=OFFICE, get=404, post=404)
    return {
        f"admin:{name}_changelist": shows(read),
        f"admin:{name}_add": office(read=add, write=add),
        f"admin:{name}_change": office(read=read, write=change) if opens else stays_closed,
        f"admin:{name}_history": shows(WATCHERS, get=302),
        f"admin:{name}_old": office(read=OFFICE, write=OFFICE, get=302, post=302),
    }


MACHINE = Rule("machine", post=415)

TABLE: dict[str, Rule] = {
    # The front door
    "home": page(read=EVERYBODY, get=302),
    "login": Rule("front", post=200),
    "logout": public(get=405, post=302),
    "set_language": public(get=405, post=302),
    "confirm-password": page(read=EVERYBODY, write=EVERYBODY),
    "password-change": page(read=EVERYBODY, write=EVERYBODY, post=200),
    "password-change-done": page(read=EVERYBODY),
    "healthz": public(),
    "readyz": public(),
    # Orders
    "sales:list": page(read=EVERYBODY),
    "sales:page": page(read=EVERYBODY),
    "sales:expect": page(write=EDITORS),
    "shipping:order-panel": page(read=EVERYBODY),
    "public:order": Rule("link"),
    # Suppliers: everybody reads, those who buy write
    "suppliers:list": page(read=EVERYBODY),
    "suppliers:page": page(read=EVERYBODY),
    "directory:add": page(read=EDITORS, write=EDITORS),
    "directory:edit": page(read=EDITORS, write=EDITORS),
    "directory:add-contact": page(read=EDITORS, write=EDITORS),
    "directory:edit-contact": page(read=EDITORS, write=EDITORS),
    "directory:add-certificate": page(read=EDITORS, write=EDITORS),
    "directory:edit-certificate": page(read=EDITORS, write=EDITORS),
    "directory:talks": page(read=EVERYBODY, write=EDITORS),
    "directory:prospects": page(read=EVERYBODY),
    "directory:add-prospect": page(read=EDITORS, write=EDITORS),
    "directory:prospect": page(read=EVERYBODY),
    "directory:edit-prospect": page(read=EDITORS, write=EDITORS),
    "directory:turn": page(write=EDITORS),
    "catalog:items": page(read=EVERYBODY),
    "catalog:add-item": page(read=EDITORS, write=EDITORS),
    "catalog:edit-item": page(read=EDITORS, write=EDITORS),
    "catalog:move": page(write=EDITORS),
    "catalog:product": page(read=EVERYBODY),
    "questionnaires:tasks": page(read=EVERYBODY),
    "questionnaires:start": page(read=EDITORS, write=EDITORS),
    "questionnaires:sheet": page(read=COSTERS),
    "questionnaires:fill": page(read=EDITORS, write=EDITORS, post=409),
    "questionnaires:review": page(read=EDITORS, write=EDITORS),
    "questionnaires:send-back": page(read=EDITORS, write=EDITORS),
    "questionnaires:issue": page(write=EDITORS),
    "questionnaires:revoke": page(write=EDITORS),
    "questionnaires:close": page(write=EDITORS),
    "sheet:answers": Rule("sheet_link", post=409),
    "evidence:file": page(read=COSTERS),
    "assessment:score": page(read=EVERYBODY),
    "assessment:evidence": page(read=EVERYBODY),
    "assessment:start": page(read=EDITORS, write=EDITORS),
    "assessment:change": page(read=EDITORS, write=EDITORS),
    "assessment:submit": page(read=EDITORS, write=EDITORS),
    "assessment:add-event": page(read=EDITORS, write=EDITORS),
    "assessment:edit-event": page(read=EDITORS, write=EDITORS),
    "assessment:override": page(read=EDITORS, write=EDITORS),
    "assessment:policy": page(read=EVERYBODY),
    "assessment:policy-version": page(read=EVERYBODY),
    "assessment:edit-policy": page(read=ADMIN, write=ADMIN),
    "assessment:prices": page(read=COSTERS),
    "assessment:actions": page(read=EVERYBODY),
    "assessment:action": page(read=EVERYBODY),
    "assessment:ask": page(read=EDITORS, write=EDITORS),
    "assessment:change-action": page(read=EDITORS, write=EDITORS),
    "assessment:act": page(read=EDITORS, write=EDITORS),
    "imports:list": page(read=COSTERS),
    "imports:start": page(read=EDITORS, write=EDITORS),
    "imports:page": page(read=COSTERS),
    "imports:columns": page(read=EDITORS, write=EDITORS),
    "imports:rows": page(read=EDITORS, write=EDITORS),
    "imports:errors": page(read=EDITORS),
    "imports:run": page(write=EDITORS),
    "imports:undo": page(write=EDITORS),
    "imports:drop": page(write=EDITORS),
    "contracts:list": page(read=EVERYBODY),
    "contracts:claims": page(read=EVERYBODY),
    "contracts:of-supplier": page(read=EVERYBODY),
    "contracts:page": page(read=EVERYBODY),
    "contracts:breach": page(read=EVERYBODY),
    "contracts:claim": page(read=EVERYBODY),
    "contracts:add": page(read=EDITORS, write=EDITORS),
    "contracts:edit": page(read=EDITORS, write=EDITORS),
    "contracts:activate": page(read=EDITORS, write=EDITORS),
    "contracts:terminate": page(read=EDITORS, write=EDITORS),
    "contracts:add-level": page(read=EDITORS, write=EDITORS),
    "contracts:edit-level": page(read=EDITORS, write=EDITORS),
    "contracts:end-level": page(read=EDITORS, write=EDITORS),
    "contracts:claim-breaches": page(read=EDITORS, write=EDITORS),
    "contracts:waive": page(read=EDITORS, write=EDITORS),
    "contracts:add-claim": page(read=EDITORS, write=EDITORS),
    "contracts:edit-claim": page(read=EDITORS, write=EDITORS),
    "contracts:move": page(read=EDITORS, write=EDITORS),
    "contracts:add-recovery": page(read=EDITORS, write=EDITORS),
    "contracts:pdf": page(read=COSTERS),
    "contracts:csv": page(read=COSTERS),
    "continuity:coverage": page(read=EVERYBODY),
    "continuity:stops": page(read=EVERYBODY),
    "continuity:declare": page(read=EDITORS, write=EDITORS),
    "continuity:lift": page(read=EDITORS, write=EDITORS),
    "continuity:verify": page(read=EDITORS, write=EDITORS),
    "continuity:switch": page(read=COSTERS, write=EDITORS),
    "continuity:plan": page(read=COSTERS),
    "continuity:confirm": page(write=EDITORS),
    "continuity:undo": page(write=EDITORS),
    # Stock: everybody reads, those who handle goods write
    "stock:list": page(read=EVERYBODY),
    "stock:article": page(read=EVERYBODY),
    "stock:keep": page(read=EDITORS, write=EDITORS),
    "stock:stop": page(write=EDITORS),
    "stock:show": page(write=EDITORS),
    "stock:adjust": page(read=EDITORS, write=EDITORS),
    "stock:transfers": page(read=EVERYBODY),
    "stock:draft": page(read=EDITORS, write=EDITORS),
    "stock:transfer": page(read=EVERYBODY),
    "stock:send": page(write=EDITORS),
    "stock:receive": page(read=EDITORS, write=EDITORS),
    # Messages
    "messaging:list": page(read=TELLERS),
    "messaging:page": page(read=TELLERS),
    "messaging:body": page(read=TELLERS),
    "messaging:outbound": page(read=TELLERS),
    "messaging:pause": page(read=ADMIN, write=ADMIN),
    "messaging:resume": page(read=ADMIN, write=ADMIN),
    "messaging:resend": page(write=DECIDERS),
    "messaging:mark-delivered": page(write=DECIDERS),
    # Writing to many
    "notices:list": page(read=TELLERS),
    "notices:compose": page(read=SENDERS, write=SENDERS),
    "notices:send": page(read=TELLERS),
    "notices:progress": page(read=TELLERS),
    "notices:sample": page(read=TELLERS),
    "notices:order-panel": page(read=TELLERS),
    "notices:confirm": page(write=SENDERS),
    "notices:approve": page(write=DECIDERS),
    "notices:operate": page(write=SENDERS),
    # Machines
    "api:check": MACHINE,
    "api:redeem": MACHINE,
    "api:authorize": MACHINE,
    "api:capture": MACHINE,
    "api:void": MACHINE,
    "api:refund": MACHINE,
    "api:api-root": public(get=404),
    "api:openapi-json": page(read=ADMIN),
    # The admin itself
    "admin:index": shows(OFFICE),
    "admin:app_list": shows(OFFICE),
    "admin:jsi18n": shows(OFFICE),
    "admin:autocomplete": shows(NOBODY),
    "admin:view_on_site": shows(OFFICE, get=404),
    "admin:login": Rule("way_in"),
    "admin:logout": acts(OFFICE, post=302),
    "admin:password_change": office(read=OFFICE, write=OFFICE, get=302, post=302),
    "admin:password_change_done": shows(OFFICE),
    "admin:other": office(read=OFFICE, write=OFFICE, get=404, post=404),
    # People, shops, limits, keys: for admins alone
    **model("kernel_user", read=ADMIN, add=ADMIN, change=ADMIN),
    "admin:kernel_user_password": office(read=ADMIN, write=ADMIN),
    **model("kernel_store", read=ADMIN, add=ADMIN, change=ADMIN),
    **model("kernel_limit", read=ADMIN, add=ADMIN, change=ADMIN),
    **model("kernel_apikey", read=ADMIN, add=ADMIN),
    "admin:kernel_apikey_end": office(read=ADMIN, write=ADMIN, post=302),
    # What happened
    **model("kernel_approval", read=WATCHERS, opens=False),
    **model("kernel_auditentry", read=OFFICE, opens=False),
    "admin:kernel_auditentry_export": shows(OFFICE),
    # Addresses that are not written to
    **model("messaging_suppression", read=TELLERS, add=DECIDERS),
    "admin:messaging_suppression_remove": office(read=DECIDERS, write=DECIDERS),
    # Money
    **model("customercare_budget", read=WATCHERS, add=ADMIN, change=ADMIN),
    **model("customercare_grant", read=WATCHERS),
    **model("customercare_voucher", read=WATCHERS),
    "admin:customercare_voucher_revoke": office(read=DECIDERS, write=DECIDERS),
    # Macros
    **model("customercare_macro", read=TELLERS, add=SENDERS),
    "admin:customercare_macro_change": office(read=TELLERS, write=TELLERS, post=200),  # shows, whatever is sent
    "admin:customercare_macro_draft": office(read=SENDERS, write=SENDERS),
    "admin:customercare_macro_publish": office(read=DECIDERS, write=DECIDERS),
    "admin:customercare_macro_frame": shows(TELLERS),
    "admin:customercare_macro_compare": shows(TELLERS),
    # Incidents: managers draft, admins run, auditors watch
    **model("customercare_incident", read=WATCHERS, add=DECIDERS),
    "admin:customercare_incident_change": office(read=WATCHERS, write=WATCHERS, get=302, post=302),
    "admin:customercare_incident_edit": office(read=DECIDERS, write=DECIDERS),
    "admin:customercare_incident_audience": office(read=WATCHERS, write=DECIDERS, post=404),
    "admin:customercare_incident_check": office(read=WATCHERS, write=ADMIN),
    "admin:customercare_incident_sample": shows(WATCHERS),
    "admin:customercare_incident_room": office(read=WATCHERS, write=WATCHERS, post=405),
    "admin:customercare_incident_progress": office(read=WATCHERS, write=WATCHERS, get=286, post=405),
    "admin:customercare_incident_act": acts(ADMIN),
    "admin:customercare_incident_settle": acts(DECIDERS, post=404),
}
# Money, messages and settings move only when the password was typed within the last fifteen minutes.
ASKS_PASSWORD = (
    "messaging:pause", "messaging:resume", "admin:kernel_user_add", "admin:kernel_user_change",
    "admin:kernel_user_password", "admin:kernel_store_add", "admin:kernel_store_change", "admin:kernel_limit_add",
    "admin:kernel_limit_change", "admin:kernel_apikey_add", "admin:kernel_apikey_end",
    "admin:messaging_suppression_add", "admin:messaging_suppression_remove", "admin:customercare_budget_add",
    "admin:customercare_budget_change", "admin:customercare_voucher_revoke", "admin:customercare_incident_check",
    "admin:customercare_incident_act",
)  # fmt: skip
ROUTES = {route.name: route for route in routes.all_routes()}
SAMPLED = ("home", "login", "sales:list", "public:order", "api:check", "admin:index", "admin:customercare_incident_act")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of refusals are expected here; nobody reads their log lines."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def everything(store: Store, cast: Cast) -> world.World:
    return world.build(store, cast)


def ask(client: Client, method: str, url: str) -> int:
    """The status code, with everything undone afterwards: the next question finds the same shop."""
    cookies, client.raise_request_exception = deepcopy(client.cookies), False
    with transaction.atomic():
        response = client.generic(method, url, "x=1", content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    client.cookies = cookies
    return response.status_code


def deviations(client: Client, role: str, everything: world.World, methods: tuple[str, ...]) -> list[str]:
    """Where the site answers otherwise than the table says."""
    found = []
    for name, rule in TABLE.items():
        url = everything.url(ROUTES[name])
        for method in methods:
            got, wanted = ask(client, method, url), rule.expected(role, method)
            if got != wanted:
                found.append(f"{name}: {role} {method} {url} answers {got}, the table says {wanted}")
    return found


def test_every_address_is_in_the_table() -> None:
    assert set(ROUTES) - set(TABLE) == set()


def test_the_table_names_nothing_that_is_not_there() -> None:
    assert set(TABLE) - set(ROUTES) == set()


@pytest.mark.parametrize("role", world.ROLES)
def test_each_role_is_answered_as_the_table_says(everything: world.World, cast: Cast, role: str) -> None:
    client = world.client_of(role, everything, cast)
    found = deviations(client, role, everything, ("GET", "POST", "PUT", "DELETE"))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE"])
def test_the_other_methods_open_nothing_more(everything: world.World, cast: Cast, method: str) -> None:
    found = []
    for role in ("anonymous", "agent", "admin", "key"):
        client = world.client_of(role, everything, cast)
        for name in SAMPLED:
            url = everything.url(ROUTES[name])
            got, wanted = ask(client, method, url), TABLE[name].expected(role, method)
            if got != wanted:
                found.append(f"{name}: {role} {method} answers {got}, not {wanted}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize("role", ["anonymous", "admin"])
def test_every_form_needs_its_token(everything: world.World, cast: Cast, role: str) -> None:
    client = world.client_of(role, everything, cast, csrf=True)
    found = []
    for name, rule in TABLE.items():
        url = everything.url(ROUTES[name])
        wanted = 401 if rule.door == "machine" else 403
        if (got := ask(client, "POST", url)) != wanted:
            found.append(f"{name}: POST {url} without a token answers {got}, not {wanted}")
    assert not found, "\n".join(found)


def test_what_matters_asks_for_the_password_again(everything: world.World, cast: Cast) -> None:
    client = world.client_of("admin", everything, cast, sudo=False)
    found = []
    for name in ASKS_PASSWORD:
        url = everything.url(ROUTES[name])
        response = client.post(url, {"x": "1"})
        if response.status_code != 302 or not response["Location"].startswith("/confirm-password/"):
            found.append(f"{name}: POST answers {response.status_code}")
    assert not found, "\n".join(found)


def test_one_customers_link_opens_no_other_order(everything: world.World, client: Client) -> None:
    own, other = everything.order.public_token, everything.other.public_token
    assert own != other
    assert everything.order.number in client.get(f"/o/{own}/").content.decode()
    assert everything.other.number not in client.get(f"/o/{own}/").content.decode()
    assert client.get(f"/o/{own[:-1]}/").status_code == 404
    assert client.get("/o/1/").status_code == 404


def test_a_view_that_says_nothing_about_access_is_closed(cast: Cast, everything: world.World) -> None:
    """The rule in the middleware itself: a route without a declaration answers 403 to an admin too."""
    request = RequestFactory().get("/forgotten/")
    request.user, request.resolver_match = cast.admin, None
    with pytest.raises(PermissionDenied):
        AccessMiddleware(lambda r: None).process_view(request, lambda r: None, (), {})  # type: ignore[arg-type,return-value]


def test_every_rule_of_the_table_can_fail(everything: world.World, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The matrix sees a page that is more open than the table: here the table closes one that is open."""
    narrowed = {"sales:list": replace(TABLE["sales:list"], read=ADMIN)}
    monkeypatch.setitem(globals(), "TABLE", narrowed)
    assert deviations(world.client_of("agent", everything, cast), "agent", everything, ("GET",)) != []
