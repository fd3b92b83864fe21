"""Tables for spreadsheets: no cell is ever read as a formula, no text can turn the line around it."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

from backoffice.kernel.text import strip_bidi_controls

_LEADS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
BOM = "\ufeff"


def cell(value: Any) -> str:
    """One cell as text: what a spreadsheet would calculate gets an apostrophe in front; numbers stay numbers."""
    text = strip_bidi_controls("" if value is None else str(value)).replace("\x00", "")
    if _PLAIN_NUMBER.fullmatch(text) and not isinstance(value, str):
        return text
    return f"'{text}" if text.lstrip(" ").startswith(_LEADS) else text


def csv_response(*, name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A CSV file that is written while it is sent. name: without the ending, our own letters only."""
    response = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


class _Echo:
    """What csv.writer writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line


def _lines(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield BOM + str(writer.writerow(head))
    for row in rows:
        yield str(writer.writerow([cell(value) for value in row]))
