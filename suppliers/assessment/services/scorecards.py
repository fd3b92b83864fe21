"""Scoring: everything is read for all suppliers at once, and a revision is written only where something changed."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from suppliers.assessment.models import PolicyVersion, Scorecard, Standing, StandingChange
from suppliers.assessment.rules import explaining, snapshot, telling
from suppliers.assessment.rules.estimating import NOTHING, Measured
from suppliers.assessment.rules.metrics import METRICS
from suppliers.assessment.rules.policy import Policy
from suppliers.assessment.rules.scoring import Inputs, Score, score
from suppliers.assessment.rules.standing import Held, Verdict, judge, outlives
from suppliers.assessment.selectors import scorecards
from suppliers.assessment.selectors.landed import Landed, landed

CHUNK = 1_000
# All revisions in one value: arrays of documents, one for each column, take several times as long to write down.
_REVISIONS = """
INSERT INTO suppliers_scorecard (supplier_id, revision, previous_id, day, policy_id, inputs, result, explanation,
    total, low, high, coverage, digest, made_at)
SELECT supplier_id, revision, previous_id, %(day)s, %(policy)s, inputs, result, explanation,
    total, low, high, coverage, digest, %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS told(supplier_id bigint, revision int, previous_id bigint, inputs jsonb,
    result jsonb, explanation jsonb, total numeric, low numeric, high numeric, coverage numeric, digest text)
RETURNING supplier_id, id
"""


@dataclass(frozen=True, slots=True)
class Rescored:
    """How many suppliers were looked at, got a new revision, and stand elsewhere than before."""

    looked_at: int = 0
    revisions: int = 0
    moved: int = 0

    def __add__(self, other: "Rescored") -> "Rescored":
        return Rescored(self.looked_at + other.looked_at, self.revisions + other.revisions, self.moved + other.moved)


@dataclass(frozen=True, slots=True)
class _Case:
    """One supplier under way. before: the head of its newest revision; standing: its row; None before the first."""

    supplier_id: int
    inputs: Inputs
    found: Score
    digest: str
    seen: dict[str, int]
    before: Scorecard | None
    standing: Standing | None

    @property
    def is_new(self) -> bool:
        return self.before is None or self.before.digest != self.digest


def rescore_due(*, day: date, now: datetime, limit: int) -> Rescored:
    """Score at most so many suppliers whose score does not stand on all there is; see selectors.due."""
    version = scorecards.current_policy()
    if version is None:
        return Rescored()
    return rescore(day=day, now=now, supplier_ids=scorecards.due(day=day, policy_id=version.pk, limit=limit))


def rescore(*, day: date, now: datetime, supplier_ids: Collection[int] | None = None) -> Rescored:
    """Score these suppliers, or all, as of the day. Without a policy nothing is scored.

    One whose standing is of a later day already is left alone: a score never goes back in time.
    """
    version = scorecards.current_policy()
    if version is None:
        return Rescored()
    rows = scorecards.ranked().exclude(standing__scored_on__gt=day)
    if supplier_ids is not None:
        rows = rows.filter(pk__in=supplier_ids)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    total = Rescored()
    for start in range(0, len(ids), CHUNK):
        total += _rescore(version, ids[start : start + CHUNK], day, now)
    return total


@transaction.atomic
def _rescore(version: PolicyVersion, ids: Sequence[int], day: date, now: datetime) -> Rescored:
    _one_at_a_time()
    policy = scorecards.policy_of(version)
    cases = _cases(version, policy, ids, day)
    fresh = _write_revisions(version, [case for case in cases if case.is_new], day, now)
    moved = _write_standings(cases, fresh, version=version, policy=policy, day=day, now=now)
    return Rescored(len(cases), len(fresh), moved)


def _one_at_a_time() -> None:
    """Wait until nobody else scores, so that revisions follow one another.

    Whoever holds the row of a supplier must not come here: writing a scorecard waits for that row.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('assessment.rescore'))")


def _cases(version: PolicyVersion, policy: Policy, ids: Sequence[int], day: date) -> list[_Case]:
    # Counted before it is read: what lands in between is read now or noticed later, and never missed.
    seen = scorecards.seen(ids)
    inputs = scorecards.inputs(policy, day=day, supplier_ids=ids)
    heads, standings = scorecards.heads(ids), scorecards.standings(ids)
    # Somebody may have scored a later day while this waited for its turn.
    ahead = {one for one, row in standings.items() if row.scored_on > day}
    cases = []
    for one in (one for one in ids if one not in ahead):
        found = score(policy, inputs[one], day=day)
        digest = snapshot.digest(found, policy_version=version.number)
        cases.append(_Case(one, inputs[one], found, digest, seen[one], heads.get(one), standings.get(one)))
    return cases


def _write_revisions(version: PolicyVersion, cases: Sequence[_Case], day: date, now: datetime) -> dict[int, int]:
    """Write a revision for each case, and return the ids by supplier id."""
    before = scorecards.newest([case.supplier_id for case in cases if case.before])
    news = {
        case.supplier_id: {
            name: count - before[case.supplier_id].inputs["counted"].get(name, 0) for name, count in case.seen.items()
        }
        for case in cases
        if case.supplier_id in before
    }
    facts = landed(news, day=day, now=now)
    rows = [
        {
            "supplier_id": case.supplier_id,
            "revision": case.before.revision + 1 if case.before else 1,
            "previous_id": case.before.pk if case.before else None,
            "inputs": snapshot.inputs_to_data(case.inputs) | {"counted": case.seen},
            "result": snapshot.score_to_data(case.found),
            "explanation": _explanation(case, before.get(case.supplier_id), version, facts.get(case.supplier_id, ())),
            "total": case.found.total,
            "low": case.found.low,
            "high": case.found.high,
            "coverage": case.found.coverage,
            "digest": case.digest,
        }
        for case in cases
    ]
    with connection.cursor() as cursor:
        cursor.execute(_REVISIONS, {"rows": json.dumps(rows), "day": day, "policy": version.pk, "now": now})
        return dict(cursor.fetchall())


def _explanation(case: _Case, old: Scorecard | None, version: PolicyVersion, facts: Sequence[Landed]) -> dict[str, Any]:
    """Why this revision differs from the old one, as data that words.py turns into sentences.

    from, to: the totals. dimensions, charges: tenths of a point, which add up to the difference. facts: the names of
    those that landed in between, and new: how many did. policy: the numbers of both versions where they differ.
    """
    after = case.found
    if old is None:
        return {"first": True, "to": after.total}
    before = snapshot.score_from_data(old.result)
    charges = explaining.split(before, after)
    was, now = old.inputs["measured"], case.inputs.measured
    told: dict[str, Any] = {
        "from": before.total,
        "to": after.total,
        "coverage": [before.coverage, after.coverage],
        "dimensions": explaining.by_dimension(charges),
        "charges": [_charge(charge, was, now, facts) for charge in charges],
        "stops": {"on": _stops(after, before), "off": _stops(before, after)},
    }
    if old.policy_id != version.pk:
        told["policy"] = [old.policy.number, version.number]
    return told


def _charge(
    charge: explaining.Charge, was: Mapping[str, Any], now: Mapping[str, Any], facts: Sequence[Landed]
) -> dict[str, Any]:
    metric = METRICS.get(charge.key)
    bearing = [
        fact
        for fact in facts
        if metric and fact.evidence is metric.evidence and (not metric.kinds or fact.kind in metric.kinds)
    ]
    chosen = telling.chosen(bearing, severity=lambda fact: fact.severity, fell=charge.tenths < 0)
    figures = (Measured(*was.get(charge.key, [0])), now.get(charge.key, NOTHING))
    return {
        "key": charge.key,
        "dimension": charge.dimension,
        "tenths": charge.tenths,
        "points": [charge.was, charge.now],
        "values": [found.least if found.value is None else found.value for found in figures],
        "new": len(bearing),
        "facts": [[fact.code, fact.ref, fact.number] for fact in chosen],
    }


def _stops(these: Score, others: Score) -> list[list[str]]:
    return [[stop.switch, stop.because] for stop in these.stops if stop not in others.stops]


def _write_standings(
    cases: Iterable[_Case],
    fresh: Mapping[int, int],
    *,
    version: PolicyVersion,
    policy: Policy,
    day: date,
    now: datetime,
) -> int:
    rows, changes = [], []
    for case in cases:
        card_id = fresh.get(case.supplier_id) or (case.before.pk if case.before else 0)
        verdict = judge(policy, case.found, _held(case.standing), day=day)
        row, change = _stand(case, verdict, card_id, day, now)
        row.policy = version
        rows.append(row)
        if change is not None:
            changes.append(change)
    columns = (
        "scorecard", "policy", "standing", "consequence", "may_override", "since", "band", "better_since",
        "better_band", "seen", "scored_on", "version", "override", "override_until", "override_reason", "override_by",
    )  # fmt: skip
    Standing.objects.bulk_create(rows, update_conflicts=True, unique_fields=["supplier"], update_fields=columns)
    StandingChange.objects.bulk_create(changes)
    return len(changes)


def _held(row: Standing | None) -> Held | None:
    return None if row is None else Held(row.standing, row.band, row.better_since, row.better_band)


def _stand(
    case: _Case, verdict: Verdict, card_id: int, day: date, now: datetime
) -> tuple[Standing, StandingChange | None]:
    """The row as it is to be, and the line of history where it means something else than before."""
    old, held = case.standing, verdict.held
    is_same = old is not None and (old.standing, old.consequence) == (held.standing, verdict.consequence)
    decision = _decision(old, verdict, day, is_same=is_same)
    has_ended = old is not None and old.is_overridden(day) and not decision["override"]
    row = Standing(
        supplier_id=case.supplier_id,
        scorecard_id=card_id,
        standing=held.standing,
        consequence=verdict.consequence,
        may_override=list(verdict.may_override),
        since=old.since if old and is_same else day,
        band=held.band,
        better_since=held.better_since,
        better_band=held.better_band,
        seen=case.seen,
        scored_on=day,
        version=old.version + (not is_same) if old else 1,
        **decision,
    )
    if is_same:
        return row, None
    return row, StandingChange(
        supplier_id=case.supplier_id,
        scorecard_id=card_id,
        at=now,
        was=old.standing if old else "",
        standing=held.standing,
        consequence=verdict.consequence,
        override=row.override,
        reason=_("The decision about the standing before ended with it.") if has_ended else "",
    )


def _decision(old: Standing | None, verdict: Verdict, day: date, *, is_same: bool) -> dict[str, Any]:
    """What a person decided, as far as it goes on: about the same standing, or no milder than the new one."""
    nothing = {"override": "", "override_until": None, "override_reason": "", "override_by_id": None}
    if old is None:
        return nothing
    goes_on = is_same or (old.is_overridden(day) and outlives(old.override, verdict.consequence))
    return {name: getattr(old, name) for name in nothing} if goes_on else nothing
