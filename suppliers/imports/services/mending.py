"""Rows are mended in place: what was typed is read again, and so is every row that was refused."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.text import one_line
from suppliers.directory import services as directory
from suppliers.imports import selectors
from suppliers.imports.models import ImportRow, ImportSession
from suppliers.imports.reading import Reading
from suppliers.imports.rules import LONGEST_CELL, RowState, SessionState
from suppliers.imports.services import common


@transaction.atomic
def mend_rows(
    *,
    session_id: int,
    cells: Mapping[int, Mapping[int, str]],
    everywhere: Collection[tuple[int, int]] = (),
    actor: User | None,
    now: datetime,
) -> ImportSession:
    """Write what was typed, by line and place of the column, and read the rows again.

    everywhere: lines and places whose old value is changed in every refused row that has it.
    Raises Refusal (supplier.role, import.state, import.row, text.*); nothing is changed then.
    """
    directory.require_editor(actor)
    session = common.hold(session_id, SessionState.ROWS)
    rows = list(session.file_rows.filter(state=RowState.REFUSED).order_by("line"))
    by_line = {row.line: row for row in rows}
    if cells.keys() - by_line.keys():
        raise Refusal("import.row", _("Somebody mended one of these rows meanwhile. These are the ones that are left."))
    wanted = _spread(cells, everywhere, rows)
    changed = [_typed(by_line[line], typed, len(session.header)) for line, typed in wanted.items()]
    ImportRow.objects.bulk_update(changed, ["cells", "wrong"], batch_size=500)
    read = Reading(session)
    reads = read.read(rows)
    but = [row.pk for row in rows]
    keys = [one.key for one in reads if one.draft is not None]
    before = read.read(selectors.rows_by_keys(session, keys, but=but))
    corrected = [one.draft.corrects for one in reads if getattr(one.draft, "corrects", "")]
    others = selectors.rows_by_keys(session, corrected, but=but).values_list("key", flat=True)
    read.judge(reads, before=before, keys=set(others) if corrected else set())
    common.write_back(reads)
    common.count(session)
    session.save()
    return session


def _spread(
    cells: Mapping[int, Mapping[int, str]], everywhere: Collection[tuple[int, int]], rows: Sequence[ImportRow]
) -> dict[int, dict[int, str]]:
    """What was typed, and the same for other rows with the value that was changed everywhere."""
    by_line = {row.line: row for row in rows}
    wanted = {line: dict(typed) for line, typed in cells.items()}
    for line, place in everywhere:
        text = cells.get(line, {}).get(place)
        if text is None or place >= len(by_line[line].cells):
            continue
        old = by_line[line].cells[place]
        for row in rows:
            own = wanted.get(row.line, {}).get(place, old)
            # Who typed something of their own at a row means that row.
            if own == old and not row.wrong and place < len(row.cells) and row.cells[place] == old:
                wanted.setdefault(row.line, {})[place] = text
    return wanted


def _typed(row: ImportRow, typed: Mapping[int, str], width: int) -> ImportRow:
    """The row with what was typed; a row of another width has the header's from now on."""
    kept = [*row.cells, *[""] * (width - len(row.cells))][:width]
    for place, text in typed.items():
        if not 0 <= place < width:
            raise Refusal("import.row", _("That column is not in the file. Open the page again."))
        kept[place] = one_line(text, limit=LONGEST_CELL)
    row.cells, row.wrong = kept, ""
    return row
