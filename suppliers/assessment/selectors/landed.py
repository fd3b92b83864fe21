"""The facts that came in between two revisions, named so that a person recognises them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from backoffice.kernel import keyset
from backoffice.kernel.keyset import Cursor, Page
from suppliers.assessment.rules.metrics import Evidence
from suppliers.assessment.selectors.scorecards import COUNTED
from suppliers.performance.models import AckFact, ClaimFact, DeliveryFact, Fact, InvoiceFact, QualityFact, RatingFact

# Of so many new facts of a kind the telling ones are chosen.
LOOKED_AT = 200
# For each kind of fact: what it is, how it is called, what it tells (a code of words.FACTS), a number that goes with
# it, and how bad it is, in no unit but comparable inside its kind.
_TOLD = {
    Evidence.DELIVERY: """
        '' AS kind, coalesce(nullif(f.order_ref, ''), f.key) AS ref,
        CASE WHEN f.withdrawn THEN 'withdrawn' WHEN f.outcome = 'unknown' THEN 'unknown'
            WHEN f.promised_on IS NULL THEN CASE WHEN f.outcome = 'open' THEN 'ordered' ELSE 'arrived' END
            WHEN f.outcome = 'open' THEN CASE WHEN f.promised_on < %(day)s THEN 'open' ELSE 'waiting' END
            WHEN f.delivered_on > f.promised_on THEN 'late'
            WHEN f.delivered_on < f.promised_on THEN 'early' ELSE 'on_the_day' END AS code,
        abs(coalesce(f.delivered_on, %(day)s) - f.promised_on)::float AS number,
        (coalesce(f.delivered_on, %(day)s) - f.promised_on)::float AS severity""",
    Evidence.QUALITY: """
        f.kind, coalesce(nullif(f.lot_ref, ''), nullif(f.order_ref, ''), f.key) AS ref,
        CASE WHEN f.withdrawn THEN 'withdrawn' WHEN f.kind <> 'lot' THEN f.kind
            WHEN f.rejected THEN 'rejected' WHEN f.rejected IS NULL THEN 'checked' ELSE 'inspected' END AS code,
        f.units_defective::float AS number,
        CASE WHEN f.kind = 'lot' THEN coalesce(f.rejected::int, 0) ELSE 1 END
            + coalesce(f.units_defective::float / nullif(f.units_checked, 0), 0) AS severity""",
    Evidence.ACK: """
        f.kind, coalesce(nullif(f.order_ref, ''), f.key) AS ref,
        CASE WHEN f.withdrawn THEN 'withdrawn' WHEN f.answered_at IS NULL THEN 'unanswered'
            WHEN f.accepted IS FALSE THEN 'declined' ELSE 'answered' END AS code,
        floor(extract(epoch FROM f.answered_at - f.asked_at) / 3600)::float AS number,
        extract(epoch FROM coalesce(f.answered_at, %(now)s) - f.asked_at)::float AS severity""",
    Evidence.INVOICE: """
        '' AS kind, f.invoice_ref AS ref,
        CASE WHEN f.withdrawn THEN 'withdrawn' WHEN f.amount_disputed > 0 THEN 'disputed'
            WHEN f.unit_price > f.unit_price_agreed THEN 'dearer'
            WHEN f.matched IS FALSE THEN 'unmatched' ELSE 'billed' END AS code,
        NULL::float AS number,
        (f.amount_disputed > 0 OR f.unit_price > f.unit_price_agreed OR f.matched IS FALSE)::int::float AS severity""",
    Evidence.CLAIM: """
        '' AS kind, f.claim_ref AS ref,
        CASE WHEN f.withdrawn THEN 'withdrawn' WHEN f.closed_on IS NULL THEN 'claimed'
            WHEN f.amount_recovered IS NULL THEN 'closed' ELSE 'recovered' END AS code,
        round(100 * f.amount_recovered / nullif(f.amount_claimed, 0))::float AS number,
        -coalesce(f.amount_recovered / nullif(f.amount_claimed, 0), 0)::float AS severity""",
    Evidence.RATING: """
        f.kind, f.source AS ref, CASE WHEN f.withdrawn THEN 'withdrawn' ELSE f.kind END AS code,
        f.value::float AS number,
        CASE WHEN f.kind IN ('complaints', 'feed_age') THEN f.value ELSE -f.value END::float AS severity""",
}
_NEWEST = """
SELECT wanted.supplier_id, told.* FROM unnest(%(suppliers)s::bigint[], %(counts)s::int[]) wanted(supplier_id, n),
LATERAL (SELECT {told} FROM {table} f WHERE f.supplier_id = wanted.supplier_id ORDER BY f.id DESC LIMIT wanted.n) told
"""


_DAYS = {
    Evidence.DELIVERY: "coalesce(f.delivered_on, f.promised_on, f.ordered_on)",
    Evidence.QUALITY: "f.observed_on",
    Evidence.ACK: "(f.asked_at AT TIME ZONE %(zone)s)::date",
    Evidence.INVOICE: "f.invoiced_on",
    Evidence.CLAIM: "f.opened_on",
    Evidence.RATING: "f.observed_on",
}
_LISTED = """
SELECT f.id, {day} AS day, EXISTS (SELECT FROM {table} newer WHERE newer.corrects_id = f.id) AS is_replaced,
    f.source, f.key, {told} FROM {table} f WHERE f.id = ANY(%(ids)s)
"""
# What is no fact and stands behind metrics all the same.
_OTHER_COUNTS = (
    f"""SELECT '{Evidence.PAPER.value}', count(*), max(valid_from) FROM suppliers_certificate
        WHERE supplier_id = %(supplier)s AND NOT is_retired AND valid_until IS NOT NULL
            AND (valid_from IS NULL OR valid_from <= %(day)s)""",
    f"""SELECT '{Evidence.ACTION.value}', count(*), max(asked_on) FROM suppliers_correctiveaction
        WHERE supplier_id = %(supplier)s""",
)
MODELS: dict[Evidence, type[Fact]] = {
    Evidence.DELIVERY: DeliveryFact,
    Evidence.QUALITY: QualityFact,
    Evidence.ACK: AckFact,
    Evidence.INVOICE: InvoiceFact,
    Evidence.CLAIM: ClaimFact,
    Evidence.RATING: RatingFact,
}


@dataclass(frozen=True, slots=True)
class Landed:
    """One fact in few words. severity: greater is worse, None where it does not tell."""

    evidence: Evidence
    kind: str
    ref: str
    code: str
    number: float | None
    severity: float | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One fact of a list. is_replaced: a newer fact corrects it, so that it no longer counts."""

    day: date | None
    is_replaced: bool
    source: str
    key: str
    told: Landed


def listed(
    evidence: Evidence, supplier_id: int, *, cursor: Cursor | None, day: date, now: datetime
) -> tuple[list[Listed], Page[Fact]]:
    """One page of a supplier's facts of one kind, newest first, in two statements."""
    page = keyset.page(MODELS[evidence]._default_manager.filter(supplier_id=supplier_id).only("pk"), cursor=cursor)
    ids = [fact.pk for fact in page.rows]
    table = MODELS[evidence]._meta.db_table
    statement = _LISTED.format(day=_DAYS[evidence], told=_TOLD[evidence], table=table)
    parameters: dict[str, Any] = {"ids": ids, "day": day, "now": now, "zone": timezone.get_default_timezone_name()}
    with connection.cursor() as rows:
        rows.execute(statement, parameters)
        found = {
            pk: Listed(on, is_replaced, source, key, Landed(evidence, *told))
            for pk, on, is_replaced, source, key, *told in rows.fetchall()
        }
    return [found[pk] for pk in ids], page


def newest(supplier_id: int, *, day: date) -> dict[Evidence, tuple[int, date | None]]:
    """How many rows of each kind there are of a supplier, and the day of the newest, in one statement.

    Certificates are those that count on the day, as measuring.papers says it.
    """
    parts = [*_OTHER_COUNTS]
    parts += [
        f"SELECT '{evidence.value}', count(*), max({_DAYS[evidence]}) FROM {MODELS[evidence]._meta.db_table} f "
        "WHERE f.supplier_id = %(supplier)s"
        for evidence in MODELS
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(parts),
            {"supplier": supplier_id, "day": day, "zone": timezone.get_default_timezone_name()},
        )
        return {Evidence(name): (count, day) for name, count, day in cursor.fetchall()}


def landed(news: Mapping[int, Mapping[str, int]], *, day: date, now: datetime) -> dict[int, list[Landed]]:
    """Return the newest facts by supplier id. news: how many are new, by supplier id and name of COUNTED.

    They are counted and not dated: a fact may be committed after one that was recorded later.
    """
    found: defaultdict[int, list[Landed]] = defaultdict(list)
    for table, name in COUNTED.items():
        wanted = {
            supplier_id: min(counts[name], LOOKED_AT) for supplier_id, counts in news.items() if counts.get(name, 0) > 0
        }
        if not wanted:
            continue
        evidence = Evidence(name)
        statement = _NEWEST.format(told=_TOLD[evidence], table=table)
        with connection.cursor() as cursor:
            cursor.execute(
                statement, {"suppliers": list(wanted), "counts": list(wanted.values()), "day": day, "now": now}
            )
            for supplier_id, *rest in cursor.fetchall():
                found[supplier_id].append(Landed(evidence, *rest))
    return dict(found)
