"""The tables of one export in memory, cut down to the columns that the preset uses, and how a column is looked up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.tabular import layouts, reading
from backoffice.kernel.tabular.rules import FileSpec, Join, Layout, Section
from backoffice.kernel.text import shown


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the file and line it came from, its wanted cells trimmed, and what is wrong with its shape."""

    file: str
    line: int
    cells: tuple[str, ...]
    wrong: str = ""


@dataclass(slots=True)
class Table:
    """The rows of one [files] entry, which may span several files on disk."""

    spec: FileSpec
    columns: tuple[str, ...]
    records: list[Record] = field(default_factory=list)

    def position(self, column: str) -> int:
        return self.columns.index(column)


Lookup = Callable[[Record], str]


def load(path: Path, layout: Layout, sections: Sequence[Section]) -> dict[str, Table]:
    """Check every file of the export, then read them. Raises Refusal (file.*): nothing was read by halves.

    path: the folder, or the one file of a preset that has a single file that must be there.
    sections: the kinds of record that are looked for; only the columns they name are kept.
    """
    _check_path(path)
    wanted = _wanted(layout, sections)
    if path.is_file() and len([name for name in wanted if not _spec(layout, name).optional]) != 1:
        raise Refusal("file.folder", _("This preset reads several files. Give the folder that holds them."))
    found = {name: reading.find(path, _spec(layout, name)) for name in wanted if _reads(path, layout, name)}
    sources = {
        name: [reading.inspect(file, _spec(layout, name), wanted=wanted[name]) for file in files]
        for name, files in found.items()
    }
    tables = {name: Table(_spec(layout, name), columns) for name, columns in wanted.items()}
    for name, parts in sources.items():
        for source in parts:
            _fill(tables[name], source)
    return tables


def _check_path(path: Path) -> None:
    label = shown(str(path), limit=120)
    try:
        found = path.is_dir() or path.is_file()
        if path.is_dir():
            next(path.iterdir(), None)  # a folder that may not be listed would look empty to a pattern
    except OSError as error:
        raise Refusal(
            "file.unreadable", _("%(path)s cannot be read: %(why)s.") % {"path": label, "why": error.strerror}
        ) from None
    if not found:
        raise Refusal("file.missing", _("There is no %(path)s. Check the path.") % {"path": label})


class Columns:
    """Finds the getter of a column, joined ones included, for the records of one file."""

    def __init__(self, layout: Layout, tables: Mapping[str, Table]) -> None:
        self._layout = layout
        self._tables = tables
        self._indexes: dict[tuple[str, str], dict[str, Record]] = {}

    def lookup(self, file: str, column: str) -> Lookup:
        target, plain = split(self._layout, file, column)
        if target == file:
            position = self._tables[file].position(plain)
            return lambda record: record.cells[position]
        steps = [self._step(join) for join in chain(self._layout, file, target, column)]
        position = self._tables[target].position(plain)

        def joined(record: Record) -> str:
            for step in steps:
                found = step(record)
                if found is None:
                    return ""
                record = found
            return record.cells[position]

        return joined

    def _step(self, join: Join) -> Callable[[Record], Record | None]:
        position = self._tables[join.source].position(join.column)
        index, optional = self._index(join.file, join.key), self._tables[join.file].spec.optional

        def step(record: Record) -> Record | None:
            value = record.cells[position]
            found = index.get(value)
            if found is None and value and not optional:
                raise Refusal(
                    "row.join",
                    _("%(file)s has no row where %(key)s is “%(value)s”. Add it there.")
                    % {"file": self._tables[join.file].spec.pattern, "key": join.key, "value": shown(value)},
                )
            return found

        return step

    def _index(self, file: str, key: str) -> dict[str, Record]:
        if (file, key) not in self._indexes:
            position = self._tables[file].position(key)
            sound = [record for record in self._tables[file].records if not record.wrong]
            # The first of several rows with one key counts, as in any look-up table.
            self._indexes[file, key] = {record.cells[position]: record for record in reversed(sound)}
        return self._indexes[file, key]


def split(layout: Layout, file: str, column: str) -> tuple[str, str]:
    """Tell which file a column belongs to: "customers.state" is joined, anything else is the file's own."""
    prefix, dot, plain = column.partition(".")
    return (prefix, plain) if dot and any(spec.name == prefix for spec in layout.files) else (file, column)


def chain(layout: Layout, file: str, target: str, column: str) -> list[Join]:
    """Return the joins that lead from file to target. Raises Refusal (layout.join) when none do."""
    paths: list[list[Join]] = [[join] for join in layout.joins if join.source == file]
    for path in paths:  # grows while it is walked: breadth first, each join once
        if path[-1].file == target:
            return path
        used = {id(join) for known in paths for join in known}
        paths.extend([*path, join] for join in layout.joins if join.source == path[-1].file and id(join) not in used)
    raise Refusal(
        "layout.join", _("No [[joins]] lead to the column “%(column)s”. Add one.") % {"column": column}, column
    )


def _wanted(layout: Layout, sections: Sequence[Section]) -> dict[str, tuple[str, ...]]:
    """Return the columns that each file must have, in a fixed order."""
    wanted: dict[str, dict[str, None]] = {}

    def want(file: str, column: str) -> None:
        target, plain = split(layout, file, column)
        wanted.setdefault(target, {})[plain] = None
        for join in chain(layout, file, target, column) if target != file else ():
            wanted.setdefault(join.source, {})[join.column] = None
            wanted.setdefault(join.file, {})[join.key] = None

    for section in sections:
        for column in section_columns(section):
            want(section.file, column)
    return {file: tuple(columns) for file, columns in wanted.items()}


def section_columns(section: Section) -> list[str]:
    """Return every column that a section mentions, its key first."""
    named = [section.key, *section.columns.values()]
    for template in section.templates.values():
        named.extend(layouts.placeholders(template))
    return [*named, section.skip_when_blank] if section.skip_when_blank else named


def _spec(layout: Layout, name: str) -> FileSpec:
    return next(spec for spec in layout.files if spec.name == name)


def _reads(path: Path, layout: Layout, name: str) -> bool:
    return not (path.is_file() and _spec(layout, name).optional)


def _fill(table: Table, source: reading.Source) -> None:
    positions = [source.header.index(column) for column in table.columns]
    last = max(positions)
    append = table.records.append
    for row in reading.rows(source):
        cells = row.cells if len(row.cells) > last else [*row.cells, *[""] * (last + 1 - len(row.cells))]
        append(Record(source.label, row.line, tuple([cells[position].strip() for position in positions]), row.wrong))
