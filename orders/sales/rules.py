"""What an order is before it is written (plain data that every intake path fills), how late it is, how it is sought."""

import re
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from urllib.parse import urlencode


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


def days_late(*, promised_on: date | None, delivered_on: date | None, state: str, today: date) -> int:
    """Whole days past the promise, 0 while it holds. today: in the store's zone.

    Delivered orders count to the day they came; cancelled and unavailable ones are not late, they are gone;
    nor are delivered ones whose day nobody wrote down.
    """
    if promised_on is None or state in (OrderState.CANCELLED, OrderState.UNAVAILABLE):
        return 0
    if state == OrderState.DELIVERED and delivered_on is None:
        return 0
    return max(0, ((delivered_on or today) - promised_on).days)


_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_PHONE = re.compile(r"[+(]?[0-9][0-9 ()/.-]*")
PHONE_DIGITS = 4


def has_han(text: str) -> bool:
    """True when the text has a Chinese character: one of them is a word already."""
    return _HAN.search(text) is not None


def phone_end(text: str) -> str:
    """The digits of a search that may be the end of a phone number, "" when it cannot be one."""
    digits = re.sub(r"\D", "", text)
    return digits if _PHONE.fullmatch(text) and len(digits) >= PHONE_DIGITS else ""


def moved(draft: OrderDraft, by: timedelta) -> OrderDraft:
    """The same order with every date moved by so much."""
    if not by:
        return draft

    def later(moment: datetime | None) -> datetime | None:
        return moment + by if moment else None

    parcels = (
        replace(parcel, shipped_at=later(parcel.shipped_at), delivered_at=later(parcel.delivered_at))
        for parcel in draft.parcels
    )
    return replace(
        draft,
        placed_at=draft.placed_at + by,
        promised_at=later(draft.promised_at),
        delivered_at=later(draft.delivered_at),
        expected_on=draft.expected_on + by if draft.expected_on else None,
        parcels=tuple(parcels),
    )


# The saved view that leaves nothing out.
ALL = "all"


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders: a saved view, and what narrows it. placed_from, placed_to: days at the store, both included."""

    view: str = ALL
    q: str = ""
    state: str = ""
    region: str = ""
    campaign: str = ""
    placed_from: date | None = None
    placed_to: date | None = None

    def is_everything(self) -> bool:
        """Return True when nothing is left out."""
        return self == OrderFilter()

    def is_view_alone(self) -> bool:
        """Return True when a saved view is shown as it is, with nothing to narrow it."""
        return self == OrderFilter(view=self.view)

    def to_query(self) -> str:
        """The query string of these orders, "" for all: what a link to them carries."""
        return urlencode(
            {
                field.name: getattr(self, field.name)
                for field in fields(self)
                if getattr(self, field.name) not in ("", None, ALL)
            }
        )
