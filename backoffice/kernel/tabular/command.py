"""What the commands that import a table have in common: arguments, refusals, notes, exit codes.

Exit code 0: everything is in. 1: something was refused, the good rows are in. 2: nothing was written.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.tabular.rules import RowRefusal


class Report(Protocol):
    """What an import reports."""

    @property
    def refused(self) -> int: ...
    @property
    def refusals(self) -> Sequence[RowRefusal]: ...
    @property
    def warnings(self) -> Sequence[RowRefusal]: ...
    @property
    def dry_run(self) -> bool: ...
    def as_json(self) -> dict[str, Any]: ...


class ImportCommand(BaseCommand):
    """A command says which import it runs, and how its counts read as sentences."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the file or the folder of the export")
        parser.add_argument("--preset", required=True, help="the name of a shipped preset, or the path of a .toml file")
        parser.add_argument("--as", dest="user", default="", help="the user name of who imports")
        parser.add_argument("--dry-run", action="store_true", help="report what would happen, write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def run(self, actor: User | None, options: dict[str, Any]) -> Report:
        """Import. Raises Refusal when nothing was written."""
        raise NotImplementedError

    def sentences(self, report: Any) -> list[str]:
        """The counts of the report, for a person."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self.run(_user(options["user"]), options)
        except Refusal as refusal:
            self._refuse(refusal, as_json=options["json"])
            sys.exit(2)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._tell(report)
        sys.exit(1 if report.refused else 0)

    def _refuse(self, refusal: Refusal, *, as_json: bool) -> None:
        if as_json:
            error = {"code": refusal.code, "message": refusal.message, "field": refusal.field}
            self.stdout.write(json.dumps({"error": error}, ensure_ascii=False))
        else:
            self.stderr.write(refusal.message)
            self.stderr.write(_("Nothing was written."))

    def _tell(self, report: Report) -> None:
        for sentence in self.sentences(report):
            self.stdout.write(sentence)
        for title, notes in ((_("Refused:"), report.refusals), (_("Check:"), report.warnings)):
            for number, note in enumerate(notes):
                place = _("%(file)s row %(row)d %(column)s") % note.as_json()
                self.stdout.write(f"{title if not number else ''}\n  {place.rstrip()}: {note.reason}".lstrip("\n"))
        if report.dry_run:
            self.stdout.write(_("This was a dry run: nothing was written."))


def _user(username: str) -> User | None:
    if not username:
        return None
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise Refusal("user.unknown", _("There is no active user “%(name)s”. Correct --as.") % {"name": username})
    return user
