"""manage.py check_contracts: judges every window of every service level that is over, and tells what came of it."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.kernel import times
from backoffice.kernel.errors import Refusal
from suppliers.contracts import services as contracts


class Command(BaseCommand):
    help = "Judge the windows of service levels that are over; each breach is written once, however often this runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", default="", help="a day such as 2026-11-23; today by default")
        parser.add_argument("--json", action="store_true", help="one JSON document instead of a sentence")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            typed = options["as_of"]
            day = times.parse_day(typed, formats=["%Y-%m-%d"]) if typed else timezone.localdate(now)
            done = contracts.check(day=day, now=now)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        if options["json"]:
            self.stdout.write(json.dumps({"as_of": day.isoformat()} | asdict(done)))
            return
        self.stdout.write(
            f"{done.windows} windows of {done.levels} service levels judged: {done.found} new breaches, "
            f"{done.changed} judged anew, {done.gone} of them no longer stand."
        )
