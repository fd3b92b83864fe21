"""Writes of imports: a file comes in, its columns are named, rows are mended, all is recorded, and taken back."""

from suppliers.imports.services.checking import map_columns
from suppliers.imports.services.ending import drop_import, forget_old, undo_import
from suppliers.imports.services.mending import mend_rows
from suppliers.imports.services.running import run_import
from suppliers.imports.services.starting import start_import

__all__ = ["drop_import", "forget_old", "map_columns", "mend_rows", "run_import", "start_import", "undo_import"]
