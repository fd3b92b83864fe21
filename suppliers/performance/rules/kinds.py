"""The six kinds of fact as tables: which columns each has, how their cells are read, and what they become. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from suppliers.performance.rules.facts import (
    REF_LIMIT,
    AckDraft,
    AckKind,
    ClaimDraft,
    DeliveryDraft,
    FactDraft,
    InvoiceDraft,
    QualityDraft,
    QualityKind,
    RatingDraft,
    RatingKind,
)

DEFECT_LIMIT = 60
REASON_LIMIT = 200


class Shape(StrEnum):
    """How a cell is read. COUNT: 0 or more; UNITS: 1 or more. MONEY: in the currency of the row."""

    SUPPLIER = "supplier"
    SUPPLIER_NAME = "supplier_name"
    SKU = "sku"
    PRODUCT_NAME = "product_name"
    REFERENCE = "reference"
    TEXT = "text"
    WORD = "word"
    DAY = "day"
    MOMENT = "moment"
    UNITS = "units"
    COUNT = "count"
    DECIMAL = "decimal"
    MONEY = "money"
    CURRENCY = "currency"
    YES_NO = "yes_no"


_MEASURED = frozenset([Shape.DAY, Shape.MOMENT, Shape.UNITS, Shape.COUNT, Shape.DECIMAL, Shape.MONEY, Shape.YES_NO])


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a kind. needed: a file must have it. may_be_blank: a needed one whose cells may be empty.

    words: what a WORD may be. limit: characters of a text.
    """

    name: str
    shape: Shape
    needed: bool = False
    may_be_blank: bool = False
    limit: int = REF_LIMIT
    words: tuple[str, ...] = ()

    @property
    def may_be_unknown(self) -> bool:
        """Whether a cell may hold a text that means "not captured"."""
        return self.shape in _MEASURED and (self.may_be_blank or not self.needed)


@dataclass(frozen=True, slots=True)
class FactKind:
    """One kind. section: the table of a preset that describes it."""

    name: str
    section: str
    draft: type[FactDraft]
    columns: tuple[Column, ...]

    @property
    def own(self) -> tuple[Column, ...]:
        """The columns that other kinds do not have."""
        return tuple(column for column in self.columns if column not in COMMON)


COMMON = (
    Column("supplier_code", Shape.SUPPLIER),
    Column("supplier_name", Shape.SUPPLIER_NAME),
    Column("sku", Shape.SKU),
    Column("product_name", Shape.PRODUCT_NAME),
    Column("corrects", Shape.REFERENCE),
)
_ORDER = Column("order_ref", Shape.REFERENCE)


def _words(kinds: type[StrEnum]) -> tuple[str, ...]:
    return tuple(kind.value for kind in kinds)


DELIVERIES = FactKind(
    "deliveries",
    "delivery",
    DeliveryDraft,
    (
        *COMMON,
        _ORDER,
        Column("line_ref", Shape.REFERENCE),
        Column("quoted_on", Shape.DAY),
        Column("ordered_on", Shape.DAY),
        Column("acknowledged_on", Shape.DAY),
        Column("promised_on", Shape.DAY),
        Column("revised_on", Shape.DAY),
        Column("delivered_on", Shape.DAY, needed=True, may_be_blank=True),
        Column("quantity_ordered", Shape.UNITS),
        Column("quantity_delivered", Shape.COUNT),
        Column("promise_changes", Shape.COUNT),
        Column("weight_kg", Shape.DECIMAL),
    ),
)
QUALITY = FactKind(
    "quality",
    "quality",
    QualityDraft,
    (
        *COMMON,
        Column("kind", Shape.WORD, needed=True, words=_words(QualityKind)),
        Column("observed_on", Shape.DAY, needed=True),
        _ORDER,
        Column("lot_ref", Shape.REFERENCE),
        Column("units_checked", Shape.COUNT),
        Column("units_defective", Shape.COUNT),
        Column("rejected", Shape.YES_NO),
        Column("label_errors", Shape.COUNT),
        Column("specification_errors", Shape.COUNT),
        Column("defect_code", Shape.REFERENCE, limit=DEFECT_LIMIT),
        Column("corrected_on", Shape.DAY),
    ),
)
ACKNOWLEDGEMENTS = FactKind(
    "acknowledgements",
    "acknowledgement",
    AckDraft,
    (
        *COMMON,
        Column("kind", Shape.WORD, needed=True, words=_words(AckKind)),
        Column("asked_at", Shape.MOMENT, needed=True),
        _ORDER,
        Column("answered_at", Shape.MOMENT),
        Column("accepted", Shape.YES_NO),
        Column("quantity_asked", Shape.COUNT),
        Column("quantity_confirmed", Shape.COUNT),
        Column("at_peak", Shape.YES_NO),
    ),
)
INVOICES = FactKind(
    "invoices",
    "invoice",
    InvoiceDraft,
    (
        *COMMON,
        Column("invoice_ref", Shape.REFERENCE, needed=True),
        Column("invoiced_on", Shape.DAY, needed=True),
        Column("currency", Shape.CURRENCY, needed=True),
        Column("amount", Shape.MONEY, needed=True),
        _ORDER,
        Column("amount_ordered", Shape.MONEY),
        Column("amount_disputed", Shape.MONEY),
        Column("matched", Shape.YES_NO),
        Column("unit_price", Shape.DECIMAL),
        Column("unit_price_agreed", Shape.DECIMAL),
        Column("deposit_open", Shape.MONEY),
    ),
)
CLAIMS = FactKind(
    "claims",
    "claim",
    ClaimDraft,
    (
        *COMMON,
        Column("claim_ref", Shape.REFERENCE, needed=True),
        Column("opened_on", Shape.DAY, needed=True),
        Column("currency", Shape.CURRENCY, needed=True),
        Column("amount_claimed", Shape.MONEY, needed=True),
        Column("reason", Shape.TEXT, limit=REASON_LIMIT),
        Column("amount_recovered", Shape.MONEY),
        Column("closed_on", Shape.DAY),
    ),
)
RATINGS = FactKind(
    "ratings",
    "rating",
    RatingDraft,
    (
        *COMMON,
        Column("kind", Shape.WORD, needed=True, words=_words(RatingKind)),
        Column("observed_on", Shape.DAY, needed=True),
        Column("value", Shape.DECIMAL, needed=True),
        Column("out_of", Shape.DECIMAL),
        Column("answers", Shape.UNITS),
    ),
)
KINDS: Mapping[str, FactKind] = {
    kind.name: kind for kind in (DELIVERIES, QUALITY, ACKNOWLEDGEMENTS, INVOICES, CLAIMS, RATINGS)
}
