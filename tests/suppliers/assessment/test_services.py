"""What people write: assessments, events, policies, decisions; and what is refused without a trace."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import AuditEntry
from suppliers.assessment import services as assessment
from suppliers.assessment.models import Assessment, CriticalEvent, PolicyVersion, Scorecard, Standing, StandingChange
from suppliers.assessment.rules.drafts import EventDraft
from suppliers.assessment.rules.metrics import Dimension
from suppliers.directory.models import Supplier
from tests.conftest import Cast
from tests.factories import NOW
from tests.factories.suppliers import make_certificate, make_supplier
from tests.suppliers.assessment import facts
from tests.suppliers.assessment.facts import TODAY, ago, draft, rescore
from tests.suppliers.assessment.kit import BODY, body

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Supplier:
    facts.save_policy(coverage=0)
    return make_supplier("ACME")


def start(supplier: Supplier, **fields: Any) -> Assessment:
    return assessment.start_assessment(supplier_id=supplier.pk, draft=draft(**fields), actor=None, now=NOW)


class TestAssessments:
    def test_a_draft_does_not_count_and_a_submitted_one_does_at_once(self, acme: Supplier) -> None:
        row = start(acme)
        rescore()
        assert Scorecard.objects.get().total is None
        assessment.submit_assessment(assessment_id=row.pk, version=1, actor=None, now=NOW)
        assert Scorecard.objects.latest("revision").total == 60

    def test_of_two_assessors_at_once_the_second_is_refused(self, acme: Supplier) -> None:
        row = start(acme)
        first, second = (draft({Dimension.QUALITY: points}) for points in (70, 20))
        assessment.change_assessment(assessment_id=row.pk, version=1, draft=first, actor=None, now=NOW)
        before = AuditEntry.objects.count()

        with pytest.raises(Stale):
            assessment.change_assessment(assessment_id=row.pk, version=1, draft=second, actor=None, now=NOW)

        row.refresh_from_db()
        assert (row.quality, row.version) == (70, 2)
        assert AuditEntry.objects.count() == before

    def test_what_was_changed_meanwhile_is_not_submitted_unseen(self, acme: Supplier) -> None:
        row = start(acme)
        changed = draft({Dimension.QUALITY: 70})
        assessment.change_assessment(assessment_id=row.pk, version=1, draft=changed, actor=None, now=NOW)
        with pytest.raises(Stale):
            assessment.submit_assessment(assessment_id=row.pk, version=1, actor=None, now=NOW)
        assert Assessment.objects.get().state == "draft"

    def test_a_submitted_one_stays_as_it_is(self, acme: Supplier) -> None:
        row = facts.assess(acme)
        for act in (assessment.change_assessment, assessment.submit_assessment):
            given = {"draft": draft({Dimension.QUALITY: 100})} if act is assessment.change_assessment else {}
            with pytest.raises(Refusal, match="stays as it is"):
                act(assessment_id=row.pk, version=row.version, actor=None, now=NOW, **given)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Assessment.objects.update(quality=100)
        assert Assessment.objects.get().quality == 60

    def test_without_the_trigger_a_score_would_stand_on_what_nobody_submitted(self, acme: Supplier) -> None:
        facts.assess(acme)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("DROP TRIGGER submitted_stays ON suppliers_assessment")
        Assessment.objects.update(quality=100)
        rescore(TODAY + timedelta(days=1))
        assert Scorecard.objects.latest("revision").total == 100

    def test_an_empty_one_cannot_be_submitted(self, acme: Supplier) -> None:
        row = start(acme, points={})
        with pytest.raises(Refusal) as refused:
            assessment.submit_assessment(assessment_id=row.pk, version=1, actor=None, now=NOW)
        assert refused.value.code == "assessment.empty"
        assert Assessment.objects.get().state == "draft"

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"method": "hearsay"}, "assessment.method"),
            ({"valid_until": ago(31)}, "assessment.dates"),
            ({"points": {Dimension.QUALITY: 101}}, "assessment.points"),
            ({"points": {Dimension.QUALITY: -1}}, "assessment.points"),
        ],
    )
    def test_what_is_refused_is_not_written(self, acme: Supplier, fields: dict[str, Any], code: str) -> None:
        before = AuditEntry.objects.count()
        with pytest.raises(Refusal) as refused:
            start(acme, **fields)
        assert refused.value.code == code
        assert not Assessment.objects.exists()
        assert AuditEntry.objects.count() == before

    @pytest.mark.parametrize(
        ("fields", "guard"),
        [
            ({"quality": 101}, "assessment_quality_is_points"),
            ({"method": "hearsay"}, "assessment_method_known"),
            ({"valid_until": ago(31)}, "assessment_ends_after_it_is_made"),
            ({"state": "submitted"}, "submitted_assessment_says_something"),
        ],
    )
    def test_the_database_refuses_it_too(self, acme: Supplier, fields: dict[str, Any], guard: str) -> None:
        start(acme)
        with pytest.raises(IntegrityError, match=guard), transaction.atomic():
            Assessment.objects.update(**fields)

    @pytest.mark.parametrize("who", ["agent", "auditor"])
    def test_who_may_not_change_suppliers_may_not_assess_them(self, acme: Supplier, cast: Cast, who: str) -> None:
        with pytest.raises(Refusal) as refused:
            assessment.start_assessment(supplier_id=acme.pk, draft=draft(), actor=getattr(cast, who), now=NOW)
        assert refused.value.code == "supplier.role"
        assert not Assessment.objects.exists()


class TestEvents:
    GIVEN = EventDraft("safety", ago(1), "Cords caught fire.")

    def test_it_stops_buying_at_once_and_until_it_is_over(self, acme: Supplier) -> None:
        event = facts.happen(acme, "safety")
        assert Standing.objects.get().consequence == "block"
        over = replace(self.GIVEN, ended_on=TODAY)
        assessment.change_event(event_id=event.pk, version=1, draft=over, actor=None, now=NOW)
        assert Standing.objects.get().standing != "stopped"

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"kind": "rumour"}, "event.kind"),
            ({"kind": "certificate"}, "event.kind"),
            ({"note": ""}, "event.note"),
            ({"happened_on": TODAY + timedelta(days=1)}, "event.future"),
            ({"ended_on": ago(2)}, "event.dates"),
        ],
    )
    def test_what_is_refused_stops_nobody(self, acme: Supplier, fields: dict[str, Any], code: str) -> None:
        with pytest.raises(Refusal) as refused:
            assessment.add_event(supplier_id=acme.pk, draft=replace(self.GIVEN, **fields), actor=None, now=NOW)
        assert refused.value.code == code
        assert not CriticalEvent.objects.exists()
        assert not Standing.objects.exists()


class TestPolicies:
    def test_versions_count_up_and_the_same_is_no_new_one(self, cast: Cast) -> None:
        numbers = [
            assessment.save_policy(body=one, note="", actor=cast.admin, now=NOW).number
            for one in (BODY, BODY, body(coverage=60), BODY)
        ]
        assert numbers == [1, 1, 2, 3]

    def test_weights_that_add_up_to_nothing_are_refused(self) -> None:
        with pytest.raises(Refusal, match="add up to nothing") as refused:
            facts.save_policy(quality__weight=0, delivery__weight=0)
        assert refused.value.code == "policy.weights"
        assert not PolicyVersion.objects.exists()
        assert not AuditEntry.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"margin": float("nan")}, "policy.value"), ({"decay_days": 10**9}, "policy.days"),
         ({"stopped": {"consequence": "block", "may_override": ["boss"]}}, "policy.value")],
    )  # fmt: skip
    def test_one_that_would_break_every_score_is_refused(self, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(Refusal) as refused:
            facts.save_policy(**changes)
        assert refused.value.code == code
        assert not PolicyVersion.objects.exists()

    def test_they_never_change(self) -> None:
        facts.save_policy()
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            PolicyVersion.objects.update(note="x")

    @pytest.mark.parametrize("who", ["manager", "staff", "agent", "auditor"])
    def test_only_an_admin_saves_one(self, cast: Cast, who: str) -> None:
        with pytest.raises(Refusal) as refused:
            assessment.save_policy(body=BODY, note="", actor=getattr(cast, who), now=NOW)
        assert refused.value.code == "policy.role"
        assert not PolicyVersion.objects.exists()


class TestOverrides:
    @pytest.fixture
    def given(self, acme: Supplier, cast: Cast) -> dict[str, Any]:
        """A supplier without data, whose orders need approval; admins and managers may decide otherwise."""
        rescore()
        return {
            "supplier_id": acme.pk,
            "version": 1,
            "consequence": "none",
            "until": TODAY + timedelta(days=10),
            "reason": "Known from another shop.",
            "actor": cast.manager,
            "now": NOW,
        }

    def test_it_holds_until_its_last_day(self, given: dict[str, Any]) -> None:
        assessment.override(**given)
        row = Standing.objects.get()
        assert [row.effective(TODAY + timedelta(days=n)) for n in (0, 10, 11)] == ["none", "none", "approval"]
        assert row.standing == "not_enough_data"
        last = StandingChange.objects.latest("id")
        assert (last.override, last.reason, last.actor) == ("none", "Known from another shop.", given["actor"])

    def test_scoring_again_leaves_it(self, given: dict[str, Any]) -> None:
        assessment.override(**given)
        rescore(TODAY + timedelta(days=1))
        assert Standing.objects.get().override == "none"

    def test_a_switch_ends_what_was_decided_without_knowing_of_it(self, given: dict[str, Any], acme: Supplier) -> None:
        """Insolvent the day after somebody let orders pass: whoever may, decides anew."""
        assessment.override(**given)
        facts.happen(acme)
        row = Standing.objects.get()
        assert (row.standing, row.effective(TODAY)) == ("stopped", "block")
        assert (row.override, row.override_until, row.override_reason, row.override_by) == ("", None, "", None)
        last = StandingChange.objects.latest("id")
        assert (last.standing, last.override) == ("stopped", "")
        assert last.reason == "The decision about the standing before ended with it."

    def test_what_is_as_hard_as_the_new_standing_goes_on(self, given: dict[str, Any], acme: Supplier) -> None:
        assessment.override(**given | {"consequence": "block"})
        facts.assess(acme, 90)
        row = Standing.objects.get()
        assert (row.standing, row.consequence, row.effective(TODAY)) == ("good", "none", "block")
        assert row.override_by == given["actor"]
        assert StandingChange.objects.latest("id").override == "block"

    def test_one_whose_last_day_is_over_is_not_taken_along(self, given: dict[str, Any], acme: Supplier) -> None:
        assessment.override(**given | {"consequence": "block", "until": TODAY})
        make_certificate(acme, until=TODAY, is_critical=True)
        rescore(TODAY + timedelta(days=1))
        assert Standing.objects.get().override == ""
        last = StandingChange.objects.latest("id")
        assert (last.standing, last.override, last.reason) == ("stopped", "", "")

    def test_it_is_taken_back(self, given: dict[str, Any]) -> None:
        assessment.override(**given)
        assessment.override(**given | {"version": 2, "consequence": "", "reason": "No more."})
        assert Standing.objects.get().effective(TODAY) == "approval"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"consequence": "maybe"}, "standing.consequence"),
            ({"reason": "  "}, "standing.reason"),
            ({"until": None}, "standing.until"),
            ({"until": ago(1)}, "standing.until"),
            ({"until": TODAY + timedelta(days=91)}, "standing.until"),
        ],
    )
    def test_half_a_decision_is_refused(self, given: dict[str, Any], changes: dict[str, Any], code: str) -> None:
        before = StandingChange.objects.count()
        with pytest.raises(Refusal) as refused:
            assessment.override(**given | changes)
        assert refused.value.code == code
        assert Standing.objects.get().override == ""
        assert StandingChange.objects.count() == before

    @pytest.mark.parametrize("who", ["staff", "agent", "auditor"])
    def test_only_roles_that_the_policy_names_may(self, given: dict[str, Any], cast: Cast, who: str) -> None:
        with pytest.raises(Refusal) as refused:
            assessment.override(**given | {"actor": getattr(cast, who)})
        assert refused.value.code == "standing.role"
        assert Standing.objects.get().override == ""

    def test_what_stands_otherwise_meanwhile_is_not_decided_unseen(self, given: dict[str, Any], acme: Supplier) -> None:
        facts.happen(acme)
        with pytest.raises(Stale):
            assessment.override(**given)
