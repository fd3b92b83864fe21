"""Contracts and service levels: drafted, activated, and from then on not rewritten."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import AuditEntry
from backoffice.kernel.roles import Role
from suppliers.contracts import services as contracts
from suppliers.contracts.models import BreachRevision, ClaimRecovery, Contract, ServiceLevel
from suppliers.contracts.rules.claims import ClaimState, LevelDraft
from suppliers.contracts.rules.measuring import Comparison, Metric
from suppliers.contracts.rules.penalties import Basis, Curve, Shape, Step
from suppliers.contracts.rules.windows import WindowKind
from suppliers.contracts.selectors import levels
from tests.factories import NOW, make_user
from tests.factories.suppliers import make_supplier
from tests.suppliers.contracts.kit import (
    BEGIN,
    TODAY,
    check,
    contract_draft,
    free_claim,
    level_draft,
    level_of,
    make_breach,
    make_contract,
    move,
    october,
    priced,
    recover,
)

pytestmark = pytest.mark.django_db
LATER = TODAY + timedelta(days=90)


def refused(code: str) -> "pytest.RaisesExc[Refusal]":
    return pytest.raises(Refusal, check=lambda error: error.code == code)


def change(contract: Contract, **fields: Any) -> Contract:
    contract.refresh_from_db()
    return contracts.change_contract(
        contract_id=contract.pk, version=contract.version, draft=contract_draft(**fields), actor=None, now=NOW
    )


class TestContracts:
    @pytest.mark.parametrize(
        ("code", "fields"),
        [
            ("contract.number", {"number": ""}),
            ("contract.dates", {"valid_until": BEGIN - timedelta(days=1)}),
            ("contract.notice", {"notice_days": 731}),
            ("contract.cap", {"liability_cap": Decimal(0)}),
            ("money.currency", {"currency": "ZZZ"}),
        ],
    )
    def test_what_is_no_contract_is_refused(self, code: str, fields: dict[str, Any]) -> None:
        with refused(code):
            make_contract(**fields)
        assert not Contract.objects.exists()

    def test_a_number_is_there_once_a_supplier(self) -> None:
        contract = make_contract()
        with refused("contract.known"):
            make_contract(contract.supplier)
        make_contract(make_supplier("OTHER"))
        assert Contract.objects.count() == 2

    def test_a_warehouse_has_no_contract(self) -> None:
        with refused("contract.warehouse"):
            make_contract(make_supplier("OWN", kind="warehouse"))
        assert not Contract.objects.exists()

    def test_agents_write_nothing(self) -> None:
        supplier = make_supplier("ACME")
        with refused("supplier.role"):
            contracts.add_contract(
                supplier_id=supplier.pk, draft=contract_draft(), actor=make_user(Role.SUPPORT_AGENT), now=NOW
            )
        assert not Contract.objects.exists()

    def test_what_was_signed_stays(self) -> None:
        contract = make_contract()
        for field, value in (("number", "RC-2"), ("currency", "EUR"), ("valid_from", BEGIN + timedelta(days=1))):
            with refused("contract.fixed"):
                change(contract, **{field: value})
        assert change(contract, title="Another title", valid_until=LATER).version == 3
        assert AuditEntry.objects.filter(verb="contract.change").count() == 1

    def test_the_last_day_moves_while_it_has_not_come(self) -> None:
        contract = make_contract(valid_until=TODAY + timedelta(days=9))
        assert change(contract, valid_until=LATER).valid_until == LATER
        with refused("contract.over"):
            change(contract, valid_until=TODAY - timedelta(days=1))
        Contract.objects.update(valid_until=TODAY - timedelta(days=1))
        with refused("contract.over"):
            change(contract, valid_until=LATER)

    def test_an_older_version_changes_nothing(self) -> None:
        contract = make_contract()
        with pytest.raises(Stale):
            contracts.change_contract(contract_id=contract.pk, version=1, draft=contract_draft(), actor=None, now=NOW)

    def test_it_is_activated_once_and_terminated_once(self) -> None:
        contract = make_contract()
        given: dict[str, Any] = {"contract_id": contract.pk, "actor": None, "now": NOW}
        with refused("contract.state"):
            contracts.activate_contract(version=contract.version, **given)
        done = contracts.terminate_contract(version=contract.version, last_day=LATER, **given)
        assert (done.state, done.last_day) == ("terminated", LATER)
        with refused("contract.state"):
            contracts.terminate_contract(version=done.version, last_day=LATER, **given)

    def test_it_is_terminated_neither_in_the_past_nor_after_its_end(self) -> None:
        contract = make_contract(valid_until=LATER)
        given: dict[str, Any] = {"contract_id": contract.pk, "version": contract.version, "actor": None, "now": NOW}
        with refused("contract.past"):
            contracts.terminate_contract(last_day=TODAY - timedelta(days=1), **given)
        with refused("contract.later"):
            contracts.terminate_contract(last_day=LATER + timedelta(days=1), **given)
        assert Contract.objects.get().state == "active"

    def test_a_terminated_one_is_judged_until_its_last_day(self) -> None:
        supplier = make_supplier("ACME")
        priced(supplier)
        contract = make_contract(supplier)
        october(3, 0)
        contracts.terminate_contract(
            contract_id=contract.pk, version=contract.version, last_day=TODAY, actor=None, now=NOW
        )
        assert check().found == 1
        last = levels.spans(level_of(contract), day=TODAY + timedelta(days=60))[-1]
        assert (last.start, last.end) == (date(2026, 11, 1), TODAY)


class TestLevels:
    @pytest.mark.parametrize(
        ("code", "draft"),
        [
            ("level.compared", level_draft(comparison=Comparison.AT_MOST)),
            ("level.target", level_draft(target="100.01")),
            ("level.window", level_draft(window=WindowKind.DAYS)),
            ("level.window", level_draft(window_days=30)),
            ("level.window", level_draft(window=WindowKind.DAYS, window_days=6)),
            ("level.minimum", level_draft(minimum=0)),
            ("level.grace", level_draft(late_days=61)),
            ("level.cap", level_draft(cap=Decimal(0))),
            ("level.dates", level_draft(applies_from=BEGIN - timedelta(days=1))),
            ("level.curve", level_draft(curve=Curve(Basis.VALUE, Shape.STEPS))),
        ],
    )
    def test_what_cannot_be_judged_is_refused(self, code: str, draft: LevelDraft) -> None:
        contract = make_contract(active=False)
        ServiceLevel.objects.all().delete()
        with refused(code):
            contracts.add_level(contract_id=contract.pk, draft=draft, actor=None, now=NOW)
        assert not ServiceLevel.objects.exists()

    def test_days_and_hours_may_be_more_than_a_hundred(self) -> None:
        assert make_contract(None, level_draft(Metric.ACK_HOURS, 120)).levels.get().target == 120

    def test_in_a_draft_it_changes_and_then_not_any_more(self) -> None:
        contract = make_contract(active=False)
        level = level_of(contract)
        given: dict[str, Any] = {"level_id": level.pk, "actor": None, "now": NOW}
        better = replace(level_draft(), target=Decimal(97))
        assert contracts.change_level(version=1, draft=better, **given).target == 97
        contracts.activate_contract(contract_id=contract.pk, version=1, actor=None, now=NOW)
        with refused("level.fixed"):
            contracts.change_level(version=2, draft=level_draft(), **given)
        assert ServiceLevel.objects.get().target == 97

    def test_it_ends_on_a_day_that_is_not_over(self) -> None:
        level = level_of(make_contract())
        given: dict[str, Any] = {"level_id": level.pk, "actor": None, "now": NOW}
        with refused("level.past"):
            contracts.end_level(version=1, last_day=TODAY - timedelta(days=1), **given)
        assert contracts.end_level(version=1, last_day=TODAY, **given).applies_until == TODAY

    def test_in_a_terminated_contract_nothing_new_is_promised(self) -> None:
        contract = make_contract()
        contracts.terminate_contract(
            contract_id=contract.pk, version=contract.version, last_day=LATER, actor=None, now=NOW
        )
        with refused("level.ended"):
            contracts.add_level(contract_id=contract.pk, draft=level_draft(), actor=None, now=NOW)

    def test_the_database_refuses_a_comparison_the_wrong_way_round(self) -> None:
        level = level_of(make_contract())
        with pytest.raises(IntegrityError, match="level_compares"), transaction.atomic():
            ServiceLevel.objects.filter(pk=level.pk).update(comparison="at_most")

    def test_steps_may_be_told_in_fixed_amounts(self) -> None:
        curve = Curve(Basis.FIXED, Shape.STEPS, (Step(Decimal(0), Decimal(500)),))
        assert make_contract(None, level_draft(curve=curve)).levels.get().curve == curve


class TestSoFar:
    def test_the_current_window_is_measured_until_today(self) -> None:
        supplier = make_supplier("ACME")
        priced(supplier)
        contract = make_contract(supplier)
        october(5, 0)
        (standing,) = levels.so_far(contract, day=date(2026, 10, 5))
        assert standing.span is not None
        assert (standing.span.start, standing.span.end) == (date(2026, 10, 1), date(2026, 10, 31))
        assert standing.found is not None
        assert (standing.found.reading.n, standing.found.reading.value) == (3, 0)

    def test_before_it_begins_there_is_no_window(self) -> None:
        contract = make_contract()
        assert [one.span for one in levels.so_far(contract, day=BEGIN - timedelta(days=1))] == [None]


class TestLedgers:
    def test_a_judgement_is_not_changed(self) -> None:
        make_breach()
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            BreachRevision.objects.update(penalty=Decimal(9999))

    def test_a_recovery_is_not_taken_back(self) -> None:
        recover(move(free_claim(make_supplier("ACME")), ClaimState.SENT))
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            ClaimRecovery.objects.all().delete()
