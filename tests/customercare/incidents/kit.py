"""A bad day for tests: late orders, an approved text, and an incident at any point of its way."""

from decimal import Decimal
from typing import Any

from backoffice.kernel.models import Limit, Store, User
from customercare.compensation import services as compensation
from customercare.compensation.models import Budget
from customercare.incidents import services
from customercare.incidents.models import Incident
from customercare.incidents.rules import IncidentDraft
from customercare.macros import rules as macro_rules
from customercare.macros import services as macros
from customercare.macros.models import MacroVersion
from customercare.notices.rules import Plan
from orders.reach.rules import Selector
from orders.sales.models import Order
from tests.factories import NOW, make_order

CLOSING = "Questions? Write to {contact_email}.\n\nSee your order: {order_url}\n\n{shop_name}"
OFFER = "Please take this voucher of {voucher_value}, valid until {voucher_until}:\n\n{voucher_code}"


def make_macro(actor: User, *, key: str = "goodwill", languages: tuple[str, ...] = ("en", "pl")) -> MacroVersion:
    """An approved text that promises no date."""
    says = frozenset(macro_rules.Point) - {macro_rules.Point.CANCEL}
    draft = macro_rules.MacroDraft(
        key=key,
        folder="Goodwill::Small gesture",
        scenario="goodwill",
        owner_role="support_agent",
        needs_new_date=False,
        variants=tuple(
            macro_rules.VariantDraft(
                language=language,
                kind=macro_rules.Kind.MAIN,
                subject="About your order {order_number}",
                text="Hello {customer_name},\n\nyour order {order_number} is late. We are sorry.",
                offer=OFFER,
                closing=CLOSING,
                says=says,
            )
            for language in languages
        ),
    )
    version = macros.save_draft(draft=draft, actor=actor, now=NOW)
    return macros.approve(version_id=version.pk, actor=actor, now=NOW)


def make_late_orders(store: Store, amount: int = 3, **fields: Any) -> list[Order]:
    """Orders that were promised for yesterday and did not come."""
    return [make_order(store, **fields) for _place in range(amount)]


def make_budget(store: Store, limit: str = "1000.00") -> Budget:
    return compensation.open_budget(
        store=store, name="Goodwill", currency=store.currency, limit_amount=Decimal(limit), actor=None, now=NOW
    )


def allow(user: User, *, money: str = "1000000", messages: str = "1000000") -> None:
    """Let this role decide alone up to so much, and approve whatever others ask for."""
    limits = {
        "grant_run": money,
        "message_run": messages,
        "grant_run.approve": "1000000",
        "message_run.approve": "1000000",
    }
    for kind, amount in limits.items():
        Limit.objects.update_or_create(role=user.role, kind=kind, currency="", defaults={"amount": Decimal(amount)})


def draft_of(**fields: Any) -> IncidentDraft:
    given: dict[str, Any] = {
        "title": "Flood in Wrocław",
        "kind": "carrier",
        "selector": Selector(overdue_as_of=NOW.date()),
    }
    return IncidentDraft(**given | fields)


def make_incident(store: Store, actor: User, *, previewed: bool = True, **fields: Any) -> Incident:
    """A draft incident over every overdue order of the store, previewed."""
    if "plan" not in fields:
        fields["plan"] = Plan(macro_version_id=make_macro(actor).pk)
    incident = services.open_incident(store=store, draft=draft_of(**fields), actor=actor, now=NOW)
    if previewed:
        services.preview(incident_id=incident.pk, now=NOW)
    return incident
