"""What a score needs besides measures, which suppliers wait for one, and what is stored of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from suppliers.assessment.models import Assessment, CriticalEvent, PolicyVersion, Scorecard, Standing
from suppliers.assessment.rules import policy as policies
from suppliers.assessment.rules.policy import Consequence, Method, Policy, Switch
from suppliers.assessment.rules.scoring import Assessed, Inputs, Stop
from suppliers.assessment.selectors import measuring
from suppliers.directory.models import Certificate, Supplier
from suppliers.directory.rules import SupplierKind, SupplierState

# Table -> the name under which its rows are counted.
COUNTED = {
    "suppliers_deliveryfact": "delivery",
    "suppliers_qualityfact": "quality",
    "suppliers_ackfact": "ack",
    "suppliers_invoicefact": "invoice",
    "suppliers_claimfact": "claim",
    "suppliers_ratingfact": "rating",
}
# Facts and submitted assessments are only added to; every change of a certificate, event or corrective action makes its
# version greater.
_CHANGING = {
    "assessments": "SELECT supplier_id, count(*) AS n FROM suppliers_assessment WHERE state = 'submitted'",
    "papers": "SELECT supplier_id, sum(version) AS n FROM suppliers_certificate WHERE true",
    "events": "SELECT supplier_id, sum(version) AS n FROM suppliers_criticalevent WHERE true",
    "actions": "SELECT supplier_id, sum(version) AS n FROM suppliers_correctiveaction WHERE true",
}
_COUNTS = {name: f"SELECT supplier_id, count(*) AS n FROM {table} WHERE true" for table, name in COUNTED.items()}
_SOURCES = _COUNTS | _CHANGING
_SEEN = """
SELECT s.id, jsonb_build_object({pairs}) AS seen FROM suppliers_supplier s {joins}
WHERE (%(suppliers)s::bigint[] IS NULL OR s.id = ANY(%(suppliers)s))
""".format(
    pairs=", ".join(f"'{name}', coalesce({name}.n, 0)" for name in _SOURCES),
    joins=" ".join(
        f"LEFT JOIN ({rows} AND (%(suppliers)s::bigint[] IS NULL OR supplier_id = ANY(%(suppliers)s)) "
        f"GROUP BY supplier_id) {name} ON {name}.supplier_id = s.id"
        for name, rows in _SOURCES.items()
    ),
)
_DUE = f"""
SELECT seen.id FROM ({_SEEN}) seen JOIN suppliers_supplier s ON s.id = seen.id
LEFT JOIN suppliers_standing standing ON standing.supplier_id = seen.id
WHERE s.kind = %(kind)s AND s.state <> %(ended)s AND (
    standing.id IS NULL OR standing.scored_on < %(day)s
    OR standing.scored_on = %(day)s AND (standing.policy_id <> %(policy)s OR standing.seen <> seen.seen))
ORDER BY seen.id LIMIT %(limit)s
"""


def current_policy() -> PolicyVersion | None:
    """The version in force, None before there is one."""
    return PolicyVersion.objects.order_by("-number").first()


def policy_of(version: PolicyVersion) -> Policy:
    """The policy of a stored version. ValueError for one that no service has saved."""
    found, problems = policies.read(version.body)
    if found is None:
        raise ValueError(f"policy {version.number}: {problems}")
    return found


def ranked() -> QuerySet[Supplier]:
    """The suppliers that have a score: neither warehouses of our own nor those we buy from no more."""
    return Supplier.objects.filter(kind=SupplierKind.SUPPLIER).exclude(state=SupplierState.ENDED)


def due(*, day: date, policy_id: int, limit: int) -> list[int]:
    """Suppliers whose score does not stand on all there is: never scored, not today, by an older policy, or with
    facts, assessments, certificates, events or corrective actions that it has not seen. Counted, so that nothing
    committed is missed."""
    parameters = {
        "suppliers": None,
        "kind": SupplierKind.SUPPLIER.value,
        "ended": SupplierState.ENDED.value,
        "day": day,
        "policy": policy_id,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, parameters)
        return [row[0] for row in cursor.fetchall()]


def seen(supplier_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How many rows of each kind there are, by supplier id."""
    columns = ", ".join(f"seen.seen->>'{name}'" for name in _SOURCES)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT seen.id, {columns} FROM ({_SEEN}) seen", {"suppliers": sorted(supplier_ids)})
        return {row[0]: dict(zip(_SOURCES, map(int, row[1:]), strict=True)) for row in cursor.fetchall()}


def inputs(policy: Policy, *, day: date, supplier_ids: Collection[int]) -> dict[int, Inputs]:
    """Return by supplier id everything that is scored. A fixed number of statements."""
    measured = measuring.measured(policy, day=day, supplier_ids=supplier_ids)
    assessed = _assessed(day - timedelta(days=policy.decay_days), supplier_ids)
    stops = _stops(day, supplier_ids)
    return {
        one: Inputs(measured.get(one, {}), tuple(assessed.get(one, ())), tuple(stops.get(one, ())))
        for one in supplier_ids
    }


def _assessed(oldest: date, supplier_ids: Collection[int]) -> dict[int, list[Assessed]]:
    rows = Assessment.objects.filter(
        supplier_id__in=supplier_ids, state=Assessment.State.SUBMITTED, valid_until__gte=oldest
    )
    found: defaultdict[int, list[Assessed]] = defaultdict(list)
    for row in rows.order_by("id"):
        found[row.supplier_id].append(
            Assessed(str(row.pk), Method(row.method), row.made_on, row.valid_until, row.points())
        )
    return found


def _stops(day: date, supplier_ids: Collection[int]) -> dict[int, list[Stop]]:
    """The switches that are on. A certificate counts as the directory has it: critical, ended, and not replaced."""
    found: defaultdict[int, list[Stop]] = defaultdict(list)
    papers = Certificate.objects.filter(
        supplier_id__in=supplier_ids, is_critical=True, is_retired=False, valid_until__lt=day
    )
    for paper in papers.order_by("id"):
        found[paper.supplier_id].append(Stop(Switch.CERTIFICATE, paper.number, paper.valid_until))
    events = CriticalEvent.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=day), supplier_id__in=supplier_ids, happened_on__lte=day
    )
    for event in events.order_by("id"):
        found[event.supplier_id].append(Stop(Switch(event.kind), event.note, event.happened_on))
    return found


def newest(supplier_ids: Collection[int]) -> dict[int, Scorecard]:
    """The newest revision of each supplier that has one."""
    return {row.supplier_id: row for row in _newest(supplier_ids).select_related("policy")}


def heads(supplier_ids: Collection[int]) -> dict[int, Scorecard]:
    """The newest revisions without what they are made of, which is most of what a scorecard holds."""
    return {row.supplier_id: row for row in _newest(supplier_ids).only("supplier_id", "revision", "digest")}


def _newest(supplier_ids: Collection[int]) -> QuerySet[Scorecard]:
    rows = Scorecard.objects.filter(supplier_id__in=supplier_ids)
    return rows.order_by("supplier_id", "-revision").distinct("supplier_id")


def standings(supplier_ids: Collection[int]) -> dict[int, Standing]:
    """Where suppliers stand, held until the transaction ends."""
    rows = Standing.objects.filter(supplier_id__in=supplier_ids).order_by("supplier_id")
    return {row.supplier_id: row for row in rows.select_for_update()}


def revisions(supplier_id: int, *, limit: int) -> Sequence[Scorecard]:
    """The newest revisions, newest first, without their inputs."""
    return list(
        Scorecard.objects.filter(supplier_id=supplier_id)
        .select_related("policy")
        .defer("inputs", "result")
        .order_by("-revision")[:limit]
    )


def blocked(supplier_ids: Collection[int], *, day: date) -> set[int]:
    """Return those of these suppliers to whom nothing may be ordered on a day."""
    rows = Standing.objects.filter(supplier_id__in=supplier_ids)
    return {row.supplier_id for row in rows if row.effective(day) == Consequence.BLOCK}


def consequence(supplier_id: int, *, day: date) -> tuple[str, str]:
    """What holds for purchase orders to this supplier on a day, and the standing it follows from; ("", "") before
    the first score."""
    found: Any = Standing.objects.filter(supplier_id=supplier_id).first()
    return (found.effective(day), found.standing) if found else ("", "")
