"""What a preset says, what a refused row looks like, and what an import reports. Plain data, no Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Caps that hold before anything is parsed: a file beyond them is a mistake or an attack.
MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_FIELD = 100_000
REPORTED_REFUSALS = 100

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


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One file of the export. pattern: a name or a glob inside the folder."""

    name: str
    pattern: str
    optional: bool = False
    encoding: str = "auto"
    separator: str = "auto"


@dataclass(frozen=True, slots=True)
class Join:
    """Rows of `source` find their row of `file` where source.column equals file.key."""

    source: str
    column: str
    file: str
    key: str


@dataclass(frozen=True, slots=True)
class Section:
    """Where one kind of record comes from: each field has a column, a constant or a template.

    key: the column that holds the order's external id. skip_when_blank: a row without this column's value is no record.
    """

    file: str
    key: str
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    skip_when_blank: str = ""

    def fills(self, name: str) -> bool:
        return name in self.columns or name in self.constants or name in self.templates


@dataclass(frozen=True, slots=True)
class Preset:
    """One way of reading an export. total_from: "column", or "lines" for quantity times price, plus shipping."""

    name: str
    files: tuple[FileSpec, ...]
    order: Section
    contact: Section
    line: Section | None = None
    parcel: Section | None = None
    joins: tuple[Join, ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)
    dates: tuple[str, ...] = ("iso",)
    zone: str = "UTC"
    point: str = "."
    group: str = ""
    largest_quantity: int = 999_999
    total_from: str = "column"
    create_missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """One reason why an order was not imported. row: the physical line on which its record begins."""

    file: str
    row: int
    column: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        return {"file": self.file, "row": self.row, "column": self.column, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order was read: for what the database refuses later."""

    file: str
    row: int


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
