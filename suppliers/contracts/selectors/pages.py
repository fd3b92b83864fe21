"""What pages show of contracts, breaches and claims: one page in a number of statements that does not grow with it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from backoffice.kernel import keyset
from backoffice.kernel.keyset import Cursor, Page
from suppliers.contracts.models import Breach, ClaimBreach, ClaimRecovery, Contract, SupplierClaim
from suppliers.contracts.rules.claims import ClaimState, ContractState
from suppliers.directory.models import Supplier

ENDING_DAYS = 90
SHOWN = 12
OPEN_STATES = (ClaimState.DRAFT, ClaimState.SENT, ClaimState.ACCEPTED, ClaimState.PARTLY, ClaimState.DISPUTED)
SUMS = tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """What a supplier's page says. claims: those that are open; recovered: sums by currency."""

    contracts: list[Contract]
    claims: list[SupplierClaim]
    recovered: SUMS


@dataclass(frozen=True, slots=True)
class Glance:
    """What the page of a supplier says in few lines. open_claims: how many; recovered: sums by currency."""

    contracts: list[Contract]
    open_claims: int
    recovered: SUMS


@dataclass(frozen=True, slots=True)
class Money:
    """Of one contract, in its currency. unclaimed: penalties that nobody asked for or let go."""

    unclaimed: Decimal
    claimed: Decimal
    recovered: Decimal


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One breach of a claim. has_changed: it was judged anew since."""

    line: ClaimBreach
    has_changed: bool


@dataclass(frozen=True, slots=True)
class ClaimWhole:
    """A claim with all that belongs to it."""

    claim: SupplierClaim
    lines: list[ClaimLine]
    recoveries: list[ClaimRecovery]

    @property
    def has_changed(self) -> bool:
        return any(line.has_changed for line in self.lines)


def recovered(supplier: Supplier, *, since: date | None = None) -> SUMS:
    """What came back from a supplier on claims, by currency, from a day on: for purchasing to net invoices with."""
    rows = ClaimRecovery.objects.filter(claim__supplier=supplier)
    if since is not None:
        rows = rows.filter(day__gte=since)
    sums = rows.order_by().values("claim__currency").annotate(sum=Sum("amount")).order_by("claim__currency")
    return tuple(sums.values_list("claim__currency", "sum"))


def glance(supplier: Supplier) -> Glance:
    """Two statements."""
    claims = SupplierClaim.objects.filter(supplier=supplier).order_by("currency").values("currency")
    is_open = Count("pk", filter=Q(state__in=OPEN_STATES), distinct=True)
    sums = list(claims.annotate(is_open=is_open, back=Sum("recoveries__amount")))
    return Glance(
        contracts=_shown(supplier),
        open_claims=sum(row["is_open"] for row in sums),
        recovered=tuple((row["currency"], row["back"]) for row in sums if row["back"]),
    )


def _shown(supplier: Supplier) -> list[Contract]:
    return list(_counted(supplier.contracts.all()).order_by("-valid_from", "-pk")[:SHOWN])


def panel(supplier: Supplier) -> Panel:
    """Three statements."""
    return Panel(
        contracts=_shown(supplier),
        claims=list(supplier.claims.filter(state__in=OPEN_STATES).order_by("-pk")[:SHOWN]),
        recovered=recovered(supplier),
    )


def unclaimed(rows: QuerySet[Breach]) -> QuerySet[Breach]:
    """Breaches that stand, and that nobody claimed or let go."""
    taken = ClaimBreach.objects.filter(breach=OuterRef("pk"), is_live=True)
    return rows.filter(stands=True, waived_at__isnull=True).filter(~Exists(taken))


def contracts(view: str, q: str, *, day: date) -> QuerySet[Contract]:
    """The contracts of a list, in no order. view: all, ending, breach, claims or drafts."""
    rows = Contract.objects.select_related("supplier")
    if view == "ending":
        last = day + timedelta(days=ENDING_DAYS)
        rows = rows.filter(
            Q(valid_until__range=(day, last)) | Q(terminated_on__range=(day, last)), ~Q(state=ContractState.DRAFT)
        )
    elif view == "breach":
        rows = rows.filter(Exists(unclaimed(Breach.objects.filter(contract=OuterRef("pk")))))
    elif view == "claims":
        rows = rows.filter(Exists(SupplierClaim.objects.filter(contract=OuterRef("pk"), state__in=OPEN_STATES)))
    elif view == "drafts":
        rows = rows.filter(state=ContractState.DRAFT)
    if q:
        rows = rows.filter(Q(number__icontains=q) | Q(title__icontains=q) | Q(supplier__name__icontains=q))
    return rows


def contract_page(view: str, q: str, *, cursor: Cursor | None, day: date) -> tuple[Page[Contract], int]:
    """One page by number, and how many there are up to the cap of lists: two statements."""
    rows = contracts(view, q, day=day)
    page = keyset.page(_counted(rows), cursor=cursor, by="number", rising=True)
    return page, keyset.capped_count(rows, cap=keyset.COUNT_CAP)


def claim_page(view: str, *, cursor: Cursor | None, day: date) -> tuple[Page[SupplierClaim], int]:
    """One page of claims, newest first: two statements. view: open, overdue, closed or all."""
    rows = SupplierClaim.objects.select_related("supplier", "contract")
    if view == "open":
        rows = rows.filter(state__in=OPEN_STATES)
    elif view == "overdue":
        rows = rows.filter(state=ClaimState.SENT, answer_due__lt=day)
    elif view == "closed":
        rows = rows.exclude(state__in=OPEN_STATES)
    return keyset.page(rows, cursor=cursor), keyset.capped_count(rows, cap=keyset.COUNT_CAP)


def breach_page(contract: Contract, *, cursor: Cursor | None) -> Page[Breach]:
    """The breaches of a contract, the ones found last first, each with its live claim."""
    claim = ClaimBreach.objects.filter(breach=OuterRef("pk"), is_live=True)
    rows = contract.breaches.select_related("level").annotate(
        claim_id=Subquery(claim.values("claim_id")[:1]),
        claimed_revision=Subquery(claim.values("revision__revision")[:1]),
    )
    return keyset.page(rows, cursor=cursor, size=SHOWN)


def money(contract: Contract) -> Money:
    """Two statements."""
    open_sum = unclaimed(contract.breaches.all()).aggregate(sum=Sum("penalty"))["sum"]
    claims = contract.claims.exclude(state=ClaimState.WITHDRAWN).aggregate(sum=Sum("amount"), back=Sum("recovered"))
    return Money(open_sum or Decimal(0), claims["sum"] or Decimal(0), claims["back"] or Decimal(0))


def whole(claim: SupplierClaim) -> ClaimWhole:
    """Two statements."""
    lines = claim.lines.select_related("breach__level", "revision").order_by("breach__start", "pk")
    return ClaimWhole(
        claim=claim,
        lines=[ClaimLine(line, line.breach.revision != line.revision.revision) for line in lines],
        recoveries=list(claim.recoveries.select_related("recorded_by").order_by("-day", "-pk")),
    )


def _counted(rows: QuerySet[Contract]) -> QuerySet[Contract]:
    """Each contract with its open breaches and claims."""
    return rows.annotate(
        breach_n=_count(unclaimed(Breach.objects.all())),
        claim_n=_count(SupplierClaim.objects.filter(state__in=OPEN_STATES)),
    )


def _count(rows: QuerySet[Any]) -> Coalesce:
    per_contract = rows.filter(contract=OuterRef("pk")).order_by().values("contract").annotate(n=Count("pk"))
    return Coalesce(Subquery(per_contract.values("n"), output_field=IntegerField()), 0)
