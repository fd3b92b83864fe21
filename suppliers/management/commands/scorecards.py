"""manage.py scorecards: how suppliers stand on a day, worked out anew; nothing is written."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.kernel import times
from backoffice.kernel.errors import Refusal
from suppliers.assessment.selectors import figures as lines
from suppliers.assessment.selectors import scorecards
from suppliers.assessment.selectors.figures import Figures

HEADINGS = ("supplier", "due", "late", "on time", "interval", "score", "interval", "coverage", "standing", "orders")


class Command(BaseCommand):
    help = "Print lines due, late, on time, score with interval, coverage and standing of suppliers as of a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", default="", help="a day such as 2026-11-23; today by default")
        parser.add_argument("--supplier", action="append", default=[], help="code of a supplier; may be repeated")
        parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        version = scorecards.current_policy()
        if version is None:
            raise CommandError("There is no scorecard policy yet. Run: manage.py seed reference")
        try:
            typed = options["as_of"]
            day = times.parse_day(typed, formats=["%Y-%m-%d"]) if typed else timezone.localdate(timezone.now())
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        found = lines.figures(scorecards.policy_of(version), day=day, codes=options["supplier"])
        if missing := sorted(set(options["supplier"]) - {one.supplier.code for one in found}):
            raise CommandError(f"No supplier that is scored has the code {missing[0]}.")
        if options["json"]:
            document = {"as_of": day.isoformat(), "policy": version.number, "suppliers": [_data(one) for one in found]}
            self.stdout.write(json.dumps(document, ensure_ascii=False))
            return
        for row in [HEADINGS, *(_cells(one) for one in found)]:
            self.stdout.write("\t".join(row))


def _data(one: Figures) -> dict[str, Any]:
    score = one.found
    return {
        "code": one.supplier.code,
        "name": one.supplier.name,
        "n": one.on_time.n,
        "late": one.on_time.n - one.on_time.hits,
        "unknown": one.on_time.unknown,
        "on_time": one.on_time.value,
        "on_time_interval": [one.on_time.low, one.on_time.high],
        "score": score.total,
        "score_interval": [score.low, score.high],
        "coverage": score.coverage,
        "dimensions": {row.dimension.value: row.points for row in score.dimensions},
        "standing": one.standing,
        "consequence": one.consequence,
    }


def _cells(one: Figures) -> tuple[str, ...]:
    data = _data(one)
    return (
        data["code"],
        str(data["n"]),
        str(data["late"]),
        _share(data["on_time"]),
        "–".join(map(_share, data["on_time_interval"])),
        _points(data["score"]),
        "–".join(map(_points, data["score_interval"])),
        f"{data['coverage']:.1f}%",
        data["standing"],
        data["consequence"],
    )


def _share(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.1f}%"


def _points(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f}"
