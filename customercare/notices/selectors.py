"""Reads of fan-outs: how far they are, whom they reach, what they would say."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from backoffice.messaging import tallies
from backoffice.messaging.rules import OUTCOMES
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
    return _parts(fanout, _tally(fanout))


def progress_of(waves: Sequence[Fanout]) -> list[dict[str, int]]:
    """The progress of several fan-outs, in their order, in one query."""
    counts = tallies.of_batches([fanout.batch_id for fanout in waves if fanout.batch_id])
    return [_parts(fanout, counts.get(fanout.batch_id or 0, {})) for fanout in waves]


def _parts(fanout: Fanout, counts: Mapping[str, tallies.Count]) -> dict[str, int]:
    orders = {state: row.orders for state, row in counts.items()}
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
    # One look into the unique index for each notice: the vouchers are new, so a join would be planned blindly.
    standing = Voucher.objects.filter(cause_ref=fanout.cause_ref, order=OuterRef("order"))
    worth = Subquery(standing.exclude(state=Voucher.State.REVOKED).values("amount"))
    paid = Notice.objects.filter(fanout=fanout, amount__gt=0)
    return Decimal(paid.aggregate(total=Sum(worth, default=Decimal(0)))["total"])


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


def about_order(order_id: int) -> QuerySet[Notice]:
    """Real notices about one order, newest first, with their messages."""
    return (
        Notice.objects.filter(order_id=order_id, message__isnull=False)
        .filter(~Q(fanout__mode="drill"))
        .select_related("message", "fanout__store")
        .order_by("-id")
    )
