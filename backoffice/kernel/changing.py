"""Changing a row that several people may have open: its version says whether somebody saved it meanwhile."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Stale

Row = TypeVar("Row", bound=Model)


def lock(rows: QuerySet[Row], *, pk: int, version: int) -> Row:
    """The row, held until the transaction ends. Raises Stale when it is not the version that the person saw."""
    row = rows.select_for_update(of=("self",)).get(pk=pk)
    if row.version != version:  # type: ignore[attr-defined]
        raise Stale("row.stale", _("Somebody else changed this meanwhile. Nothing was overwritten."))
    return row


def apply(row: Model, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Write the values that differ, as the next version; returns what each held before and holds now."""
    changed = {name: (getattr(row, name), value) for name, value in values.items() if getattr(row, name) != value}
    if changed:
        for name, (_was, value) in changed.items():
            setattr(row, name, value)
        row.version += 1  # type: ignore[attr-defined]
        row.save(update_fields=[*changed, "version"])
    return changed


def touch(row: Model) -> None:
    """Count a change of what belongs to the row as one of the row itself."""
    row.version += 1  # type: ignore[attr-defined]
    row.save(update_fields=["version"])
