"""A preset for facts as text (TOML) becomes a FactPreset, or a Refusal that names the key to correct."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from backoffice.kernel.tabular import layouts, toml_values
from suppliers.performance.rules.facts import SOURCE_LIMIT
from suppliers.performance.rules.imports import CREATABLE, FactPreset
from suppliers.performance.rules.kinds import FactKind


def load(name: str, *, kind: FactKind, folder: Path) -> FactPreset:
    """Read the preset called name from the kind's place in folder, or from the .toml file that name points to.

    folder: that of all presets. Raises Refusal (preset.*), field = the key concerned.
    """
    stem, text = layouts.load(name, folder=folder / kind.name)
    return parse(text, kind=kind, name=stem)


def parse(text: str, *, kind: FactKind, name: str) -> FactPreset:
    """Turn TOML into a preset. Raises Refusal (preset.syntax, preset.unknown_key, preset.missing_key, preset.value)."""
    data = layouts.parse(text, tables=("source", kind.section, "unknown"))
    form = layouts.written(data)
    source = source_of(data, limit=SOURCE_LIMIT)
    files = frozenset(spec.name for spec in form["files"])
    fields = frozenset(column.name for column in kind.columns)
    section = layouts.section(data, kind.section, fields, files, main=None)
    layouts.want(kind.section, section, [column.name for column in kind.columns if column.needed])
    if not section.fills("supplier_name"):
        layouts.want(kind.section, section, ["supplier_code"])
    may_be = frozenset(column.name for column in kind.columns if column.may_be_unknown)
    return FactPreset(
        name=name,
        **form,
        source=source,
        section=section,
        unknown=unknown_of(data, may_be),
        create_missing=layouts.creatable(data, CREATABLE),
    )


def source_of(data: Mapping[str, Any], *, limit: int) -> str:
    """Read the name of the source. Raises Refusal (preset.missing_key, preset.value)."""
    source = toml_values.text(data, "source", "")
    if not 0 < len(source) <= limit:
        toml_values.refuse(
            "source", _("name where the rows come from in 1 to %(limit)d characters.") % {"limit": limit}
        )
    return source


def unknown_of(data: Mapping[str, Any], fields: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Read which texts mean "not captured", by field. Raises Refusal (preset.unknown_key, preset.value)."""
    table = toml_values.subtable(data, "unknown", "")
    toml_values.only(table, fields, "unknown.")
    found = {name: toml_values.words(table, name, "unknown.", default=()) for name in table}
    for name, texts in found.items():
        if any(not text.strip("*") and text for text in texts):
            toml_values.refuse(f"unknown.{name}", _("write a text beside the *: alone it would make all unknown."))
    return found
