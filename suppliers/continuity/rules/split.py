"""Splitting a shortfall over backups: what a plan must keep to, what it costs, and two simple ways to make one.

Breaks are all-units: the price of the break that the quantity reaches holds for every unit of the order.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from suppliers.catalog.rules import Break, order_quantity, unit_price


class Limit(StrEnum):
    """The classes of constraints that can stand in the way."""

    ITEM_CAPACITY = "item_capacity"
    SUPPLIER_CAPACITY = "supplier_capacity"
    SUPPLIERS_PER_SKU = "suppliers_per_sku"
    SHORTFALL = "shortfall"


class Breach(StrEnum):
    """How a plan can break its rules."""

    ITEM_CAPACITY = "item_capacity"
    SUPPLIER_CAPACITY = "supplier_capacity"
    SUPPLIERS_PER_SKU = "suppliers_per_sku"
    MINIMUM = "minimum"
    MULTIPLE = "multiple"
    UNKNOWN_OFFER = "unknown_offer"


@dataclass(frozen=True, slots=True)
class Policy:
    """weeks: over how many weeks of capacity a shortfall is spread. most_suppliers: for one SKU.

    late_share: what a late unit costs a day, as a share of the cheapest offered price of its SKU.
    """

    version: int = 1
    weeks: int = 4
    most_suppliers: int = 2
    late_share: Decimal = Decimal("0.02")


POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Need:
    """So many units of a SKU are missing. days_left: until stock runs out, None when it does not."""

    sku: str
    quantity: int
    days_left: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a backup can deliver of a SKU. price: per unit in the plan's currency. lead_days: p90.

    Orders come in multiples; capacity: units a week of this item, None where nobody knows a limit. rank: its place.
    """

    key: int
    sku: str
    supplier: str
    price: Decimal
    lead_days: int
    breaks: tuple[Break, ...] = ()
    moq: int = 1
    multiple: int = 1
    capacity: int | None = None
    rank: int = 2

    def cost(self, quantity: int) -> Decimal:
        """What so many units cost."""
        return quantity * unit_price(base=self.price, breaks=self.breaks, quantity=quantity)


@dataclass(frozen=True)
class Problem:
    """supplier_capacity: units a week of all items of a supplier together; one that is not named has no limit."""

    needs: tuple[Need, ...]
    offers: tuple[Offer, ...]
    supplier_capacity: dict[str, int]
    policy: Policy = POLICY

    @cached_property
    def _by_sku(self) -> dict[str, list[Offer]]:
        found: defaultdict[str, list[Offer]] = defaultdict(list)
        for offer in self.offers:
            found[offer.sku].append(offer)
        return dict(found)

    @cached_property
    def _days_left(self) -> dict[str, int | None]:
        return {need.sku: need.days_left for need in reversed(self.needs)}

    @cached_property
    def known(self) -> frozenset[Offer]:
        """The offers, to ask whether one is among them."""
        return frozenset(self.offers)

    def offers_of(self, sku: str) -> list[Offer]:
        return self._by_sku.get(sku, [])

    def item_limit(self, offer: Offer) -> int | None:
        """Units of an offer within the weeks of the policy."""
        return None if offer.capacity is None else offer.capacity * self.policy.weeks

    def supplier_limit(self, supplier: str) -> int | None:
        """Units of a supplier within the weeks of the policy."""
        weekly = self.supplier_capacity.get(supplier)
        return None if weekly is None else weekly * self.policy.weeks

    def late_days(self, offer: Offer) -> int:
        """Days between the end of stock and the arrival."""
        left = self._days_left.get(offer.sku)
        return 0 if left is None else max(0, offer.lead_days - left)

    def late_cost(self, offer: Offer) -> Decimal:
        """What one unit of an offer costs for being late."""
        cheapest = min(one.price for one in self.offers_of(offer.sku))
        return cheapest * self.policy.late_share * self.late_days(offer)


@dataclass(frozen=True, slots=True)
class Take:
    """So many units of one offer."""

    offer: Offer
    quantity: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Which offers are taken. cost, penalty: in the plan's currency. uncovered: SKU -> units that nobody brings."""

    takes: tuple[Take, ...]
    cost: Decimal
    penalty: Decimal
    uncovered: dict[str, int]

    @property
    def total(self) -> Decimal:
        return self.cost + self.penalty

    @property
    def covers_everything(self) -> bool:
        return not self.uncovered


def plan_of(problem: Problem, takes: Iterable[Take]) -> Plan:
    """Count up what a choice costs and leaves open."""
    kept = tuple(take for take in takes if take.quantity > 0)
    got: defaultdict[str, int] = defaultdict(int)
    for take in kept:
        got[take.offer.sku] += take.quantity
    return Plan(
        takes=kept,
        cost=sum((take.offer.cost(take.quantity) for take in kept), Decimal(0)),
        penalty=sum((problem.late_cost(take.offer) * take.quantity for take in kept), Decimal(0)),
        uncovered={need.sku: need.quantity - got[need.sku] for need in problem.needs if got[need.sku] < need.quantity},
    )


def breaches(problem: Problem, plan: Plan) -> set[Breach]:
    """Return every kind of rule that a plan breaks; none for one that can be ordered."""
    found: set[Breach] = set()
    by_supplier: defaultdict[str, int] = defaultdict(int)
    by_sku: defaultdict[str, set[str]] = defaultdict(set)
    for take in plan.takes:
        found |= _of_one(problem, take)
        by_supplier[take.offer.supplier] += take.quantity
        by_sku[take.offer.sku].add(take.offer.supplier)
    for supplier, quantity in by_supplier.items():
        limit = problem.supplier_limit(supplier)
        if limit is not None and quantity > limit:
            found.add(Breach.SUPPLIER_CAPACITY)
    if any(len(suppliers) > problem.policy.most_suppliers for suppliers in by_sku.values()):
        found.add(Breach.SUPPLIERS_PER_SKU)
    return found


def _of_one(problem: Problem, take: Take) -> set[Breach]:
    limit = problem.item_limit(take.offer)
    broken = {
        Breach.UNKNOWN_OFFER: take.offer not in problem.known,
        Breach.MINIMUM: take.quantity < take.offer.moq,
        Breach.MULTIPLE: take.quantity % take.offer.multiple != 0,
        Breach.ITEM_CAPACITY: limit is not None and take.quantity > limit,
    }
    return {breach for breach, is_so in broken.items() if is_so}


def cheapest_first(problem: Problem) -> Plan:
    """Fill each shortfall from the offer with the lowest unit price at the wanted quantity, then from the next."""

    def by_price(offer: Offer, wanted: int) -> tuple[Decimal, int]:
        return unit_price(base=offer.price, breaks=offer.breaks, quantity=wanted), offer.rank

    return _greedy(problem, by_price, most=problem.policy.most_suppliers)


def first_backup(problem: Problem) -> Plan:
    """Order each shortfall whole from the first backup in rank, as far as it goes."""
    return _greedy(problem, lambda offer, _wanted: (Decimal(offer.rank), offer.key), most=1)


def _greedy(problem: Problem, order: Callable[[Offer, int], tuple[Decimal, int]], *, most: int) -> Plan:
    takes: list[Take] = []
    taken: Counter[str] = Counter()
    for need in problem.needs:
        open_units, offers = need.quantity, problem.offers_of(need.sku)
        for offer in sorted(offers, key=lambda one: order(one, need.quantity))[:most]:
            quantity = _fitting(offer, open_units, _room(problem, offer, taken[offer.supplier]))
            if quantity:
                takes.append(Take(offer, quantity))
                taken[offer.supplier] += quantity
                open_units -= quantity
    return plan_of(problem, takes)


def _room(problem: Problem, offer: Offer, taken: int) -> int | None:
    """Units that an offer still has room for, None without a limit. taken: of its supplier, by then."""
    limit = problem.supplier_limit(offer.supplier)
    limits = [problem.item_limit(offer), None if limit is None else limit - taken]
    return min((one for one in limits if one is not None), default=None)


def _fitting(offer: Offer, wanted: int, room: int | None) -> int:
    """The quantity that covers what is wanted, or the largest that fits; 0 when even the minimum does not."""
    quantity = order_quantity(wanted=wanted, moq=offer.moq, multiple=offer.multiple)
    if room is not None and quantity > room:
        quantity = room // offer.multiple * offer.multiple
    return quantity if quantity >= offer.moq else 0
