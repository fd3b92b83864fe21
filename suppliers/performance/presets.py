"""A preset for deliveries as text (TOML) becomes a DeliveryPreset, or a Refusal that names the key to correct."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from backoffice.kernel.tabular import layouts, toml_values
from suppliers.performance.rules.facts import SOURCE_LIMIT
from suppliers.performance.rules.imports import CREATABLE, FIELDS, MAY_BE_UNKNOWN, DeliveryPreset


def load(name: str, *, folder: Path) -> DeliveryPreset:
    """Read the preset called name from folder, or from the .toml file that name points to.

    Raises Refusal (preset.*), field = the key concerned.
    """
    stem, text = layouts.load(name, folder=folder)
    return parse(text, name=stem)


def parse(text: str, *, name: str) -> DeliveryPreset:
    """Turn TOML into a preset. Raises Refusal (preset.syntax, preset.unknown_key, preset.missing_key, preset.value)."""
    data = layouts.parse(text, tables=("source", "delivery", "unknown"))
    form = layouts.written(data)
    source = toml_values.text(data, "source", "")
    if not 0 < len(source) <= SOURCE_LIMIT:
        toml_values.refuse("source", _("name where the deliveries come from in 1 to 60 characters."))
    files = frozenset(spec.name for spec in form["files"])
    delivery = layouts.section(data, "delivery", FIELDS, files, main=None)
    layouts.want("delivery", delivery, ["delivered_on"])
    if not delivery.fills("supplier_name"):
        layouts.want("delivery", delivery, ["supplier_code"])
    return DeliveryPreset(
        name=name,
        **form,
        source=source,
        delivery=delivery,
        unknown=_unknown(toml_values.subtable(data, "unknown", "")),
        create_missing=layouts.creatable(data, CREATABLE),
    )


def _unknown(table: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    toml_values.only(table, MAY_BE_UNKNOWN, "unknown.")
    found = {name: toml_values.words(table, name, "unknown.", default=()) for name in table}
    for name, texts in found.items():
        if any(not text.strip("*") and text for text in texts):
            toml_values.refuse(f"unknown.{name}", _("write a text beside the *: alone it would make all unknown."))
    return found
