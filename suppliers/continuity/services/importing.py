"""Importing what hangs on suppliers: the good rows of a file take the place of all that their source told before."""

from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.tabular import tables
from backoffice.kernel.tabular.rules import REPORTED_REFUSALS, RowRefusal
from backoffice.kernel.tabular.tables import Columns, Record
from suppliers.continuity import comparing
from suppliers.continuity.cells import ExposureReader
from suppliers.continuity.rules.switches import ExposureDraft
from suppliers.continuity.services.exposures import record_exposure
from suppliers.performance import references
from suppliers.performance.chains import Verdict
from suppliers.performance.rules.imports import FactPreset, FactReport

Good = list[tuple[ExposureDraft, Record]]


def import_exposures(
    *, actor: User | None, path: Path, preset: FactPreset, now: datetime, dry_run: bool = False
) -> FactReport:
    """Import the export at path: the good rows all or none, the others refused with reasons.

    created: rows that are new or differ from what the source told before; unchanged: the others.
    Raises Refusal when nothing can be taken; then everything stays as it was.
    """
    loaded = tables.load(path, preset, [preset.section])
    records = loaded[preset.section.file].records
    if not records:
        raise Refusal("file.no_rows", _("There are no rows below the header. Export them again with their rows."))
    reader = ExposureReader(preset, Columns(preset, loaded))
    good, refusals = _read(records, reader, preset)
    if not good:
        raise Refusal("exposure.none", _("No row can be taken, so what the source told before stays. Mend the rows."))
    drafts = [draft for draft, _record in good]
    with transaction.atomic():
        references.ensure(drafts, create=preset.create_missing, names=reader.names, products=reader.products)
        same = sum(one.verdict is Verdict.SAME for one in comparing.compare(drafts, source=preset.source))
        record_exposure(source=preset.source, drafts=drafts, actor=actor, now=now)
        if dry_run:
            transaction.set_rollback(True)
    return FactReport(
        rows=len(records),
        created=len(good) - same,
        unchanged=same,
        refused=len(records) - len(good),
        refusals=tuple(refusals[:REPORTED_REFUSALS]),
        dry_run=dry_run,
    )


def _read(records: list[Record], reader: ExposureReader, preset: FactPreset) -> tuple[Good, list[RowRefusal]]:
    refusals: list[RowRefusal] = []
    good: Good = []
    seen: dict[str, int] = {}
    for record in records:
        problems = [RowRefusal(record.file, record.line, "", record.wrong)] if record.wrong else []
        draft = None if problems else reader.read(record, problems)
        if draft is not None:
            earlier = seen.setdefault(comparing.key_of(draft), record.line)
            if earlier != record.line:
                reason = _("This supplier has the product on row %(row)d already. Add the two rows up.")
                problems.append(_note(record, preset, "sku", reason % {"row": earlier}))
        refusals.extend(problems)
        if draft is not None and not problems:
            good.append((draft, record))
    absent = comparing.missing([draft for draft, _record in good], create=preset.create_missing)
    for place, reasons in absent.items():
        refusals.extend(_note(good[place][1], preset, name, reason) for name, reason in reasons)
    return [one for place, one in enumerate(good) if place not in absent], refusals


def _note(record: Record, preset: FactPreset, name: str, reason: str) -> RowRefusal:
    columns = preset.section.columns
    return RowRefusal(record.file, record.line, columns.get(name) or columns.get("supplier_name", name), reason)
