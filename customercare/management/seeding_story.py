"""What lies in seeds/supply: half a year of every supplier, told day by day, so that each score knew what was known.

The story is told once and as a whole: facts by the day on which they were known, assessments on theirs, a scoring on
each day that story.toml names, and in the end the default of the supplier that fell.
"""

import csv
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

from django.db import transaction
from django.utils import timezone

from backoffice.kernel.models import User
from suppliers.assessment import services as assessment
from suppliers.assessment.rules.drafts import AssessmentDraft
from suppliers.assessment.rules.metrics import Dimension
from suppliers.continuity import services as continuity
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier
from suppliers.directory.rules import SupplierDraft, SupplierKind
from suppliers.performance import services as performance
from suppliers.performance.models import DeliveryFact
from suppliers.performance.rules.facts import (
    AckDraft,
    ClaimDraft,
    DeliveryDraft,
    FactDraft,
    InvoiceDraft,
    QualityDraft,
    RatingDraft,
)

SOURCE = "demo"
People = Mapping[str, User]
# File -> what a row of it becomes, and who writes it.
TABLES: dict[str, tuple[type[FactDraft], Callable[..., Any]]] = {
    "deliveries": (DeliveryDraft, performance.record_deliveries),
    "quality": (QualityDraft, performance.record_quality),
    "acknowledgements": (AckDraft, performance.record_acknowledgements),
    "invoices": (InvoiceDraft, performance.record_invoices),
    "claims": (ClaimDraft, performance.record_claims),
    "ratings": (RatingDraft, performance.record_ratings),
}


@transaction.atomic
def load(folder: Path, *, people: People, now: datetime) -> int:
    """Tell the story, unless it was told; returns how many facts are new.

    people: by user name, those who assessed and declared; who is missing there is the system. Scores never go back in
    time, so that suppliers which were scored today already get their facts without the scores of the days before.
    """
    if DeliveryFact.objects.filter(source=SOURCE).exists():
        return 0
    told = tomllib.loads((folder / "story.toml").read_text(encoding="utf-8"))
    today = timezone.localdate(now)
    _warehouse(told["warehouse"], now)
    facts = {name: _read(folder / f"{name}.csv", draft, today) for name, (draft, _record) in TABLES.items()}
    suppliers = dict(Supplier.objects.values_list("code", "pk"))
    last = -10_000
    for day in told["scored"]:
        moment = now + timedelta(days=day)
        for name, (_draft, record) in TABLES.items():
            if drafts := [one for known, rows in facts[name].items() if last < known <= day for one in rows]:
                record(source=SOURCE, drafts=drafts, actor=None, now=moment)
        for row in told["assessment"]:
            if last < row["day"] <= day:
                _assess(row, suppliers[row["supplier"]], people, now)
        assessment.rescore(day=today + timedelta(days=day), now=moment)
        last = day
    _default(told["default"], suppliers, people, now)
    return sum(len(rows) for table in facts.values() for rows in table.values())


def _warehouse(row: Mapping[str, Any], now: datetime) -> None:
    if not Supplier.objects.filter(code=row["code"]).exists():
        directory.add_supplier(draft=SupplierDraft(kind=SupplierKind.WAREHOUSE, **row), actor=None, now=now)


def _assess(row: Mapping[str, Any], supplier_id: int, people: People, now: datetime) -> None:
    made, then = timezone.localdate(now) + timedelta(days=row["day"]), now + timedelta(days=row["day"])
    draft = AssessmentDraft(
        method=row["method"],
        made_on=made,
        valid_until=made + timedelta(days=row["lasts"]),
        points={Dimension(name): points for name, points in row["points"].items()},
        evidence=row["evidence"],
    )
    actor = people.get(row["by"])
    made_row = assessment.start_assessment(supplier_id=supplier_id, draft=draft, actor=actor, now=then)
    assessment.submit_assessment(assessment_id=made_row.pk, version=made_row.version, actor=actor, now=then)


def _default(row: Mapping[str, Any], suppliers: Mapping[str, int], people: People, now: datetime) -> None:
    continuity.declare_default(
        supplier_id=suppliers[row["supplier"]],
        why=row["why"],
        actor=people.get(row["by"]),
        now=now + timedelta(days=row["day"]),
    )


def _read(path: Path, draft: type[FactDraft], today: date) -> dict[int, Sequence[FactDraft]]:
    """Return the drafts of a file by the day on which they were known, counted from today."""
    kinds = {name: _kind(hint) for name, hint in get_type_hints(draft).items()}
    found: defaultdict[int, list[FactDraft]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            given = {name: _value(kinds[name], text, today) for name, text in row.items() if name != "known" and text}
            found[int(row["known"])].append(draft(**given))
    return dict(found)


def _kind(hint: Any) -> Any:
    """The type of a field, without the None beside it."""
    return next(one for one in get_args(hint) if one is not type(None)) if isinstance(hint, UnionType) else hint


def _value(kind: Any, text: str, today: date) -> Any:
    if kind is bool:
        return text == "yes"
    if kind is date:
        return today + timedelta(days=int(text))
    if kind is datetime:
        days, _separator, clock = text.partition("T")
        return datetime.combine(today + timedelta(days=int(days)), time.fromisoformat(clock), UTC)
    reads: dict[Any, Callable[[str], Any]] = {int: int, Decimal: Decimal, str: str}
    return reads.get(kind, kind if issubclass(kind, StrEnum) else str)(text)
