"""manage.py import_orders PATH --preset NAME|FILE --store SLUG: the door for exports from a shop system."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store, User
from backoffice.kernel.tabular.command import ImportCommand
from orders.intake import presets, services
from orders.intake.rules import ImportReport


class Command(ImportCommand):
    help = "Import orders from an export (one file or a folder), read as a preset says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--store", required=True, help="the short name of the store")

    def run(self, actor: User | None, options: dict[str, Any]) -> ImportReport:
        return services.import_orders(
            actor=actor,
            store=_store(options["store"]),
            path=options["path"],
            preset=presets.load(options["preset"], folder=settings.BASE_DIR / "seeds" / "presets"),
            now=timezone.now(),
            dry_run=options["dry_run"],
        )

    def sentences(self, report: ImportReport) -> list[str]:
        return [
            _("Read %(rows)d rows: %(orders)d orders with %(lines)d lines.")
            % {"rows": report.rows, "orders": report.orders, "lines": report.lines},
            _("New %(created)d, unchanged %(unchanged)d, changed %(changed)d, refused %(refused)d.")
            % {name: getattr(report, name) for name in ("created", "unchanged", "changed", "refused")},
        ]


def _store(slug: str) -> Store:
    store = Store.objects.filter(slug=slug).first()
    if store is None:
        raise Refusal(
            "store.unknown", _("There is no store “%(slug)s”. Create it, or correct --store.") % {"slug": slug}
        )
    return store
