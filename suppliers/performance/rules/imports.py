"""What a preset for facts says, and what their import reports. Plain data, no Django."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backoffice.kernel.tabular.rules import REPORTED_REFUSALS, Layout, RowRefusal, Section

CODE_LIMIT = 64
NAME_LIMIT = 200
PRODUCT_NAME_LIMIT = 300
# Row numbers of unknown values that a report lists for each column; all are counted.
REPORTED_UNKNOWN = 10_000
CREATABLE = frozenset({"products", "suppliers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FactPreset(Layout):
    """One way of reading facts of one kind. source: within it the keys are unique. section.key: the column of the key.

    unknown: field -> texts that mean "not captured", in which * stands for anything. any_case: in capitals or not.
    """

    source: str
    section: Section
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    any_case: bool = False
    create_missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unknown:
    """The rows of one file in which the source says that it does not know. rows: the first of them, by line."""

    field: str
    column: str
    file: str
    count: int
    rows: Sequence[int]

    def as_json(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "column": self.column,
            "file": self.file,
            "count": self.count,
            "rows": list(self.rows),
        }


@dataclass(frozen=True, slots=True)
class FactReport:
    """What one import did. rows = created + unchanged + refused, whatever happened."""

    rows: int
    created: int = 0
    unchanged: int = 0
    refused: int = 0
    refusals: Sequence[RowRefusal] = ()
    warnings: Sequence[RowRefusal] = ()
    unknown: Sequence[Unknown] = ()
    dry_run: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in ("rows", "created", "unchanged", "refused", "dry_run")},
            "refusals": [refusal.as_json() for refusal in self.refusals[:REPORTED_REFUSALS]],
            "warnings": [warning.as_json() for warning in self.warnings[:REPORTED_REFUSALS]],
            "unknown": [column.as_json() for column in self.unknown],
        }


def unknown_pattern(texts: Sequence[str], *, any_case: bool = False) -> re.Pattern[str]:
    """Return the pattern that matches exactly these texts, in which * stands for anything."""
    pattern = "|".join(".*".join(re.escape(part) for part in text.split("*")) for text in texts)
    return re.compile(pattern, re.IGNORECASE if any_case else 0)


def code_of(name: str) -> str:
    """Return the code of a supplier of whom only the name is told: the name, or its start and a digest if too long."""
    if len(name) <= CODE_LIMIT:
        return name
    digest = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()[:8]
    return f"{name[: CODE_LIMIT - 9].rstrip()}~{digest}"
