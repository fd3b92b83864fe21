"""Importing deliveries: read, then record every good row in one transaction."""

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
from suppliers.catalog import services as catalog
from suppliers.catalog.models import Product
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier
from suppliers.performance.cells import DeliveryReader, DeliveryValues
from suppliers.performance.models import DeliveryFact
from suppliers.performance.rules.facts import DeliveryDraft
from suppliers.performance.rules.imports import DeliveryPreset, DeliveryReport, Unknown
from suppliers.performance.services.recording import Recorded, record_deliveries


@dataclass(slots=True)
class _Rows:
    """What was read. rows = len(ready) + refused. places: where each draft was read, side by side with ready."""

    rows: int
    names: Mapping[str, str]
    products: Mapping[str, str]
    ready: list[DeliveryDraft] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
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


def import_deliveries(
    *, actor: User | None, path: Path, preset: DeliveryPreset, now: datetime, dry_run: bool = False
) -> DeliveryReport:
    """Import the export at path: the good rows all or none, the others refused with reasons.

    actor: None is the system. dry_run: the same report, nothing kept.
    Raises Refusal when the files or the preset as a whole cannot be used; nothing is written then.
    """
    rows = _read(path, preset)
    with transaction.atomic():
        # A row that is refused may be the one that another row corrects.
        while refused := _without_reference(rows, preset):
            rows.leave_out(refused)
        _ensure(rows, preset)
        recorded = record_deliveries(source=preset.source, drafts=rows.ready, actor=actor, now=now)
        rows.refusals.extend(_standing(rows, recorded, preset))
        report = _report(rows, recorded, dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
        else:
            counts = {name: getattr(report, name) for name in ("rows", "created", "unchanged", "refused")}
            told = {"preset": preset.name[:60], "file": path.name[:255]}
            audit.record(
                actor=actor, verb="deliveries.import", subject=f"source:{preset.source}", now=now, **counts, **told
            )
    return report


def _read(path: Path, preset: DeliveryPreset) -> _Rows:
    loaded = tables.load(path, preset, [preset.delivery])
    records = loaded[preset.delivery.file].records
    if not records:
        raise Refusal("file.no_rows", _("There are no deliveries below the header. Export them again with their rows."))
    reader = DeliveryReader(preset, Columns(preset, loaded), DeliveryValues(preset))
    rows = _Rows(len(records), reader.names, reader.products)
    seen: dict[str, tuple[DeliveryDraft, Place]] = {}
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
    draft: DeliveryDraft, record: Record, seen: dict[str, tuple[DeliveryDraft, Place]], preset: DeliveryPreset
) -> list[RowRefusal]:
    """The reason against a row whose key an earlier row has with other values."""
    earlier, place = seen.setdefault(draft.key, (draft, Place(record.file, record.line)))
    if earlier == draft:
        return []
    reason = _("“%(key)s” is already on row %(row)d with other values. Keep one.")
    named = {"key": shown(draft.key), "row": place.row}
    return [RowRefusal(record.file, record.line, preset.delivery.key, reason % named)]


def _without_reference(rows: _Rows, preset: DeliveryPreset) -> dict[int, list[RowRefusal]]:
    """The drafts that name a supplier, a product or a fact to correct which is not there and may not be created."""
    suppliers = {draft.supplier_code for draft in rows.ready}
    skus = {draft.sku for draft in rows.ready if draft.sku}
    corrected = {draft.corrects for draft in rows.ready if draft.corrects}
    if "suppliers" not in preset.create_missing:
        suppliers -= set(Supplier.objects.filter(code__in=suppliers).values_list("code", flat=True))
    else:
        suppliers = set()
    if "products" not in preset.create_missing:
        skus -= set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))
    else:
        skus = set()
    known = DeliveryFact.objects.filter(source=preset.source, key__in=corrected).values_list("key", flat=True)
    corrected -= {*known, *(draft.key for draft in rows.ready)} if corrected else set()
    found: dict[int, list[RowRefusal]] = {}
    for number, (draft, place) in enumerate(zip(rows.ready, rows.places, strict=True)):
        missing = {
            "supplier_code": draft.supplier_code in suppliers,
            "sku": draft.sku in skus,
            "corrects": draft.corrects in corrected,
        }
        if any(missing.values()):
            found[number] = [_missing(name, draft, place, preset) for name, is_so in missing.items() if is_so]
    return found


def _missing(name: str, draft: DeliveryDraft, place: Place, preset: DeliveryPreset) -> RowRefusal:
    sentences: Mapping[str, str] = {
        "supplier_code": _("There is no supplier “%(code)s”. Add it, or let the preset create suppliers."),
        "sku": _("There is no product “%(code)s”. Add it, or let the preset create products."),
        "corrects": _("No delivery of this source has the key “%(code)s”, so it cannot be corrected."),
    }
    columns = preset.delivery.columns
    column = columns.get(name) or columns.get("supplier_name", name)
    return RowRefusal(place.file, place.row, column, sentences[name] % {"code": shown(getattr(draft, name))})


def _ensure(rows: _Rows, preset: DeliveryPreset) -> None:
    """Create the suppliers and products of the good rows, as far as the preset lets them be created."""
    if "suppliers" in preset.create_missing:
        directory.ensure(names={draft.supplier_code: rows.names[draft.supplier_code] for draft in rows.ready})
    if "products" in preset.create_missing:
        catalog.ensure(names={draft.sku: rows.products[draft.sku] for draft in rows.ready if draft.sku})


def _standing(rows: _Rows, recorded: Recorded, preset: DeliveryPreset) -> list[RowRefusal]:
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
        found.append(RowRefusal(place.file, place.row, preset.delivery.key, reason % {"key": shown(key)}))
    return sorted(found, key=lambda one: (one.file, one.row))


def _report(rows: _Rows, recorded: Recorded, *, dry_run: bool) -> DeliveryReport:
    return DeliveryReport(
        rows=rows.rows,
        created=recorded.created,
        unchanged=recorded.unchanged,
        refused=rows.refused + len(recorded.refused),
        refusals=tuple(rows.refusals[:REPORTED_REFUSALS]),
        warnings=tuple(rows.warnings[:REPORTED_REFUSALS]),
        unknown=tuple(rows.unknown),
        dry_run=dry_run,
    )
