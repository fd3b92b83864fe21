"""Every seeded bad day comes to the counts that were worked out from the CSV rows alone."""

import tomllib

import pytest
from pytest_django import DjangoDbBlocker

from backoffice.kernel.models import User
from customercare.incidents import selectors, services
from customercare.management import seeding
from customercare.notices import selectors as fanouts
from tests.factories import NOW, make_user

KEYS = [row["key"] for row in tomllib.loads((seeding.SEEDS / "incidents.toml").read_text())["incident"]]


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> object:
    """The seeded shop, loaded once; each incident is rolled back with its test."""
    with django_db_blocker.unblock():
        seeding.load_reference(now=NOW)
        yield seeding.load_shop(now=NOW)
        _empty()


def _empty() -> None:
    from django.core.management import call_command

    call_command("flush", interactive=False, verbosity=0)


@pytest.mark.django_db
@pytest.mark.parametrize("key", KEYS)
def test_a_seeded_incident_hits_exactly_whom_it_should(shop: seeding.Seeded, key: str) -> None:
    admin: User = make_user("admin")
    draft, expected = seeding.seeded_incident(key=key, seeded=shop, now=NOW)
    incident = services.open_incident(store=shop.store, draft=draft, actor=admin, now=NOW)
    fanout = services.preview(incident_id=incident.pk, now=NOW)
    radius = selectors.radius(incident)
    assert {
        "affected": radius.affected,
        "excluded": sum(radius.excluded.values()),
        "audience": fanout.audience_n,
        "no_email": fanouts.skipped_reasons(fanout).get("no_address", 0),
        "messages": fanout.message_n,
    } == {name: count for name, count in expected.items() if name != "no_new_date"}


@pytest.mark.django_db
def test_loading_the_shop_again_changes_nothing(shop: seeding.Seeded) -> None:
    from datetime import timedelta

    from orders.intake.models import ImportRun

    again = seeding.load_shop(now=NOW + timedelta(days=40))
    assert again.shift == shop.shift
    last = ImportRun.objects.order_by("-id").first()
    assert last is not None
    assert (last.created, last.changed, last.unchanged) == (0, 0, 2000)
