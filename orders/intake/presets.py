"""A preset as text (TOML) becomes a Preset, or a Refusal that names the key to correct."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from backoffice.kernel import times
from backoffice.kernel.errors import Refusal
from orders.intake import toml_values
from orders.intake.rules import (
    CONTACT_FIELDS,
    CREATABLE,
    LINE_FIELDS,
    ORDER_FIELDS,
    PARCEL_FIELDS,
    FileSpec,
    Join,
    Preset,
    Section,
)
from orders.sales.rules import OrderState

ENCODINGS = ("auto", "utf-8", "utf-16", "gb18030", "windows-1250")
SEPARATORS = {"auto": "auto", ",": ",", ";": ";", "tab": "\t", "\t": "\t", "|": "|"}
MAX_PRESET_BYTES = 200_000
MAX_QUANTITY = 99_999_999

_TOP = frozenset(
    ["title", "format", "files", "joins", "order", "contact", "line", "parcel", "states", "languages", "create_missing"]
)
_FORMAT = frozenset(["encoding", "separator", "dates", "zone", "decimal", "thousands", "largest_quantity"])
_FILE = frozenset(["path", "optional", "encoding", "separator"])
_JOIN = frozenset(["from", "column", "file", "key"])
_SECTION = frozenset(["file", "key", "columns", "constants", "templates", "skip_when_blank"])
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def load(name: str, *, folder: Path) -> Preset:
    """Read the preset called name from folder, or from the .toml file that name points to.

    Raises Refusal (preset.*), field = the key concerned.
    """
    path = Path(name) if name.endswith(".toml") else _shipped(name, folder)
    try:
        if path.stat().st_size > MAX_PRESET_BYTES:
            raise Refusal(
                "preset.large", _("%(file)s is too large for a preset. Choose a preset file.") % {"file": path.name}
            )
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise Refusal(
            "preset.unreadable", _("There is no readable preset file %(file)s. Check the path.") % {"file": path.name}
        ) from None
    return parse(text, name=path.stem)


def parse(text: str, *, name: str) -> Preset:
    """Turn TOML into a Preset. Raises Refusal (preset.syntax, preset.unknown_key, preset.missing_key, preset.value)."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refusal("preset.syntax", _("The preset is not correct TOML: %(detail)s.") % {"detail": error}) from None
    toml_values.only(data, _TOP, "")
    form = toml_values.subtable(data, "format", "")
    toml_values.only(form, _FORMAT, "format.")
    files = _files(toml_values.subtable(data, "files", "", wanted=True), form)
    names = frozenset(spec.name for spec in files)
    order = _section(data, "order", ORDER_FIELDS | {"total_from"}, names, order=None)
    columns = dict(order.columns)
    constants = dict(order.constants)
    total_from = constants.pop("total_from", "column")
    order = Section(order.file, order.key, columns, constants, order.templates, order.skip_when_blank)
    preset = Preset(
        name=name,
        files=files,
        order=order,
        contact=_section(data, "contact", CONTACT_FIELDS, names, order=order),
        line=_section(data, "line", LINE_FIELDS, names, order=order) if "line" in data else None,
        parcel=_section(data, "parcel", PARCEL_FIELDS, names, order=order) if "parcel" in data else None,
        joins=_joins(data.get("joins", []), names),
        states=_states(toml_values.texts(data, "states", "")),
        languages=toml_values.texts(data, "languages", ""),
        dates=_dates(form),
        zone=_zone(form),
        point=toml_values.choice(form, "decimal", "format.", (".", ","), "."),
        group=toml_values.choice(form, "thousands", "format.", ("", ".", ",", " ", "'"), ""),
        largest_quantity=toml_values.whole(form, "largest_quantity", "format.", default=999_999, limit=MAX_QUANTITY),
        total_from=total_from,
        create_missing=_creatable(data),
    )
    _check_whole(preset)
    return preset


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


def _section(
    data: Mapping[str, Any], key: str, fields: frozenset[str], files: frozenset[str], *, order: Section | None
) -> Section:
    table = toml_values.subtable(data, key, "", wanted=key == "order")
    prefix = f"{key}."
    toml_values.only(table, _SECTION, prefix)
    section = Section(
        file=toml_values.text(table, "file", prefix, order.file if order else None),
        key=toml_values.text(table, "key", prefix, order.key if order else None),
        columns=toml_values.texts(table, "columns", prefix),
        constants=toml_values.texts(table, "constants", prefix),
        templates=toml_values.texts(table, "templates", prefix),
        skip_when_blank=toml_values.text(table, "skip_when_blank", prefix, ""),
    )
    if section.file not in files:
        toml_values.refuse(prefix + "file", _("it names no file of [files]."))
    _check_fields(section, fields, prefix)
    return section


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


def _states(table: Mapping[str, str]) -> Mapping[str, str]:
    allowed = [state.value for state in OrderState]
    for key, value in table.items():
        if value not in allowed:
            toml_values.refuse(f"states.{key}", _("use one of %(allowed)s.") % {"allowed": ", ".join(allowed)})
    return table


def _creatable(data: Mapping[str, Any]) -> frozenset[str]:
    words = toml_values.words(data, "create_missing", "", default=())
    for word in words:
        if word not in CREATABLE:
            toml_values.refuse(
                "create_missing", _("use any of %(allowed)s.") % {"allowed": ", ".join(sorted(CREATABLE))}
            )
    return frozenset(words)


def _check_whole(preset: Preset) -> None:
    wanted = ["external_id", "placed_at", "state", "currency"]
    if preset.total_from == "column":
        wanted.append("total")
    elif preset.total_from != "lines" or preset.line is None:
        toml_values.refuse("order.constants.total_from", _("use “column”, or “lines” with a [line] table."))
    checks = [("order", preset.order, wanted)]
    if preset.line:
        checks.append(("line", preset.line, ["sku", "quantity", "unit_price"]))
    if preset.parcel:
        checks.append(("parcel", preset.parcel, ["carrier_code"]))
    for name, section, fields in checks:
        for field in fields:
            if not section.fills(field):
                key = f"{name}.columns.{field}"
                raise Refusal("preset.missing_key", _("The preset has no “%(key)s”. Add it.") % {"key": key}, key)
