"""The half year of the demo shop's suppliers: told through services, once, and with a fall that can be followed."""

import csv
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from backoffice.kernel.models import User
from customercare.management import seeding, seeding_story, seeding_suppliers
from seeds.supply import tell
from suppliers.assessment import words
from suppliers.assessment.models import Assessment, Scorecard, Standing, StandingChange
from suppliers.assessment.selectors import scorecards
from suppliers.catalog import services as catalog
from suppliers.continuity.models import SupplierDefault
from suppliers.continuity.selectors import exposures, switching
from suppliers.directory import services as directory
from suppliers.directory.models import Certificate, Supplier
from suppliers.performance import selectors as performance
from suppliers.performance.models import AckFact, ClaimFact, DeliveryFact, InvoiceFact, QualityFact, RatingFact
from suppliers.performance.rules.lines import Window
from suppliers.performance.selectors import Scope
from tests.factories import NOW, make_user

SHOP, SUPPLY = settings.BASE_DIR / "seeds" / "shop", settings.BASE_DIR / "seeds" / "supply"
TODAY = NOW.date()
KINDS = (DeliveryFact, QualityFact, AckFact, InvoiceFact, ClaimFact, RatingFact)
FALLEN = "TAICHUNG-ALU"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Any:
    """The story, loaded once for this module, which only reads it or rolls back; returns how many facts are new."""
    with django_db_blocker.unblock():
        for file, key, ensure in (("suppliers", "code", directory.ensure), ("products", "sku", catalog.ensure)):
            ensure(names={row[key]: row["name"] for row in rows(SHOP / f"{file}.csv")})
        seeding.load_reference(now=NOW)
        seeding_suppliers.load(SHOP, now=NOW)
        mei = make_user("shop_manager", "mei")
        yield seeding_story.load(SUPPLY, people={"mei": mei}, now=NOW)
        call_command("flush", interactive=False, verbosity=0)


def days_of(code: str) -> list[tuple[int, str, str]]:
    """Each change of standing: days from today, from where, to where."""
    changes = StandingChange.objects.filter(supplier__code=code).order_by("id")
    return [((change.at.date() - TODAY).days, change.was, change.standing) for change in changes]


def test_telling_again_writes_the_same_bytes() -> None:
    for name, content in tell.build().items():
        assert (SUPPLY / name).read_bytes() == content.encode(), name


@pytest.mark.django_db
def test_every_row_became_a_fact_and_no_fact_is_of_tomorrow(told: int) -> None:
    in_files = sum(len(rows(path)) for path in SUPPLY.glob("*.csv"))
    assert told == in_files == sum(kind.objects.count() for kind in KINDS)
    assert [kind.objects.count() > 4 for kind in KINDS] == [True] * 6
    assert not DeliveryFact.objects.filter(delivered_on__gt=TODAY).exists()
    assert not DeliveryFact.objects.filter(recorded_at__gt=NOW).exists()
    first = DeliveryFact.objects.earliest("promised_on").promised_on
    assert first == TODAY - timedelta(days=182)


@pytest.mark.django_db
def test_telling_it_again_adds_nothing(told: int) -> None:
    before = [table.objects.count() for table in (*KINDS, Assessment, Scorecard, StandingChange, Supplier)]
    assert seeding_story.load(SUPPLY, people={}, now=NOW + timedelta(days=3)) == 0
    assert [table.objects.count() for table in (*KINDS, Assessment, Scorecard, StandingChange, Supplier)] == before


@pytest.mark.django_db
def test_standings_are_as_different_as_suppliers_are(told: int) -> None:
    stand = dict(Standing.objects.values_list("supplier__code", "standing"))
    assert Counter(stand.values()) == {"preferred": 4, "approved": 4, "watched": 1, "restricted": 1, "stopped": 1,
                                       "not_enough_data": 1}  # fmt: skip
    assert stand["WICKLOW"] == "not_enough_data"
    assert stand["HARBIN-DOWN"] == "stopped"
    assert "POZNAN-DC" not in stand
    assert Supplier.objects.get(code="POZNAN-DC").kind == "warehouse"


@pytest.mark.django_db
def test_it_falls_step_by_step_and_then_stops(told: int) -> None:
    assert days_of(FALLEN) == [(-154, "", "approved"), (-28, "approved", "watched"), (-17, "watched", "restricted")]
    default = SupplierDefault.objects.get()
    assert (default.supplier.code, (default.declared_at.date() - TODAY).days) == (FALLEN, -2)
    assert default.declared_by == User.objects.get(username="mei")
    totals = {
        (card.day - TODAY).days: card.total
        for card in Scorecard.objects.filter(supplier__code=FALLEN)
        if card.total is not None
    }
    assert [totals[day] for day in (-84, -56, -42, -28, -17)] == [
        Decimal(points) for points in ("85.4", "80.9", "75.6", "67.5", "51.4")
    ]
    assert (max(totals), totals[max(totals)]) == (-3, Decimal("48.7"))


@pytest.mark.django_db
def test_each_step_of_the_fall_says_why(told: int) -> None:
    cards = {(card.day - TODAY).days: card for card in Scorecard.objects.filter(supplier__code=FALLEN)}
    names = {str(row.pk): row.get_method_display() for row in Assessment.objects.all()}
    reasons = " / ".join(reason.sentence for reason in words.reasons(cards[-28].explanation, names))
    assert "days after the promise" in reasons
    assert "Delivery" in reasons
    visit = " / ".join(reason.sentence for reason in words.reasons(cards[-17].explanation, names))
    assert "Site visit" in visit
    for card in cards.values():
        told_by = card.explanation
        if told_by.get("charges"):
            assert sum(one["tenths"] for one in told_by["charges"]) == round(10 * told_by["to"]) - round(
                10 * told_by["from"]
            )


@pytest.mark.django_db
def test_what_is_open_is_what_hangs_on_it(told: int) -> None:
    """Open lines of the story, product by product, are the units on order of the exposure."""
    supplier = Supplier.objects.get(code=FALLEN)
    newest = DeliveryFact.objects.filter(supplier=supplier, corrected_by=None, outcome="open", promised_on__lt=TODAY)
    still: Counter[str] = Counter()
    for fact in newest.select_related("product"):
        assert fact.product is not None
        still[fact.product.sku] += fact.quantity_ordered or 0
    hanging = exposures.stop_of(supplier, now=NOW)
    assert still == {row.product.sku: row.open_quantity for row in hanging.rows}
    lines = performance.tallies(Scope(TODAY, None, [supplier.pk]), window=Window())[supplier.pk]
    assert sum(lines.late_open.values()) == 6
    assert max(lines.late_open) == 26


@pytest.mark.django_db
def test_the_switch_can_still_be_played_with_leads_that_were_measured(told: int) -> None:
    supplier = Supplier.objects.get(code=FALLEN)
    stop = exposures.stop_of(supplier, now=NOW)
    ready = [one for row in stop.rows for one in row.ready]
    assert len(ready) == 6
    assert all(one.is_measured for one in ready)
    asked = switching.question(supplier, currency="EUR", rates={"CZK": Decimal("0.04")}, now=NOW)
    found = switching.dry_run(asked)
    assert found.solution.plan.covers_everything
    assert not found.first.covers_everything
    assert len(found.solution.plan.takes) == 6
    assert {take.offer.supplier for take in found.solution.plan.takes} == {"ERZGEBIRGE", "OSTRAVA-STEEL"}


@pytest.mark.django_db
def test_a_critical_certificate_ends_soon_and_another_one_stops_its_supplier(told: int) -> None:
    soon = Certificate.objects.get(is_critical=True, valid_until__range=(TODAY, TODAY + timedelta(days=30)))
    assert (soon.supplier.code, (soon.valid_until - TODAY).days) == ("NORDFLAME", 12)  # type: ignore[operator]
    assert days_of("HARBIN-DOWN")[-1] == (-3, "watched", "stopped")


@pytest.mark.django_db
def test_somebody_rises_too_and_not_before_two_periods_were_better(told: int) -> None:
    assert days_of("MERIDIAN")[-1] == (-35, "watched", "approved")
    first_better = date.min
    for card in Scorecard.objects.filter(supplier__code="MERIDIAN", total__gte=70).order_by("revision")[:1]:
        first_better = card.day
    assert TODAY - timedelta(days=35) >= first_better + timedelta(days=60)


@pytest.mark.django_db
def test_every_way_of_assessing_is_there_with_its_evidence(told: int) -> None:
    every = Assessment.objects.all()
    assert {row.method for row in every} == set(Assessment.How.values)
    assert all(row.state == "submitted" and len(row.evidence) > 60 for row in every)


@pytest.mark.django_db
def test_the_scores_of_today_stand_on_all_there_is(told: int) -> None:
    version = scorecards.current_policy()
    assert version is not None
    assert scorecards.due(day=TODAY, policy_id=version.pk, limit=50) == []
