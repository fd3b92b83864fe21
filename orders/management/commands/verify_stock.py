"""manage.py verify_stock: every counter against the ledger, the holds and the lots. Exit code 1 when they differ."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from orders.stock.services import watching


class Command(BaseCommand):
    help = "Compare stock counters with the ledger, the holds and the lots; open or close the alert about it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        found = watching.verify(now=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(f"{found.levels} levels, {found.movements} movements, {len(found.drift)} differences")
            for one in found.drift:
                self.stdout.write(f"  {one.what} {one.warehouse} {one.sku}: {one.counters} is not {one.proof}")
        if found.drift:
            sys.exit(1)
