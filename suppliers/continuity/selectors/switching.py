"""What a switch would be made of: the shortfall, the offers of ready backups, and the plans side by side."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum

from backoffice.kernel.remember import remember
from suppliers.catalog.rules import Break
from suppliers.continuity import solver
from suppliers.continuity.models import Switchover, SwitchoverRow
from suppliers.continuity.rules.split import Need, Offer, Plan, Problem, cheapest_first, first_backup
from suppliers.continuity.rules.switches import SwitchState
from suppliers.continuity.selectors import exposures
from suppliers.continuity.selectors.backups import Backup
from suppliers.continuity.selectors.exposures import Hanging, Stop
from suppliers.continuity.solver import Solution
from suppliers.directory.models import Supplier
from suppliers.directory.selectors import today

MOST_SHOWN = 50
# One question runs into the solver's time limit at most so often, one programme after the other.
LIMITS_REACHED = 10
SECONDS = 3.0
KEPT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Question:
    """A shortfall and who can fill it. offers: backups by the key of their offer, which is the item's id.

    missing: currencies of ready backups without a rate; these backups are left out. switched: units that switches since
    the last report have taken over already, by product; they are missing no more.
    """

    problem: Problem
    stop: Stop
    backups: dict[int, Backup]
    currency: str
    rates: dict[str, Decimal]
    missing: tuple[str, ...]
    switched: dict[int, int]

    @property
    def switched_units(self) -> int:
        return sum(self.switched.values())

    @property
    def digest(self) -> str:
        """Changes with anything that a plan depends on."""
        told = [asdict(self.problem), self.currency, {code: str(rate) for code, rate in sorted(self.rates.items())}]
        return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class DryRun:
    """The best split, and two simpler ones beside it."""

    solution: Solution
    cheapest: Plan
    first: Plan


def currencies(stop: Stop) -> list[str]:
    """The currencies of ready backups, the commonest first, then those of what stops."""
    found = [one.item.currency for row in stop.rows for one in row.ready]
    ready = sorted(set(found), key=lambda code: (-found.count(code), code))
    stopping = {row.stopping.item.currency for row in stop.rows if row.stopping is not None}
    return ready + sorted(stopping - set(ready)) if ready else []


def question(
    supplier: Supplier, *, currency: str, rates: Mapping[str, Decimal], now: datetime, stop: Stop | None = None
) -> Question:
    """What must be split. rates: one unit of a currency in that of the plan."""
    stop = stop or exposures.stop_of(supplier, now=now)
    known = {code: rate for code, rate in rates.items() if code != currency} | {currency: Decimal(1)}
    ready = [one for row in stop.rows for one in row.ready]
    switched = switched_since(supplier, stop)
    usable = {one.item.pk: one for one in ready if one.item.currency in known}
    return Question(
        problem=Problem(
            needs=tuple(
                _need(row, missing, today(now))
                for row in stop.rows
                if (missing := row.open_quantity - switched.get(row.product.pk, 0)) > 0
            ),
            offers=tuple(_offer(one, known[one.item.currency]) for one in usable.values()),
            supplier_capacity={
                one.item.supplier.code: one.shared_capacity
                for one in usable.values()
                if one.shared_capacity is not None
            },
        ),
        stop=stop,
        backups=usable,
        currency=currency,
        rates=known,
        missing=tuple(sorted({one.item.currency for one in ready} - set(known))),
        switched=switched,
    )


def switched_since(supplier: Supplier, stop: Stop) -> dict[int, int]:
    """Units of each product that were switched away since what hangs on the supplier was last reported.

    In its next report purchasing tells it as no longer on order here; until then it would be ordered a second time. Of
    several sources the oldest report counts.
    """
    if stop.as_of is None:
        return {}
    rows = SwitchoverRow.objects.filter(
        switchover__supplier=supplier,
        switchover__state__in=(SwitchState.CONFIRMED, SwitchState.SENT),
        switchover__confirmed_at__gte=stop.as_of,
    )
    by_product = rows.values("item__product").annotate(units=Sum("quantity")).order_by()
    return dict(by_product.values_list("item__product", "units"))


def _need(row: Hanging, missing: int, day: date) -> Need:
    left = None if row.stockout_on is None else max(0, (row.stockout_on - day).days)
    return Need(row.product.sku, missing, left)


def _offer(one: Backup, rate: Decimal) -> Offer:
    item = one.item
    return Offer(
        key=item.pk,
        sku=item.product.sku,
        supplier=item.supplier.code,
        price=item.price * rate,
        lead_days=one.lead_p90,
        breaks=tuple(Break(step.min_quantity, step.price * rate) for step in item.breaks.all()),
        moq=item.moq,
        multiple=item.order_multiple,
        capacity=one.verification.capacity_per_week if one.verification else None,
        rank=item.rank or 0,
    )


def dry_run(asked: Question) -> DryRun:
    """Solve it, and put the two simpler ways beside it. Writes nothing.

    One page waits SECONDS at most for all programmes together. What was found is remembered under the digest of the
    question: looking again and keeping the draft take the very plan that was seen, without solving again.
    """
    return remember(f"switch:{asked.digest}", KEPT_SECONDS, lambda: _dry_run(asked))


def _dry_run(asked: Question) -> DryRun:
    found = solver.solve(asked.problem, time_limit=SECONDS / LIMITS_REACHED)
    cheapest, first = cheapest_first(asked.problem), first_backup(asked.problem)
    # Out of time the solver may hold a plan that a simple way beats.
    for simple in (cheapest, first):
        if not found.proven and _better(simple, found.plan):
            found = replace(found, plan=simple)
    return DryRun(found, cheapest, first)


def _better(one: Plan, other: Plan) -> bool:
    return (sum(one.uncovered.values()), one.total) < (sum(other.uncovered.values()), other.total)


def switches_of(supplier: Supplier) -> list[Switchover]:
    """The newest switches away from a supplier."""
    rows = Switchover.objects.filter(supplier=supplier).select_related("drafted_by", "confirmed_by")
    return list(rows.order_by("-id")[:MOST_SHOWN])


def rows_of(switch: Switchover) -> list[SwitchoverRow]:
    """The rows of a switch by product, then by the rank of the backup."""
    rows = SwitchoverRow.objects.filter(switchover=switch).select_related("item__supplier", "item__product")
    return list(rows.order_by("item__product__sku", "item__rank", "pk"))


def to_send() -> list[SwitchoverRow]:
    """What purchasing still has to order: rows of confirmed switches that were not sent, oldest first."""
    rows = SwitchoverRow.objects.filter(switchover__state=SwitchState.CONFIRMED, sent_at__isnull=True)
    return list(rows.select_related("item__supplier", "item__product", "switchover").order_by("pk"))
