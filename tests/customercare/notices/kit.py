"""A fan-out in one call, with the macros that ship."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from backoffice.embedded import smtp_sink
from backoffice.kernel import people
from backoffice.kernel.models import Store, User
from backoffice.messaging import relay
from customercare.compensation import services as compensation
from customercare.compensation.models import Budget
from customercare.macros import rules as macro_rules
from customercare.macros import selectors as macros
from customercare.macros import services as macro_services
from customercare.macros.models import MacroVersion
from customercare.management.seeding import SEEDS
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan
from orders.sales.models import Order
from tests.factories import NOW

TODAY = NOW.date()
CAUSE = "bulk:test"


def approved_macro(key: str = "arrived_late") -> MacroVersion:
    """A shipped macro, approved."""
    if (found := macros.approved(key=key)) is not None:
        return found
    draft, problems = macro_rules.read_macro((SEEDS / "macros" / f"{key}.toml").read_text(encoding="utf-8"))
    assert draft is not None, problems
    version = macro_services.save_draft(draft=draft, actor=None, now=NOW)
    return macro_services.approve(version_id=version.pk, actor=None, now=NOW)


def budget(store: Store, limit: str = "1000.00") -> Budget:
    return compensation.open_budget(
        store=store, name="care", currency=store.currency, limit_amount=Decimal(limit), actor=None, now=NOW
    )


def limits(role: str, *, alone: str = "0", approve: str = "0", messages: int = 10_000) -> None:
    """What a role may do alone and approve for others."""
    people.set_default_limit(role=role, kind="grant_run", amount=Decimal(alone))
    people.set_default_limit(role=role, kind="grant_run.approve", amount=Decimal(approve))
    people.set_default_limit(role=role, kind="message_run", amount=Decimal(messages))
    people.set_default_limit(role=role, kind="message_run.approve", amount=Decimal(messages))


def plan(key: str = "arrived_late", **fields: Any) -> Plan:
    return Plan(macro_version_id=approved_macro(key).pk, **fields)


def opened(
    store: Store, actor: User, orders: list[Order], *, wanted: Plan, mode: str = "real", wave: int = 1
) -> Fanout:
    """A fan-out over these orders, frozen and not previewed."""
    fanout = notices.open_fanout(
        store=store, cause_ref=CAUSE, title="Late parcels", mode=mode, plan=wanted, actor=actor, now=NOW, wave=wave
    )
    notices.freeze(
        fanout=fanout, source="SELECT id, 'test' FROM unnest(%s::bigint[]) AS t(id)", params=[[o.pk for o in orders]]
    )
    return fanout


def previewed(store: Store, actor: User, orders: list[Order], *, wanted: Plan, mode: str = "real") -> Fanout:
    fanout = opened(store, actor, orders, wanted=wanted, mode=mode)
    notices.preview(fanout_id=fanout.pk, today=TODAY)
    fanout.refresh_from_db()
    return fanout


def confirmed(fanout: Fanout, actor: User, *, now: datetime = NOW) -> Fanout:
    notices.confirm(
        fanout_id=fanout.pk,
        content_hash=fanout.content_hash,
        typed_count=fanout.message_n,
        actor=actor,
        today=TODAY,
        now=now,
    )
    fanout.refresh_from_db()
    return fanout


def run_to_end(fanout: Fanout, sink: smtp_sink.Sink, settings: Any, *, rounds: int = 20) -> Fanout:
    """Do what workers do until nothing moves any more."""
    settings.SMTP_URL = f"smtp://127.0.0.1:{sink.port}"
    later = NOW + timedelta(hours=1)
    for _round in range(rounds):
        moved = notices.drive(fanout_id=fanout.pk, now=later)
        sent = relay.run(chosen=relay.options(seconds=10))
        if not moved and not sent:
            break
    fanout.refresh_from_db()
    return fanout
