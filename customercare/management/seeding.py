"""Loading what lies in seeds/ through the same services that people use, so that it obeys the same rules."""

import csv
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from backoffice.kernel import people
from backoffice.kernel.models import Store, User
from backoffice.messaging.problems import ProblemFound
from customercare.compensation import services as compensation
from customercare.compensation.models import Budget
from customercare.incidents.rules import IncidentDraft
from customercare.macros import rules as macro_rules
from customercare.macros import selectors as macros
from customercare.macros import services as macro_services
from customercare.management import (
    seeding_actions,
    seeding_contracts,
    seeding_questionnaires,
    seeding_stock,
    seeding_story,
    seeding_suppliers,
)
from customercare.notices.rules import Plan
from orders.intake import presets
from orders.intake import services as intake
from orders.reach import rules as reach
from orders.sales.models import Order
from orders.shipping import services as shipping
from suppliers.assessment import services as assessment
from suppliers.assessment.selectors import scorecards
from suppliers.catalog import services as catalog
from suppliers.directory import services as directory

SEEDS = settings.BASE_DIR / "seeds"
BUDGET = ("Service recovery", Decimal("25000.00"))
LIMIT_KINDS = {
    "grant_run": "grant_run",
    "grant_run_approve": "grant_run.approve",
    "message_run": "message_run",
    "message_run_approve": "message_run.approve",
}


@dataclass(frozen=True, slots=True)
class Seeded:
    """What is there after seeding. shift: how far the demo's dates were moved, so that its today is today."""

    store: Store
    orders: int
    shift: timedelta


def load_reference(*, now: datetime) -> int:
    """Limits, the scorecard policy, questionnaires and the starting macros, approved. What people changed since stays.

    Returns how many macros are new.
    """
    if scorecards.current_policy() is None:
        assessment.save_policy(body=_toml("scorecard.toml"), note="", actor=None, now=now)
    seeding_questionnaires.load_reference(SEEDS / "questionnaires", now=now)
    for row in _toml("limits.toml")["limit"]:
        for name, kind in LIMIT_KINDS.items():
            if name in row:
                people.set_default_limit(role=row["role"], kind=kind, amount=Decimal(str(row[name])))
    return sum(_load_macro(path, now) for path in sorted((SEEDS / "macros").glob("*.toml")))


def _load_macro(path: Path, now: datetime) -> bool:
    draft, problems = macro_rules.read_macro(path.read_text(encoding="utf-8"))
    if draft is None:
        raise ProblemFound(problems[0])
    if macros.exists(key=draft.key):
        return False
    version = macro_services.save_draft(draft=draft, actor=None, now=now)
    macro_services.approve(version_id=version.pk, actor=None, now=now)
    return True


def load_people(*, password: str) -> list[User]:
    """The demo's cast; a person who exists keeps everything but the password."""
    return [people.ensure(password=password, **row) for row in _toml("people.toml")["person"]]


def load_actions(*, now: datetime) -> int:
    """What suppliers are asked to put right; needs the shop and its people. Loading twice changes nothing."""
    return seeding_actions.load(SEEDS / "shop" / "actions.toml", now=now)


def load_shop(*, now: datetime) -> Seeded:
    """The small shop, moved in time so that its last day is today. Loading twice changes nothing."""
    shop = _toml("shop/shop.toml")
    store = people.ensure_store(**shop["store"])
    _names("suppliers.csv", "code", directory.ensure)
    _names("products.csv", "sku", catalog.ensure)
    _names("carriers.csv", "code", shipping.ensure_carriers)
    seeding_suppliers.load(SEEDS / "shop", now=now)
    seeding_questionnaires.load_reference(SEEDS / "questionnaires", now=now)
    seeding_questionnaires.load_demo(now=now)
    seeding_stock.load(SEEDS / "shop", now=now)
    shift = _shift(store, shop, now)
    report = intake.import_orders(
        actor=None,
        store=store,
        path=SEEDS / "shop",
        preset=presets.load("standfast", folder=SEEDS / "presets"),
        now=now,
        shift=shift,
    )
    name, limit = BUDGET
    if not Budget.objects.filter(store=store, name=name).exists():
        compensation.open_budget(
            store=store, name=name, currency=store.currency, limit_amount=limit, actor=None, now=now
        )
    return Seeded(store=store, orders=report.orders, shift=shift)


def load_story(*, people: Sequence[User], now: datetime) -> int:
    """What the shop's suppliers did so far, and how they were scored on the way; after load_shop, and only once.

    Contracts come last: they are judged from these facts. Returns how many facts are new.
    """
    facts = seeding_story.load(SEEDS / "supply", people={one.username: one for one in people}, now=now)
    seeding_contracts.load(SEEDS / "shop" / "contracts.toml", now=now)
    return facts


def _shift(store: Store, shop: dict[str, Any], now: datetime) -> timedelta:
    """Whole days, so that loading again later finds the same orders."""
    zone = ZoneInfo(store.time_zone)
    first = Order.objects.filter(store=store).order_by("placed_at", "id").first()
    if first is not None:
        return timedelta(days=(first.placed_at.astimezone(zone).date() - shop["first_day"]).days)
    return timedelta(days=(now.astimezone(zone).date() - shop["as_of"]).days)


def _names(file: str, key: str, ensure: Callable[..., object]) -> None:
    with (SEEDS / "shop" / file).open(encoding="utf-8", newline="") as source:
        ensure(names={row[key]: row["name"] for row in csv.DictReader(source)})


def seeded_incident(*, key: str, seeded: Seeded, now: datetime) -> tuple[IncidentDraft, dict[str, int]]:
    """The draft of a seeded incident, its dates moved like the shop's, and the counts it must come to."""
    row = next(row for row in _toml("incidents.toml")["incident"] if row["key"] == key)
    chosen = dict(row["selector"])
    if file := chosen.pop("orders_file", ""):
        chosen["orders"] = (SEEDS / file).read_text(encoding="utf-8").split()
    moved = {k: v + seeded.shift if isinstance(v, date) else v for k, v in chosen.items()}
    voucher = row["voucher"]
    today = now.astimezone(ZoneInfo(seeded.store.time_zone)).date()
    version = macros.approved(key=row["macro"])
    budget = Budget.objects.filter(store=seeded.store).order_by("pk").first()
    plan = Plan(
        macro_version_id=version.pk if version else None,
        rule=voucher["basis"],
        rule_value=Decimal(voucher["value"]),
        rule_cap=Decimal(voucher["cap"]) if "cap" in voucher else None,
        budget_id=budget.pk if budget else None,
        missing="next_update",
        next_update_on=today + timedelta(days=2),
    )
    draft = IncidentDraft(title=row["title"], kind=row["kind"], selector=reach.from_json(moved), plan=plan)
    return draft, row["expected"]


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((SEEDS / name).read_text(encoding="utf-8"))
