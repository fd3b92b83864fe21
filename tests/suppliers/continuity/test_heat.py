"""The matrix of coverage: how ready each backup is, who is first, and who is first and stopped."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from backoffice.kernel.roles import Role
from suppliers.continuity import services as continuity
from suppliers.continuity.selectors import coverage
from suppliers.continuity.views import heat
from tests.conftest import ClientFor
from tests.factories.suppliers import make_item, make_supplier
from tests.suppliers.continuity.kit import Shop, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return make_shop(now=timezone.now())


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


def picture() -> dict[str, Any]:
    found = heat.shown(coverage.page_of(coverage.ALL, q="", cursor=None, now=timezone.now()))
    assert found is not None
    return found


def titles() -> list[str]:
    return re.findall("<title>([^<]*)</title>", picture()["chart"])


def test_each_cell_says_who_is_first_and_how_ready_the_others_are(shop: Shop) -> None:
    found = titles()
    assert "MUG: TATRA is first" in found
    assert any(re.fullmatch(r"MUG: BRNO is backup 2, ready, \d+ of 100, \d+% known", one) for one in found)
    assert len(found) == 5


def test_the_title_counts_what_is_covered(shop: Shop) -> None:
    make_item(shop.tatra, "SOLO")
    assert picture()["title"] == "2 of 3 products have a ready backup; 1 hangs on one supplier"


def test_who_was_never_asked_fills_little_whatever_else_is_known(shop: Shop) -> None:
    """Price and lead time alone are no readiness: what nobody knows fills nothing."""
    make_item(make_supplier("VAGUE"), "CUP", price=shop.kosice.price, lead_time_days=5)
    vague = next(one for one in titles() if "VAGUE" in one)
    assert "not ready" in vague
    levels = re.findall(r'<g class="heat heat-(\S+?)"><title>[^<]*</title>.*?class="level"[^>]*height="([\d.]+)%"',
                        picture()["chart"])  # fmt: skip
    least_ready = min(float(height) for kind, height in levels if kind == "ready")
    assert max(float(height) for kind, height in levels if kind == "not-ready") < least_ready / 2


def test_a_first_supplier_that_does_not_deliver_is_marked(shop: Shop) -> None:
    continuity.declare_default(supplier_id=shop.tatra.pk, why="Late.", actor=None, now=timezone.now())
    assert titles().count("MUG: TATRA is first, and stopped") == 1
    assert picture()["chart"].count("heat-stopped") == 2


def test_it_stands_above_the_table_that_tells_the_same(staff: Client, shop: Shop) -> None:
    html = staff.get("/suppliers/coverage/").content.decode()
    assert html.index("heat-map") < html.index('id="rows"')


def test_without_suppliers_there_is_no_picture(staff: Client) -> None:
    assert "heat-map" not in staff.get("/suppliers/coverage/").content.decode()
