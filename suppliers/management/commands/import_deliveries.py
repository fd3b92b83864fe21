"""manage.py import_deliveries PATH --preset NAME|FILE: the door for what suppliers delivered."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel.models import User
from backoffice.kernel.tabular.command import ImportCommand
from suppliers.performance import presets, services
from suppliers.performance.rules.imports import DeliveryReport


class Command(ImportCommand):
    help = "Import deliveries of suppliers from an export (one file or a folder), read as a preset says."

    def run(self, actor: User | None, options: dict[str, Any]) -> DeliveryReport:
        return services.import_deliveries(
            actor=actor,
            path=options["path"],
            preset=presets.load(options["preset"], folder=settings.BASE_DIR / "seeds" / "presets" / "deliveries"),
            now=timezone.now(),
            dry_run=options["dry_run"],
        )

    def sentences(self, report: DeliveryReport) -> list[str]:
        counts = {name: getattr(report, name) for name in ("rows", "created", "unchanged", "refused")}
        return [
            _("Read %(rows)d rows: new %(created)d, unchanged %(unchanged)d, refused %(refused)d.") % counts,
            *(
                _("Not known: %(column)s of %(file)s in %(count)d rows.")
                % {"column": one.column, "file": one.file, "count": one.count}
                for one in report.unknown
            ),
        ]
