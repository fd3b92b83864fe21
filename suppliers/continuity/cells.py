"""The cells of one row become what hangs on one supplier for one product, and a preset says how they are written."""

from pathlib import Path

from django.utils.translation import gettext as _

from backoffice.kernel.tabular import layouts
from backoffice.kernel.tabular.rules import RowRefusal
from backoffice.kernel.tabular.tables import Columns, Record
from suppliers.continuity.models import SOURCE_LIMIT
from suppliers.continuity.rules.columns import EXPOSURES, OWN
from suppliers.continuity.rules.switches import ExposureDraft
from suppliers.performance.fact_cells import TableReader
from suppliers.performance.presets import source_of
from suppliers.performance.rules.imports import CREATABLE, FactPreset

FOLDER = "exposures"
SECTION = "exposure"


class ExposureReader(TableReader):
    """Reads one row."""

    def __init__(self, preset: FactPreset, columns: Columns) -> None:
        super().__init__(OWN, preset, columns)

    def read(self, record: Record, problems: list[RowRefusal]) -> ExposureDraft | None:
        """Return what the row tells, or None with every reason why not in problems."""
        before = len(problems)
        told = self._told(record, problems)
        if not told["sku"] and len(problems) == before:
            self._note(record, "sku", _("The product is empty. Fill it in."), problems)
        return None if len(problems) > before else ExposureDraft(**told)


def load_preset(name: str, *, folder: Path) -> FactPreset:
    """Read the preset called name from the place of exposures in folder, or from the .toml file that name points to.

    Raises Refusal (preset.*), field = the key concerned.
    """
    stem, text = layouts.load(name, folder=folder / FOLDER)
    return parse_preset(text, name=stem)


def parse_preset(text: str, *, name: str) -> FactPreset:
    """Turn TOML into a preset. Raises Refusal (preset.*)."""
    data = layouts.parse(text, tables=("source", SECTION))
    form = layouts.written(data)
    files = frozenset(spec.name for spec in form["files"])
    section = layouts.section(data, SECTION, frozenset(column.name for column in EXPOSURES), files, main=None)
    layouts.want(SECTION, section, [column.name for column in EXPOSURES if column.needed])
    if not section.fills("supplier_name"):
        layouts.want(SECTION, section, ["supplier_code"])
    return FactPreset(
        name=name,
        **form,
        source=source_of(data, limit=SOURCE_LIMIT),
        section=section,
        create_missing=layouts.creatable(data, CREATABLE),
    )
