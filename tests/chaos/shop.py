"""The shop that things happen to: orders with their own and shared contacts, a budget, and people who may decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from backoffice.kernel import people
from backoffice.kernel.models import Limit, Store, User
from customercare.compensation import services as compensation
from customercare.compensation.models import Budget
from customercare.incidents import services as incidents
from customercare.incidents.models import Incident
from customercare.incidents.rules import IncidentDraft
from customercare.macros import selectors as macros
from customercare.management import seeding
from customercare.notices import selectors as fanouts
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan
from orders.reach.rules import Selector
from tests.factories import make_orders, order_draft

SLUG, RUNNER = "chaos", "runner"
LANGUAGES = ("en", "pl", "zh-hans", "zh-hant")
VOUCHER = Decimal("5.00")


@dataclass(frozen=True, slots=True)
class Shop:
    """numbers: all orders, in the order in which they are told. alone: addresses that have one order only."""

    numbers: tuple[str, ...]
    alone: tuple[str, ...]


def build(orders: int, *, languages: Sequence[str] = LANGUAGES) -> Shop:
    """Place the orders, all of one campaign; two in twenty share a contact."""
    now = timezone.now()
    seeding.load_reference(now=now)
    store = people.ensure_store(
        slug=SLUG, name="Chaos & Co", currency="PLN", language="en", time_zone="Europe/Warsaw",
        sender="care@chaos.example", reply_to="help@chaos.example",
    )  # fmt: skip
    people.ensure(username=RUNNER, name="Runa Runner", role="admin", password="not used here")
    for kind in ("grant_run", "message_run"):
        Limit.objects.update_or_create(role="admin", kind=kind, currency="", defaults={"amount": Decimal(10_000_000)})
    compensation.open_budget(
        store=store, name="Chaos", currency="PLN", limit_amount=Decimal(10_000_000), actor=None, now=now
    )
    drafts = [
        order_draft(
            number=f"C-{n:05d}", email=_address(n), name=f"Customer {n}", language=languages[n % len(languages)],
            campaign_code=SLUG,
        )
        for n in range(orders)
    ]  # fmt: skip
    make_orders(store, drafts, now=now)
    return Shop(
        numbers=tuple(draft.number for draft in drafts),
        alone=tuple(_address(n) for n in range(orders) if n % 20 > 1),
    )


def _address(number: int) -> str:
    shared = number - 1 if number % 20 == 1 else number
    return f"customer.{shared}@chaos.example"


def store() -> Store:
    return Store.objects.get(slug=SLUG)


def runner() -> User:
    return User.objects.get(username=RUNNER)


def open_incident(*, title: str, numbers: Sequence[str] = ()) -> Incident:
    """An incident over these orders, or all, with a voucher for each, previewed, so that it can be declared."""
    version = macros.approved(key="goodwill")
    budget = Budget.objects.get(store__slug=SLUG)
    assert version is not None
    plan = Plan(macro_version_id=version.pk, rule="flat", rule_value=VOUCHER, budget_id=budget.pk)
    hit = Selector(orders=tuple(numbers)) if numbers else Selector(campaign=SLUG)
    draft = IncidentDraft(title=title, kind="system_failure", selector=hit, plan=plan)
    incident = incidents.open_incident(store=store(), draft=draft, actor=runner(), now=timezone.now())
    incidents.preview(incident_id=incident.pk, now=timezone.now())
    return incident


def declare(incident_id: int) -> Fanout:
    """Declare what was previewed; one person may, here."""
    fanout = fanout_of(incident_id)
    return incidents.declare(
        incident_id=incident_id,
        content_hash=fanout.content_hash,
        typed_count=fanout.message_n,
        actor=runner(),
        now=timezone.now(),
    )


def fanout_of(incident_id: int) -> Fanout:
    found = fanouts.current(Incident.objects.get(pk=incident_id).cause_ref)
    assert found is not None
    return found
