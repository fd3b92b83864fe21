"""Reads that see the directory and the catalogue together: the list of suppliers, and one supplier's numbers."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, IntegerField, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from backoffice.kernel import keyset
from backoffice.kernel.keyset import Cursor, Page
from suppliers.assessment.selectors import ending as assessments
from suppliers.assessment.selectors import listed
from suppliers.assessment.selectors.listed import Listed
from suppliers.catalog.models import SupplierItem
from suppliers.catalog.rules import ItemState
from suppliers.directory.models import Certificate, Supplier
from suppliers.directory.rules import EXPIRING_DAYS, SupplierState
from suppliers.directory.selectors import talks_due, today
from suppliers.overview.rules import SupplierFilter


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is counted about one supplier. primary: products of which it is the first supplier; assess: assessments that
    end soon or have ended."""

    expired: int
    expired_critical: int
    expiring: int
    items: int
    primary: int
    assess: int


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """One line of the list. is_due: we should have talked by now. score: None before the first one."""

    supplier: Supplier
    numbers: Numbers
    is_due: bool
    score: Listed | None


@dataclass(frozen=True, slots=True)
class SupplierList:
    """One page of suppliers, by name. count: matches, counted no further than the cap of lists."""

    rows: list[SupplierRow]
    count: int
    page: Page[Supplier]


def countries() -> tuple[str, ...]:
    """The countries that suppliers are in."""
    rows = Supplier.objects.exclude(country="").order_by("country").values_list("country", flat=True).distinct()
    return tuple(rows)


def list_page(wanted: SupplierFilter, *, cursor: Cursor | None, now: datetime) -> SupplierList:
    """One page of the list in two statements, whatever the number of rows."""
    day = today(now)
    rows = matching(wanted, now=now)
    page = keyset.page(listed.with_scores(_counted(rows, day), day=day), cursor=cursor, by="name", rising=True)
    return SupplierList(
        rows=[SupplierRow(one, numbers(one), is_due(one, day), listed.of(one, day=day)) for one in page.rows],
        count=keyset.capped_count(rows, cap=keyset.COUNT_CAP),
        page=page,
    )


def counted(*, now: datetime) -> QuerySet[Supplier]:
    """Suppliers that carry their counts, for `numbers`."""
    return _counted(Supplier.objects.all(), today(now))


def is_due(supplier: Supplier, day: date) -> bool:
    """True when the day on which we should talk has come; with one that ended, nobody needs to."""
    due = supplier.contact_due_on
    return due is not None and due <= day and supplier.state != SupplierState.ENDED


def matching(wanted: SupplierFilter, *, now: datetime) -> QuerySet[Supplier]:
    """Every supplier the filter means, in no order."""
    rows = _view(Supplier.objects.all(), wanted.view, today(now))
    for name in ("state", "country", "kind"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    if wanted.q:
        rows = rows.filter(
            Q(code__icontains=wanted.q) | Q(name__icontains=wanted.q) | Q(legal_name__icontains=wanted.q)
        )
    return rows


def _view(rows: QuerySet[Supplier], view: str, day: date) -> QuerySet[Supplier]:
    if view == "due":
        return rows & talks_due(day)
    if view == "papers":
        ending = _standing().filter(supplier=OuterRef("pk"), valid_until__lte=day + timedelta(days=EXPIRING_DAYS))
        return rows.filter(Exists(ending))
    if view == "assess":
        return assessments.suppliers_due(rows, day)
    if view == "primary":
        return rows.filter(Exists(SupplierItem.objects.filter(supplier=OuterRef("pk"), rank=1)))
    if view == "idle":
        return rows.filter(~Exists(_bought().filter(supplier=OuterRef("pk"))))
    return rows


def _standing() -> QuerySet[Certificate]:
    return Certificate.objects.filter(is_retired=False)


def _bought() -> QuerySet[SupplierItem]:
    return SupplierItem.objects.exclude(state=ItemState.ENDED)


def _counted(rows: QuerySet[Supplier], day: date) -> QuerySet[Supplier]:
    expired = _standing().filter(valid_until__lt=day)
    ending = _standing().filter(valid_until__range=(day, day + timedelta(days=EXPIRING_DAYS)))
    return rows.annotate(
        expired_n=_count(expired),
        expired_critical_n=_count(expired.filter(is_critical=True)),
        expiring_n=_count(ending),
        items_n=_count(_bought()),
        primary_n=_count(SupplierItem.objects.filter(rank=1)),
        assess_n=_count(assessments.due(day)),
    )


def _count(rows: QuerySet[Model]) -> Coalesce:
    per_supplier = rows.filter(supplier=OuterRef("pk")).order_by().values("supplier").annotate(n=Count("pk"))
    return Coalesce(Subquery(per_supplier.values("n"), output_field=IntegerField()), 0)


def numbers(row: Supplier) -> Numbers:
    names = ("expired", "expired_critical", "expiring", "items", "primary", "assess")
    return Numbers(**{name: getattr(row, f"{name}_n") for name in names})
