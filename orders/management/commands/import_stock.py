"""manage.py import_stock: a count by file. Columns: sku, warehouse, units."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel.models import User
from backoffice.kernel.tabular.command import ImportCommand
from orders.stock.services import importing
from orders.stock.services.importing import StockReport


class Command(ImportCommand):
    help = "Count warehouses by a file with the columns sku, warehouse and units."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the file")
        parser.add_argument("--reason", default="Counted by file", help="why; it stays in the ledger")
        parser.add_argument("--as", dest="user", default="", help="the user name of who counts")
        parser.add_argument("--dry-run", action="store_true", help="report what would happen, write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def run(self, actor: User | None, options: dict[str, Any]) -> StockReport:
        return importing.import_counts(
            path=options["path"], reason=options["reason"], actor=actor, now=timezone.now(), dry_run=options["dry_run"]
        )

    def sentences(self, report: StockReport) -> list[str]:
        told = [
            _("%(rows)d rows: %(counted)d counted, %(refused)d refused.")
            % {"rows": report.rows, "counted": report.counted, "refused": report.refused},
            _("%(differing)d figures changed, by %(units)+d units together.")
            % {"differing": report.differing, "units": report.units},
        ]
        return [*told, _("This file was counted before, so nothing was changed.")] if report.known else told
