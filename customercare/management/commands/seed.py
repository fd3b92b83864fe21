"""Load reference data, and the demo shop, through services. Running it again changes nothing."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from customercare.management import seeding


class Command(BaseCommand):
    help = "Load the starting limits and macros (reference), or the demo shop with its people as well (demo)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["reference", "demo"], nargs="?", default="reference")
        parser.add_argument("--password", default="", help="for the people of the demo; a random one by default")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        macros = seeding.load_reference(now=now)
        self.stdout.write(f"limits set, {macros} new macros")
        if options["what"] == "demo":
            password = options["password"] or secrets.token_urlsafe(12)
            seeded = seeding.load_shop(now=now)
            people = seeding.load_people(password=password)
            seeding.load_actions(now=now)
            facts = seeding.load_story(people=people, now=now)
            names = ", ".join(f"{user.username} ({user.role})" for user in people)
            self.stdout.write(f"{seeded.store}: {seeded.orders} orders, moved by {seeded.shift.days} days")
            self.stdout.write(f"suppliers: {facts} new facts")
            self.stdout.write(f"people: {names}; password: {password}")
