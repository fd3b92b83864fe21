"""A pytest plugin that takes one guard of the product away, so that the tests can show that they would notice.

    python -m pytest -p tests.teeth.sabotage --sabotage claim tests/races/messaging/test_two_relays.py

The product itself has no switch for any of this: functions and statements are replaced from here, and where the
database is the guard, it is altered in the test database alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest


@dataclass(frozen=True, slots=True)
class Guard:
    """what: in few words. tests: who must see that it is gone. off, sql: take it away, here or in the database."""

    what: str
    tests: tuple[str, ...]
    off: Callable[[], None] = lambda: None
    sql: Sequence[str] = ()


def _without(module: Any, name: str, guard: str, instead: str = "") -> None:
    """Replace a part of a statement."""
    statement = getattr(module, name)
    if guard not in statement:
        raise pytest.UsageError(f"{module.__name__}.{name} does not hold {guard!r}: the sabotage is out of date")
    setattr(module, name, statement.replace(guard, instead))


def _claim() -> None:
    from backoffice.messaging import claims

    _without(claims, "TURN", "AND m.state = 'claimed' AND m.claimed_by = %(owner)s")


def _unique() -> None:
    from customercare.compensation.services import grants
    from customercare.vouchers.services import issuing

    missing = "(SELECT v.id FROM customercare_voucher v WHERE v.cause_ref = {} AND v.order_id = {}.order_id) IS NULL"
    _without(issuing, "_WANTED", missing.format("%(cause_ref)s", "w"), "true")
    _without(issuing, "_INSERT", "ON CONFLICT (cause_ref, order_id) DO NOTHING")
    _without(grants, "_TO_ISSUE", missing.format("g.cause_ref", "g"), "true")


def _conditional_update() -> None:
    from django.db.models import F

    from customercare.compensation.models import Budget
    from customercare.compensation.services import budgets

    def take(budget_id: int, amount: Any) -> bool:
        return bool(Budget.objects.filter(pk=budget_id).update(reserved=F("reserved") + amount))

    budgets._take = take


def _lease() -> None:
    from backoffice.messaging import reconciling

    _without(reconciling, "EXPIRE_LEASES", "AND lease_until < now()", "AND false")


def _hash() -> None:
    # The package's own name for it is the function.
    preview = import_module("customercare.notices.services.preview")
    preview.content_hash = lambda _fanout, _totals: "0" * 64


def _version() -> None:
    from customercare.incidents import services
    from customercare.incidents.models import Incident

    guarded = services.change_incident

    def change(**told: Any) -> Incident:
        return guarded(**told | {"seen_edits": Incident.objects.get(pk=told["incident_id"]).edits})

    services.change_incident = change


def _scoring() -> None:
    from suppliers.assessment.services import scorecards

    scorecards._one_at_a_time = lambda: None


def _checking() -> None:
    from suppliers.contracts.services import judging

    judging._one_at_a_time = lambda: None


def _csrf() -> None:
    from django.middleware.csrf import CsrfViewMiddleware

    CsrfViewMiddleware.process_view = lambda *_request: None  # type: ignore[method-assign]


def _permission() -> None:
    from backoffice.kernel import access

    def check(request: Any, rule: access.Access) -> None:
        return None

    access.check = check


def _escape() -> None:
    from backoffice.messaging import wording_html

    wording_html.escape = lambda text: text


def _stale() -> None:
    from backoffice.kernel import changing

    changing.lock = lambda rows, *, pk, version: rows.select_for_update(of=("self",)).get(pk=pk)


def _rate_limit() -> None:
    from backoffice.kernel import guesses

    guesses.take = lambda **_guess: guesses.Verdict(())


def _reconciler() -> None:
    from backoffice.messaging import reconciling

    reconciling.reconcile = reconciling.Reconciled


KEYS_MADE_UNIQUE = """
CREATE FUNCTION sabotage_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.dedupe_key := left(NEW.dedupe_key, 100) || gen_random_uuid(); RETURN NEW; END $$
"""
GUARDS = {
    "claim": Guard(
        "only who claimed a message may send it",
        ("tests/races/messaging/test_two_relays.py", "tests/messaging/test_claims.py"),
        off=_claim,
    ),
    "unique": Guard(
        "one voucher for each cause and order",
        ("tests/customercare/vouchers/test_issuing.py", "tests/customercare/vouchers/test_races.py"),
        off=_unique,
        sql=("ALTER TABLE customercare_voucher DROP CONSTRAINT one_voucher_per_cause_and_order",),
    ),
    "dedupe": Guard(
        "one message for each dedupe_key",
        ("tests/customercare/notices/test_running.py",),
        sql=(
            KEYS_MADE_UNIQUE,
            "CREATE TRIGGER sabotage BEFORE INSERT ON messaging_message FOR EACH ROW EXECUTE FUNCTION sabotage_key()",
        ),
    ),
    "conditional_update": Guard(
        "a budget is taken from in the statement that checks it",
        ("tests/customercare/compensation/test_budgets.py",),
        off=_conditional_update,
    ),
    "lease": Guard("a dead relay's lease ends", ("tests/messaging/test_reconciling.py",), off=_lease),
    "hash": Guard(
        "confirming and approving are bound to what was shown",
        ("tests/customercare/notices/test_decisions.py",),
        off=_hash,
    ),
    "version": Guard(
        "a change over somebody else's change is refused",
        ("tests/customercare/incidents/test_services.py",),
        off=_version,
    ),
    "stale": Guard(
        "a supplier is not saved over somebody else's change",
        ("tests/suppliers/directory/test_services.py", "tests/suppliers/directory/test_views.py"),
        off=_stale,
    ),
    "rank": Guard(
        "one supplier for each rank of a product",
        ("tests/suppliers/catalog/test_services.py",),
        sql=("ALTER TABLE suppliers_supplieritem DROP CONSTRAINT one_item_per_product_and_rank",),
    ),
    "switch": Guard(
        "one confirmed switch of a supplier",
        ("tests/races/suppliers/test_two_switches.py",),
        sql=("DROP INDEX one_confirmed_switch_per_supplier",),
    ),
    "submitted": Guard(
        "an assessment that counts stays as it is",
        ("tests/suppliers/assessment/test_services.py",),
        sql=("DROP TRIGGER submitted_stays ON suppliers_assessment",),
    ),
    "verified": Guard(
        "a verified corrective action stays as it is",
        ("tests/suppliers/assessment/test_actions.py",),
        sql=("DROP TRIGGER closed_stays ON suppliers_correctiveaction",),
    ),
    "checking": Guard(
        "one checks contracts at a time", ("tests/races/suppliers/test_two_checks.py",), off=_checking
    ),
    "claimed_once": Guard(
        "a breach is in one live claim",
        ("tests/suppliers/contracts/test_claims.py",),
        sql=("DROP INDEX breach_in_one_claim_at_a_time",),
    ),
    "accepted": Guard(
        "answers that an assessment stands on stay as they are",
        ("tests/suppliers/questionnaires/test_services.py",),
        sql=("DROP TRIGGER accepted_stays ON suppliers_answersheet",),
    ),
    "evidence": Guard(
        "a file is not exchanged behind its row",
        ("tests/suppliers/evidence/test_files.py",),
        sql=("DROP TRIGGER append_only ON suppliers_evidencefile",),
    ),
    "scoring": Guard(
        "one scores at a time", ("tests/races/suppliers/test_two_scorings.py",), off=_scoring
    ),
    "csrf": Guard(
        "a form needs its token", ("tests/security/test_headers.py", "tests/orders/sales/test_page.py"), off=_csrf
    ),
    "permission": Guard("a role opens what it may", ("tests/security/test_access_matrix.py",), off=_permission),
    "escape": Guard("a customer's text stays text", ("tests/messaging/test_wording.py",), off=_escape),
    "rate_limit": Guard(
        "wrong codes are counted", ("tests/customercare/vouchers/test_api_limits.py",), off=_rate_limit
    ),
    "reconciler": Guard(
        "what nobody finishes is settled", ("tests/messaging/test_reconciling.py",), off=_reconciler
    ),
}  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sabotage", choices=list(GUARDS), help="take this guard away; the tests must fail")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before any test module is imported, so that it imports what was replaced."""
    if chosen := session.config.getoption("--sabotage"):
        GUARDS[chosen].off()


@pytest.fixture(scope="session", autouse=True)
def _altered_database(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> None:
    chosen = request.config.getoption("--sabotage")
    if chosen and GUARDS[chosen].sql:
        from django.db import connection

        with django_db_blocker.unblock(), connection.cursor() as cursor:
            for statement in GUARDS[chosen].sql:
                cursor.execute(statement)
