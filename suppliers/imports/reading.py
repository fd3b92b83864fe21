"""Rows of an import become drafts: read by the chosen columns, then held against each other and the ledger."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from backoffice.kernel.tabular.rules import FileSpec, RowRefusal, Section
from backoffice.kernel.tabular.tables import Columns, Record, Table
from backoffice.kernel.text import shown
from suppliers.imports.kinds import IMPORTERS, Importer
from suppliers.imports.models import ImportRow, ImportSession
from suppliers.imports.rules import CONSTANT, STYLES, Amounts, Dates, RowState, patterns
from suppliers.performance.chains import Verdict
from suppliers.performance.fact_cells import AnyReader
from suppliers.performance.rules.imports import FactPreset
from suppliers.performance.rules.kinds import Shape

FILE = "file"
_STATES = {
    Verdict.NEW: RowState.NEW,
    Verdict.CHANGED: RowState.CHANGED,
    Verdict.SAME: RowState.SAME,
    Verdict.TAKEN: RowState.REFUSED,
}


@dataclass(slots=True)
class Read:
    """One row as it was read. problems: the place of the column, or -1, and the reason, each."""

    row: ImportRow
    draft: Any = None
    key: str = ""
    problems: list[list[Any]] = field(default_factory=list)
    state: RowState = RowState.UNREAD

    def refuse(self, place: int, reason: str) -> None:
        self.problems.append([place, reason])
        self.state = RowState.REFUSED


class Reading:
    """Reads rows of one session. reader: what it met, such as unknown values and forms of dates."""

    def __init__(self, session: ImportSession) -> None:
        self.session = session
        self.importer: Importer = IMPORTERS[session.kind]
        preset = preset_of(session, self.importer)
        table = Table(preset.files[0], tuple(session.header))
        self.reader: AnyReader[Any] = self.importer.reader(preset, Columns(preset, {FILE: table}))
        self.create: Collection[str] = preset.create_missing
        self._places = {name: place for place, name in enumerate(session.header)}
        self._by_field: Mapping[str, str] = preset.section.columns

    def read(self, rows: Iterable[ImportRow]) -> list[Read]:
        """Read each row by itself."""
        return [self._one(row) for row in rows]

    def judge(self, reads: Sequence[Read], *, before: Sequence[Read] = (), keys: Collection[str] = ()) -> None:
        """Say of each row that could be read what it would do. before: good rows that came first.

        keys: of rows that are not among these, and may be what one of these corrects.
        """
        good = self._once([one for one in reads if one.draft is not None], before)
        # A row that is refused may be the one that another row corrects.
        while (left := self._with_references(good, keys)) != good:
            good = left
        compared = self.importer.compare([one.draft for one in good], source=self.session.source)
        for one, found in zip(good, compared, strict=True):
            one.state = _STATES[found.verdict]
            if found.reason:
                one.refuse(self._place(self.importer.key_field), found.reason)

    def _one(self, row: ImportRow) -> Read:
        found = Read(row)
        if row.wrong:
            found.refuse(-1, row.wrong)
            return found
        width = len(self.session.header)
        cells = (*row.cells, *[""] * (width - len(row.cells)))
        problems: list[RowRefusal] = []
        found.draft = self.reader.read(Record(FILE, row.line, cells), problems)
        for problem in problems:
            found.refuse(self._places.get(problem.column, -1), problem.reason)
        if found.draft is not None:
            found.key = self.importer.key_of(found.draft)
        return found

    def _once(self, reads: Sequence[Read], before: Sequence[Read]) -> list[Read]:
        """Those that are alone under their key; who tells the same again is counted, who tells otherwise refused."""
        seen = {one.key: one for one in before}
        alone = []
        for one in reads:
            earlier = seen.setdefault(one.key, one)
            if earlier is one:
                alone.append(one)
            elif earlier.draft == one.draft:
                one.state = RowState.SAME
            else:
                reason = _("“%(key)s” is already on row %(row)d with other values. Keep one.")
                one.refuse(
                    self._place(self.importer.key_field), reason % {"key": shown(one.key), "row": earlier.row.line}
                )
        return alone

    def _with_references(self, reads: list[Read], keys: Collection[str]) -> list[Read]:
        """Refuse what leads nowhere; returns the others."""
        drafts = [one.draft for one in reads]
        absent = self.importer.missing(drafts, source=self.session.source, create=self.create)
        for number, reasons in absent.items():
            for name, reason in reasons:
                if name != "corrects" or reads[number].draft.corrects not in keys:
                    reads[number].refuse(self._place(name), reason)
        return [one for one in reads if not one.problems]

    def _place(self, name: str) -> int:
        """Where the column of a field stands; that of the supplier's name for its code."""
        for field_name in (name, "supplier_name" if name == "supplier_code" else "supplier_code"):
            if column := self._by_field.get(field_name):
                return self._places[column]
        return -1


def preset_of(session: ImportSession, importer: Importer) -> FactPreset:
    """The choices of the session as a preset says them."""
    columns = {name: session.header[int(at)] for name, at in session.mapping.items() if not at.startswith(CONSTANT)}
    constants = {name: at.removeprefix(CONSTANT) for name, at in session.mapping.items() if at.startswith(CONSTANT)}
    fields = {name: column for name, column in columns.items() if name in {one.name for one in importer.columns}}
    options = session.options
    point, group = STYLES[Amounts(options["amounts"])]
    moments = any(column.shape is Shape.MOMENT for column in importer.columns)
    texts = tuple(options["unknown"])
    unknown = {one.name: texts for one in importer.columns if one.may_be_unknown and texts}
    return FactPreset(
        name="",
        files=(FileSpec(FILE, session.file_name),),
        dates=patterns(Dates(options["dates"]), moments=moments),
        zone=options["zone"],
        point=point,
        group=group,
        source=session.source,
        section=Section(FILE, columns[importer.key_field], columns=fields, constants=constants),
        unknown=unknown,
        any_case=True,
        create_missing=frozenset(options["create"]),
    )
