"""Reads of fan-outs: how far they are, whom they reach, what they would say."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from backoffice.messaging import composing, tallies, wording
from backoffice.messaging.models import Wording
from backoffice.messaging.rules import OUTCOMES
from customercare.notices.bodies import BODIES, parameters
from customercare.notices.models import Fanout, Notice
from customercare.notices.rules import State
from customercare.vouchers.models import Voucher


def is_planned(fanout: Fanout) -> bool:
    return fanout.planned_at is not None


def message_counts(fanout: Fanout) -> Counter[str]:
    """Messages by outcome column; absent ones count 0."""
    return Counter({state: row.messages for state, row in _tally(fanout).items()})


def canary(fanout: Fanout) -> Counter[str]:
    """Messages of the first part by outcome column."""
    if fanout.batch_id is None:
        return Counter()
    rows = tallies.of_batch(fanout.batch_id, canary_only=True)
    return Counter({state: row.messages for state, row in rows.items()})


def progress(fanout: Fanout) -> dict[str, int]:
    """The audience in orders, by outcome: the parts add up to `audience` at every moment."""
    orders = {state: row.orders for state, row in _tally(fanout).items()}
    parts = {name: orders.get(name, 0) for name in OUTCOMES}
    parts["skipped"] += fanout.skipped_n
    parts["suppressed"] += fanout.suppressed_n
    unplanned = fanout.audience_n - sum(parts.values())
    parts["cancelled" if fanout.state == State.CANCELLED else "waiting"] += unplanned
    return {"audience": fanout.audience_n, **parts}


def _tally(fanout: Fanout) -> dict[str, tallies.Count]:
    return tallies.of_batch(fanout.batch_id) if fanout.batch_id else {}


def standing_amount(fanout: Fanout) -> Decimal:
    """What the vouchers of this fan-out that were not taken back are worth."""
    mine = Voucher.objects.filter(
        cause_ref=fanout.cause_ref, order__in=Notice.objects.filter(fanout=fanout, amount__gt=0).values("order")
    ).exclude(state=Voucher.State.REVOKED)
    return Decimal(mine.aggregate(total=Sum("amount", default=Decimal(0)))["total"])


def skipped_reasons(fanout: Fanout) -> dict[str, int]:
    """Orders left out, by reason."""
    rows = Notice.objects.filter(fanout=fanout).exclude(skipped="").order_by().values_list("skipped")
    return dict(rows.annotate(n=Count("pk")))


def languages(fanout: Fanout) -> dict[str, int]:
    """Messages by the language they are written in."""
    rows = Notice.objects.filter(fanout=fanout, skipped="", wording__isnull=False).order_by()
    return dict(rows.values_list("wording__language").annotate(n=Count("leader", distinct=True)))


def vouchers(cause_ref: str) -> int:
    return Voucher.objects.filter(cause_ref=cause_ref).count()


def current(cause_ref: str) -> Fanout | None:
    """The newest fan-out of a cause."""
    return (
        Fanout.objects.filter(cause_ref=cause_ref)
        .select_related("macro_version__macro", "store")
        .order_by("-wave")
        .first()
    )


def of_cause(cause_ref: str) -> QuerySet[Fanout]:
    return Fanout.objects.filter(cause_ref=cause_ref).order_by("wave")


def about_order(order_id: int) -> QuerySet[Notice]:
    """Real notices about one order, newest first, with their messages."""
    return (
        Notice.objects.filter(order_id=order_id, message__isnull=False)
        .filter(~Q(fanout__mode="drill"))
        .select_related("message", "fanout")
        .order_by("-id")
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """One message as its recipient would see it, before anything is issued. why: "first", "longest", a language …"""

    why: str
    leader: int
    address: str
    language: str
    rendered: wording.Rendered


SAMPLE_CODE = "XXXX-XXXX-XXXX-XXXX"
_LENGTHS = """
SELECT n.leader, w.language, sum(length(w.text) + length(o.contact_name) + length(o.number)) AS size
FROM customercare_notice n JOIN messaging_wording w ON w.id = n.wording_id JOIN orders_order o ON o.id = n.order_id
WHERE n.fanout_id = %s AND n.skipped = '' GROUP BY n.leader, w.language ORDER BY n.leader
"""


def samples(fanout: Fanout, *, now: datetime) -> list[Sample]:
    """Three real messages, the longest, and one for each language, of a previewed fan-out; the codes are made up."""
    with connection.cursor() as cursor:
        cursor.execute(_LENGTHS, [fanout.pk])
        contacts: list[tuple[int, str, int]] = cursor.fetchall()
    if not contacts:
        return []
    wanted: dict[int, str] = {}
    for why, place in (("first", 0), ("middle", len(contacts) // 2), ("last", -1)):
        wanted.setdefault(contacts[place][0], why)
    wanted.setdefault(max(contacts, key=lambda row: row[2])[0], "longest")
    for leader, language, _size in contacts:
        if language not in wanted.values():
            wanted.setdefault(leader, language)
    rows = (_sample(fanout, leader, why, now) for leader, why in wanted.items())
    return [row for row in rows if row is not None]


def _sample(fanout: Fanout, leader: int, why: str, now: datetime) -> Sample | None:
    with connection.cursor() as cursor:
        cursor.execute(BODIES, parameters(fanout, after=leader - 1, upto=leader, now=now))
        row = cursor.fetchone()
    if row is None:
        return None
    _key, _leader, address, wording_id, _weight, body = row
    said = Wording.objects.get(pk=wording_id)
    compiled = wording.compile(said.subject, said.text, said.language, base_url=composing.base_url(fanout.store))
    values = body if isinstance(body, dict) else json.loads(body)
    secrets = dict.fromkeys(compiled.secret_ids(values), SAMPLE_CODE)
    return Sample(why, leader, address, said.language, compiled.render(values, secrets))
