"""What a score is made of besides facts: which papers, events and assessments count on a day."""

from datetime import timedelta

import pytest

from suppliers.assessment import services as assessment
from suppliers.assessment.rules.policy import Switch
from suppliers.assessment.selectors import scorecards
from suppliers.directory.models import Supplier
from tests.factories import NOW
from tests.factories.suppliers import make_certificate, make_supplier
from tests.suppliers.assessment import facts
from tests.suppliers.assessment.facts import TODAY, ago, draft, rescore
from tests.suppliers.assessment.kit import policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Supplier:
    facts.save_policy()
    return make_supplier("ACME")


def stops(supplier: Supplier, days: int = 0) -> list[Switch]:
    day = TODAY + timedelta(days=days)
    found = scorecards.inputs(policy(), day=day, supplier_ids=[supplier.pk])[supplier.pk]
    return [stop.switch for stop in found.stops]


def test_a_paper_stops_when_it_is_critical_over_and_not_replaced(acme: Supplier) -> None:
    make_certificate(acme, until=ago(1), is_critical=True, is_retired=True)
    make_certificate(acme, until=ago(1), is_critical=False)
    make_certificate(acme, until=None, is_critical=True)
    make_certificate(acme, until=TODAY, is_critical=True)
    assert stops(acme) == []
    assert stops(acme, days=1) == [Switch.CERTIFICATE]


def test_an_event_stops_from_its_day_until_the_day_it_is_over(acme: Supplier) -> None:
    facts.happen(acme, "safety", happened_on=ago(5), ended_on=ago(2))
    assert [len(stops(acme, days)) for days in (-6, -5, -3, -2, 0)] == [0, 1, 1, 0, 0]


def test_an_assessment_counts_until_it_has_faded(acme: Supplier) -> None:
    """Valid until today, faded over 100 days: half is left after 50, nothing after 100."""
    facts.assess(acme, valid_until=TODAY)
    found = {
        days: scorecards.inputs(policy(), day=TODAY + timedelta(days=days), supplier_ids=[acme.pk])[acme.pk].assessed
        for days in (50, 101)
    }
    assert (len(found[50]), len(found[101])) == (1, 0)


def test_a_draft_is_no_assessment(acme: Supplier) -> None:
    assessment.start_assessment(supplier_id=acme.pk, draft=draft(), actor=None, now=NOW)
    assert scorecards.inputs(policy(), day=TODAY, supplier_ids=[acme.pk])[acme.pk].assessed == ()


def test_who_is_ended_or_a_warehouse_is_not_due(acme: Supplier) -> None:
    make_supplier("GONE", state="ended")
    make_supplier("DEPOT", kind="warehouse")
    version = scorecards.current_policy()
    assert version is not None
    assert scorecards.due(day=TODAY, policy_id=version.pk, limit=9) == [acme.pk]
    rescore()
    assert scorecards.due(day=TODAY, policy_id=version.pk, limit=9) == []


def test_a_standing_that_stays_keeps_its_day_and_its_version(acme: Supplier) -> None:
    rescore()
    rescore(TODAY + timedelta(days=3))
    assert (acme.standing.since, acme.standing.version, acme.standing.scored_on) == (
        TODAY, 1, TODAY + timedelta(days=3),
    )  # fmt: skip
    make_certificate(acme, until=TODAY, is_critical=True)
    rescore(TODAY + timedelta(days=4))
    acme.standing.refresh_from_db()
    assert (acme.standing.since, acme.standing.version) == (TODAY + timedelta(days=4), 2)
