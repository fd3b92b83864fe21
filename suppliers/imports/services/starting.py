"""A file comes in: capped before it is read, read once, and kept row by row."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.tabular import reading
from backoffice.kernel.tabular.rules import FileSpec
from backoffice.kernel.text import one_line, shown, strip_bidi_controls
from suppliers.directory import services as directory
from suppliers.imports.kinds import IMPORTERS
from suppliers.imports.models import FILE_NAME_LIMIT, ImportSession
from suppliers.imports.rules import LONGEST_CELL, MOST_BYTES, MOST_COLUMNS, MOST_ROWS, RowState, unique_header
from suppliers.imports.services import common, ending

_COPY = "COPY suppliers_importrow (session_id, line, cells, wrong, state, problems, key, made) FROM STDIN"


@transaction.atomic
def start_import(
    *,
    kind: str,
    source: str,
    path: Path,
    file_name: str,
    encoding: str = "auto",
    separator: str = "auto",
    actor: User | None,
    now: datetime,
) -> ImportSession:
    """Keep the rows of the file at path, which a person calls file_name; nothing is recorded yet. Old rows go.

    Raises Refusal (supplier.role, import.source, file.*); nothing is kept then.
    """
    directory.require_editor(actor)
    importer = IMPORTERS[kind]
    source = one_line(source, limit=importer.source_limit)
    if not source:
        raise Refusal("import.source", _("Say where the rows come from, such as erp or warehouse."), "source")
    name = shown(strip_bidi_controls(file_name), limit=FILE_NAME_LIMIT - 1)
    found = _inspected(path, FileSpec("file", "*", encoding=encoding, separator=separator), name, importer.most_rows)
    ending.forget_old(now=now)
    session = ImportSession.objects.create(
        kind=kind,
        source=source,
        file_name=name,
        encoding=found.encoding,
        separator=found.separator,
        header=unique_header([shown(one, limit=100) for one in found.header], nameless=_("Column {n}")),
        rows=found.rows,
        started_at=now,
        started_by=actor,
    )
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in _rows(found):
            copy.write_row((session.pk, *row))
    audit.record(
        actor=actor, verb="import.start", subject=common.subject(session.pk), now=now, kind=kind, source=source,
        rows=found.rows,
    )  # fmt: skip
    return session


def _inspected(path: Path, spec: FileSpec, name: str, most_rows: int | None) -> reading.Source:
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise Refusal(
            "file.large",
            _("%(file)s has %(size).1f MB, and %(limit)d MB are read at once. Split it.")
            % {"file": name, "size": size / (1 << 20), "limit": MOST_BYTES >> 20},
            "file",
        )
    try:
        found = reading.inspect(path, spec, wanted=(), name=name, most_rows=min(MOST_ROWS, most_rows or MOST_ROWS))
    except Refusal as refusal:
        raise _on_page(refusal, name) from refusal
    if len(found.header) > MOST_COLUMNS:
        raise Refusal(
            "file.wide",
            _("%(file)s has %(count)d columns, and %(limit)d are read. Check the separator, or delete some.")
            % {"file": name, "count": len(found.header), "limit": MOST_COLUMNS},
            "file",
        )
    if not found.rows:
        raise Refusal(
            "file.no_rows",
            _("%(file)s has a header and no rows below it. Export it with its rows.") % {"file": name},
            "file",
        )
    return found


def _on_page(refusal: Refusal, name: str) -> Refusal:
    """The same no, where the fix stands on the page."""
    if refusal.code != "file.encoding":
        return Refusal(refusal.code, refusal.message, "file")
    sentence = _("The encoding of %(file)s cannot be told. Choose it here, or save the file as UTF-8.")
    return Refusal(refusal.code, sentence % {"file": name}, "encoding")


def _rows(found: reading.Source) -> Iterator[tuple[int, str, str, str, str, str, str]]:
    for row in reading.rows(found):
        cells = [cell.strip() for cell in row.cells]
        if max(map(len, cells)) > LONGEST_CELL:
            raise Refusal(
                "file.field",
                _("%(file)s has a value of more than %(limit)d characters in line %(line)d. Shorten it.")
                % {"file": found.label, "limit": LONGEST_CELL, "line": row.line},
                "file",
            )
        yield row.line, json.dumps(cells), row.wrong, RowState.UNREAD, "[]", "", ""
