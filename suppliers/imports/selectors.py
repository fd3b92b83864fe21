"""Reads of imports: the list, one import's rows, and what its columns show of themselves."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet

from backoffice.kernel import keyset
from backoffice.kernel.keyset import Cursor, Page
from backoffice.kernel.models import User
from suppliers.imports.models import ImportRow, ImportSession
from suppliers.imports.rules import CONSTANT, SHOWN_ERRORS, DateShapes, RowState, SessionState

SAMPLE_ROWS = 5
DISTINCT_AMOUNTS = 2_000
_SHAPES = """
SELECT count(*) FILTER (WHERE first > 12 AND second <= 12), count(*) FILTER (WHERE second > 12 AND first <= 12),
    count(*) FILTER (WHERE first <= 12 AND second <= 12 AND first <> second)
FROM (
    SELECT parts[1]::int AS first, parts[2]::int AS second
    FROM suppliers_importrow r, unnest(%(places)s::int[]) AS place,
        regexp_match(r.cells->>place, '^([0-9]{1,2})[./-]([0-9]{1,2})[./-](?:[0-9]{4}|[0-9]{2})(?:[ T].*)?$') AS parts
    WHERE r.session_id = %(session)s AND parts IS NOT NULL
) dates
"""
_AMOUNTS = """
SELECT DISTINCT r.cells->>place FROM suppliers_importrow r, unnest(%(places)s::int[]) AS place
WHERE r.session_id = %(session)s AND r.cells->>place ~ '[0-9]' LIMIT %(limit)s
"""
_OFTEN = """
SELECT place, value, count(*) FROM (
    SELECT DISTINCT r.id, (problem->>0)::int AS place, r.cells->>((problem->>0)::int) AS value
    FROM suppliers_importrow r, jsonb_array_elements(r.problems) AS problem
    WHERE r.session_id = %s AND r.state = 'refused') wrong
WHERE place >= 0 AND value IS NOT NULL GROUP BY place, value HAVING count(*) > 1 ORDER BY count(*) DESC, value LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class Remembered:
    """How this person read the last file of a kind. columns: field -> name of the column, or = and a word."""

    source: str
    columns: Mapping[str, str]
    options: Mapping[str, object]


def past(*, cursor: Cursor | None) -> Page[ImportSession]:
    """Imports, newest first, but for those that were dropped."""
    rows = ImportSession.objects.exclude(state=SessionState.DROPPED).defer("before", "header", "mapping", "notes")
    return keyset.page(rows.select_related("started_by"), cursor=cursor)


def remembered(user: User, kind: str) -> Remembered | None:
    """What this person chose for the newest file of the kind whose columns were named."""
    rows = ImportSession.objects.filter(kind=kind, started_by=user).exclude(mapping={})
    session = rows.only("source", "header", "mapping", "options").order_by("-id").first()
    if session is None:
        return None
    columns = {
        field: place if place.startswith(CONSTANT) else session.header[int(place)]
        for field, place in session.mapping.items()
    }
    return Remembered(session.source, columns, session.options)


def sample(session: ImportSession) -> list[ImportRow]:
    """The first rows of the file."""
    return list(session.file_rows.order_by("line")[:SAMPLE_ROWS])


def date_shapes(session: ImportSession, places: Collection[int]) -> DateShapes:
    """Count how the dates of these columns can be read. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_SHAPES, {"places": sorted(places), "session": session.pk})
        return DateShapes(*cursor.fetchone())


def amounts(session: ImportSession, places: Collection[int]) -> list[str]:
    """Different texts of these columns that hold digits, as many as are looked at."""
    parameters: dict[str, Any] = {"places": sorted(places), "session": session.pk, "limit": DISTINCT_AMOUNTS}
    with connection.cursor() as cursor:
        cursor.execute(_AMOUNTS, parameters)
        return [row[0] for row in cursor.fetchall()]


def counts(session: ImportSession) -> dict[str, int]:
    """How many rows are in each state. One query."""
    rows = session.file_rows.order_by().values_list("state").annotate(n=Count("id"))
    return dict(rows)


def refused_rows(session: ImportSession, *, after: int = 0) -> tuple[list[ImportRow], bool]:
    """The next refused rows behind this line, and whether more follow."""
    rows = session.file_rows.filter(state=RowState.REFUSED, line__gt=after).order_by("line")
    found = list(rows[: SHOWN_ERRORS + 1])
    return found[:SHOWN_ERRORS], len(found) > SHOWN_ERRORS


def often(session: ImportSession) -> dict[tuple[int, str], int]:
    """How many refused rows share a value that is wrong: by the place of the column and the value, most often first."""
    with connection.cursor() as cursor:
        cursor.execute(_OFTEN, [session.pk])
        return {(place, value): n for place, value, n in cursor.fetchall()}


def every_problem(session: ImportSession) -> Iterator[tuple[int, str, str, str]]:
    """The row, the column, the value and the reason of everything that is wrong."""
    rows = session.file_rows.filter(state=RowState.REFUSED).order_by("line")
    for line, cells, problems in rows.values_list("line", "cells", "problems").iterator(chunk_size=2_000):
        for place, reason in problems:
            named = 0 <= place < len(session.header)
            value = cells[place] if named and place < len(cells) else ""
            yield line, session.header[place] if named else "", value, reason


def rows_by_keys(session: ImportSession, keys: Sequence[str], *, but: Collection[int]) -> QuerySet[ImportRow]:
    """The good rows that are known by one of these keys, without some."""
    rows = session.file_rows.filter(key__in=keys).exclude(state=RowState.REFUSED)
    return rows.exclude(pk__in=but).order_by("line")
