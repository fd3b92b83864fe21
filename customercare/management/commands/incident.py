"""Run an incident from the command line: the same services as the admin, the same refusals."""

import json
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store, User
from backoffice.messaging import relay
from customercare.compensation.models import Budget
from customercare.incidents import selectors, services
from customercare.incidents.models import Incident
from customercare.incidents.rules import IncidentDraft
from customercare.macros import selectors as macros
from customercare.notices import selectors as fanouts
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan
from orders.reach import rules as reach
from orders.reach import selectors as reach_rows

MOVING = ("holding", "canary", "running")
ACTIONS = ("preview", "declare", "approve", "pause", "resume", "cancel", "status")


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day. Write it as 2026-11-05.") from error


def voucher(text: str) -> dict[str, Any]:
    """ "5" is a fixed amount, "10%" a percentage, "10%:20" a percentage with a cap."""
    try:
        if "%" not in text:
            return {"rule": "flat", "rule_value": Decimal(text)}
        percent, _sep, cap = text.partition("%")
        limit = Decimal(cap.removeprefix(":")) if cap else None
        return {"rule": "percent", "rule_value": Decimal(percent), "rule_cap": limit}
    except InvalidOperation as error:
        raise ArgumentTypeError(f"{text!r} is no voucher. Write 5, 10% or 10%:20 (at most 20).") from error


class Command(BaseCommand):
    help = "Preview, declare, approve, pause, resume, cancel an incident, or show how far it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=ACTIONS)
        parser.add_argument("incident", nargs="?", type=int, help="number of the incident; the newest by default")
        parser.add_argument("--json", action="store_true", help="one JSON line instead of text")
        parser.add_argument("--as", dest="user", help="user name of the person who decides")
        parser.add_argument("--store", help="short name of the store; needed when there are several")
        parser.add_argument("--wait", action="store_true", help="drive the send here and return when it has ended")
        self._add_plan(parser.add_argument_group("what is told"))
        self._add_selector(parser.add_argument_group("what is hit"))

    @staticmethod
    def _add_plan(group: Any) -> None:
        group.add_argument("--title", default="")
        group.add_argument("--kind", choices=Incident.Kind.values, default="carrier")
        group.add_argument("--mode", choices=["real", "drill"], default="real")
        group.add_argument("--macro", default="", help="key of an approved macro")
        group.add_argument("--voucher", type=voucher, default={}, help="5, 10%% or 10%%:20 (at most 20)")
        group.add_argument("--budget", default="", help="name of the budget; the store's only one by default")
        group.add_argument("--valid-days", type=int, default=90)
        group.add_argument("--missing", choices=["exclude", "fill", "next_update"], default="")
        group.add_argument("--next-update", type=day)
        group.add_argument("--fill", type=day, help="new date for orders without one")

    @staticmethod
    def _add_selector(group: Any) -> None:
        group.add_argument("--overdue", action="store_true", help="undelivered and past their promise")
        group.add_argument("--as-of", type=day, help="the day of --overdue; today by default")
        group.add_argument("--late-delivered", choices=reach.LATE_BY)
        group.add_argument("--late-days", type=int)
        for name in ("supplier", "carrier", "region", "sku", "campaign"):
            group.add_argument(f"--{name}", default="")
        group.add_argument("--from", dest="placed_from", type=day)
        group.add_argument("--to", dest="placed_to", type=day)
        group.add_argument("--orders", type=Path, help="file with one order number a line")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = Namespace(**options)
        try:
            answer = getattr(self, f"_{chosen.action}")(chosen)
        except Refusal as refusal:
            self._fail(chosen, refusal)
        except (LookupError, OSError) as error:
            raise CommandError(str(error)) from error
        if chosen.json:
            self.stdout.write(json.dumps(answer, default=str))
        else:
            for name, value in answer.items():
                self.stdout.write(f"{name:<12} {value}")

    def _fail(self, chosen: Namespace, refusal: Refusal) -> NoReturn:
        if chosen.json:
            self.stdout.write(json.dumps({"refused": refusal.code, "reason": refusal.message, "field": refusal.field}))
        raise CommandError(refusal.message) from refusal

    # --- actions -------------------------------------------------------------------------------------

    def _preview(self, chosen: Namespace) -> dict[str, Any]:
        store, selector = self._store(chosen), self._selector(chosen)
        for field, sentence in selectors.unknown_codes(store=store, selector=selector):
            raise Refusal("incident.unknown_code", sentence, field)
        hit = reach_rows.affected_by(store=store, selector=selector).order_by()
        excluded = dict(hit.exclude(excluded="").values_list("excluded").annotate(n=Count("pk")))
        total = hit.count()
        return {
            "affected": total,
            "excluded": excluded,
            "told": total - sum(excluded.values()),
            "languages": dict(hit.filter(excluded="").values_list("language").annotate(n=Count("pk"))),
            "why": reach.why(selector),
        }

    def _declare(self, chosen: Namespace) -> dict[str, Any]:
        with transaction.atomic():
            incident = self._open_and_declare(chosen)
        return self._finish(chosen, incident)

    def _open_and_declare(self, chosen: Namespace) -> Incident:
        store, actor, now = self._store(chosen), self._user(chosen), timezone.now()
        if chosen.incident:
            incident = self._incident(chosen)
        else:
            draft = IncidentDraft(
                title=chosen.title or reach.why(self._selector(chosen)),
                kind=chosen.kind,
                selector=self._selector(chosen),
                mode=chosen.mode,
                plan=self._plan(chosen, store),
            )
            incident = services.open_incident(store=store, draft=draft, actor=actor, now=now)
        shown = services.preview(incident_id=incident.pk, now=now)
        services.declare(
            incident_id=incident.pk,
            content_hash=shown.content_hash,
            typed_count=shown.message_n,
            actor=actor,
            now=now,
        )
        return incident

    def _approve(self, chosen: Namespace) -> dict[str, Any]:
        incident, actor = self._incident(chosen), self._user(chosen)
        waiting = self._fanout(incident)
        services.approve(incident_id=incident.pk, content_hash=waiting.content_hash, actor=actor, now=timezone.now())
        return self._finish(chosen, incident)

    def _pause(self, chosen: Namespace) -> dict[str, Any]:
        incident = self._incident(chosen)
        notices.pause(
            fanout_id=self._fanout(incident).pk, reason="paused by hand", actor=self._admin(chosen), now=timezone.now()
        )
        return self._status_of(incident)

    def _resume(self, chosen: Namespace) -> dict[str, Any]:
        incident = self._incident(chosen)
        notices.resume(fanout_id=self._fanout(incident).pk, actor=self._admin(chosen), now=timezone.now())
        return self._finish(chosen, incident)

    def _cancel(self, chosen: Namespace) -> dict[str, Any]:
        incident = self._incident(chosen)
        services.cancel(incident_id=incident.pk, actor=self._user(chosen), now=timezone.now())
        return self._finish(chosen, incident)

    def _status(self, chosen: Namespace) -> dict[str, Any]:
        return self._finish(chosen, self._incident(chosen))

    # --- what the options name ------------------------------------------------------------------------

    def _finish(self, chosen: Namespace, incident: Incident) -> dict[str, Any]:
        if chosen.wait:
            self._drive(incident)
        return self._status_of(incident)

    def _drive(self, incident: Incident) -> None:
        """Do here what workers do; running beside them is harmless, rows are claimed."""
        while self._is_moving(fanout := self._fanout(incident)):
            notices.drive(fanout_id=fanout.pk, now=timezone.now())
            relay.run(chosen=relay.options(seconds=5))
            if fanout.state == "holding":
                time.sleep(0.2)

    @staticmethod
    def _is_moving(fanout: Fanout) -> bool:
        settling = fanout.state == "cancelled" and fanout.finished_at is None
        return settling or fanout.state in MOVING

    def _status_of(self, incident: Incident) -> dict[str, Any]:
        incident.refresh_from_db()
        fanout = self._fanout(incident)
        return {
            "incident": incident.pk,
            "title": incident.title,
            "status": incident.status,
            "mode": incident.mode,
            "state": fanout.state,
            "affected": incident.affected.count(),
            "excluded": incident.affected.exclude(excluded="").count(),
            **fanouts.progress(fanout),
            "messages": fanout.message_n,
            "vouchers": fanouts.vouchers(incident.cause_ref),
            "cost": fanout.cost,
            "currency": fanout.currency,
            "requested_by": fanout.requested_by.username,
            "approved_by": fanout.approved_by.username if fanout.approved_by else None,
        }

    def _fanout(self, incident: Incident) -> Fanout:
        fanout = fanouts.current(incident.cause_ref)
        if fanout is None:
            raise LookupError("This incident has no send.")
        return fanout

    def _store(self, chosen: Namespace) -> Store:
        stores = Store.objects.filter(slug=chosen.store) if chosen.store else Store.objects.all()
        if len(found := list(stores[:2])) != 1:
            raise LookupError("Name the store with --store: " + ", ".join(Store.objects.values_list("slug", flat=True)))
        return found[0]

    def _user(self, chosen: Namespace) -> User:
        user = User.objects.filter(username=chosen.user or "", is_active=True).first()
        if user is None:
            raise LookupError("Say who decides: --as USER, with the user name of an active person.")
        return user

    def _admin(self, chosen: Namespace) -> User:
        return services.require_runner(self._user(chosen))

    def _incident(self, chosen: Namespace) -> Incident:
        rows = Incident.objects.select_related("store")
        found = rows.filter(pk=chosen.incident).first() if chosen.incident else rows.order_by("-pk").first()
        if found is None:
            raise LookupError("There is no such incident.")
        return found

    def _plan(self, chosen: Namespace, store: Store) -> Plan:
        version = macros.approved(key=chosen.macro) if chosen.macro else None
        if chosen.macro and version is None:
            raise LookupError(f"No approved macro has the key {chosen.macro}.")
        budgets = Budget.objects.filter(store=store)
        budget = budgets.filter(name=chosen.budget).first() if chosen.budget else budgets.order_by("pk").first()
        return Plan(
            macro_version_id=version.pk if version else None,
            valid_days=chosen.valid_days,
            budget_id=budget.pk if budget else None,
            missing=chosen.missing,
            next_update_on=chosen.next_update or (date.today() + timedelta(days=2)),  # noqa: DTZ011 - a suggestion
            fill_on=chosen.fill,
            **chosen.voucher,
        )

    def _selector(self, chosen: Namespace) -> reach.Selector:
        numbers = chosen.orders.read_text(encoding="utf-8").split() if chosen.orders else ()
        if chosen.as_of and not chosen.overdue:
            raise Refusal("selector.as_of", "--as-of belongs to --overdue. Add --overdue.", "as_of")
        return reach.check(
            reach.Selector(
                overdue_as_of=(chosen.as_of or timezone.now().date()) if chosen.overdue else None,
                late_delivered=chosen.late_delivered or "",
                late_days=chosen.late_days,
                supplier=chosen.supplier,
                carrier=chosen.carrier,
                region=chosen.region,
                sku=chosen.sku.strip().upper(),
                campaign=chosen.campaign,
                placed_from=chosen.placed_from,
                placed_to=chosen.placed_to,
                orders=tuple(dict.fromkeys(numbers)),
            )
        )
