"""Ways of a switch to backups, and what is told about exposures."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

LARGEST_QUANTITY = 999_999
MOST_ROWS = 20_000
LARGEST_RATE = Decimal(1_000_000)


class SwitchState(StrEnum):
    """draft → confirmed → sent, once purchasing has told every backup; or undone, while it has told none."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    SENT = "sent"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class ExposureDraft:
    """What hangs on one supplier for one product. Quantities are units; revenue is in currency, without tax.

    stock: what can be sold now; days of cover follow from it and the daily demand.
    """

    supplier_code: str
    sku: str
    open_quantity: int
    revenue: Decimal
    currency: str
    stock: Decimal
    daily_demand: Decimal
    open_orders: int = 1
    order_lines: int = 0


@dataclass(frozen=True, slots=True)
class VerificationDraft:
    """What a person found out about a backup. None is "not asked"."""

    verified_on: date
    how: str
    trial_order_on: date | None = None
    capacity_per_week: int | None = None
    supplier_capacity_per_week: int | None = None
    note: str = ""
