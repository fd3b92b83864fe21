"""The facts that contracts are judged by, for many suppliers at once: one statement for each kind of fact.

A withdrawn fact and one that was corrected do not count; suppliers.performance says so for all who measure.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from suppliers.catalog.models import SupplierItem
from suppliers.catalog.rules import Break, unit_price
from suppliers.contracts.rules.measuring import Source
from suppliers.contracts.rules.rows import Asked, Billed, Facts, Lot, OrderedLine
from suppliers.contracts.rules.windows import Span
from suppliers.performance.models import AckFact, DeliveryFact, Fact, InvoiceFact, QualityFact
from suppliers.performance.rules.facts import AckKind, QualityKind
from suppliers.performance.rules.lines import Outcome, Part

_DAY = timedelta(days=1)
_LINE = ("supplier_id", "source", "order_ref", "line_ref")


def load(supplier_ids: Collection[int], span: Span, *, sources: Collection[Source]) -> dict[int, Facts]:
    """What is known of these suppliers inside a span, by supplier id: the kinds that are asked for."""
    found: dict[int, Facts] = {one: Facts() for one in supplier_ids}
    if Source.DELIVERIES in sources:
        _lines(found, span)
    if Source.ACKS in sources:
        _acks(found, span)
    if Source.LOTS in sources:
        _lots(found, span)
    if Source.INVOICES in sources:
        _invoices(found, span)
    return found


def counts(supplier_ids: Collection[int]) -> dict[int, int]:
    """How many facts there are of each supplier. They only grow, so that a new one is never missed."""
    found: defaultdict[int, int] = defaultdict(int)
    models: tuple[type[Fact], ...] = (DeliveryFact, AckFact, QualityFact, InvoiceFact)
    for model in models:
        rows = model._default_manager.filter(supplier_id__in=supplier_ids).values_list("supplier_id")
        for supplier_id, n in rows.annotate(n=Count("pk")):
            found[supplier_id] += n
    return dict(found)


def _counting(model: type[Fact], supplier_ids: Iterable[int]) -> QuerySet[Any]:
    every: Any = model._default_manager
    rows: QuerySet[Any] = every.filter(supplier_id__in=list(supplier_ids), withdrawn=False)
    return rows.filter(~Exists(every.filter(corrects=OuterRef("pk"))))


def _lines(found: Mapping[int, Facts], span: Span) -> None:
    """Every part of each line that has a promise in the span; a part may have been promised outside it."""
    promised = DeliveryFact.objects.filter(
        promised_on__range=(span.start, span.end), **{name: OuterRef(name) for name in _LINE}
    )
    rows = _counting(DeliveryFact, found).filter(Exists(promised)).select_related("product").order_by("pk")
    lines: defaultdict[tuple[Any, ...], list[DeliveryFact]] = defaultdict(list)
    for fact in rows:
        lines[tuple(getattr(fact, name) for name in _LINE)].append(fact)
    prices = _prices(found)
    for facts in lines.values():
        found[facts[0].supplier_id].lines.append(_line(facts, prices))


def _line(facts: list[DeliveryFact], prices: Mapping[tuple[int, int], SupplierItem]) -> OrderedLine:
    first = facts[0]
    item = prices.get((first.supplier_id, first.product_id)) if first.product_id else None
    quantity = max((fact.quantity_ordered for fact in facts if fact.quantity_ordered), default=None)
    return OrderedLine(
        order=first.order_ref,
        line=first.line_ref,
        sku=first.product.sku if first.product else "",
        facts=tuple(fact.pk for fact in facts),
        parts=tuple(
            Part(
                Outcome(fact.outcome), fact.delivered_on, fact.ordered_on, fact.promised_on, fact.quantity_ordered,
                fact.quantity_delivered, fact.promise_changes,
            )
            for fact in facts
        ),
        price=_price(item, quantity),
        currency=item.currency if item else "",
    )  # fmt: skip


def _price(item: SupplierItem | None, quantity: int | None) -> Decimal | None:
    if item is None or quantity is None:
        return None
    breaks = [Break(step.min_quantity, step.price) for step in item.breaks.all()]
    return unit_price(base=item.price, breaks=breaks, quantity=quantity)


def _prices(found: Iterable[int]) -> dict[tuple[int, int], SupplierItem]:
    """The price list by supplier and product."""
    rows = SupplierItem.objects.filter(supplier_id__in=list(found)).prefetch_related("breaks")
    return {(item.supplier_id, item.product_id): item for item in rows}


def _acks(found: Mapping[int, Facts], span: Span) -> None:
    first, after = (timezone.make_aware(datetime.combine(day, time.min)) for day in (span.start, span.end + _DAY))
    rows = _counting(AckFact, found).filter(kind=AckKind.ORDER, asked_at__gte=first, asked_at__lt=after)
    for fact in rows.order_by("pk"):
        asked = timezone.localtime(fact.asked_at)
        answered = timezone.localtime(fact.answered_at) if fact.answered_at else None
        found[fact.supplier_id].asked.append(Asked(fact.pk, fact.order_ref or fact.key, asked, answered))


def _lots(found: Mapping[int, Facts], span: Span) -> None:
    rows = _counting(QualityFact, found).filter(kind=QualityKind.LOT, observed_on__range=(span.start, span.end))
    for fact in rows.select_related("product").order_by("pk"):
        found[fact.supplier_id].lots.append(
            Lot(
                fact.pk, fact.lot_ref or fact.key, fact.order_ref, fact.product.sku if fact.product else "",
                fact.observed_on, fact.units_checked, fact.units_defective, fact.rejected,
            )
        )  # fmt: skip


def _invoices(found: Mapping[int, Facts], span: Span) -> None:
    rows = _counting(InvoiceFact, found).filter(invoiced_on__range=(span.start, span.end))
    for fact in rows.order_by("pk"):
        found[fact.supplier_id].billed.append(
            Billed(
                fact.pk, fact.invoice_ref, fact.order_ref, fact.invoiced_on, fact.amount, fact.currency, fact.matched
            )
        )
