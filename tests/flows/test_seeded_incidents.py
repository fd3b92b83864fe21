"""Every seeded bad day comes to the counts that were worked out from the CSV rows alone."""

import tomllib
from io import StringIO

import pytest
from pytest_django import DjangoDbBlocker

from backoffice.kernel.models import User
from backoffice.messaging.models import Message
from customercare.incidents import selectors, services
from customercare.incidents.models import Incident
from customercare.management import seeding
from customercare.management.commands.demo import DECLARER, Command
from customercare.notices import selectors as fanouts
from suppliers.directory.models import Supplier
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
def test_the_demo_shows_the_supplier_that_comes_next_and_drafts_its_incident(shop: seeding.Seeded) -> None:
    make_user("admin", DECLARER)
    told = StringIO()
    Command(stdout=told)._show_the_next_one("http://localhost:8000", shop)
    waiting = Incident.objects.get()
    supplier = Supplier.objects.get(code="TAICHUNG-ALU")
    assert waiting.title == "Taichung Aluminium Gear has stopped deliveries"
    assert f"http://localhost:8000/suppliers/{supplier.pk}/score/" in told.getvalue()
    assert f"http://localhost:8000/admin/customercare/incident/{waiting.pk}/audience/" in told.getvalue()
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_loading_the_shop_again_changes_nothing(shop: seeding.Seeded) -> None:
    from datetime import timedelta

    from orders.intake.models import ImportRun

    again = seeding.load_shop(now=NOW + timedelta(days=40))
    assert again.shift == shop.shift
    last = ImportRun.objects.order_by("-id").first()
    assert last is not None
    assert (last.created, last.changed, last.unchanged) == (0, 0, 2000)
