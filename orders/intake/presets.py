"""A preset as text (TOML) becomes a Preset, or a Refusal that names the key to correct."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Never
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
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
    _only(data, _TOP, "")
    form = _table(data, "format", "")
    _only(form, _FORMAT, "format.")
    files = _files(_table(data, "files", "", wanted=True), form)
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
        states=_states(_texts(data, "states", "")),
        languages=_texts(data, "languages", ""),
        dates=_words(form, "dates", "format.", default=("iso",)),
        zone=_zone(form),
        point=_choice(form, "decimal", "format.", (".", ","), "."),
        group=_choice(form, "thousands", "format.", ("", ".", ",", " ", "'"), ""),
        largest_quantity=_whole(form, "largest_quantity", "format.", 999_999),
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


def _refuse(key: str, fix: str) -> Never:
    raise Refusal("preset.value", _("The preset key “%(key)s” cannot be used: %(fix)s") % {"key": key, "fix": fix}, key)


def _only(table: Mapping[str, Any], known: Iterable[str], prefix: str) -> None:
    for key in table:
        if key not in known:
            raise Refusal(
                "preset.unknown_key",
                _("The preset has the unknown key “%(key)s”. Use: %(known)s.")
                % {"key": prefix + key, "known": ", ".join(sorted(known))},
                prefix + key,
            )


def _table(data: Mapping[str, Any], key: str, prefix: str, *, wanted: bool = False) -> Mapping[str, Any]:
    if wanted and key not in data:
        raise Refusal(
            "preset.missing_key", _("The preset has no “%(key)s”. Add it.") % {"key": prefix + key}, prefix + key
        )
    value = data.get(key, {})
    if not isinstance(value, dict):
        _refuse(prefix + key, _("write it as a table."))
    return value


def _text(table: Mapping[str, Any], key: str, prefix: str, default: str | None = None) -> str:
    if key not in table and default is None:
        raise Refusal(
            "preset.missing_key", _("The preset has no “%(key)s”. Add it.") % {"key": prefix + key}, prefix + key
        )
    value = table.get(key, default)
    if not isinstance(value, str):
        _refuse(prefix + key, _("write it as text in quotes."))
    return value


def _texts(data: Mapping[str, Any], key: str, prefix: str) -> Mapping[str, str]:
    table = _table(data, key, prefix)
    return {name: _text(table, name, f"{prefix}{key}.") for name in table}


def _words(table: Mapping[str, Any], key: str, prefix: str, *, default: tuple[str, ...]) -> tuple[str, ...]:
    value = table.get(key, list(default))
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        _refuse(prefix + key, _("write it as a list of texts."))
    return tuple(value)


def _choice(table: Mapping[str, Any], key: str, prefix: str, allowed: Iterable[str], default: str) -> str:
    value = _text(table, key, prefix, default)
    if value not in allowed:
        _refuse(prefix + key, _("use one of %(allowed)s.") % {"allowed": ", ".join(f"“{word}”" for word in allowed)})
    return value


def _whole(table: Mapping[str, Any], key: str, prefix: str, default: int) -> int:
    value = table.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MAX_QUANTITY:
        _refuse(prefix + key, _("write a whole number from 1 to %(limit)d.") % {"limit": MAX_QUANTITY})
    return value


def _zone(form: Mapping[str, Any]) -> str:
    zone = _text(form, "zone", "format.", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        _refuse("format.zone", _("use a time zone name such as UTC or Europe/Warsaw."))
    return zone


def _files(table: Mapping[str, Any], form: Mapping[str, Any]) -> tuple[FileSpec, ...]:
    encoding = _choice(form, "encoding", "format.", ENCODINGS, "auto")
    separator = _choice(form, "separator", "format.", SEPARATORS, "auto")
    return tuple(_file(name, _table(table, name, "files."), encoding, separator) for name in table)


def _file(name: str, table: Mapping[str, Any], encoding: str, separator: str) -> FileSpec:
    prefix = f"files.{name}."
    _only(table, _FILE, prefix)
    pattern = _text(table, "path", prefix)
    if not pattern or "/" in pattern or "\\" in pattern or pattern.startswith("."):
        _refuse(prefix + "path", _("write a file name or a pattern such as orders-*.csv, without folders."))
    optional = table.get("optional", False)
    if not isinstance(optional, bool):
        _refuse(prefix + "optional", _("write true or false."))
    return FileSpec(
        name=name,
        pattern=pattern,
        optional=optional,
        encoding=_choice(table, "encoding", prefix, ENCODINGS, encoding),
        separator=SEPARATORS[_choice(table, "separator", prefix, SEPARATORS, separator)],
    )


def _section(
    data: Mapping[str, Any], key: str, fields: frozenset[str], files: frozenset[str], *, order: Section | None
) -> Section:
    table = _table(data, key, "", wanted=key == "order")
    prefix = f"{key}."
    _only(table, _SECTION, prefix)
    section = Section(
        file=_text(table, "file", prefix, order.file if order else None),
        key=_text(table, "key", prefix, order.key if order else None),
        columns=_texts(table, "columns", prefix),
        constants=_texts(table, "constants", prefix),
        templates=_texts(table, "templates", prefix),
        skip_when_blank=_text(table, "skip_when_blank", prefix, ""),
    )
    if section.file not in files:
        _refuse(prefix + "file", _("it names no file of [files]."))
    _check_fields(section, fields, prefix)
    return section


def _check_fields(section: Section, fields: frozenset[str], prefix: str) -> None:
    seen: set[str] = set()
    for kind in ("columns", "constants", "templates"):
        table: Mapping[str, str] = getattr(section, kind)
        _only(table, fields, f"{prefix}{kind}.")
        for name in table:
            if name in seen:
                _refuse(
                    f"{prefix}{kind}.{name}", _("the field is filled twice; keep one of columns, constants, templates.")
                )
            seen.add(name)
    for name, template in section.templates.items():
        if "{" in _PLACEHOLDER.sub("", template) or "}" in _PLACEHOLDER.sub("", template):
            _refuse(f"{prefix}templates.{name}", _("write each placeholder as {column}."))


def _joins(value: object, files: frozenset[str]) -> tuple[Join, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        _refuse("joins", _("write each join as a [[joins]] table."))
    joins: list[Join] = []
    for number, entry in enumerate(value, start=1):
        prefix = f"joins[{number}]."
        _only(entry, _JOIN, prefix)
        join = Join(*(_text(entry, key, prefix) for key in ("from", "column", "file", "key")))
        for key, name in (("from", join.source), ("file", join.file)):
            if name not in files:
                _refuse(prefix + key, _("it names no file of [files]."))
        joins.append(join)
    return tuple(joins)


def _states(table: Mapping[str, str]) -> Mapping[str, str]:
    allowed = [state.value for state in OrderState]
    for key, value in table.items():
        if value not in allowed:
            _refuse(f"states.{key}", _("use one of %(allowed)s.") % {"allowed": ", ".join(allowed)})
    return table


def _creatable(data: Mapping[str, Any]) -> frozenset[str]:
    words = _words(data, "create_missing", "", default=())
    for word in words:
        if word not in CREATABLE:
            _refuse("create_missing", _("use any of %(allowed)s.") % {"allowed": ", ".join(sorted(CREATABLE))})
    return frozenset(words)


def _check_whole(preset: Preset) -> None:
    wanted = ["external_id", "placed_at", "state", "currency"]
    if preset.total_from == "column":
        wanted.append("total")
    elif preset.total_from != "lines" or preset.line is None:
        _refuse("order.constants.total_from", _("use “column”, or “lines” with a [line] table."))
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
