"""Facts before they are written: plain data that every source fills. None is "not captured", never zero.

Every fact has a key that its source never gives twice. `corrects` names the key of the fact (same source) whose place
it takes; `withdrawn` says that what the corrected fact told of never was. `sku` may be empty.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from suppliers.performance.rules.lines import Outcome

KEY_LIMIT = 120
SOURCE_LIMIT = 60
REF_LIMIT = 120
LARGEST_COUNT = 2_147_483_647


class QualityKind(StrEnum):
    """What a quality fact tells of, and so what its units are."""

    LOT = "lot"
    """An incoming lot was inspected: units checked and defective, rejected or not, errors of label and of contents."""
    RETURNS = "returns"
    """Of the units sold in the period that ends on the day (units checked), so many came back as defective."""
    RECALL = "recall"
    LABELLING = "labelling"
    """A violation of labelling rules that somebody else found."""


class AckKind(StrEnum):
    """What the supplier was asked for."""

    ORDER = "order"
    SURGE = "surge"
    SUBSTITUTE = "substitute"
    CORRECTIVE_ACTION = "corrective_action"


class RatingKind(StrEnum):
    """What value and out_of are: see RatingFact."""

    STARS = "stars"
    SATISFACTION = "satisfaction"
    COMPLAINTS = "complaints"
    FEED_UPTIME = "feed_uptime"
    FEED_AGE = "feed_age"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactDraft:
    key: str
    supplier_code: str
    sku: str = ""
    corrects: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDraft(FactDraft):
    """One delivery of an ordered line, or what is still open of it; see DeliveryFact."""

    order_ref: str = ""
    line_ref: str = ""
    outcome: Outcome = Outcome.OPEN
    quoted_on: date | None = None
    ordered_on: date | None = None
    acknowledged_on: date | None = None
    promised_on: date | None = None
    revised_on: date | None = None
    delivered_on: date | None = None
    quantity_ordered: int | None = None
    quantity_delivered: int | None = None
    promise_changes: int | None = None
    weight_kg: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityDraft(FactDraft):
    kind: QualityKind
    observed_on: date
    order_ref: str = ""
    lot_ref: str = ""
    units_checked: int | None = None
    units_defective: int | None = None
    rejected: bool | None = None
    label_errors: int | None = None
    specification_errors: int | None = None
    defect_code: str = ""
    corrected_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AckDraft(FactDraft):
    kind: AckKind
    asked_at: datetime
    order_ref: str = ""
    answered_at: datetime | None = None
    accepted: bool | None = None
    quantity_asked: int | None = None
    quantity_confirmed: int | None = None
    at_peak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDraft(FactDraft):
    invoice_ref: str
    invoiced_on: date
    currency: str
    amount: Decimal
    order_ref: str = ""
    amount_ordered: Decimal | None = None
    amount_disputed: Decimal | None = None
    matched: bool | None = None
    unit_price: Decimal | None = None
    unit_price_agreed: Decimal | None = None
    deposit_open: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDraft(FactDraft):
    claim_ref: str
    opened_on: date
    currency: str
    amount_claimed: Decimal
    reason: str = ""
    amount_recovered: Decimal | None = None
    closed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingDraft(FactDraft):
    kind: RatingKind
    observed_on: date
    value: Decimal
    out_of: Decimal | None = None
    answers: int = 1
