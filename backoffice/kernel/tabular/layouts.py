"""The part of a preset (TOML) that says how an export is written; a Refusal names the key to correct."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, TypedDict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from backoffice.kernel import times
from backoffice.kernel.errors import Refusal
from backoffice.kernel.tabular import toml_values
from backoffice.kernel.tabular.rules import FileSpec, Join, Section

ENCODINGS = ("auto", "utf-8", "utf-16", "gb18030", "windows-1250")
SEPARATORS = {"auto": "auto", ",": ",", ";": ";", "tab": "\t", "\t": "\t", "|": "|"}
MAX_PRESET_BYTES = 200_000
MAX_QUANTITY = 99_999_999
# The tables of every preset that this module reads; a room adds those of its records.
TOP = frozenset(["title", "format", "files", "joins", "create_missing"])

_FORMAT = frozenset(["encoding", "separator", "dates", "zone", "decimal", "thousands", "largest_quantity"])
_FILE = frozenset(["path", "optional", "encoding", "separator"])
_JOIN = frozenset(["from", "column", "file", "key"])
_SECTION = frozenset(["file", "key", "columns", "constants", "templates", "skip_when_blank"])
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class Written(TypedDict):
    """The fields of a Layout but for its name."""

    files: tuple[FileSpec, ...]
    joins: tuple[Join, ...]
    dates: tuple[str, ...]
    zone: str
    point: str
    group: str
    largest_quantity: int


def load(name: str, *, folder: Path) -> tuple[str, str]:
    """Return (name, text) of the preset called name in folder, or of the .toml file that name points to.

    Raises Refusal (preset.unknown, preset.large, preset.unreadable).
    """
    path = Path(name) if name.endswith(".toml") else _shipped(name, folder)
    try:
        if path.stat().st_size > MAX_PRESET_BYTES:
            raise Refusal(
                "preset.large", _("%(file)s is too large for a preset. Choose a preset file.") % {"file": path.name}
            )
        return path.stem, path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise Refusal(
            "preset.unreadable", _("There is no readable preset file %(file)s. Check the path.") % {"file": path.name}
        ) from None


def parse(text: str, *, tables: Iterable[str]) -> Mapping[str, Any]:
    """Read TOML whose tables are those of TOP and these. Raises Refusal (preset.syntax, preset.unknown_key)."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refusal("preset.syntax", _("The preset is not correct TOML: %(detail)s.") % {"detail": error}) from None
    toml_values.only(data, TOP.union(tables), "")
    return data


def written(data: Mapping[str, Any]) -> Written:
    """Read [format], [files] and [[joins]]. Raises Refusal (preset.*)."""
    form = toml_values.subtable(data, "format", "")
    toml_values.only(form, _FORMAT, "format.")
    files = _files(toml_values.subtable(data, "files", "", wanted=True), form)
    return Written(
        files=files,
        joins=_joins(data.get("joins", []), frozenset(spec.name for spec in files)),
        dates=_dates(form),
        zone=_zone(form),
        point=toml_values.choice(form, "decimal", "format.", (".", ","), "."),
        group=toml_values.choice(form, "thousands", "format.", ("", ".", ",", " ", "'"), ""),
        largest_quantity=toml_values.whole(form, "largest_quantity", "format.", default=999_999, limit=MAX_QUANTITY),
    )


def section(
    data: Mapping[str, Any], key: str, fields: frozenset[str], files: Collection[str], *, main: Section | None
) -> Section:
    """Read one kind of record. main: the section whose file and key it takes where it names none; None for itself."""
    table = toml_values.subtable(data, key, "", wanted=main is None)
    prefix = f"{key}."
    toml_values.only(table, _SECTION, prefix)
    found = Section(
        file=toml_values.text(table, "file", prefix, main.file if main else None),
        key=toml_values.text(table, "key", prefix, main.key if main else None),
        columns=toml_values.texts(table, "columns", prefix),
        constants=toml_values.texts(table, "constants", prefix),
        templates=toml_values.texts(table, "templates", prefix),
        skip_when_blank=toml_values.text(table, "skip_when_blank", prefix, ""),
    )
    if found.file not in files:
        toml_values.refuse(prefix + "file", _("it names no file of [files]."))
    _check_fields(found, fields, prefix)
    return found


def creatable(data: Mapping[str, Any], allowed: Collection[str]) -> frozenset[str]:
    """Read which kinds of thing may be created because a row names them."""
    words = toml_values.words(data, "create_missing", "", default=())
    for word in words:
        if word not in allowed:
            toml_values.refuse("create_missing", _("use any of %(allowed)s.") % {"allowed": ", ".join(sorted(allowed))})
    return frozenset(words)


def want(prefix: str, section: Section, fields: Iterable[str]) -> None:
    """Raise Refusal (preset.missing_key) unless the section fills every one of these fields."""
    for field in fields:
        if not section.fills(field):
            key = f"{prefix}.columns.{field}"
            raise Refusal("preset.missing_key", _("The preset has no “%(key)s”. Add it.") % {"key": key}, key)


def placeholders(template: str) -> list[str]:
    """Return the columns that a template quotes."""
    return _PLACEHOLDER.findall(template)


def filled(template: str, values: Mapping[str, str]) -> str:
    """Put the values in the template's places."""
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], template)


def _shipped(name: str, folder: Path) -> Path:
    path = folder / f"{name}.toml"
    if not _NAME.fullmatch(name) or not path.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.toml")))
        raise Refusal(
            "preset.unknown",
            _("There is no preset called “%(name)s”. Use one of: %(known)s, or the path of a .toml file.")
            % {"name": name[:40], "known": known},
        )
    return path


def _dates(form: Mapping[str, Any]) -> tuple[str, ...]:
    formats = toml_values.words(form, "dates", "format.", default=(times.ISO,))
    for pattern in formats:
        if not times.is_format(pattern):
            toml_values.refuse("format.dates", _("use “iso” or a pattern with day, month and year, such as %d.%m.%Y."))
    if not formats:
        toml_values.refuse("format.dates", _("name at least one form, such as “iso”."))
    return formats


def _zone(form: Mapping[str, Any]) -> str:
    zone = toml_values.text(form, "zone", "format.", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        toml_values.refuse("format.zone", _("use a time zone name such as UTC or Europe/Warsaw."))
    return zone


def _files(table: Mapping[str, Any], form: Mapping[str, Any]) -> tuple[FileSpec, ...]:
    encoding = toml_values.choice(form, "encoding", "format.", ENCODINGS, "auto")
    separator = toml_values.choice(form, "separator", "format.", SEPARATORS, "auto")
    return tuple(_file(name, toml_values.subtable(table, name, "files."), encoding, separator) for name in table)


def _file(name: str, table: Mapping[str, Any], encoding: str, separator: str) -> FileSpec:
    prefix = f"files.{name}."
    toml_values.only(table, _FILE, prefix)
    pattern = toml_values.text(table, "path", prefix)
    if not pattern or set(pattern) & set("/\\\0") or "**" in pattern or pattern.startswith("."):
        toml_values.refuse(prefix + "path", _("write a file name or a pattern such as orders-*.csv, without folders."))
    optional = table.get("optional", False)
    if not isinstance(optional, bool):
        toml_values.refuse(prefix + "optional", _("write true or false."))
    return FileSpec(
        name=name,
        pattern=pattern,
        optional=optional,
        encoding=toml_values.choice(table, "encoding", prefix, ENCODINGS, encoding),
        separator=SEPARATORS[toml_values.choice(table, "separator", prefix, SEPARATORS, separator)],
    )


def _check_fields(section: Section, fields: frozenset[str], prefix: str) -> None:
    seen: set[str] = set()
    for kind in ("columns", "constants", "templates"):
        table: Mapping[str, str] = getattr(section, kind)
        toml_values.only(table, fields, f"{prefix}{kind}.")
        for name in table:
            if name in seen:
                toml_values.refuse(
                    f"{prefix}{kind}.{name}", _("the field is filled twice; keep one of columns, constants, templates.")
                )
            seen.add(name)
    for name, template in section.templates.items():
        if "{" in _PLACEHOLDER.sub("", template) or "}" in _PLACEHOLDER.sub("", template):
            toml_values.refuse(f"{prefix}templates.{name}", _("write each placeholder as {column}."))


def _joins(value: object, files: frozenset[str]) -> tuple[Join, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        toml_values.refuse("joins", _("write each join as a [[joins]] table."))
    joins: list[Join] = []
    for number, entry in enumerate(value, start=1):
        prefix = f"joins[{number}]."
        toml_values.only(entry, _JOIN, prefix)
        join = Join(*(toml_values.text(entry, key, prefix) for key in ("from", "column", "file", "key")))
        for key, name in (("from", join.source), ("file", join.file)):
            if name not in files:
                toml_values.refuse(prefix + key, _("it names no file of [files]."))
        joins.append(join)
    return tuple(joins)
