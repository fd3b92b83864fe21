"""manage.py import_orders PATH --preset NAME|FILE --store SLUG: the door for exports from a shop system.

Exit code 0: everything is in. 1: something was refused, the good orders are in. 2: nothing was written.
"""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store, User
from orders.intake import presets, services
from orders.intake.rules import ImportReport


class Command(BaseCommand):
    help = "Import orders from an export (one file or a folder), read as a preset says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the file or the folder of the export")
        parser.add_argument("--preset", required=True, help="the name of a shipped preset, or the path of a .toml file")
        parser.add_argument("--store", required=True, help="the short name of the store")
        parser.add_argument("--as", dest="user", default="", help="the user name of who imports")
        parser.add_argument("--dry-run", action="store_true", help="report what would happen, write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = services.import_orders(
                actor=_user(options["user"]),
                store=_store(options["store"]),
                path=options["path"],
                preset=presets.load(options["preset"], folder=settings.BASE_DIR / "seeds" / "presets"),
                now=timezone.now(),
                dry_run=options["dry_run"],
            )
        except Refusal as refusal:
            self._refuse(refusal, as_json=options["json"])
            sys.exit(2)
        self._tell(report, as_json=options["json"])
        sys.exit(1 if report.refused else 0)

    def _refuse(self, refusal: Refusal, *, as_json: bool) -> None:
        if as_json:
            error = {"code": refusal.code, "message": refusal.message, "field": refusal.field}
            self.stdout.write(json.dumps({"error": error}, ensure_ascii=False))
        else:
            self.stderr.write(refusal.message)
            self.stderr.write(_("Nothing was written."))

    def _tell(self, report: ImportReport, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
            return
        self.stdout.write(
            _("Read %(rows)d rows: %(orders)d orders with %(lines)d lines.")
            % {"rows": report.rows, "orders": report.orders, "lines": report.lines}
        )
        self.stdout.write(
            _("New %(created)d, unchanged %(unchanged)d, changed %(changed)d, refused %(refused)d.")
            % {name: getattr(report, name) for name in ("created", "unchanged", "changed", "refused")}
        )
        for title, notes in ((_("Refused:"), report.refusals), (_("Check:"), report.warnings)):
            for number, note in enumerate(notes):
                place = _("%(file)s row %(row)d %(column)s") % note.as_json()
                self.stdout.write(f"{title if not number else ''}\n  {place.rstrip()}: {note.reason}".lstrip("\n"))
        if report.dry_run:
            self.stdout.write(_("This was a dry run: nothing was written."))


def _store(slug: str) -> Store:
    store = Store.objects.filter(slug=slug).first()
    if store is None:
        raise Refusal(
            "store.unknown", _("There is no store “%(slug)s”. Create it, or correct --store.") % {"slug": slug}
        )
    return store


def _user(username: str) -> User | None:
    if not username:
        return None
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise Refusal("user.unknown", _("There is no active user “%(name)s”. Correct --as.") % {"name": username})
    return user
