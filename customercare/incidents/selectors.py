"""Reads of incidents: whom they hit, what drifted, what happened when."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.utils.translation import gettext as _

from backoffice.kernel.models import AuditEntry, Store
from customercare.incidents import rules
from customercare.incidents.models import AffectedOrder, Incident, TimelineEntry
from orders.reach import rules as reach_rules
from orders.reach import selectors as reach
from orders.reach.rules import Selector
from orders.sales.models import Order
from orders.shipping.models import Carrier
from suppliers.catalog.models import Product
from suppliers.directory.models import Supplier

PREFIX = "incident:"


@dataclass(frozen=True, slots=True)
class Radius:
    """The frozen radius in numbers. value: what the orders that are told come to, in the store's currency."""

    affected: int
    excluded: dict[str, int]
    told: int
    value: Decimal
    languages: dict[str, int]
    overlapping: int


@dataclass(frozen=True, slots=True)
class Drift:
    """Since the freeze: orders newly hit, and frozen ones that no longer are."""

    new: int
    resolved: int


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    actor: str
    verb: str
    text: str


def room_url(incident: Incident) -> str:
    """Where the incident is run from."""
    return f"/admin/customercare/incident/{incident.pk}/room/"


def unknown_codes(*, store: Store, selector: Selector) -> Iterator[tuple[str, str]]:
    """Criteria whose code does not exist, as (field, sentence)."""
    checks = (
        ("supplier", selector.supplier, Supplier.objects.filter(code=selector.supplier), _("supplier")),
        ("carrier", selector.carrier, Carrier.objects.filter(code=selector.carrier), _("carrier")),
        ("sku", selector.sku, Product.objects.filter(sku=selector.sku), _("SKU")),
        ("region", selector.region, Order.objects.filter(store=store, region=selector.region), _("region")),
    )
    for field, code, rows, noun in checks:
        if code and not rows.exists():
            yield field, _("No {noun} here is called {code}. Check the spelling.").format(noun=noun, code=code)
    if selector.orders and (missing := reach.unknown_numbers(store=store, selector=selector)):
        yield (
            "orders",
            _("{count} of these order numbers do not exist here, the first is {number}.").format(
                count=len(missing), number=missing[0]
            ),
        )


def hits_everything(incident: Incident) -> bool:
    """True when no order of the store is left untouched."""
    hit = incident.affected.count()
    return hit > 0 and hit == Order.objects.filter(store=incident.store_id).count()


def radius(incident: Incident, *, wave: int | None = None) -> Radius:
    """Count the frozen radius, of one wave or of all."""
    rows = AffectedOrder.objects.filter(incident=incident)
    if wave is not None:
        rows = rows.filter(wave=wave)
    told = rows.filter(excluded="")
    excluded = dict(rows.exclude(excluded="").order_by().values_list("excluded").annotate(n=Count("pk")))
    sums = told.aggregate(n=Count("pk"), value=Sum("order__total", default=Decimal(0)))
    return Radius(
        affected=sums["n"] + sum(excluded.values()),
        excluded=excluded,
        told=sums["n"],
        value=sums["value"],
        languages=dict(told.order_by().values_list("order__language").annotate(n=Count("pk"))),
        overlapping=told.filter(_in_another(incident)).count(),
    )


def _in_another(incident: Incident) -> Exists:
    others = AffectedOrder.objects.filter(
        order=OuterRef("order"), excluded="", incident__status__in=rules.OPEN, incident__mode="real"
    ).exclude(incident=incident)
    return Exists(others)


def drift(incident: Incident) -> Drift:
    """What the selector finds now against what was frozen."""
    selector = reach_rules.from_json(incident.selector)
    hit = reach.affected_by(store=incident.store, selector=selector)
    frozen = AffectedOrder.objects.filter(incident=incident)
    new = hit.exclude(Exists(frozen.filter(order=OuterRef("pk"))))
    still = hit.filter(pk=OuterRef("order"), excluded="").order_by()
    return Drift(
        new=new.filter(excluded="").count(), resolved=frozen.filter(excluded="").exclude(Exists(still)).count()
    )


def affected(incident: Incident) -> QuerySet[AffectedOrder]:
    """The affected orders with their orders at hand, in the order they were frozen."""
    return (
        AffectedOrder.objects.filter(incident=incident)
        .select_related("order")
        .annotate(overlaps=_in_another(incident))
        .order_by("id")
    )


def timeline(incident: Incident, *, limit: int = 200) -> list[Moment]:
    """What was done and noted, newest first: the audit log of the incident and the notes people wrote."""
    done = AuditEntry.objects.filter(subject=incident.cause_ref).select_related("actor").order_by("-id")[:limit]
    notes = TimelineEntry.objects.filter(incident=incident).select_related("actor").order_by("-id")[:limit]
    moments = [Moment(e.at, str(e.actor or e.actor_label), e.verb, "") for e in done]
    moments += [Moment(e.at, str(e.actor or ""), e.kind, e.text) for e in notes]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)[:limit]


def private_causes(cause_refs: Collection[str]) -> set[str]:
    """Those of these causes that are incidents kept off the customers' pages."""
    numbers = [int(ref.removeprefix(PREFIX)) for ref in cause_refs if ref.startswith(PREFIX)]
    hidden = Incident.objects.filter(pk__in=numbers, is_public=False)
    return {incident.cause_ref for incident in hidden}
