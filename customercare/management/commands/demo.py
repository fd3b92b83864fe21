"""The whole shop on one machine, with a bad day that is handled before your eyes."""

import json
import secrets
import signal
import sys
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from backoffice.embedded.process import free_port
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.messaging.rules import OUTCOMES
from customercare.incidents import services
from customercare.incidents.models import Incident
from customercare.management import processes, seeding
from customercare.notices import selectors as fanouts
from customercare.notices.models import Fanout
from customercare.notices.rules import DONE
from customercare.notices.rules import adds_up as parts_add_up
from suppliers.directory.models import Supplier

DECLARER, APPROVER = "ada", "ben"
PATIENCE = 120
HOLD_SECONDS = "2"


class Command(BaseCommand):
    help = "Seed the demo shop, declare its incident, wait until everybody is told, and serve."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--once", action="store_true", help="stop after the JSON line; exit 1 when the sums are off"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _interrupt)
        password = secrets.token_urlsafe(9)
        call_command("migrate", verbosity=0)
        self.stdout.write("Loading the shop …")
        now = timezone.now()
        seeding.load_reference(now=now)
        seeded = seeding.load_shop(now=now)
        people = seeding.load_people(password=password)
        seeding.load_actions(now=now)
        seeding.load_story(people=people, now=now)
        try:
            with processes.family(settings.STATE_DIR / "demo") as family:
                self._play(family, seeded, people, password, options)
        except KeyboardInterrupt:
            self.stdout.write("stopped")

    def _play(
        self,
        family: processes.Processes,
        seeded: seeding.Seeded,
        people: list[User],
        password: str,
        options: dict[str, Any],
    ) -> None:
        sink = processes.start_sink(family)
        port = options["port"] if not options["once"] else free_port()
        family.environment |= {
            "SMTP_URL": f"smtp://127.0.0.1:{sink}",
            "SITE_URL": f"http://127.0.0.1:{port}",
            "FANOUT_HOLD_SECONDS": HOLD_SECONDS,
        }
        address = processes.start_web(family, port)
        processes.start_workers(family)
        began = time.monotonic()
        incident, fanout = self._declare(seeded)
        self._wait(fanout)
        line = self._summary(incident, fanout, sink, time.monotonic() - began)
        self.stdout.write(json.dumps(line))
        self.stdout.flush()
        if options["once"]:
            if not _is_right(line):
                sys.exit(1)
            return
        self._invite(address, people, password, incident)
        self._show_the_next_one(address, seeded)
        while not family.dead():
            time.sleep(0.5)
        raise CommandError(f"A process ended by itself; the logs are in {family.folder}.")

    def _declare(self, seeded: seeding.Seeded) -> tuple[Incident, Fanout]:
        """One seeded person declares, another approves: the same services as the admin."""
        settings.FANOUT_HOLD_SECONDS = int(HOLD_SECONDS)
        now = timezone.now()
        draft, expected = seeding.seeded_incident(key="demo", seeded=seeded, now=now)
        first, second = (User.objects.get(username=name) for name in (DECLARER, APPROVER))
        try:
            incident = services.open_incident(store=seeded.store, draft=draft, actor=first, now=now)
            shown = services.preview(incident_id=incident.pk, now=now)
            if shown.message_n != expected["messages"]:
                raise CommandError(f"{shown.message_n} messages previewed, {expected['messages']} known.")
            fanout = services.declare(
                incident_id=incident.pk,
                content_hash=shown.content_hash,
                typed_count=shown.message_n,
                actor=first,
                now=now,
            )
            services.approve(incident_id=incident.pk, content_hash=fanout.content_hash, actor=second, now=now)
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(
            f"{incident.title}\n  declared by {first}, approved by {second}: "
            f"{shown.message_n} messages, vouchers for {shown.cost} {shown.currency}"
        )
        return incident, fanout

    def _wait(self, fanout: Fanout) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            fanout.refresh_from_db()
            if fanout.state in DONE:
                return
            if time.monotonic() > end:
                raise CommandError(f"The send is still {fanout.state} after {PATIENCE} seconds.")
            time.sleep(0.1)

    def _summary(self, incident: Incident, fanout: Fanout, sink: int, seconds: float) -> dict[str, Any]:
        parts = fanouts.progress(fanout)
        seen = processes.sink_statistics(sink)
        for name, count in parts.items():
            self.stdout.write(f"  {name:<12} {count:>6}")
        self.stdout.write(f"  {'at the sink':<12} {seen['messages']:>6}")
        return {
            **parts,
            "vouchers": fanouts.vouchers(incident.cause_ref),
            "duplicates": seen["duplicates"] + _double_vouchers(),
            "seconds": round(seconds, 1),
        }

    def _invite(self, address: str, people: list[User], password: str, incident: Incident) -> None:
        self.stdout.write(f"\nOpen {address}/ and log in; the password is {password} for everybody:")
        for person in people:
            self.stdout.write(f"  {person.username:<6} {person.get_role_display():<14} {person.name}")
        self.stdout.write(f"The incident: {address}/admin/customercare/incident/{incident.pk}/room/")

    def _show_the_next_one(self, address: str, seeded: seeding.Seeded) -> None:
        """A supplier that fell and has stopped: its page, and the incident that waits for its customers as a draft."""
        now = timezone.now()
        draft, _expected = seeding.seeded_incident(key="supplier", seeded=seeded, now=now)
        actor = User.objects.get(username=DECLARER)
        waiting = services.open_incident(store=seeded.store, draft=draft, actor=actor, now=now)
        supplier = Supplier.objects.get(code=draft.selector.supplier)
        self.stdout.write(f"The next one, {waiting.title}:")
        self.stdout.write(f"  why its score fell: {address}/suppliers/{supplier.pk}/score/")
        self.stdout.write(f"  what hangs on it:   {address}/suppliers/{supplier.pk}/stops/")
        self.stdout.write(f"  its customers:      {address}/admin/customercare/incident/{waiting.pk}/audience/")
        self.stdout.write("Ctrl-C stops everything.")
        self.stdout.flush()


def _double_vouchers() -> int:
    """Orders with more than one voucher for one cause; the ledger allows none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM customercare_voucher "
            "GROUP BY cause_ref, order_id HAVING count(*) > 1) AS twice"
        )
        return int(cursor.fetchone()[0])


def _is_right(line: dict[str, Any]) -> bool:
    """Everybody accounted for, nobody told twice, nobody waiting."""
    parts = [line[name] for name in OUTCOMES]
    clean = line["duplicates"] == line["waiting"] == line["failed"] == line["uncertain"] == 0
    return parts_add_up(line["audience"], parts) and clean and line["sent"] > 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
