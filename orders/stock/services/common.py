"""What all writes to stock share: who may, and what a key, a quantity and a warehouse are."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.roles import Capability
from backoffice.kernel.text import shown
from orders.stock import rules
from orders.stock.models import StockLevel, Warehouse
from orders.stock.rules import KEY_LIMIT, LARGEST_QUANTITY, MOST_LINES, REF_LIMIT
from orders.stock.services import counters
from suppliers.catalog.models import Product

Result = TypeVar("Result")
REASON_LIMIT = 300


def require_editor(actor: User | None) -> None:
    """Raise Refusal (stock.role) for a person who may not change stock. None is the system itself."""
    if actor is not None and not actor.can(Capability.EDIT_STOCK):
        raise Refusal("stock.role", _("Your role may not change stock. Ask somebody of the warehouse."))


def check_key(key: str, ref: str = "") -> None:
    """Raise Refusal (stock.key) for a key or a reference that does not fit into the ledger."""
    if not 0 < len(key) <= KEY_LIMIT or len(ref) > REF_LIMIT:
        raise Refusal("stock.key", _("The key of this booking is empty or too long. Send another one."))


def check_quantities(quantities: Sequence[int], *, smallest: int = 1) -> None:
    """Raise Refusal (stock.lines, stock.quantity)."""
    if not 0 < len(quantities) <= MOST_LINES:
        raise Refusal("stock.lines", _("Name from 1 to 500 articles."))
    if not all(smallest <= units <= LARGEST_QUANTITY for units in quantities):
        raise Refusal(
            "stock.quantity",
            _("Enter a whole number from %(smallest)d to 999999.") % {"smallest": smallest},
            "quantity",
        )


def check_reason(reason: str) -> str:
    """The reason without stray spaces. Raises Refusal (stock.reason) when there is none."""
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_LIMIT:
        raise Refusal("stock.reason", _("Say why in up to 300 characters."), "reason")
    return reason


def products(skus: Iterable[str]) -> dict[str, Product]:
    """The articles by SKU. Raises Refusal (stock.sku) naming the first that is not known."""
    wanted = set(skus)
    found = {one.sku: one for one in Product.objects.filter(sku__in=wanted)}
    if missing := sorted(wanted - found.keys()):
        raise Refusal("stock.sku", _("“%(sku)s” is no article of ours.") % {"sku": shown(missing[0])}, "sku")
    return found


def warehouses(codes: Iterable[str], *, today: date) -> dict[str, Warehouse]:
    """The warehouses by code. Raises Refusal (stock.warehouse, stock.closed)."""
    wanted = set(codes)
    found = {one.code: one for one in Warehouse.objects.filter(code__in=wanted)}
    if missing := sorted(wanted - found.keys()):
        raise Refusal(
            "stock.warehouse", _("“%(code)s” is no warehouse of ours.") % {"code": shown(missing[0])}, "warehouse"
        )
    for one in found.values():
        require_open(one, today=today)
    return found


def require_open(warehouse: Warehouse, *, today: date) -> None:
    """Raise Refusal (stock.closed) for a warehouse that gives and takes nothing on that day."""
    if not rules.is_open(opens_on=warehouse.opens_on, closes_on=warehouse.closes_on, today=today):
        raise Refusal("stock.closed", _("%(name)s is closed on that day.") % {"name": warehouse.name}, "warehouse")


def once(known: Callable[[], Result | None], work: Callable[[], Result]) -> Result:
    """Do a keyed piece of work once. known: what the key stands for already, None when it is new.

    Two that come with one key at the same moment: the second waits for the first at the unique key, is undone, and
    is answered with what the first did.
    """
    found = known()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return work()
    except IntegrityError:
        found = known()
        if found is None:
            raise
        return found


def reused() -> Refusal:
    """The no to a key that came with something else before."""
    return Refusal("stock.key_reused", _("This key was used for another booking. Book again with a new one."))


def levels_of(places: Collection[tuple[int, int]], *, now: datetime) -> dict[tuple[int, int], StockLevel]:
    """The levels of these (warehouse id, product id), made where they are missing."""
    wanted = set(places)

    def there() -> dict[tuple[int, int], StockLevel]:
        rows = StockLevel.objects.filter(
            warehouse__in={place[0] for place in wanted}, product__in={place[1] for place in wanted}
        )
        found = {(row.warehouse_id, row.product_id): row for row in rows}
        return {place: found[place] for place in wanted if place in found}

    levels = there()
    if missing := wanted - levels.keys():
        counters.ensure(places=sorted(missing), now=now)
        levels = there()
    return levels
