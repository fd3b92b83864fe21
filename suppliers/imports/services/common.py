"""What all writes of imports share: one at a time, and what was found of rows goes back in few statements."""

import json
from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal, Stale
from suppliers.imports import selectors
from suppliers.imports.models import ImportSession
from suppliers.imports.reading import Read
from suppliers.imports.rules import RowState, SessionState

CHUNK = 5_000
_WRITE = """
UPDATE suppliers_importrow r SET state = g.state, problems = g.problems, key = g.key
FROM jsonb_to_recordset(%s::jsonb) AS g(id bigint, state text, problems jsonb, key text)
WHERE r.id = g.id AND (r.state, r.problems, r.key) IS DISTINCT FROM (g.state, g.problems, g.key)
"""


def subject(session_id: int) -> str:
    """Under which the log tells of an import."""
    return f"import:{session_id}"


def hold(session_id: int, *states: SessionState, version: int | None = None) -> ImportSession:
    """The session, held until the transaction ends.

    Raises Refusal (import.state) when it is further than these states, Stale when it is not the version that was seen.
    """
    session = ImportSession.objects.select_for_update().get(pk=session_id)
    if session.state not in states:
        raise Refusal("import.state", _("This import is further by now. Open it again to see where it stands."))
    if version is not None and session.version != version:
        raise Stale("import.changed", _("Somebody changed this import meanwhile. Look at the numbers again."))
    return session


def write_back(reads: Sequence[Read]) -> None:
    """Keep what was found of each row."""
    with connection.cursor() as cursor:
        for start in range(0, len(reads), CHUNK):
            part = [
                {"id": one.row.pk, "state": one.state, "problems": one.problems, "key": one.key}
                for one in reads[start : start + CHUNK]
            ]
            cursor.execute(_WRITE, [json.dumps(part)])


def count(session: ImportSession) -> None:
    """Take the counts of the rows over to the session, as its next version; the caller saves it."""
    found = selectors.counts(session)
    session.new, session.changed = found.get(RowState.NEW, 0), found.get(RowState.CHANGED, 0)
    session.same = found.get(RowState.SAME, 0)
    session.refused = found.get(RowState.REFUSED, 0) + found.get(RowState.LEFT, 0)
    session.version += 1
