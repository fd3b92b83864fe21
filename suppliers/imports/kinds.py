"""The kinds of row that can come in by a file: how each is read, compared, recorded and taken back.

A room that holds another kind adds its Importer here; the pages know kinds by this list alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.utils.translation import gettext as _

from backoffice.kernel.models import User
from backoffice.kernel.tabular.tables import Columns
from suppliers.continuity import comparing
from suppliers.continuity import services as continuity
from suppliers.continuity.cells import ExposureReader
from suppliers.continuity.models import SOURCE_LIMIT as EXPOSURE_SOURCE
from suppliers.continuity.rules.columns import EXPOSURES
from suppliers.continuity.rules.switches import MOST_ROWS as MOST_EXPOSURES
from suppliers.continuity.selectors import exposures
from suppliers.performance import references
from suppliers.performance import services as performance
from suppliers.performance.chains import Compared, Verdict, compare
from suppliers.performance.fact_cells import AnyReader, reader_of
from suppliers.performance.rules.facts import SOURCE_LIMIT
from suppliers.performance.rules.imports import FactPreset
from suppliers.performance.rules.kinds import KINDS as FACT_KINDS
from suppliers.performance.rules.kinds import Column, FactKind, Shape

KEY = Column("key", Shape.REFERENCE, needed=True)
Reasons = dict[int, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What recording came to. made: the key of what each draft became, by its place. refused: the reasons."""

    made: Mapping[int, str]
    refused: Mapping[int, str]


class Importer(Protocol):
    """One kind. whole: its rows take the place of all that their source told before."""

    @property
    def name(self) -> str: ...
    @property
    def columns(self) -> tuple[Column, ...]: ...
    @property
    def whole(self) -> bool: ...
    @property
    def source_limit(self) -> int: ...
    @property
    def most_rows(self) -> int | None: ...

    @property
    def key_field(self) -> str:
        """The field by which rows are known, or the last one of several."""

    def reader(self, preset: FactPreset, columns: Columns) -> AnyReader[Any]: ...
    def key_of(self, draft: Any) -> str:
        """By what a row is known; two rows of one file must not share it."""

    def missing(self, drafts: Sequence[Any], *, source: str, create: Collection[str]) -> Reasons:
        """The field and the reason of what leads nowhere, by the place of its draft."""

    def compare(self, drafts: Sequence[Any], *, source: str) -> list[Compared[Any]]: ...
    def gone(self, keys: Collection[str], *, source: str) -> int:
        """How many rows of the source end because the file does not name them."""

    def before(self, *, source: str) -> Any:
        """What stands there now, as JSON, where taking back needs it."""

    def record(self, drafts: Sequence[Any], *, source: str, actor: User | None, now: datetime) -> Outcome: ...
    def take_back(
        self, made: Mapping[str, str], *, before: Any, source: str, at: datetime, actor: User | None, now: datetime
    ) -> int:
        """Put back what stood before an import at that moment. made: what each row became -> by what it is known."""


@dataclass(frozen=True, slots=True)
class FactImporter:
    """Facts of one kind: each row stands by itself, and a row that differs corrects what is there."""

    kind: FactKind
    whole: bool = False
    key_field: str = KEY.name
    source_limit: int = SOURCE_LIMIT
    most_rows: int | None = None

    @property
    def name(self) -> str:
        return self.kind.name

    @property
    def columns(self) -> tuple[Column, ...]:
        return (KEY, *self.kind.columns)

    def reader(self, preset: FactPreset, columns: Columns) -> AnyReader[Any]:
        return reader_of(self.kind, preset, columns)

    def key_of(self, draft: Any) -> str:
        return str(draft.key)

    def missing(self, drafts: Sequence[Any], *, source: str, create: Collection[str]) -> Reasons:
        return references.missing(drafts, kind=self.kind, source=source, create=create)

    def compare(self, drafts: Sequence[Any], *, source: str) -> list[Compared[Any]]:
        return compare(self.kind, source=source, drafts=drafts)

    def gone(self, keys: Collection[str], *, source: str) -> int:
        return 0

    def before(self, *, source: str) -> Any:
        return None

    def record(self, drafts: Sequence[Any], *, source: str, actor: User | None, now: datetime) -> Outcome:
        compared = self.compare(drafts, source=source)
        refused = {place: one.reason for place, one in enumerate(compared) if one.reason}
        wanted = {
            place: one.draft for place, one in enumerate(compared) if one.verdict in (Verdict.NEW, Verdict.CHANGED)
        }
        done = performance.record_facts(
            kind=self.kind, source=source, drafts=list(wanted.values()), actor=actor, now=now
        )
        late = set(done.refused)
        refused |= {place: _taken_meanwhile() for place, draft in wanted.items() if draft.key in late}
        return Outcome({place: draft.key for place, draft in wanted.items() if draft.key not in late}, refused)

    def take_back(
        self, made: Mapping[str, str], *, before: Any, source: str, at: datetime, actor: User | None, now: datetime
    ) -> int:
        return performance.withdraw_facts(kind=self.kind, source=source, keys=made, actor=actor, now=now)


@dataclass(frozen=True, slots=True)
class ExposureImporter:
    """What hangs on suppliers: the rows are one set, which takes the place of what its source told before."""

    name: str = "exposures"
    columns: tuple[Column, ...] = EXPOSURES
    whole: bool = True
    key_field: str = "sku"
    source_limit: int = EXPOSURE_SOURCE
    most_rows: int | None = MOST_EXPOSURES

    def reader(self, preset: FactPreset, columns: Columns) -> AnyReader[Any]:
        return ExposureReader(preset, columns)

    def key_of(self, draft: Any) -> str:
        return comparing.key_of(draft)

    def missing(self, drafts: Sequence[Any], *, source: str, create: Collection[str]) -> Reasons:
        return comparing.missing(drafts, create=create)

    def compare(self, drafts: Sequence[Any], *, source: str) -> list[Compared[Any]]:
        return comparing.compare(drafts, source=source)

    def gone(self, keys: Collection[str], *, source: str) -> int:
        return comparing.gone(keys, source=source)

    def before(self, *, source: str) -> Any:
        return exposures.told_before(source)

    def record(self, drafts: Sequence[Any], *, source: str, actor: User | None, now: datetime) -> Outcome:
        continuity.record_exposure(source=source, drafts=drafts, actor=actor, now=now)
        return Outcome({place: self.key_of(draft) for place, draft in enumerate(drafts)}, {})

    def take_back(
        self, made: Mapping[str, str], *, before: Any, source: str, at: datetime, actor: User | None, now: datetime
    ) -> int:
        return continuity.put_back_exposures(source=source, rows=before, at=at, actor=actor, now=now)


def _taken_meanwhile() -> str:
    return _("Somebody recorded something else under this key. Check the row again.")


_EVERY: tuple[Importer, ...] = (*(FactImporter(kind) for kind in FACT_KINDS.values()), ExposureImporter())
IMPORTERS: Mapping[str, Importer] = {importer.name: importer for importer in _EVERY}
