"""manage.py import_deliveries PATH --preset NAME|FILE: the door for what suppliers delivered."""

from typing import Any

from suppliers.performance.commands import FactCommand
from suppliers.performance.rules.kinds import DELIVERIES, FactKind


class Command(FactCommand):
    help = "Import deliveries of suppliers from an export (one file or a folder), read as a preset says."

    def kind(self, options: dict[str, Any]) -> FactKind:
        return DELIVERIES
