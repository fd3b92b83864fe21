"""manage.py import_questionnaire: a questionnaire from a file, in our own form or in that of VSAQ."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.assessment.rules.metrics import Dimension
from suppliers.questionnaires import services as questionnaires
from suppliers.questionnaires.rules import vsaq


class Command(BaseCommand):
    help = "Save a questionnaire from a JSON file as the next version; VSAQ files are understood."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path")
        parser.add_argument("--key", default="", help="short name; the file's own name by default")
        parser.add_argument(
            "--dimension", choices=[one.value for one in Dimension], default=Dimension.COMPLIANCE.value,
            help="where the answers of a VSAQ file earn points",
        )  # fmt: skip
        parser.add_argument("--as", dest="person", default="", help="user name of who imports")
        parser.add_argument("--json", action="store_true", help="one JSON document instead of a line")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["path"])
        try:
            body, counts = _read(path, options["dimension"])
            version = questionnaires.save_version(
                key=options["key"] or path.stem.replace(".", "-"),
                body=body,
                actor=_person(options["person"]),
                now=timezone.now(),
            )
        except (vsaq.Unreadable, Refusal, OSError, UnicodeDecodeError) as wrong:
            raise CommandError(f"{path}: {wrong}") from wrong
        told = {
            "key": version.questionnaire.key,
            "version": version.number,
            "sections": len(body["sections"]),
            "items": sum(len(section["items"]) for section in body["sections"]),
            "source": counts,
        }
        self.stdout.write(json.dumps(told) if options["json"] else _line(told))


def _person(username: str) -> User | None:
    if not username:
        return None
    found = User.objects.filter(username=username).first()
    if found is None:
        raise CommandError(f"There is nobody with the user name {username}.")
    return found


def _read(path: Path, dimension: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The data in our own form, and what a VSAQ file held."""
    data = vsaq.load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise vsaq.Unreadable("the file is no object with names and values")
    if "questionnaire" not in data:
        return data, {}
    body, counts = vsaq.convert(data, dimension=dimension)
    told = {"blocks": counts.blocks, "conditions": counts.conditions, "severities": counts.severities}
    return body, told | {"kinds": counts.kinds, "items": sum(counts.kinds.values())}


def _line(told: dict[str, Any]) -> str:
    return f"{told['key']}, version {told['version']}: {told['sections']} sections, {told['items']} items"
