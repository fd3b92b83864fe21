"""The seeded shop is the same bytes every time, believable, and its bad days have the counts it claims."""

import csv
import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from backoffice.kernel.models import Store
from orders.intake import services
from orders.reach import selectors
from orders.reach.rules import from_json
from orders.sales.models import Order
from seeds.shop import generate
from tests.orders.intake.kit import standfast

SEEDS: Path = settings.BASE_DIR / "seeds"
SHOP = SEEDS / "shop"
CONFIG = tomllib.loads((SHOP / "shop.toml").read_text(encoding="utf-8"))
INCIDENTS = tomllib.loads((SEEDS / "incidents.toml").read_text(encoding="utf-8"))["incident"]
MORNING = datetime.combine(CONFIG["as_of"], time(6), UTC)


def rows(name: str) -> list[dict[str, str]]:
    with (SHOP / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_generating_again_gives_the_same_bytes() -> None:
    for name, content in generate.build().items():
        assert (SHOP / name).read_bytes() == content.encode(), name


def test_the_shop_is_small_and_whole() -> None:
    orders = rows("orders.csv")
    assert len(orders) == 2_000
    assert {row["language"] for row in orders} == {"en", "pl", "zh-hans", "zh-hant"}
    assert {row["state"] for row in orders} == {"open", "shipped", "delivered", "cancelled", "unavailable"}
    assert len(rows("suppliers.csv")) == 12
    assert len(rows("products.csv")) == 60
    assert len(rows("carriers.csv")) == 4
    assert sum(path.stat().st_size for path in SHOP.glob("*.csv")) < 1_000_000
    assert (orders[0]["placed_at"][:10], orders[-1]["placed_at"][:10]) == ("2026-09-28", "2026-11-22")


def test_nobody_real_can_be_reached() -> None:
    for row in rows("orders.csv"):
        assert row["email"].lower().endswith(("@example.com", "@example.org")) or not row["email"]
        assert row["phone"].startswith(("+44 7700 900", "+353 20 91", "+49 171 39200"))


def test_the_awkward_cases_are_there() -> None:
    orders = rows("orders.csv")
    with_lines = {row["external_id"] for row in rows("lines.csv")}
    emails = [row["email"] for row in orders]
    assert "anna.nowak@example.com" in emails
    assert "Anna.Nowak@Example.com" in emails
    assert any(not row["email"] and row["phone"] for row in orders)
    assert [row["state"] for row in orders if row["external_id"] not in with_lines] == ["unavailable"]
    assert {"DOUBLE11", "BLACKWEEK"} < {row["campaign_code"] for row in orders}
    assert sum(row["unit_price"] == "5.90" for row in rows("lines.csv")) == 46


@pytest.mark.django_db
@pytest.mark.parametrize("days", [0, 150, -40])
def test_every_bad_day_hits_whom_it_says_whenever_it_is_played(days: int) -> None:
    shift = timedelta(days=days)
    store = Store.objects.create(**CONFIG["store"])
    report = services.import_orders(
        actor=None, store=store, path=SHOP, preset=standfast(), now=MORNING + shift, shift=shift
    )
    assert (report.created, report.refused, report.warnings) == (2_000, 0, ())
    found = {incident["key"]: _counts(store, incident, shift) for incident in INCIDENTS}
    assert found == {incident["key"]: (incident["expected"], incident["languages"]) for incident in INCIDENTS}


def test_the_headline_incident_is_of_a_size_that_can_be_watched() -> None:
    demo = next(incident for incident in INCIDENTS if incident["key"] == "demo")
    assert 180 <= demo["expected"]["messages"] <= 260
    assert set(demo["languages"]) == {"en", "pl", "zh-hans", "zh-hant"}
    assert demo["expected"]["messages"] < demo["expected"]["audience"] - demo["expected"]["no_email"]


def _counts(store: Store, incident: dict[str, Any], shift: timedelta) -> tuple[dict[str, int], dict[str, int]]:
    criteria: dict[str, Any] = {k: v + shift if isinstance(v, date) else v for k, v in incident["selector"].items()}
    if "orders_file" in criteria:
        criteria["orders"] = (SEEDS / criteria.pop("orders_file")).read_text().split()
    affected: list[Order] = list(selectors.affected_by(store=store, selector=from_json(criteria)))
    audience = [order for order in affected if not order.excluded]
    contacts = {order.contact_key: order.language for order in audience if order.contact_key}
    languages = list(contacts.values())
    return {
        "affected": len(affected),
        "excluded": len(affected) - len(audience),
        "audience": len(audience),
        "no_email": sum(1 for order in audience if not order.contact_key),
        "messages": len(contacts),
        "no_new_date": sum(1 for order in audience if order.expected_on is None),
    }, {name: languages.count(name) for name in sorted(set(languages))}
