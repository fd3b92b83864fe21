"""A preset for orders as text (TOML) becomes a Preset, or a Refusal that names the key to correct."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from django.utils.translation import gettext as _

from backoffice.kernel.tabular import layouts, toml_values
from orders.intake.rules import CONTACT_FIELDS, CREATABLE, LINE_FIELDS, ORDER_FIELDS, PARCEL_FIELDS, Preset
from orders.sales.rules import OrderState

_TABLES = ("order", "contact", "line", "parcel", "states", "languages")


def load(name: str, *, folder: Path) -> Preset:
    """Read the preset called name from folder, or from the .toml file that name points to.

    Raises Refusal (preset.*), field = the key concerned.
    """
    stem, text = layouts.load(name, folder=folder)
    return parse(text, name=stem)


def parse(text: str, *, name: str) -> Preset:
    """Turn TOML into a Preset. Raises Refusal (preset.syntax, preset.unknown_key, preset.missing_key, preset.value)."""
    data = layouts.parse(text, tables=_TABLES)
    form = layouts.written(data)
    names = frozenset(spec.name for spec in form["files"])
    order = layouts.section(data, "order", ORDER_FIELDS | {"total_from"}, names, main=None)
    constants = dict(order.constants)
    total_from = constants.pop("total_from", "column")
    order = replace(order, constants=constants)
    preset = Preset(
        name=name,
        **form,
        order=order,
        contact=layouts.section(data, "contact", CONTACT_FIELDS, names, main=order),
        line=layouts.section(data, "line", LINE_FIELDS, names, main=order) if "line" in data else None,
        parcel=layouts.section(data, "parcel", PARCEL_FIELDS, names, main=order) if "parcel" in data else None,
        states=_states(toml_values.texts(data, "states", "")),
        languages=toml_values.texts(data, "languages", ""),
        total_from=total_from,
        create_missing=layouts.creatable(data, CREATABLE),
    )
    _check_whole(preset)
    return preset


def _states(table: Mapping[str, str]) -> Mapping[str, str]:
    allowed = [state.value for state in OrderState]
    for key, value in table.items():
        if value not in allowed:
            toml_values.refuse(f"states.{key}", _("use one of %(allowed)s.") % {"allowed": ", ".join(allowed)})
    return table


def _check_whole(preset: Preset) -> None:
    wanted = ["external_id", "placed_at", "state", "currency"]
    if preset.total_from == "column":
        wanted.append("total")
    elif preset.total_from != "lines" or preset.line is None:
        toml_values.refuse("order.constants.total_from", _("use “column”, or “lines” with a [line] table."))
    layouts.want("order", preset.order, wanted)
    if preset.line:
        layouts.want("line", preset.line, ["sku", "quantity", "unit_price"])
    if preset.parcel:
        layouts.want("parcel", preset.parcel, ["carrier_code"])
