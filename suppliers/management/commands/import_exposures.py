"""manage.py import_exposures PATH --preset NAME|FILE: the door for what hangs on suppliers."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel.models import User
from backoffice.kernel.tabular.command import ImportCommand
from suppliers.continuity import cells, services
from suppliers.performance.rules.imports import FactReport


class Command(ImportCommand):
    help = "Import what hangs on suppliers from an export; its good rows take the place of what their source told."

    def run(self, actor: User | None, options: dict[str, Any]) -> FactReport:
        return services.import_exposures(
            actor=actor,
            path=options["path"],
            preset=cells.load_preset(options["preset"], folder=settings.BASE_DIR / "seeds" / "presets"),
            now=timezone.now(),
            dry_run=options["dry_run"],
        )

    def sentences(self, report: FactReport) -> list[str]:
        counts = {name: getattr(report, name) for name in ("rows", "created", "unchanged", "refused")}
        return [
            _("Read %(rows)d rows: new or changed %(created)d, unchanged %(unchanged)d, refused %(refused)d.") % counts
        ]
