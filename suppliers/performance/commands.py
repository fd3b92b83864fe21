"""What the commands that import facts have in common."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel.models import User
from backoffice.kernel.tabular.command import ImportCommand
from suppliers.performance import presets, services
from suppliers.performance.rules.imports import FactReport
from suppliers.performance.rules.kinds import FactKind

PRESETS = settings.BASE_DIR / "seeds" / "presets"


class FactCommand(ImportCommand):
    """A command says which kind of fact it imports."""

    def kind(self, options: dict[str, Any]) -> FactKind:
        """The kind that was asked for."""
        raise NotImplementedError

    def run(self, actor: User | None, options: dict[str, Any]) -> FactReport:
        kind = self.kind(options)
        return services.import_facts(
            kind=kind,
            actor=actor,
            path=options["path"],
            preset=presets.load(options["preset"], kind=kind, folder=PRESETS),
            now=timezone.now(),
            dry_run=options["dry_run"],
            correct=options.get("correct", False),
        )

    def sentences(self, report: FactReport) -> list[str]:
        counts = {name: getattr(report, name) for name in ("rows", "created", "unchanged", "refused")}
        return [
            _("Read %(rows)d rows: new %(created)d, unchanged %(unchanged)d, refused %(refused)d.") % counts,
            *(
                _("Not known: %(column)s of %(file)s in %(count)d rows.")
                % {"column": one.column, "file": one.file, "count": one.count}
                for one in report.unknown
            ),
        ]
