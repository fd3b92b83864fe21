"""Claims: from breaches or freely, one step at a time, and money that counts once."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import Alert, AuditEntry
from backoffice.kernel.roles import Role
from suppliers.contracts import services as contracts
from suppliers.contracts.models import Breach, ClaimBreach, ClaimRecovery, SupplierClaim
from suppliers.contracts.rules.claims import WAYS, ClaimKind, ClaimState, RecoveryDraft, RecoveryKind, may_go
from suppliers.contracts.selectors import pages
from suppliers.performance.models import ClaimFact
from tests.factories import NOW, make_user
from tests.factories.suppliers import make_supplier
from tests.suppliers.contracts.kit import (
    TODAY,
    check,
    claim_all,
    deliver,
    delivery,
    free_claim,
    make_breach,
    make_contract,
    move,
    recover,
)

pytestmark = pytest.mark.django_db


def refused(code: str) -> "pytest.RaisesExc[Refusal]":
    return pytest.raises(Refusal, check=lambda error: error.code == code)


def sent(amount: str = "200.00") -> SupplierClaim:
    return move(free_claim(make_supplier("ACME"), amount), ClaimState.SENT)


class TestDrafting:
    def test_over_breaches_it_asks_for_their_penalties_and_ends_their_alerts(self) -> None:
        claim = claim_all(make_breach())
        assert (claim.amount, claim.currency, claim.state, claim.kind) == (Decimal(50), "PLN", "draft", "breach")
        assert Alert.objects.filter(closed_at__isnull=True).count() == 0
        assert AuditEntry.objects.filter(verb="claim.draft").count() == 1

    def test_a_breach_is_claimed_once(self) -> None:
        contract = make_breach()
        claim_all(contract)
        with refused("claim.taken"):
            claim_all(contract)
        assert SupplierClaim.objects.count() == 1

    def test_the_database_itself_holds_one_live_claim_a_breach(self) -> None:
        line = claim_all(make_breach()).lines.get()
        with pytest.raises(IntegrityError, match="breach_in_one_claim_at_a_time"), transaction.atomic():
            _second(line)

    def test_twin_without_that_key_a_month_is_asked_for_twice(self) -> None:
        line = claim_all(make_breach()).lines.get()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("DROP INDEX breach_in_one_claim_at_a_time")
        _second(line)
        assert sum(row.amount for row in ClaimBreach.objects.filter(is_live=True)) == 100

    def test_one_that_was_let_go_or_no_longer_stands_is_not_claimed(self) -> None:
        contract = make_breach()
        contracts.waive_breach(breach_id=Breach.objects.get().pk, why="Snow.", actor=None, now=NOW)
        with refused("claim.taken"):
            claim_all(contract)
        assert not SupplierClaim.objects.exists()

    def test_a_breach_of_another_contract_is_refused(self) -> None:
        make_breach()
        other = make_contract(make_supplier("OTHER"))
        with refused("claim.breaches"):
            contracts.claim_breaches(
                contract_id=other.pk, breach_ids=[Breach.objects.get().pk], title="x", actor=None, now=NOW
            )  # fmt: skip
        assert not SupplierClaim.objects.exists()

    def test_a_withdrawn_claim_gives_its_breaches_back(self) -> None:
        contract = make_breach()
        move(claim_all(contract), ClaimState.WITHDRAWN)
        assert claim_all(contract).amount == 50

    def test_claims_under_one_contract_stay_below_its_liability_limit(self) -> None:
        contract = make_contract(liability_cap=Decimal(250))
        free_claim(contract.supplier, "200.00", contract_id=contract.pk)
        with refused("claim.cap"):
            free_claim(contract.supplier, "50.01", contract_id=contract.pk)
        free_claim(contract.supplier, "50.00", contract_id=contract.pk)
        assert SupplierClaim.objects.count() == 2

    def test_what_was_withdrawn_does_not_count_towards_the_limit(self) -> None:
        contract = make_contract(liability_cap=Decimal(250))
        move(free_claim(contract.supplier, "200.00", contract_id=contract.pk), ClaimState.WITHDRAWN)
        assert free_claim(contract.supplier, "250.00", contract_id=contract.pk).amount == 250

    @pytest.mark.parametrize(
        ("code", "given"),
        [
            ("claim.amount", {"amount": "0"}),
            ("claim.reason", {"reason": " "}),
            ("claim.kind", {"kind": ClaimKind.BREACH}),
            ("claim.contract", {"contract_id": 999_999}),
            ("money.currency", {"currency": "ZZZ"}),
        ],
    )
    def test_what_makes_no_claim_is_refused(self, code: str, given: dict[str, Any]) -> None:
        supplier = make_supplier("ACME")
        with refused(code):
            free_claim(supplier, **given)
        assert not SupplierClaim.objects.exists()

    def test_one_over_breaches_is_lowered_and_never_raised(self) -> None:
        claim = claim_all(make_breach())
        given: dict[str, Any] = {"claim_id": claim.pk, "title": "Less", "reason": "", "actor": None, "now": NOW}
        with refused("claim.amount"):
            contracts.change_claim(version=1, amount=Decimal("50.01"), **given)
        assert contracts.change_claim(version=1, amount=Decimal(30), **given).amount == 30
        with pytest.raises(Stale):
            contracts.change_claim(version=1, amount=Decimal(20), **given)

    def test_agents_draft_nothing(self) -> None:
        contract = make_breach()
        with refused("supplier.role"):
            claim_all(contract, actor=make_user(Role.SUPPORT_AGENT))
        assert not SupplierClaim.objects.exists()


def _second(line: ClaimBreach) -> None:
    other = free_claim(line.claim.supplier)
    ClaimBreach.objects.create(claim=other, breach=line.breach, revision=line.revision, amount=line.amount)


class TestSteps:
    @pytest.mark.parametrize(("state", "target"), list(product(ClaimState, ClaimState)))
    def test_only_what_the_table_says_is_open(self, state: ClaimState, target: ClaimState) -> None:
        claim = _in(state)
        given: dict[str, Any] = {"accepted": Decimal(10)} if target is ClaimState.PARTLY else {}
        if may_go(state, target):
            assert move(claim, target, **given).state == target.value
        else:
            with refused("claim.way"):
                move(claim, target, **given)
            assert SupplierClaim.objects.get().state == state.value

    def test_every_state_is_reached_and_two_are_ends(self) -> None:
        reached = set().union(*WAYS.values())
        assert reached == set(ClaimState) - {ClaimState.DRAFT}
        assert {state for state, ways in WAYS.items() if not ways} == {ClaimState.SETTLED, ClaimState.WITHDRAWN}

    def test_sending_needs_a_day_to_answer_by(self) -> None:
        claim = free_claim(make_supplier("ACME"))
        with refused("claim.due"):
            move(claim, ClaimState.SENT, answer_due=TODAY - timedelta(days=1))
        assert SupplierClaim.objects.get().sent_on is None

    def test_a_part_is_less_than_the_whole(self) -> None:
        claim = sent()
        with refused("claim.amount"):
            move(claim, ClaimState.PARTLY, accepted=claim.amount)
        assert move(claim, ClaimState.PARTLY, accepted=Decimal(120)).outstanding == 120

    def test_a_claim_on_which_money_came_is_not_withdrawn(self) -> None:
        claim = sent()
        recover(claim)
        with refused("claim.recovered"):
            move(claim, ClaimState.WITHDRAWN)

    def test_an_older_version_moves_nothing(self) -> None:
        claim = sent()
        with pytest.raises(Stale):
            move(claim, ClaimState.ACCEPTED, version=1)
        assert SupplierClaim.objects.get().state == "sent"

    def test_every_step_stands_in_the_log(self) -> None:
        move(move(sent(), ClaimState.ACCEPTED), ClaimState.SETTLED)
        verbs = AuditEntry.objects.filter(verb__startswith="claim.").order_by("id").values_list("verb", flat=True)
        assert list(verbs) == ["claim.draft", "claim.sent", "claim.accepted", "claim.settled"]


def _in(state: ClaimState) -> SupplierClaim:
    """A claim that came to this state the shortest way."""
    claim = free_claim(make_supplier("ACME"))
    ways: dict[ClaimState, tuple[ClaimState, ...]] = {
        ClaimState.DRAFT: (),
        ClaimState.SENT: (ClaimState.SENT,),
        ClaimState.ACCEPTED: (ClaimState.SENT, ClaimState.ACCEPTED),
        ClaimState.PARTLY: (ClaimState.SENT, ClaimState.PARTLY),
        ClaimState.DISPUTED: (ClaimState.SENT, ClaimState.DISPUTED),
        ClaimState.SETTLED: (ClaimState.SENT, ClaimState.ACCEPTED, ClaimState.SETTLED),
        ClaimState.WITHDRAWN: (ClaimState.WITHDRAWN,),
    }
    for step in ways[state]:
        claim = move(claim, step, **({"accepted": Decimal(20)} if step is ClaimState.PARTLY else {}))
    return claim


class TestRecoveries:
    def test_they_add_up_and_never_to_more_than_was_asked_for(self) -> None:
        claim = sent("100.00")
        recover(claim, "60.00")
        with refused("recovery.much"):
            recover(claim, "40.01", "CN-2")
        recover(claim, "40.00", "CN-2")
        claim.refresh_from_db()
        assert (claim.recovered, ClaimRecovery.objects.count()) == (Decimal(100), 2)

    def test_the_database_itself_holds_the_sum(self) -> None:
        claim = sent("100.00")
        with pytest.raises(IntegrityError, match="claim_recovers_at_most_its_amount"), transaction.atomic():
            SupplierClaim.objects.filter(pk=claim.pk).update(recovered=Decimal("100.01"))

    def test_twin_without_that_check_more_comes_back_than_was_claimed(self) -> None:
        claim = sent("100.00")
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE suppliers_supplierclaim DROP CONSTRAINT claim_recovers_at_most_its_amount")
        assert SupplierClaim.objects.filter(pk=claim.pk).update(recovered=Decimal("100.01")) == 1

    def test_a_credit_note_counts_once(self) -> None:
        claim = sent()
        recover(claim)
        with refused("recovery.known"):
            recover(claim)
        claim.refresh_from_db()
        assert claim.recovered == 50

    def test_nothing_comes_in_on_a_draft_or_a_closed_claim(self) -> None:
        claim = free_claim(make_supplier("ACME"))
        with refused("recovery.state"):
            recover(claim)
        move(claim, ClaimState.WITHDRAWN)
        with refused("recovery.state"):
            recover(claim)
        assert not ClaimRecovery.objects.exists()

    @pytest.mark.parametrize(
        ("code", "given"),
        [
            ("recovery.amount", {"amount": Decimal(0)}),
            ("recovery.day", {"day": TODAY + timedelta(days=1)}),
            ("recovery.reference", {"reference": " "}),
        ],
    )
    def test_what_is_no_recovery_is_refused(self, code: str, given: dict[str, Any]) -> None:
        claim = sent()
        values: dict[str, Any] = {"amount": Decimal(1), "day": TODAY, "kind": RecoveryKind.PAYMENT, "reference": "P-1"}
        with refused(code):
            contracts.record_recovery(claim_id=claim.pk, draft=RecoveryDraft(**values | given), actor=None, now=NOW)
        assert not ClaimRecovery.objects.exists()

    def test_purchasing_asks_what_came_back_since_a_day(self) -> None:
        claim = sent()
        recover(claim, "50.00")
        assert pages.recovered(claim.supplier, since=TODAY) == (("PLN", Decimal(50)),)
        assert pages.recovered(claim.supplier, since=TODAY + timedelta(days=1)) == ()


class TestMeasuring:
    def test_a_draft_is_told_to_nobody(self) -> None:
        free_claim(make_supplier("ACME"))
        assert not ClaimFact.objects.exists()

    def test_from_sending_to_settling_one_fact_takes_the_place_of_another(self) -> None:
        claim = sent("200.00")
        move(claim, ClaimState.ACCEPTED)
        recover(claim, "150.00")
        move(claim, ClaimState.SETTLED)
        facts = list(ClaimFact.objects.order_by("id"))
        assert [fact.amount_recovered for fact in facts] == [0, 0, 150, 150]
        assert [fact.corrects_id for fact in facts] == [None, *[fact.pk for fact in facts[:-1]]]
        assert (facts[-1].closed_on, facts[-1].amount_claimed, facts[-1].claim_ref) == (TODAY, 200, claim.number)

    def test_the_share_that_is_recovered_is_measured(self) -> None:
        from suppliers.assessment.selectors import measuring
        from suppliers.performance.rules.lines import Window
        from suppliers.performance.selectors import Scope

        claim = sent("200.00")
        recover(claim, "150.00")
        move(move(claim, ClaimState.ACCEPTED), ClaimState.SETTLED)
        found = measuring.measures(Scope(TODAY, None, [claim.supplier_id]), window=Window(0, 0))
        assert found[claim.supplier_id].parts["claims_recovered"].total == pytest.approx(0.75)

    def test_a_withdrawn_claim_counts_for_nothing(self) -> None:
        move(sent(), ClaimState.WITHDRAWN)
        assert list(ClaimFact.objects.order_by("id").values_list("withdrawn", flat=True)) == [False, True]


class TestWaiving:
    def test_the_alert_ends_and_the_reason_stays(self) -> None:
        make_breach()
        contracts.waive_breach(breach_id=Breach.objects.get().pk, why="Snow.", actor=None, now=NOW)
        assert Breach.objects.get().waived_why == "Snow."
        assert Alert.objects.get().closed_at is not None

    def test_without_a_reason_or_after_a_claim_it_is_refused(self) -> None:
        contract = make_breach()
        breach = Breach.objects.get()
        with refused("breach.why"):
            contracts.waive_breach(breach_id=breach.pk, why=" ", actor=None, now=NOW)
        claim_all(contract)
        with refused("breach.taken"):
            contracts.waive_breach(breach_id=breach.pk, why="Snow.", actor=None, now=NOW)
        assert Breach.objects.get().waived_at is None


def test_what_changed_since_is_marked_on_the_claim() -> None:
    claim = claim_all(make_breach())
    assert not pages.whole(claim).has_changed
    deliver(delivery("fix", date(2026, 10, 3), 0, corrects="O1", order_ref="PO-O1", line_ref="O1"))
    check()
    assert pages.whole(claim).has_changed
