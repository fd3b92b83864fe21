"""Reads of orders: the list, its search, and one order whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateField, DateTimeField, F, Func, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from backoffice.kernel import keyset
from backoffice.kernel.keyset import Cursor, Page
from backoffice.kernel.remember import remember
from orders.sales import rules
from orders.sales.models import Expectation, Order, OrderLine, OrderMark, phone_backwards
from orders.sales.rules import OrderFilter
from suppliers.catalog.models import Product

# A search shows the newest so many; whoever needs more narrows it.
SEARCH_CAP = 1_000
CHOICES_SECONDS = 60
UNDELIVERED = (Order.State.OPEN, Order.State.SHIPPED)
# The mark of orders whose customer a message did not reach.
NO_REACH = "no_reach"
# The clock that is furthest ahead: no store's day begins before it.
EARLIEST_CLOCK = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One line of the list. zone: the shop's; days_late: 0 while the promise holds; items: units on all lines."""

    pk: int
    number: str
    state: str
    placed_at: datetime
    zone: str
    customer: str
    email: str
    items: int
    total: Decimal
    currency: str
    promised_on: date | None
    expected_on: date | None
    days_late: int
    marks: Sequence[OrderMark]


@dataclass(frozen=True, slots=True)
class OrderList:
    """One page of orders. count: matches, counted no further than count_cap + 1."""

    rows: list[OrderRow]
    count: int
    count_cap: int
    page: Page[Order]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer."""

    regions: tuple[str, ...]
    campaigns: tuple[str, ...]


# Jumps from value to value through the index, so that a million rows cost as much as their distinct values.
_DISTINCT = """
WITH RECURSIVE region AS (
  (SELECT region AS v FROM orders_order WHERE region > '' ORDER BY region LIMIT 1)
  UNION ALL
  SELECT (SELECT o.region FROM orders_order o WHERE o.region > r.v ORDER BY o.region LIMIT 1)
  FROM region r WHERE r.v IS NOT NULL
), campaign AS (
  (SELECT campaign_code AS v FROM orders_order WHERE campaign_code <> '' ORDER BY campaign_code LIMIT 1)
  UNION ALL
  SELECT (SELECT o.campaign_code FROM orders_order o
          WHERE o.campaign_code <> '' AND o.campaign_code > c.v ORDER BY o.campaign_code LIMIT 1)
  FROM campaign c WHERE c.v IS NOT NULL
)
(SELECT 'region', v FROM region WHERE v IS NOT NULL LIMIT 200)
UNION ALL
(SELECT 'campaign', v FROM campaign WHERE v IS NOT NULL LIMIT 200)
"""


def choices() -> Choices:
    """The regions and campaigns that orders have, at most a minute old."""
    return remember("sales:choices", CHOICES_SECONDS, _distinct_choices)


def _distinct_choices() -> Choices:
    with connection.cursor() as cursor:
        cursor.execute(_DISTINCT)
        rows = cursor.fetchall()
    return Choices(
        regions=tuple(value for kind, value in rows if kind == "region"),
        campaigns=tuple(value for kind, value in rows if kind == "campaign"),
    )


def matching(wanted: OrderFilter, *, now: datetime) -> QuerySet[Order]:
    """Every order the filter means, however many, in no order."""
    rows = _narrowed(wanted, now)
    return rows.filter(_any_match(wanted.q)) if wanted.q else rows


def list_page(wanted: OrderFilter, *, cursor: Cursor | None, now: datetime) -> OrderList:
    """One page of the list, newest first, in four statements whatever the number of rows."""
    rows = _narrowed(wanted, now)
    cap = keyset.COUNT_CAP
    if wanted.q:
        ids, cap = _search(rows, wanted.q), SEARCH_CAP
        rows, count = Order.objects.filter(pk__in=ids), len(ids)
    else:
        count = keyset.capped_count(rows, cap=cap)
    page = keyset.page(_for_list(rows), cursor=cursor, by="placed_at")
    return OrderList(rows=_rows(page.rows, now), count=count, count_cap=cap, page=page)


def _narrowed(wanted: OrderFilter, now: datetime) -> QuerySet[Order]:
    rows = _view(Order.objects.all(), wanted.view, now)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.region:
        rows = rows.filter(region=wanted.region)
    if wanted.campaign:
        rows = rows.filter(campaign_code=wanted.campaign).exclude(campaign_code="")
    return _placed_between(rows, wanted.placed_from, wanted.placed_to)


def _view(rows: QuerySet[Order], view: str, now: datetime) -> QuerySet[Order]:
    if view == "to_ship":
        return rows.filter(state=Order.State.OPEN)
    if view == "no_reach":
        unreached = OrderMark.objects.filter(kind=NO_REACH).values("order_id")
        # A union of what two indexes find; an OR of the two would read every order.
        return rows.filter(pk__in=Order.objects.filter(contact_key="").values("pk").union(unreached))
    if view == "cancelled":
        return rows.filter(state=Order.State.CANCELLED)
    if view == "late":
        # The first condition is for the index; the second asks each store's own calendar.
        return rows.filter(
            state__in=UNDELIVERED, delivered_at__isnull=True, promised_on__lt=(now + EARLIEST_CLOCK).date()
        ).filter(promised_on__lt=_day_at_store(Value(now, output_field=DateTimeField())))
    return rows


def _day_at_store(moment: Value | F) -> Cast:
    local = Func(F("store__time_zone"), moment, function="timezone", output_field=DateTimeField())
    return Cast(local, DateField())


def _placed_between(rows: QuerySet[Order], first: date | None, last: date | None) -> QuerySet[Order]:
    """Days count by each store's calendar; the wide bounds on the moment are for the index."""
    day = _day_at_store(F("placed_at"))
    if first:
        rows = rows.filter(GreaterThanOrEqual(day, first), placed_at__gte=_midnight(first) - timedelta(days=1))
    if last:
        rows = rows.filter(LessThanOrEqual(day, last), placed_at__lt=_midnight(last) + timedelta(days=2))
    return rows


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _text_match(q: str) -> Q:
    if len(q) > 2 or rules.has_han(q):
        return Q(number__icontains=q) | Q(contact_name__icontains=q) | Q(contact_email__icontains=q)
    # Two letters are in half of all names; they find the beginnings of words, which the index holds.
    return (
        Q(number__istartswith=q)
        | Q(contact_email__istartswith=q)
        | Q(contact_name__istartswith=q)
        | Q(contact_name__icontains=f" {q}")
    )


def _sku_match(q: str) -> Q | None:
    """Return None when no product begins like that. Asked first: the planner then knows how many orders to expect."""
    products = list(Product.objects.filter(sku__startswith=q.upper()).values_list("pk", flat=True)[:SEARCH_CAP])
    return Q(pk__in=OrderLine.objects.filter(product_id__in=products).values("order_id")) if products else None


def _phone_match(digits: str) -> Q:
    return Q(phone_end__startswith=digits[::-1]) & ~Q(contact_phone="")


def _with_phone_end(rows: QuerySet[Order]) -> QuerySet[Order]:
    return rows.alias(phone_end=phone_backwards())


def _any_match(q: str) -> Q:
    found = Q(pk__in=Order.objects.filter(_text_match(q)).values("pk"))
    if sku := _sku_match(q):
        found |= sku
    if digits := rules.phone_end(q):
        found |= Q(pk__in=_with_phone_end(Order.objects.all()).filter(_phone_match(digits)).values("pk"))
    return found


def _search(rows: QuerySet[Order], q: str) -> list[int]:
    """Ids of the newest matches, at most SEARCH_CAP + 1. Each way of matching has its own index, so each asks alone."""
    ways = [rows.filter(_text_match(q))]
    if sku := _sku_match(q):
        ways.append(rows.filter(sku))
    if digits := rules.phone_end(q):
        ways.append(_with_phone_end(rows).filter(_phone_match(digits)))
    first, *others = (
        way.order_by("-placed_at", "-id").values_list("placed_at", "pk")[: SEARCH_CAP + 1] for way in ways
    )
    found = sorted(first.union(*others), reverse=True)
    return [pk for _placed, pk in found[: SEARCH_CAP + 1]]


def _for_list(rows: QuerySet[Order]) -> QuerySet[Order]:
    units = OrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
    return (
        rows.select_related("store")
        .only(
            "number", "state", "placed_at", "currency", "total", "contact_name", "contact_email",
            "promised_on", "expected_on", "delivered_on", "store__time_zone",
        )
        .annotate(items=Subquery(units.annotate(n=Sum("quantity")).values("n")))
    )  # fmt: skip


def _rows(orders: Iterable[Order], now: datetime) -> list[OrderRow]:
    orders = list(orders)
    marks: dict[int, list[OrderMark]] = {}
    for mark in OrderMark.objects.filter(order__in=[order.pk for order in orders]).order_by("id"):
        marks.setdefault(mark.order_id, []).append(mark)
    return [_row(order, marks.get(order.pk, []), now) for order in orders]


def _row(order: Order, marks: list[OrderMark], now: datetime) -> OrderRow:
    return OrderRow(
        pk=order.pk,
        number=order.number,
        state=order.state,
        placed_at=order.placed_at,
        zone=order.store.time_zone,
        customer=order.contact_name,
        email=order.contact_email,
        items=order.items or 0,  # type: ignore[attr-defined]
        total=order.total,
        currency=order.currency,
        promised_on=order.promised_on,
        expected_on=order.expected_on,
        days_late=lateness(order, now=now),
        marks=marks,
    )


def lateness(order: Order, *, now: datetime) -> int:
    """Whole days past the promise, by the calendar of the order's store."""
    return rules.days_late(
        promised_on=order.promised_on, delivered_on=order.delivered_on, state=order.state, today=today(order, now=now)
    )


def today(order: Order, *, now: datetime) -> date:
    """The day it is at the order's store."""
    return now.astimezone(ZoneInfo(order.store.time_zone)).date()


def lines(order: Order) -> QuerySet[OrderLine]:
    """The order's lines with their suppliers, in order."""
    return order.lines.select_related("supplier").order_by("position")


def revisions(order: Order) -> QuerySet[Expectation]:
    """Every expected date the order ever had, newest first."""
    return order.expectations.order_by("-id")
