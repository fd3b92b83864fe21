"""Scoring in the database: revisions only where something changed, explanations that add up, standings with history."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from suppliers.assessment import services as assessment
from suppliers.assessment.models import Scorecard, Standing, StandingChange
from suppliers.assessment.rules import snapshot
from suppliers.assessment.rules.metrics import Dimension
from suppliers.assessment.rules.policy import Consequence
from suppliers.assessment.rules.scoring import score
from suppliers.assessment.selectors import scorecards
from suppliers.assessment.services import Rescored
from suppliers.assessment.services import scorecards as services
from suppliers.directory.models import Certificate, Supplier
from tests.conftest import Cast
from tests.factories import NOW
from tests.factories.suppliers import make_certificate, make_supplier
from tests.suppliers.assessment import facts
from tests.suppliers.assessment.facts import TODAY, ago, rescore

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Supplier:
    """A supplier under the policy of these tests, with ten lines on their day and ten accepted lots: 100 points."""
    facts.save_policy(coverage=40)
    supplier = make_supplier("ACME")
    facts.deliver(*[facts.delivery(f"PO-{n}", promised=100 + n) for n in range(10)])
    facts.lots(*[False] * 10)
    return supplier


def cards(supplier: Supplier) -> list[Scorecard]:
    return list(Scorecard.objects.filter(supplier=supplier).order_by("revision"))


def standing(supplier: Supplier) -> Standing:
    return Standing.objects.get(supplier=supplier)


class TestStatedAnswers:
    def test_exactly_a_hundred_points_have_a_standing(self, acme: Supplier) -> None:
        rescore()
        card, stands = cards(acme)[0], standing(acme)
        assert card.total == 100
        assert (stands.standing, stands.consequence) == ("good", "none")

    def test_a_supplier_without_facts_is_neither_0_nor_100(self, acme: Supplier) -> None:
        nobody = make_supplier("NOBODY")
        rescore()
        card, stands = cards(nobody)[0], standing(nobody)
        assert (card.total, card.low, card.high, card.coverage) == (None, None, None, 0)
        assert (stands.standing, stands.consequence) == ("not_enough_data", "approval")

    def test_ten_due_and_none_delivered_is_0_on_time_in_full(self) -> None:
        facts.save_policy(coverage=0)
        supplier = make_supplier("ACME")
        facts.deliver(*[facts.delivery(f"PO-{n}", None, promised=30) for n in range(10)])
        rescore()
        found = snapshot.inputs_from_data(cards(supplier)[0].inputs).measured["otif"]
        assert (found.n, found.value) == (10, 0)
        assert cards(supplier)[0].total == 0
        assert standing(supplier).consequence == "block"
        # Nor are the days late unknown: nine of ten are 30 days late at least.
        waits = snapshot.inputs_from_data(cards(supplier)[0].inputs).measured["days_late_p90"]
        assert (waits.n, waits.value, waits.least) == (10, None, 30)
        assert cards(supplier)[0].coverage == 37.5

    def test_a_licence_that_expired_yesterday_stops_the_best_supplier(self, acme: Supplier) -> None:
        make_certificate(acme, until=ago(1), is_critical=True, kind="licence", number="L-77")
        rescore()
        stands = standing(acme)
        assert cards(acme)[0].total == 100
        assert (stands.standing, stands.consequence, stands.may_override) == ("stopped", "block", ["admin"])
        assert cards(acme)[0].result["stops"] == [
            {"switch": "certificate", "because": "L-77", "on": ago(1).isoformat()}
        ]

    def test_one_that_ends_today_still_holds(self, acme: Supplier) -> None:
        make_certificate(acme, until=TODAY, is_critical=True)
        rescore()
        assert standing(acme).standing == "good"

    def test_an_assessment_dated_in_the_future_does_not_count_yet(self, acme: Supplier) -> None:
        facts.assess(acme, 0, made_on=TODAY + timedelta(days=3))
        rescore()
        assert cards(acme)[-1].total == 100
        rescore(TODAY + timedelta(days=3))
        assert cards(acme)[-1].total == 87.5


class TestRevisions:
    def test_nothing_new_makes_no_revision(self, acme: Supplier) -> None:
        assert rescore() == Rescored(looked_at=1, revisions=1, moved=1)
        assert rescore() == Rescored(looked_at=1, revisions=0, moved=0)
        assert rescore(TODAY + timedelta(days=1)) == Rescored(looked_at=1, revisions=0, moved=0)

    def test_where_nothing_is_new_no_document_is_read(self, acme: Supplier) -> None:
        rescore()
        with CaptureQueriesContext(connection) as queries:
            rescore()
        assert not [query for query in queries if '"suppliers_scorecard"."result"' in query["sql"]]

    def test_a_late_fact_makes_a_new_one_and_keeps_the_old(self, acme: Supplier) -> None:
        rescore()
        facts.deliver(facts.delivery("PO-1042", 9))
        rescore()
        first, second = cards(acme)
        assert (first.total, second.previous_id, second.revision) == (100, first.pk, 2)
        assert second.total is not None
        assert second.total < 100

    def test_a_good_fact_makes_one_too_for_the_interval_is_another(self, acme: Supplier) -> None:
        rescore()
        facts.deliver(facts.delivery("PO-1042", 0))
        assert rescore().revisions == 1
        first, second = cards(acme)
        assert first.total == second.total
        assert first.low is not None
        assert second.low is not None
        assert second.low > first.low

    def test_the_stored_inputs_come_to_the_stored_result_again(self, acme: Supplier) -> None:
        make_certificate(acme, until=ago(1), is_critical=True)
        facts.assess(acme, 40)
        card = cards(acme)[-1]
        again = score(scorecards.policy_of(card.policy), snapshot.inputs_from_data(card.inputs), day=card.day)
        assert snapshot.score_from_data(card.result) == again

    def test_they_only_grow(self, acme: Supplier) -> None:
        rescore()
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Scorecard.objects.update(total=1)
        assert cards(acme)[0].total == 100

    def test_a_new_policy_scores_everybody_anew(self, acme: Supplier) -> None:
        rescore()
        facts.save_policy(coverage=40, quality__weight=10)
        assert rescore().revisions == 1
        assert cards(acme)[1].explanation["policy"] == [1, 2]

    def test_a_score_never_goes_back_in_time(self, acme: Supplier) -> None:
        rescore()
        assert rescore(ago(1)) == Rescored()

    def test_nor_when_a_later_day_is_scored_while_it_waits_for_its_turn(
        self, acme: Supplier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rescore(ago(2))
        monkeypatch.setattr(services, "_one_at_a_time", lambda: Standing.objects.update(scored_on=TODAY))
        assert rescore(ago(1)) == Rescored()
        assert standing(acme).scored_on == TODAY

    def test_without_a_policy_nothing_is_scored(self) -> None:
        make_supplier("ACME")
        assert rescore() == Rescored()

    def test_warehouses_of_ours_and_ended_suppliers_are_not_ranked(self, acme: Supplier) -> None:
        make_supplier("DEPOT", kind="warehouse")
        make_supplier("GONE", state="ended")
        rescore()
        assert list(Scorecard.objects.values_list("supplier__code", flat=True)) == ["ACME"]

    def test_the_number_of_statements_does_not_grow_with_suppliers(self, acme: Supplier) -> None:
        counts = []
        for number in range(3):
            code = f"S-{number}"
            make_supplier(code)
            facts.every_kind(code)
            with CaptureQueriesContext(connection) as queries:
                assert rescore().looked_at == number + 2
            counts.append(len(queries))
        assert counts[0] == counts[1] == counts[2]


class TestExplanations:
    def test_the_first_one_says_so(self, acme: Supplier) -> None:
        rescore()
        assert cards(acme)[0].explanation == {"first": True, "to": 100.0}

    def test_it_names_the_fact_and_adds_up(self, acme: Supplier) -> None:
        rescore()
        facts.deliver(facts.delivery("PO-1042", 9), facts.delivery("PO-1043", 0))
        rescore()
        card = cards(acme)[1]
        told = card.explanation
        tenths = sum(charge["tenths"] for charge in told["charges"])
        assert card.total is not None
        assert tenths == round(10 * (told["to"] - told["from"])) == 10 * card.total - 1000
        assert sum(told["dimensions"].values()) == tenths
        assert told["charges"][0]["facts"][0] == ["late", "PO-1042", 9.0]
        assert {charge["dimension"] for charge in told["charges"]} == {"delivery"}

    def test_an_assessment_is_told_as_one(self, acme: Supplier) -> None:
        rescore()
        row = facts.assess(acme, 60)
        told = cards(acme)[1].explanation
        charge = next(charge for charge in told["charges"] if charge["key"] == f"assessment:{row.pk}")
        assert (charge["points"], charge["new"]) == ([None, 60.0], 0)

    def test_a_switch_is_told(self, acme: Supplier) -> None:
        rescore()
        event = facts.happen(acme)
        assert cards(acme)[1].explanation["stops"] == {"on": [["insolvency", event.note]], "off": []}

    def test_a_fact_that_was_committed_late_is_named_too(self, acme: Supplier) -> None:
        """It was recorded before the score was made, and could be read only afterwards."""
        rescore()
        facts.deliver(facts.delivery("PO-77", 20), now=NOW - timedelta(hours=5))
        rescore()
        assert cards(acme)[1].explanation["charges"][0]["facts"] == [["late", "PO-77", 20.0]]


class TestStandings:
    def test_its_history_says_what_it_was_and_why(self, acme: Supplier) -> None:
        rescore()
        event = facts.happen(acme)
        rows = StandingChange.objects.order_by("id").values_list(
            "was", "standing", "consequence", "scorecard__revision"
        )
        assert list(rows) == [("", "good", "none", 1), ("good", "stopped", "block", 2)]
        assert event.supplier_id == acme.pk

    def test_after_a_critical_event_it_has_to_rise_from_the_bottom(self, acme: Supplier) -> None:
        rescore()
        event = facts.happen(acme)
        over = facts.EventDraft(event.kind, event.happened_on, event.note, ended_on=TODAY)
        assessment.change_event(event_id=event.pk, version=1, draft=over, actor=None, now=NOW)
        assert standing(acme).standing == "poor"
        rescore(TODAY + timedelta(days=59))
        assert standing(acme).standing == "poor"
        rescore(TODAY + timedelta(days=60))
        assert standing(acme).standing == "good"

    def test_what_holds_for_orders_can_be_asked(self, acme: Supplier) -> None:
        assert scorecards.consequence(acme.pk, day=TODAY) == ("", "")
        rescore()
        assert scorecards.consequence(acme.pk, day=TODAY) == (Consequence.NONE, "good")

    @pytest.mark.parametrize(
        ("fields", "guard"),
        [
            ({"consequence": "maybe"}, "standing_consequence_known"),
            ({"override": "warn"}, "standing_override_is_whole"),
        ],
    )
    def test_the_database_refuses_half_a_decision(self, acme: Supplier, fields: dict[str, Any], guard: str) -> None:
        rescore()
        with pytest.raises(IntegrityError, match=guard), transaction.atomic():
            Standing.objects.update(**fields)

    def test_the_database_knows_four_decisions(self, acme: Supplier, cast: Cast) -> None:
        rescore()
        decided = {"override_until": TODAY, "override_reason": "x", "override_by": cast.admin}
        with pytest.raises(IntegrityError, match="standing_override_known"), transaction.atomic():
            Standing.objects.update(override="never", **decided)


class TestDue:
    @staticmethod
    def due() -> int:
        return assessment.rescore_due(day=TODAY, now=NOW, limit=100).looked_at

    def test_nobody_waits_twice(self, acme: Supplier) -> None:
        assert self.due() == 1
        assert self.due() == 0

    def test_a_new_day_makes_all_due(self, acme: Supplier) -> None:
        rescore(ago(1))
        assert self.due() == 1

    def test_a_fact_makes_its_supplier_due(self, acme: Supplier) -> None:
        make_supplier("BOLT")
        assert self.due() == 2
        facts.deliver(facts.delivery("PO-99", 1), now=NOW - timedelta(days=3))
        assert self.due() == 1

    def test_so_do_certificates_events_and_policies(self, acme: Supplier) -> None:
        self.due()
        make_certificate(acme, until=TODAY)
        assert self.due() == 1
        Certificate.objects.update(valid_until=ago(1), is_critical=True, version=2)
        assert self.due() == 1
        assert standing(acme).standing == "stopped"
        facts.save_policy(coverage=41)
        assert self.due() == 1

    def test_a_long_queue_is_taken_in_portions(self, acme: Supplier) -> None:
        make_supplier("BOLT")
        assert assessment.rescore_due(day=TODAY, now=NOW, limit=1).looked_at == 1
        assert self.due() == 1

    def test_the_task_scores_what_is_due(self, acme: Supplier) -> None:
        from suppliers.assessment.tasks import rescore as task

        task()
        assert standing(acme).standing == "good"


def test_dimensions_are_kept_in_the_order_of_the_code(acme: Supplier) -> None:
    rescore()
    kept = [row["dimension"] for row in cards(acme)[0].result["dimensions"]]
    assert kept == [name.value for name in Dimension if name.value in kept]
