"""The daily check: every window that is over is judged, each breach is written once, and late facts judge it anew.

It looks at levels, never at events: whatever ran twice, or did not run for days, the same rows come out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import alerts, audit, formats
from backoffice.kernel.errors import Refusal
from suppliers.contracts import words
from suppliers.contracts.models import Breach, BreachRevision, ServiceLevel
from suppliers.contracts.rules import judging
from suppliers.contracts.rules.judging import Judgement
from suppliers.contracts.rules.rows import Facts, with_prices
from suppliers.contracts.rules.windows import Span, judged_on
from suppliers.contracts.selectors import facts as reading
from suppliers.contracts.selectors import levels

LOCK = "contracts check"
PORTION = 50


@dataclass(frozen=True, slots=True)
class Checked:
    """levels: of which a window or a fact was new. windows: judged for them. found: new breaches. changed: breaches
    that were judged anew. gone: those among them that no longer stand."""

    levels: int = 0
    windows: int = 0
    found: int = 0
    changed: int = 0
    gone: int = 0

    def plus(self, other: "Checked") -> "Checked":
        return Checked(
            self.levels + other.levels, self.windows + other.windows, self.found + other.found,
            self.changed + other.changed, self.gone + other.gone,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What is to be written about one window."""

    level: ServiceLevel
    span: Span
    found: Judgement


def check(*, day: date, now: datetime) -> Checked:
    """Judge every window that is over on a day and was not yet judged from all facts.

    Raises Refusal (check.future) for a day that has not come, and (check.busy) while another check writes. Suppliers
    are done in portions, each whole or not at all.
    """
    if day > timezone.localdate(now):
        raise Refusal("check.future", _("That day has not come yet. Choose today or an earlier one."))
    suppliers = sorted(set(levels.watched(day=day).values_list("contract__supplier_id", flat=True)))
    total = Checked()
    for start in range(0, len(suppliers), PORTION):
        total = total.plus(_portion(suppliers[start : start + PORTION], day=day, now=now))
    return total


@transaction.atomic
def _portion(supplier_ids: Sequence[int], *, day: date, now: datetime) -> Checked:
    _one_at_a_time()
    seen = reading.counts(supplier_ids)
    every = list(levels.watched(day=day).filter(contract__supplier_id__in=supplier_ids))
    spans = {level.pk: levels.spans(level, day=day) for level in every}
    due = [level for level in every if spans[level.pk] and _is_due(level, spans[level.pk], seen)]
    if not due:
        return Checked()
    known = _facts(due, spans)
    verdicts = [
        _Verdict(level, span, levels.judged(level, span, known[level.contract.supplier_id]))
        for level in due
        for span in spans[level.pk]
    ]
    written = _write(verdicts, now)
    _remember(due, spans, seen)
    return Checked(levels=len(due), windows=len(verdicts)).plus(written)


def _one_at_a_time() -> None:
    """Raise Refusal (check.busy) while another check writes; what is due then is found again by the next one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK])
        if not cursor.fetchone()[0]:
            raise Refusal("check.busy", _("Another check is running. Look again in a minute."))


def _is_due(level: ServiceLevel, spans: Sequence[Span], seen: dict[int, int]) -> bool:
    is_new = level.judged_until is None or spans[-1].end > level.judged_until
    return is_new or seen.get(level.contract.supplier_id, 0) != level.seen


def _facts(due: Sequence[ServiceLevel], spans: dict[int, list[Span]]) -> dict[int, Facts]:
    first = min(spans[level.pk][0].start for level in due)
    last = max(spans[level.pk][-1].end for level in due)
    ids = {level.contract.supplier_id for level in due}
    return reading.load(ids, Span(first, last), sources=levels.sources(due))


def _remember(due: Sequence[ServiceLevel], spans: dict[int, list[Span]], seen: dict[int, int]) -> None:
    for level in due:
        end = spans[level.pk][-1].end
        level.judged_until = max(level.judged_until or end, end)
        level.seen = seen.get(level.contract.supplier_id, 0)
    ServiceLevel.objects.bulk_update(due, ["judged_until", "seen"])


def _write(verdicts: Sequence[_Verdict], now: datetime) -> Checked:
    known = {(row.level_id, row.start): row for row in Breach.objects.filter(level__in={v.level.pk for v in verdicts})}
    newest = BreachRevision.objects.filter(breach__in=known.values(), revision=F("breach__revision"))
    latest = {row.breach_id: row for row in newest}
    fresh = [one for one in verdicts if one.found.stands and (one.level.pk, one.span.start) not in known]
    made = Breach.objects.bulk_create([_breach(one, now) for one in fresh])
    revisions = [_revision(breach, one, now) for breach, one in zip(made, fresh, strict=True)]
    changed: list[Breach] = []
    for one in verdicts:
        breach = known.get((one.level.pk, one.span.start))
        if breach is None:
            continue
        before = latest[breach.pk]
        anew = _again(one, before)
        if judging.digest(levels.terms(anew.level), anew.found) != before.digest:
            breach.revision += 1
            revisions.append(_revision(breach, anew, now))
            changed.append(_newest(breach, anew))
    BreachRevision.objects.bulk_create(revisions)
    Breach.objects.bulk_update(changed, ["revision", "stands", "n", "value", "penalty"])
    _tell(made, changed, {one.level.pk: one.level for one in verdicts}, now)
    return Checked(found=len(made), changed=len(changed), gone=sum(not row.stands for row in changed))


def _again(one: _Verdict, before: BreachRevision) -> _Verdict:
    """The verdict, counted with the prices of the one before."""
    rows = with_prices(one.found.rows, before.rows)
    goods = rows if one.found.goods == one.found.rows else with_prices(one.found.goods, before.goods)
    return _Verdict(one.level, one.span, judging.judge(levels.terms(one.level), rows, goods))


def _breach(one: _Verdict, now: datetime) -> Breach:
    contract = one.level.contract
    row = Breach(
        level=one.level, contract=contract, supplier_id=contract.supplier_id, start=one.span.start, end=one.span.end,
        currency=contract.currency, found_at=now,
    )  # fmt: skip
    return _newest(row, one)


def _newest(breach: Breach, one: _Verdict) -> Breach:
    breach.stands, breach.n, breach.value = one.found.stands, one.found.reading.n, one.found.reading.value
    breach.penalty = one.found.penalty.amount
    return breach


def _revision(breach: Breach, one: _Verdict, now: datetime) -> BreachRevision:
    terms, found = levels.terms(one.level), one.found
    same = found.goods == found.rows
    return BreachRevision(
        breach=breach, revision=breach.revision, judged_on=judged_on(one.span, late_days=levels.grace(one.level)),
        stands=found.stands, n=found.reading.n, value=found.reading.value, penalty=found.penalty.amount,
        terms=terms.body(), reading=found.measured(), sums=found.sums(), rows=list(found.rows),
        goods=[] if same else list(found.goods), digest=judging.digest(terms, found), made_at=now,
    )  # fmt: skip


def _tell(made: Sequence[Breach], changed: Sequence[Breach], known: dict[int, ServiceLevel], now: datetime) -> None:
    """One alert a breach, which ends when it no longer stands; and one entry of the log for each judgement."""
    for breach in made:
        audit.record(
            actor=None, verb="breach.found", subject=f"supplier:{breach.supplier_id}", now=now, breach=breach.pk,
            number=known[breach.level_id].contract.number, amount=str(breach.penalty), currency=breach.currency,
        )  # fmt: skip
        alerts.raise_once(
            key=alert_key(breach.pk), title=_title(known[breach.level_id], breach), now=now,
            url=reverse("contracts:breach", args=[breach.pk]),
        )  # fmt: skip
    for breach in changed:
        audit.record(
            actor=None, verb="breach.judged", subject=f"supplier:{breach.supplier_id}", now=now, breach=breach.pk,
            revision=breach.revision, stands=breach.stands, amount=str(breach.penalty), currency=breach.currency,
        )  # fmt: skip
        if not breach.stands:
            alerts.close(key=alert_key(breach.pk), now=now)


def _title(level: ServiceLevel, breach: Breach) -> str:
    told = _("{supplier}: {metric} was missed from {start} to {end}").format(
        supplier=level.contract.supplier.name[:80],
        metric=words.METRICS[level.metric],
        start=formats.day(breach.start),
        end=formats.day(breach.end),
    )
    return told[:200]


def alert_key(breach_id: int) -> str:
    """One alert for each breach."""
    return f"breach:{breach_id}"
