"""What an order is before it is written: plain data that every intake path fills."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class OrderState(StrEnum):
    """Where an order stands, from the shop's point of view."""

    OPEN = "open"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """The customer as the order remembers them; every field may be empty."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    country: str = ""
    region: str = ""
    customer_ref: str = ""


@dataclass(frozen=True, slots=True)
class LineDraft:
    """One order line. position counts from 1 inside the order."""

    position: int
    sku: str
    title: str
    quantity: int
    unit_price: Decimal
    supplier_code: str = ""


@dataclass(frozen=True, slots=True)
class ParcelDraft:
    """One parcel of the order; number may be empty when the carrier has not given one."""

    carrier_code: str
    number: str = ""
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """One order, whole. Datetimes are aware (UTC); total includes shipping."""

    external_id: str
    number: str
    placed_at: datetime
    state: OrderState
    currency: str
    total: Decimal
    contact: ContactDraft
    lines: tuple[LineDraft, ...] = ()
    parcels: tuple[ParcelDraft, ...] = ()
    promised_at: datetime | None = None
    delivered_at: datetime | None = None
    expected_on: date | None = None
    expected_reason: str = ""
    campaign_code: str = ""
