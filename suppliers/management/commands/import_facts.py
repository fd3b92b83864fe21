"""manage.py import_facts KIND PATH --preset NAME|FILE: the door for facts of every kind about suppliers."""

from argparse import ArgumentParser
from typing import Any

from suppliers.performance.commands import FactCommand
from suppliers.performance.rules.kinds import KINDS, FactKind


class Command(FactCommand):
    help = "Import facts about suppliers from an export (one file or a folder), read as a preset says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=list(KINDS), help="what the rows tell of")
        super().add_arguments(parser)
        parser.add_argument(
            "--correct", action="store_true", help="a row that differs from what is recorded corrects it"
        )

    def kind(self, options: dict[str, Any]) -> FactKind:
        return KINDS[options["kind"]]
