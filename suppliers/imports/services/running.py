"""The good rows are recorded, all in one transaction."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.directory import services as directory
from suppliers.imports.models import ImportSession
from suppliers.imports.reading import Read, Reading
from suppliers.imports.rules import RowState, SessionState
from suppliers.imports.services import common
from suppliers.performance import references

_MADE = """
UPDATE suppliers_importrow r SET made = g.made FROM unnest(%(ids)s::bigint[], %(made)s::text[]) AS g(id, made)
WHERE r.id = g.id
"""


@transaction.atomic
def run_import(
    *, session_id: int, version: int, with_changes: bool, actor: User | None, now: datetime
) -> ImportSession:
    """Record the rows that are new, and those that differ from what is recorded when with_changes.

    version: of the summary that the person saw.
    Raises Refusal (supplier.role, import.state, import.nothing) and Stale; nothing is recorded then.
    """
    directory.require_editor(actor)
    session = common.hold(session_id, SessionState.ROWS, version=version)
    read = Reading(session)
    # Those that a set takes the place of stay in it, so that they are recorded with the others.
    states = {RowState.NEW, RowState.CHANGED} | ({RowState.SAME} if read.importer.whole else set())
    rows = session.file_rows.filter(state__in=states).order_by("line")
    reads = read.read(rows)
    read.judge(reads)
    wanted = [one for one in reads if _is_wanted(one, with_changes=with_changes, whole=read.importer.whole)]
    if not wanted:
        raise Refusal("import.nothing", _("No row is left to import. Mend some rows, or bring another file."))
    drafts = [one.draft for one in wanted]
    session.before = read.importer.before(source=session.source)
    references.ensure(drafts, create=read.create, names=read.reader.names, products=read.reader.products)
    outcome = read.importer.record(drafts, source=session.source, actor=actor, now=now)
    for place, reason in outcome.refused.items():
        wanted[place].refuse(-1, reason)
    common.write_back(reads)
    _keep_made({wanted[place].row.pk: made for place, made in outcome.made.items()})
    session.state, session.imported_at, session.imported_by = SessionState.DONE, now, actor
    common.count(session)
    session.save()
    counts = {name: getattr(session, name) for name in ("rows", "new", "changed", "same", "refused")}
    audit.record(
        actor=actor, verb="import.run", subject=common.subject(session.pk), now=now, kind=session.kind,
        source=session.source, **counts,
    )  # fmt: skip
    return session


def _is_wanted(one: Read, *, with_changes: bool, whole: bool) -> bool:
    """Whether the row is recorded; a change that is not wanted is left out."""
    if one.state is RowState.CHANGED and not with_changes:
        one.state = RowState.LEFT
        return False
    return one.state in (RowState.NEW, RowState.CHANGED) or (whole and one.state is RowState.SAME)


def _keep_made(made: dict[int, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MADE, {"ids": list(made), "made": list(made.values())})
