"""Corrective actions: the table of steps, what is refused, what the database holds, who is told, and the metric."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import Alert, AuditEntry
from suppliers.assessment import services as assessment
from suppliers.assessment.models import ActionStep, CorrectiveAction
from suppliers.assessment.rules import actions as rules
from suppliers.assessment.rules.actions import Act, ActionState
from suppliers.assessment.rules.metrics import METRICS
from suppliers.assessment.selectors import measuring, scorecards
from suppliers.directory.models import Supplier
from suppliers.performance.rules.lines import Window
from suppliers.performance.selectors import Scope
from tests.conftest import Cast
from tests.factories import NOW
from tests.factories.suppliers import make_supplier
from tests.suppliers.assessment import actions, facts
from tests.suppliers.assessment.facts import TODAY

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


@pytest.fixture
def acme() -> Supplier:
    return make_supplier("ACME")


class TestSteps:
    def test_the_table_knows_every_act_but_asking(self) -> None:
        assert set(rules.TRANSITIONS) == set(Act) - {Act.ASK}
        assert rules.acts_from(ActionState.OPEN) == (Act.CHANGE, Act.ANSWER, Act.WITHDRAW)
        assert rules.acts_from(ActionState.ANSWERED) == (Act.CHANGE, Act.VERIFY, Act.REJECT, Act.WITHDRAW)
        assert rules.acts_from(ActionState.VERIFIED) == rules.acts_from(ActionState.WITHDRAWN) == ()

    def test_numbers_count_up_over_all_suppliers(self, acme: Supplier) -> None:
        assert [str(actions.ask(one)) for one in (acme, make_supplier("BOLT"), acme)] == ["CA-1", "CA-2", "CA-3"]

    def test_a_rejected_answer_opens_it_again_and_is_kept(self, acme: Supplier, cast: Cast) -> None:
        row = actions.answer(actions.ask(acme))
        row = actions.reject(row)
        assert (row.state, row.answer, row.answered_on) == ("open", "", None)
        assert row.due_on == TODAY + timedelta(days=20)

        row = actions.verify(actions.answer(row, answer="The needle was worn."), actor=cast.staff)

        assert (row.state, row.answer, row.verified_by, row.closed_on) == (
            "verified", "The needle was worn.", cast.staff, TODAY,
        )  # fmt: skip
        steps = ActionStep.objects.filter(action=row).order_by("id").values_list("act", "said")
        assert list(steps) == [
            ("ask", "Find the cause and change the process."),
            ("answer", "A new thread since Monday."),
            ("reject", "No cause named."),
            ("answer", "The needle was worn."),
            ("verify", "Ten pieces pulled."),
        ]
        assert AuditEntry.objects.filter(verb__startswith="action.", subject=f"supplier:{acme.pk}").count() == 5

    def test_what_is_withdrawn_is_over(self, acme: Supplier) -> None:
        row = actions.withdraw(actions.ask(acme))
        assert (row.state, row.closed_on) == ("withdrawn", TODAY)

    def test_a_change_tells_both_values(self, acme: Supplier) -> None:
        row = actions.ask(acme)
        changed = actions.draft(what="Seams open at once")
        assessment.change_action(action_id=row.pk, version=1, draft=changed, actor=None, now=NOW)
        told = AuditEntry.objects.get(verb="action.change").detail["changes"]
        assert told == {"what": ["Seams open after a week", "Seams open at once"]}

    def test_the_same_again_is_no_step(self, acme: Supplier) -> None:
        row = actions.ask(acme)
        assessment.change_action(action_id=row.pk, version=1, draft=actions.draft(), actor=None, now=NOW)
        assert ActionStep.objects.count() == 1

    @pytest.mark.parametrize("act", [actions.verify, actions.reject], ids=["verify", "reject"])
    def test_nothing_is_verified_or_rejected_before_there_is_an_answer(
        self, acme: Supplier, act: Callable[..., CorrectiveAction]
    ) -> None:
        row = actions.ask(acme)
        with pytest.raises(Refusal) as refused:
            act(row)
        assert refused.value.code == "action.state"
        assert CorrectiveAction.objects.get().version == 1
        assert ActionStep.objects.count() == 1

    @pytest.mark.parametrize("act", [actions.answer, actions.verify, actions.reject, actions.withdraw])
    def test_what_is_over_never_moves(self, acme: Supplier, act: Callable[..., CorrectiveAction]) -> None:
        row = actions.verify(actions.answer(actions.ask(acme)))
        with pytest.raises(Refusal) as refused:
            act(row)
        assert refused.value.code == "action.state"
        assert CorrectiveAction.objects.get().state == "verified"

    @pytest.mark.parametrize("act", [actions.answer, actions.withdraw])
    def test_who_saw_an_older_version_is_told(self, acme: Supplier, act: Callable[..., CorrectiveAction]) -> None:
        row = actions.ask(acme)
        with pytest.raises(Stale):
            act(row, version=7)
        assert CorrectiveAction.objects.get().state == "open"
        assert ActionStep.objects.count() == 1


class TestRefusals:
    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"cause": "weather"}, "action.cause"),
            ({"what": ""}, "action.what"),
            ({"asked": ""}, "action.asked"),
            ({"due_on": TODAY - timedelta(days=1)}, "action.due"),
            ({"owner_id": 0}, "action.owner"),
        ],
    )
    def test_half_a_request_is_not_written(self, acme: Supplier, fields: dict[str, Any], code: str) -> None:
        with pytest.raises(Refusal) as refused:
            actions.ask(acme, **fields)
        assert refused.value.code == code
        assert not CorrectiveAction.objects.exists()
        assert not AuditEntry.objects.filter(verb="action.ask").exists()

    @pytest.mark.parametrize(
        ("act", "fields", "code"),
        [
            (actions.answer, {"answer": "  "}, "action.answer"),
            (actions.answer, {"on": TODAY + timedelta(days=1)}, "action.answered_on"),
            (actions.answer, {"on": TODAY - timedelta(days=1)}, "action.answered_on"),
            (actions.withdraw, {"why": " "}, "action.why"),
        ],
    )
    def test_half_a_step_is_not_taken(
        self, acme: Supplier, act: Callable[..., CorrectiveAction], fields: dict[str, Any], code: str
    ) -> None:
        row = actions.ask(acme)
        with pytest.raises(Refusal) as refused:
            act(row, **fields)
        assert refused.value.code == code
        assert CorrectiveAction.objects.get().version == 1

    @pytest.mark.parametrize(
        ("fields", "code"),
        [({"why": ""}, "action.why"), ({"due_on": TODAY - timedelta(days=1)}, "action.due")],
    )
    def test_a_rejection_says_why_and_until_when(self, acme: Supplier, fields: dict[str, Any], code: str) -> None:
        row = actions.answer(actions.ask(acme))
        with pytest.raises(Refusal) as refused:
            actions.reject(row, **fields)
        assert refused.value.code == code
        assert CorrectiveAction.objects.get().state == "answered"

    def test_an_owner_is_somebody_who_may_act(self, acme: Supplier, cast: Cast) -> None:
        for who in (cast.agent, cast.auditor):
            with pytest.raises(Refusal, match="Choose an owner"):
                actions.ask(acme, owner_id=who.pk)
        assert not CorrectiveAction.objects.exists()

    @pytest.mark.parametrize("who", ["agent", "auditor"])
    def test_who_may_not_change_suppliers_asks_and_moves_nothing(self, acme: Supplier, cast: Cast, who: str) -> None:
        row = actions.ask(acme)
        actor = getattr(cast, who)
        for act in (
            lambda: assessment.ask_action(supplier_id=acme.pk, draft=actions.draft(), actor=actor, now=NOW),
            lambda: actions.answer(row, actor=actor),
            lambda: actions.withdraw(row, actor=actor),
        ):
            with pytest.raises(Refusal) as refused:
                act()
            assert refused.value.code == "supplier.role"
        assert CorrectiveAction.objects.get().version == 1


class TestTheDatabase:
    @pytest.mark.parametrize(
        ("fields", "guard"),
        [
            ({"cause": "weather"}, "action_cause_known"),
            ({"asked": ""}, "action_says_what_is_asked"),
            ({"due_on": TODAY - timedelta(days=1)}, "action_is_due_after_it_is_asked"),
            ({"state": "verified"}, "action_holds_what_its_state_says"),
            ({"state": "answered"}, "action_holds_what_its_state_says"),
            ({"answer": "An answer nobody gave."}, "action_holds_what_its_state_says"),
        ],
    )
    def test_it_refuses_what_no_service_writes(self, acme: Supplier, fields: dict[str, Any], guard: str) -> None:
        actions.ask(acme)
        with pytest.raises(IntegrityError, match=guard), transaction.atomic():
            CorrectiveAction.objects.update(**fields)

    def test_a_verified_one_stays_whoever_speaks_to_it(self, acme: Supplier) -> None:
        actions.verify(actions.answer(actions.ask(acme)))
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            CorrectiveAction.objects.update(state="open", answer="", answered_on=None, closed_on=None)

    def test_twin_without_the_trigger_a_verified_one_opens_again(self, acme: Supplier) -> None:
        actions.verify(actions.answer(actions.ask(acme)))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("DROP TRIGGER closed_stays ON suppliers_correctiveaction")
        CorrectiveAction.objects.update(state="open", answer="", answered_on=None, closed_on=None)
        assert CorrectiveAction.objects.get().state == "open"


class TestTelling:
    def test_an_overdue_one_is_told_once_however_often_one_looks(self, acme: Supplier) -> None:
        row = actions.ask(acme)
        assert assessment.tell_overdue(now=NOW + timedelta(days=14), limit=10) == 0
        assert [assessment.tell_overdue(now=LATER, limit=10) for _look in range(3)] == [1, 0, 0]
        alert = Alert.objects.get()
        assert alert.title == "CA-1 is overdue: ACME has not answered"
        assert alert.url == f"/suppliers/actions/{row.pk}/"

    def test_it_is_not_told_again_after_a_person_closed_the_alert(self, acme: Supplier) -> None:
        actions.ask(acme)
        assessment.tell_overdue(now=LATER, limit=10)
        Alert.objects.update(closed_at=LATER)
        assert assessment.tell_overdue(now=LATER + timedelta(days=1), limit=10) == 0

    def test_an_answer_closes_the_alert(self, acme: Supplier) -> None:
        row = actions.ask(acme)
        assessment.tell_overdue(now=LATER, limit=10)
        actions.answer(row, LATER.date(), now=LATER)
        assert Alert.objects.get().closed_at == LATER

    def test_a_new_day_that_is_missed_too_is_told_again(self, acme: Supplier) -> None:
        row = actions.ask(acme)
        assessment.tell_overdue(now=LATER, limit=10)
        row = actions.answer(row, LATER.date(), now=LATER)
        actions.reject(row, now=LATER, due_on=LATER.date() + timedelta(days=3))
        assert assessment.tell_overdue(now=LATER + timedelta(days=4), limit=10) == 1

    def test_what_waits_for_us_is_nobodys_delay(self, acme: Supplier) -> None:
        actions.answer(actions.ask(acme))
        assert assessment.tell_overdue(now=LATER, limit=10) == 0

    def test_a_portion_is_bounded_and_the_next_goes_on(self, acme: Supplier) -> None:
        for _each in range(3):
            actions.ask(acme)
        assert [assessment.tell_overdue(now=LATER, limit=2) for _look in range(3)] == [2, 1, 0]


class TestMetric:
    def figure(self, supplier: Supplier, days: int) -> tuple[int, float | None]:
        day = TODAY + timedelta(days=days)
        found = measuring.measures(Scope(day), window=Window()).get(supplier.pk)
        read = METRICS["action_days"].read(found) if found else None
        return (read.n, read.value) if read else (0, None)

    def test_it_is_the_median_wait_for_an_answer_that_held(self, acme: Supplier) -> None:
        for days in (2, 4, 9):
            row = actions.answer(actions.ask(acme), TODAY + timedelta(days=days), now=NOW + timedelta(days=days))
            actions.verify(row, now=NOW + timedelta(days=20))
        assert self.figure(acme, 25) == (3, 4)

    def test_an_answer_under_our_eyes_is_no_longer_the_suppliers_wait(self, acme: Supplier) -> None:
        """Until it is verified nobody knows whether it held: the wait is at least so long, and has no end yet."""
        row = actions.answer(actions.ask(acme), TODAY + timedelta(days=2), now=NOW + timedelta(days=2))
        assert self.figure(acme, 10) == (1, None)
        actions.verify(row, now=NOW + timedelta(days=12))
        assert self.figure(acme, 12) == (1, 2)
        assert self.figure(acme, 10) == (1, None)

    def test_withdrawn_and_later_ones_do_not_count(self, acme: Supplier) -> None:
        actions.withdraw(actions.ask(acme))
        assert self.figure(acme, 5) == (0, None)
        actions.ask(acme, now=LATER, due_on=LATER.date())
        assert self.figure(acme, 5) == (0, None)

    def test_every_step_lets_the_supplier_be_scored_again(self, acme: Supplier) -> None:
        policy = facts.save_policy()

        def due() -> list[int]:
            return scorecards.due(day=TODAY, policy_id=policy.pk, limit=10)

        assessment.rescore(day=TODAY, now=NOW)
        assert due() == []
        row = actions.ask(acme)
        assert due() == [acme.pk]
        assessment.rescore(day=TODAY, now=NOW)
        actions.answer(row)
        assert due() == [acme.pk]
