"""What a preset for orders says, and what an import reports. Plain data, no Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backoffice.kernel.tabular.rules import REPORTED_REFUSALS, Layout, RowRefusal, Section

ORDER_FIELDS = frozenset(
    [
        "external_id",
        "number",
        "placed_at",
        "state",
        "currency",
        "total",
        "promised_at",
        "delivered_at",
        "expected_on",
        "expected_reason",
        "campaign_code",
    ]
)
CONTACT_FIELDS = frozenset(["name", "email", "phone", "language", "country", "region", "customer_ref"])
LINE_FIELDS = frozenset(["position", "sku", "title", "quantity", "unit_price", "supplier_code", "shipping"])
PARCEL_FIELDS = frozenset(["carrier_code", "number", "shipped_at", "delivered_at"])
CREATABLE = frozenset({"products", "suppliers", "carriers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset(Layout):
    """One way of reading an export. total_from: "column", or "lines" for quantity times price, plus shipping."""

    order: Section
    contact: Section
    line: Section | None = None
    parcel: Section | None = None
    states: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    total_from: str = "column"
    create_missing: frozenset[str] = frozenset()

    @property
    def sections(self) -> tuple[Section, ...]:
        """The kinds of record it describes, the orders first."""
        return tuple([one for one in (self.order, self.contact, self.line, self.parcel) if one])


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What one import did. orders = created + unchanged + changed + refused, whatever happened."""

    rows: int
    orders: int
    lines: int
    created: int = 0
    unchanged: int = 0
    changed: int = 0
    refused: int = 0
    refusals: Sequence[RowRefusal] = ()
    warnings: Sequence[RowRefusal] = ()
    dry_run: bool = False

    def as_json(self) -> dict[str, Any]:
        counts = ("rows", "orders", "lines", "created", "unchanged", "changed", "refused", "dry_run")
        return {
            **{name: getattr(self, name) for name in counts},
            "refusals": [refusal.as_json() for refusal in self.refusals[:REPORTED_REFUSALS]],
            "warnings": [warning.as_json() for warning in self.warnings[:REPORTED_REFUSALS]],
        }
