"""How an export is written, and what a refused row looks like. Plain data, no Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Caps that hold before anything is parsed: a file beyond them is a mistake or an attack.
MAX_FILE_BYTES = 512 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_FIELD = 100_000
REPORTED_REFUSALS = 100


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

    key: the column by which rows belong together. skip_when_blank: a row without this column's value is no record.
    """

    file: str
    key: str
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    skip_when_blank: str = ""

    def fills(self, name: str) -> bool:
        return name in self.columns or name in self.constants or name in self.templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How an export is written. dates: "iso" and strptime patterns; zone: of moments without an offset."""

    name: str
    files: tuple[FileSpec, ...]
    joins: tuple[Join, ...] = ()
    dates: tuple[str, ...] = ("iso",)
    zone: str = "UTC"
    point: str = "."
    group: str = ""
    largest_quantity: int = 999_999


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """One reason why a record was not taken, or a thing to check. row: the physical line on which its record begins."""

    file: str
    row: int
    column: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        return {"file": self.file, "row": self.row, "column": self.column, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record was read: for what the database refuses later."""

    file: str
    row: int
