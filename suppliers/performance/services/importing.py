"""Importing facts: read, then record every good row in one transaction."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.tabular import tables
from backoffice.kernel.tabular.rules import REPORTED_REFUSALS, Place, RowRefusal
from backoffice.kernel.tabular.tables import Columns, Record
from backoffice.kernel.text import shown
from suppliers.performance import references
from suppliers.performance.chains import Verdict, compare
from suppliers.performance.fact_cells import reader_of
from suppliers.performance.rules.facts import FactDraft
from suppliers.performance.rules.imports import FactPreset, FactReport, Unknown
from suppliers.performance.rules.kinds import FactKind
from suppliers.performance.services.recording import Recorded, record_facts


@dataclass(slots=True)
class _Rows:
    """What was read. rows = len(ready) + same + refused. places: where each draft was read, side by side with ready."""

    rows: int
    names: Mapping[str, str]
    products: Mapping[str, str]
    ready: list[FactDraft] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    same: int = 0
    refused: int = 0
    refusals: list[RowRefusal] = field(default_factory=list)
    warnings: list[RowRefusal] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)

    def leave_out(self, refused: Mapping[int, list[RowRefusal]]) -> None:
        """Take out the drafts at these positions, with their reasons."""
        self.refused += len(refused)
        for reasons in refused.values():
            self.refusals.extend(reasons)
        self.ready = [draft for number, draft in enumerate(self.ready) if number not in refused]
        self.places = [place for number, place in enumerate(self.places) if number not in refused]


def import_facts(
    *,
    kind: FactKind,
    actor: User | None,
    path: Path,
    preset: FactPreset,
    now: datetime,
    dry_run: bool = False,
    correct: bool = False,
) -> FactReport:
    """Import the export at path: the good rows all or none, the others refused with reasons.

    actor: None is the system. dry_run: the same report, nothing kept. correct: a row that differs from what is
    recorded under its key corrects it; otherwise it is refused.
    Raises Refusal when the files or the preset as a whole cannot be used; nothing is written then.
    """
    rows = _read(kind, path, preset)
    with transaction.atomic():
        # A row that is refused may be the one that another row corrects.
        while refused := _without_reference(kind, rows, preset):
            rows.leave_out(refused)
        if correct:
            _correct(kind, rows, preset)
        references.ensure(rows.ready, create=preset.create_missing, names=rows.names, products=rows.products)
        recorded = record_facts(kind=kind, source=preset.source, drafts=rows.ready, actor=actor, now=now)
        rows.refusals.extend(_standing(rows, recorded, preset))
        report = _report(rows, recorded, dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
        else:
            counts = {name: getattr(report, name) for name in ("rows", "created", "unchanged", "refused")}
            told = {"preset": preset.name[:60], "file": path.name[:255]}
            audit.record(
                actor=actor, verb=f"{kind.name}.import", subject=f"source:{preset.source}", now=now, **counts, **told
            )
    return report


def _read(kind: FactKind, path: Path, preset: FactPreset) -> _Rows:
    loaded = tables.load(path, preset, [preset.section])
    records = loaded[preset.section.file].records
    if not records:
        raise Refusal("file.no_rows", _("There are no rows below the header. Export them again with their rows."))
    reader = reader_of(kind, preset, Columns(preset, loaded))
    rows = _Rows(len(records), reader.names, reader.products)
    seen: dict[str, tuple[FactDraft, Place]] = {}
    for record in records:
        problems = [RowRefusal(record.file, record.line, "", record.wrong)] if record.wrong else []
        draft = None if problems else reader.read(record, problems)
        if draft:
            problems += _told_otherwise(draft, record, seen, preset)
        if draft is None or problems:
            rows.refused += 1
            rows.refusals.extend(problems)
        else:
            rows.ready.append(draft)
            rows.places.append(Place(record.file, record.line))
    rows.unknown, rows.warnings = reader.unknown(), reader.mixed_dates()
    return rows


def _told_otherwise(
    draft: FactDraft, record: Record, seen: dict[str, tuple[FactDraft, Place]], preset: FactPreset
) -> list[RowRefusal]:
    """The reason against a row whose key an earlier row has with other values."""
    earlier, place = seen.setdefault(draft.key, (draft, Place(record.file, record.line)))
    if earlier == draft:
        return []
    reason = _("“%(key)s” is already on row %(row)d with other values. Keep one.")
    named = {"key": shown(draft.key), "row": place.row}
    return [RowRefusal(record.file, record.line, preset.section.key, reason % named)]


def _without_reference(kind: FactKind, rows: _Rows, preset: FactPreset) -> dict[int, list[RowRefusal]]:
    """The drafts that name a supplier, a product or a fact to correct which is not there and may not be created."""
    absent = references.missing(rows.ready, kind=kind, source=preset.source, create=preset.create_missing)
    columns = preset.section.columns
    found = {}
    for number, reasons in absent.items():
        place = rows.places[number]
        found[number] = [
            RowRefusal(place.file, place.row, columns.get(name) or columns.get("supplier_name", name), reason)
            for name, reason in reasons
        ]
    return found


def _correct(kind: FactKind, rows: _Rows, preset: FactPreset) -> None:
    """Leave out what the ledger says already, and let what differs correct it."""
    compared = compare(kind, source=preset.source, drafts=rows.ready)
    apart: dict[int, list[RowRefusal]] = {
        number: [RowRefusal(place.file, place.row, preset.section.key, one.reason)]
        for number, (one, place) in enumerate(zip(compared, rows.places, strict=True))
        if one.reason
    }
    rows.ready = [one.draft for one in compared]
    same: dict[int, list[RowRefusal]] = {n: [] for n, one in enumerate(compared) if one.verdict is Verdict.SAME}
    rows.leave_out(apart | same)
    rows.refused -= len(same)
    rows.same = len(same)


def _standing(rows: _Rows, recorded: Recorded, preset: FactPreset) -> list[RowRefusal]:
    """The reasons of what the ledger did not take. Rows with one key are the same here, so each is refused."""
    if not recorded.refused:
        return []
    places: defaultdict[str, list[Place]] = defaultdict(list)
    for draft, place in zip(rows.ready, rows.places, strict=True):
        places[draft.key].append(place)
    reason = _(
        "“%(key)s” is recorded with other values. A fact is not changed: give the row a key of its own, "
        "and name this one in the column of what it corrects."
    )
    found = []
    for key in recorded.refused:
        place = places[key].pop()
        found.append(RowRefusal(place.file, place.row, preset.section.key, reason % {"key": shown(key)}))
    return sorted(found, key=lambda one: (one.file, one.row))


def _report(rows: _Rows, recorded: Recorded, *, dry_run: bool) -> FactReport:
    return FactReport(
        rows=rows.rows,
        created=recorded.created,
        unchanged=recorded.unchanged + rows.same,
        refused=rows.refused + len(recorded.refused),
        refusals=tuple(rows.refusals[:REPORTED_REFUSALS]),
        warnings=tuple(rows.warnings[:REPORTED_REFUSALS]),
        unknown=tuple(rows.unknown),
        dry_run=dry_run,
    )
