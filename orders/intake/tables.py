"""The tables of an export of orders."""

from pathlib import Path

from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.tabular import tables
from backoffice.kernel.tabular.tables import Table
from orders.intake.rules import Preset


def load(path: Path, preset: Preset) -> dict[str, Table]:
    """Read every file of the export. Raises Refusal (file.*), also when there is no order in it."""
    found = tables.load(path, preset, preset.sections)
    if not found[preset.order.file].records:
        raise Refusal(
            "file.no_rows",
            _("There are no orders below the header of %(file)s. Export it again with its rows.")
            % {"file": found[preset.order.file].spec.pattern},
        )
    return found
