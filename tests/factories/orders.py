"""Orders, placed the way every intake path places them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from backoffice.kernel.models import Store
from orders.sales import services as sales
from orders.sales.models import Order
from orders.sales.rules import ContactDraft, LineDraft, OrderDraft, OrderState, ParcelDraft
from orders.shipping import services as shipping
from orders.shipping.models import Parcel
from tests.factories.clock import NOW

_numbers = count(1001)
_CONTACT_FIELDS = frozenset(ContactDraft.__dataclass_fields__)


def make_line(position: int = 1, sku: str = "KETTLE-1", **fields: Any) -> LineDraft:
    """One line of an order; by default one blue kettle for 59.00."""
    given = {"title": "Blue kettle", "quantity": 1, "unit_price": Decimal("59.00"), "supplier_code": "ACME"}
    return LineDraft(position=position, sku=sku, **given | fields)  # type: ignore[arg-type]


def order_draft(**fields: Any) -> OrderDraft:
    """One open order of two days ago, promised for yesterday.

    Contact fields (name, email, phone, language, country, region, customer_ref) may be given directly.
    """
    number = str(fields.get("number") or f"A-{next(_numbers)}")
    contact = {
        "name": "Ewa Nowak",
        "email": f"ewa.{number.lower()}@example.com",
        "phone": "+48 600 100 200",
        "language": "en",
        "country": "PL",
        "region": "Mazowieckie",
        "customer_ref": f"c-{number.lower()}",
    }
    contact |= {key: fields.pop(key) for key in list(fields) if key in _CONTACT_FIELDS}
    given: dict[str, Any] = {
        "external_id": number,
        "number": number,
        "placed_at": NOW - timedelta(days=2),
        "state": OrderState.OPEN,
        "currency": "PLN",
        "total": Decimal("59.00"),
        "contact": ContactDraft(**contact),
        "lines": (make_line(),),
        "promised_at": NOW - timedelta(days=1),
    }
    return OrderDraft(**given | fields)


def make_order(store: Store, *, now: datetime = NOW, **fields: Any) -> Order:
    """One order in the database; fields as for order_draft."""
    return make_orders(store, [order_draft(**fields)], now=now)[0]


def make_orders(store: Store, drafts: Sequence[OrderDraft] | int, *, now: datetime = NOW) -> list[Order]:
    """Many orders in one go, in the order of the drafts; a number gives that many plain ones, newest first."""
    if isinstance(drafts, int):
        drafts = [order_draft(placed_at=NOW - timedelta(days=2, minutes=place)) for place in range(drafts)]
    placed = sales.place_many(store=store, drafts=drafts, create_missing=("products", "suppliers"), now=now)
    found = Order.objects.in_bulk(list(placed.ids.values()))
    return [found[placed.ids[draft.external_id]] for draft in drafts]


def make_parcel(order: Order, *, carrier_code: str = "dpd", number: str = "DPD-1", **fields: Any) -> Parcel:
    """The first parcel of an order, with its carrier."""
    shipping.ensure_carriers(names={carrier_code: carrier_code.upper()})
    parcel = ParcelDraft(carrier_code=carrier_code, number=number, **fields)
    shipping.record_parcels(parcels={order.pk: [parcel]})
    return Parcel.objects.select_related("carrier").get(order=order, position=1)
