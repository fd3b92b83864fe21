"""Who is affected by what: the one place that sees orders, parcels and suppliers together."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, TypedDict
from zoneinfo import ZoneInfo

from django.db.models import Case, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, TextField, Value, When

from backoffice.kernel.models import Store
from orders.reach.rules import Selector
from orders.sales.models import Order, OrderLine
from orders.shipping.models import Parcel

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Hit(TypedDict):
    """What affected_by says of each order beyond the order itself."""

    delay_days: int | None
    excluded: str


def affected_by(*, store: Store, selector: Selector) -> "QuerySet[WithAnnotations[Order, Hit]]":
    """Orders of the store that the selector hits, each with delay_days (int or NULL) and excluded ("" or a code)."""
    rows = Order.objects.filter(store=store).filter(_lateness(selector)).filter(_window(store, selector))
    for name, value in (("region", selector.region), ("campaign_code", selector.campaign)):
        if value:
            rows = rows.filter(**{name: value})
    if selector.supplier:
        rows = rows.filter(_has_line(supplier__code=selector.supplier))
    if selector.sku:
        rows = rows.filter(_has_line(sku=selector.sku))
    if selector.carrier:
        rows = rows.filter(Exists(Parcel.objects.filter(order=OuterRef("pk"), carrier__code=selector.carrier)))
    if selector.orders:
        rows = rows.filter(Q(number__in=selector.orders) | Q(external_id__in=selector.orders))
    return rows.annotate(delay_days=_delay(selector), excluded=_exclusion(selector))


def unknown_numbers(*, store: Store, selector: Selector) -> list[str]:
    """Listed order numbers that the store does not have, in their order."""
    found = Order.objects.filter(store=store).filter(Q(number__in=selector.orders) | Q(external_id__in=selector.orders))
    known = {value for row in found.values_list("number", "external_id") for value in row}
    return [number for number in selector.orders if number not in known]


def _has_line(**criteria: str) -> Exists:
    return Exists(OrderLine.objects.filter(order=OuterRef("pk"), **criteria))


def _days(later: str | Value, earlier: str) -> Func:
    """Whole days between two dates, as an integer."""
    start = F(later) if isinstance(later, str) else later
    return Func(start, F(earlier), template="(%(expressions)s)", arg_joiner=" - ", output_field=IntegerField())


def _lateness(selector: Selector) -> Q:
    if selector.overdue_as_of:
        latest = selector.overdue_as_of - timedelta(days=selector.late_days or 1)
        return Q(delivered_at__isnull=True, promised_on__lte=latest)
    if not selector.wants_delivered():
        return Q()
    if selector.late_delivered == "timestamp":
        late = Q(delivered_at__gt=F("promised_at"))
    else:
        late = Q(delivered_on__gt=F("promised_on"))
    if selector.late_days:
        late &= Q(delivered_on__gte=F("promised_on") + timedelta(days=selector.late_days))
    return late


def _window(store: Store, selector: Selector) -> Q:
    zone, found = ZoneInfo(store.time_zone), Q()
    if selector.placed_from:
        found &= Q(placed_at__gte=datetime.combine(selector.placed_from, time.min, zone))
    if selector.placed_to:
        found &= Q(placed_at__lt=datetime.combine(selector.placed_to + timedelta(days=1), time.min, zone))
    return found


def _delay(selector: Selector) -> Func | Case:
    if selector.overdue_as_of:
        return _days(_date(selector.overdue_as_of.isoformat()), "promised_on")
    if selector.wants_delivered():
        return _days("delivered_on", "promised_on")
    return Case(
        When(delivered_on__isnull=False, then=_days("delivered_on", "promised_on")),
        default=_days("expected_on", "promised_on"),
        output_field=IntegerField(),
    )


def _date(text: str) -> Value:
    return Func(Value(text), template="(%(expressions)s)::date")  # type: ignore[return-value]


def _exclusion(selector: Selector) -> Case:
    gone = [When(state=Order.State.CANCELLED, then=Value("cancelled"))]
    if not (selector.wants_delivered() or selector.overdue_as_of or selector.orders):
        gone.append(When(delivered_at__isnull=False, then=Value("delivered")))
    return Case(*gone, default=Value(""), output_field=TextField())
