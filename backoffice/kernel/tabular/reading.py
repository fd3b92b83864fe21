"""Files become rows: caps first, then the format told or detected, then one row at a time with its line number.

Nothing here keeps a whole file in memory, opens an archive or guesses between two encodings that both fit.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.tabular.encodings import detect_encoding, refuse_foreign
from backoffice.kernel.tabular.rules import MAX_COLUMNS, MAX_FIELD, MAX_FILE_BYTES, MAX_ROWS, FileSpec
from backoffice.kernel.text import shown

_SEPARATORS = (",", ";", "\t", "|")
_LINE_LIMIT = 1_000_000
# The csv module's own cap on one field is never raised; a longer one ends the parsing there.


@dataclass(frozen=True, slots=True)
class Source:
    """One file that passed the checks: how to read it, and where each wanted column stands."""

    label: str
    path: Path
    encoding: str
    separator: str
    header: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Row:
    """One record. line: the physical line on which it begins. wrong: what is wrong with its shape, if anything."""

    line: int
    cells: Sequence[str]
    wrong: str = ""


def find(folder: Path, spec: FileSpec) -> list[Path]:
    """Return the files that the spec names, in order of name. Raises Refusal (file.missing) unless optional."""
    if folder.is_file():
        return [folder]
    found = sorted(path for path in folder.glob(spec.pattern) if path.is_file())
    if not found and not spec.optional:
        raise Refusal(
            "file.missing",
            _("There is no file %(pattern)s in the folder. Add it, or correct files.%(name)s.path in the preset.")
            % {"pattern": spec.pattern, "name": spec.name},
            spec.name,
        )
    return found


def inspect(path: Path, spec: FileSpec, *, wanted: Sequence[str], name: str = "", most_rows: int = MAX_ROWS) -> Source:
    """Check one file whole, without keeping it, and tell how it is written.

    wanted: the column names that must be in its header. name: what the person calls the file, by default its own name.
    Raises Refusal (file.*) naming the file, and the line where there is one.
    """
    label = shown(name or path.name, limit=80)
    try:
        return _inspect(path, spec, label, wanted, most_rows)
    except OSError as error:
        raise Refusal(
            "file.unreadable", _("%(file)s cannot be read: %(why)s.") % {"file": label, "why": error.strerror}
        ) from None
    except UnicodeDecodeError as error:
        raise Refusal(
            "file.encoding",
            _(
                "%(file)s is not written in %(encoding)s. "
                "Set the right encoding in the preset, or save the file as UTF-8."
            )
            % {"file": label, "encoding": error.encoding},
        ) from None


def rows(source: Source) -> Iterator[Row]:
    """Yield the records of an inspected file, the header left out, blank lines skipped."""
    width = len(source.header)
    with _opened(source.path, source.encoding) as stream:
        records = _records(stream, source.separator, source.label)
        next(records)
        for line, cells in records:
            if not any(cells):
                continue
            if len(cells) == width:
                yield Row(line, cells)
            else:
                wrong = _(
                    "The row has %(given)d columns and the header has %(wanted)d; "
                    "a separator or a quote is missing or extra. Correct the row."
                )
                yield Row(line, cells, wrong % {"given": len(cells), "wanted": width})


def _inspect(path: Path, spec: FileSpec, label: str, wanted: Sequence[str], most_rows: int) -> Source:
    size = path.stat().st_size
    if size == 0:
        raise Refusal("file.empty", _("%(file)s is empty. Export it again.") % {"file": label})
    if size > MAX_FILE_BYTES:
        raise Refusal(
            "file.large",
            _("%(file)s has %(size)d MB, and %(limit)d MB are read at once. Split it.")
            % {"file": label, "size": size >> 20, "limit": MAX_FILE_BYTES >> 20},
        )
    refuse_foreign(path, label)
    encoding = detect_encoding(path, spec.encoding, label)
    separator = _separator(path, encoding, spec.separator, label, wanted)
    with _opened(path, encoding) as stream:
        records = _records(stream, separator, label)
        header = _header(records, label, wanted)
        count = _count(records, label, most_rows)
    return Source(label, path, encoding, separator, header, count)


def _opened(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, newline="")


def _header(records: Iterator[tuple[int, list[str]]], label: str, wanted: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in next(records, (0, []))[1])
    if not any(names):
        raise Refusal(
            "file.no_header", _("%(file)s has no header line. Export it with column names.") % {"file": label}
        )
    missing = [name for name in wanted if name not in names]
    if missing:
        raise Refusal(
            "file.columns",
            _("%(file)s has no column %(missing)s. It has: %(present)s. Correct the export or the preset.")
            % {
                "file": label,
                "missing": ", ".join(f"“{name}”" for name in missing),
                "present": shown(", ".join(names), limit=300),
            },
            missing[0],
        )
    twice = [name for name in wanted if names.count(name) > 1]
    if twice:
        raise Refusal(
            "file.columns_twice",
            _("%(file)s has the column “%(name)s” twice. Rename one.") % {"file": label, "name": twice[0]},
            twice[0],
        )
    return names


def _count(records: Iterator[tuple[int, list[str]]], label: str, most: int) -> int:
    count = 0
    for _line, cells in records:
        if any(cells):
            count += 1
            if count > most:
                raise Refusal(
                    "file.rows",
                    _("%(file)s has more than %(limit)s rows. Split it.") % {"file": label, "limit": f"{most:,}"},
                )
    return count


def _records(stream: TextIO, separator: str, label: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (first physical line, cells); a shape that cannot be a table is refused with its line."""
    reader = csv.reader(_lines(stream, label), delimiter=separator, strict=True)
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _unsplittable(error, label, begins) from None
        _check_record(cells, label, begins)
        yield begins, cells
        begins = reader.line_num + 1


def _unsplittable(error: csv.Error, label: str, line: int) -> Refusal:
    if "field limit" in str(error):
        return _long_field(label, line)
    return Refusal(
        "file.quote",
        _(
            "%(file)s cannot be split into columns from line %(line)d on: "
            "a quote is opened and not closed, or stands inside a value. Correct that line."
        )
        % {"file": label, "line": line},
    )


def _long_field(label: str, line: int) -> Refusal:
    return Refusal(
        "file.field",
        _(
            "%(file)s has a value of more than %(limit)d characters in line %(line)d. "
            "Correct it; a closing quote may be missing there."
        )
        % {"file": label, "limit": MAX_FIELD, "line": line},
    )


def _check_record(cells: list[str], label: str, line: int) -> None:
    if len(cells) > MAX_COLUMNS:
        raise Refusal(
            "file.wide",
            _("%(file)s has %(count)d columns in line %(line)d, and %(limit)d are read. Check the separator.")
            % {"file": label, "count": len(cells), "line": line, "limit": MAX_COLUMNS},
        )
    if cells and len(max(cells, key=len)) > MAX_FIELD:
        raise _long_field(label, line)


def _lines(stream: TextIO, label: str) -> Iterator[str]:
    for number in range(1, 10 * MAX_ROWS):
        line = stream.readline(_LINE_LIMIT)
        if not line:
            return
        if len(line) >= _LINE_LIMIT:
            raise Refusal(
                "file.field",
                _("%(file)s has a line of over a million characters (line %(line)d). Check that it is a table.")
                % {"file": label, "line": number},
            )
        if "\0" in line:
            raise Refusal(
                "file.nul",
                _("%(file)s contains NUL bytes in line %(line)d, so it is damaged or not text. Export it again.")
                % {"file": label, "line": number},
            )
        yield line


def _separator(path: Path, encoding: str, declared: str, label: str, wanted: Sequence[str]) -> str:
    if declared != "auto":
        return declared
    with _opened(path, encoding) as stream:
        first = next(_lines(stream, label), "")
    candidates = [separator for separator in _SEPARATORS if separator in first]
    for separator in candidates if wanted else ():
        names = {name.strip() for name in next(csv.reader([first], delimiter=separator), [])}
        if names.issuperset(wanted):
            return separator
    return max(candidates, key=first.count, default=",")
