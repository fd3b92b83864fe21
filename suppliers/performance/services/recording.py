"""Writing facts: set-based and in chunks, each once by its key, and never over another.

A draft whose key is there already with the same content is unchanged; with other content it is refused, since a fact is
corrected by a new one that names it.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.text import shown
from suppliers.catalog.models import Product
from suppliers.directory.models import Supplier
from suppliers.performance.models import (
    BY_KIND,
    AckFact,
    ClaimFact,
    DeliveryFact,
    Fact,
    InvoiceFact,
    QualityFact,
    RatingFact,
)
from suppliers.performance.rules.facts import (
    SOURCE_LIMIT,
    AckDraft,
    ClaimDraft,
    DeliveryDraft,
    FactDraft,
    InvoiceDraft,
    QualityDraft,
    RatingDraft,
)
from suppliers.performance.rules.kinds import FactKind

CHUNK = 5_000
D = TypeVar("D", bound=FactDraft)
# These become ids; every other field of a draft is the column of the same name.
_LOOKED_UP = ("supplier_code", "sku", "corrects")


@dataclass(frozen=True, slots=True)
class Recorded:
    """created + unchanged + len(refused) = drafts. refused: keys that are recorded with other content, or that
    correct a fact which another one has corrected already."""

    created: int
    unchanged: int
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    """Ids by code and by SKU."""

    suppliers: dict[str, int]
    products: dict[str, int]


def record_deliveries(*, source: str, drafts: Sequence[DeliveryDraft], actor: User | None, now: datetime) -> Recorded:
    """Record deliveries; a blank line_ref makes the fact a line of its own. As `_record`."""
    return _record(DeliveryFact, source, drafts, actor, now)


def record_quality(*, source: str, drafts: Sequence[QualityDraft], actor: User | None, now: datetime) -> Recorded:
    """Record inspections, returns, recalls and violations. As `_record`."""
    return _record(QualityFact, source, drafts, actor, now)


def record_acknowledgements(*, source: str, drafts: Sequence[AckDraft], actor: User | None, now: datetime) -> Recorded:
    """Record what suppliers were asked and answered. As `_record`."""
    return _record(AckFact, source, drafts, actor, now)


def record_invoices(*, source: str, drafts: Sequence[InvoiceDraft], actor: User | None, now: datetime) -> Recorded:
    """Record invoice lines. As `_record`."""
    return _record(InvoiceFact, source, drafts, actor, now)


def record_claims(*, source: str, drafts: Sequence[ClaimDraft], actor: User | None, now: datetime) -> Recorded:
    """Record claims. As `_record`."""
    return _record(ClaimFact, source, drafts, actor, now)


def record_ratings(*, source: str, drafts: Sequence[RatingDraft], actor: User | None, now: datetime) -> Recorded:
    """Record ratings and readings of feeds. As `_record`."""
    return _record(RatingFact, source, drafts, actor, now)


def record_facts(
    *, kind: FactKind, source: str, drafts: Sequence[FactDraft], actor: User | None, now: datetime
) -> Recorded:
    """Record facts of any kind; the drafts are of that kind. As `_record`."""
    return _record(BY_KIND[kind.name], source, drafts, actor, now)


@transaction.atomic
def _record(model: type[Fact], source: str, drafts: Sequence[FactDraft], actor: User | None, now: datetime) -> Recorded:
    """Write the drafts that are new, all or none, with one audit entry.

    Raises Refusal (fact.source, fact.supplier, fact.product, fact.corrects) for what is not there; nothing is written
    then. A draft may correct another one of the same call.
    """
    if not 0 < len(source) <= SOURCE_LIMIT:
        raise Refusal("fact.source", _("Name the source of the facts in at most 60 characters."), "source")
    known = _Known(
        suppliers=_ids(Supplier, "code", {draft.supplier_code for draft in drafts}, "fact.supplier"),
        products=_ids(Product, "sku", {draft.sku for draft in drafts if draft.sku}, "fact.product"),
    )
    total = Recorded(0, 0)
    for layer in _layers(drafts):
        for start in range(0, len(layer), CHUNK):
            part = layer[start : start + CHUNK]
            rows = _rows(model, source, part, known, now)
            total = _sum(total, _write(model, source, part, rows))
    counts = {"created": total.created, "unchanged": total.unchanged, "refused": len(total.refused)}
    audit.record(actor=actor, verb="facts.record", subject=f"{model._meta.model_name}:{source}", now=now, **counts)
    return total


def _ids(model: type[Supplier] | type[Product], field: str, codes: set[str], refusal: str) -> dict[str, int]:
    ids: dict[str, int] = dict(model._default_manager.filter(**{f"{field}__in": codes}).values_list(field, "id"))
    if missing := sorted(codes - ids.keys()):
        sentence = (
            _("There is no supplier “%(code)s”. Add it first.")
            if model is Supplier
            else _("There is no product “%(code)s”. Add it first.")
        )
        raise Refusal(refusal, sentence % {"code": shown(missing[0])}, field)
    return ids


def _layers(drafts: Sequence[D]) -> Iterable[list[D]]:
    """Yield the drafts so that what is corrected is always written before what corrects it, and in order of key.

    Two that record the same facts then wait for each other's rows in one order, and never in a circle.
    """
    waiting = sorted(drafts, key=lambda draft: draft.key)
    while waiting:
        keys = {draft.key for draft in waiting}
        ready = [draft for draft in waiting if draft.corrects not in keys]
        if not ready:
            raise _no_such_fact(waiting[0].corrects)
        yield ready
        waiting = [draft for draft in waiting if draft.corrects in keys]


def _rows(
    model: type[Fact], source: str, drafts: Sequence[FactDraft], known: _Known, now: datetime
) -> list[dict[str, Any]]:
    wanted = {draft.corrects for draft in drafts if draft.corrects}
    found = model._default_manager.filter(source=source, key__in=wanted) if wanted else ()
    corrected = {fact.key: fact.pk for fact in found}
    rows = []
    for draft in drafts:
        if draft.corrects and draft.corrects not in corrected:
            raise _no_such_fact(draft.corrects)
        told = {name: getattr(draft, name) for name in draft.__dataclass_fields__}
        digest = _digest(draft)
        if isinstance(draft, DeliveryDraft):
            told["line_ref"] = draft.line_ref or draft.key
        given = {
            "source": source,
            "supplier_id": known.suppliers[draft.supplier_code],
            "product_id": known.products.get(draft.sku),
            "corrects_id": corrected.get(draft.corrects),
            "digest": digest,
            "recorded_at": now,
        }
        rows.append({name: value for name, value in told.items() if name not in _LOOKED_UP} | given)
    return rows


def _digest(draft: FactDraft) -> str:
    """What a fact says, in a form that a new field, which older facts leave empty, does not change.

    Empty is what a field is when nothing is said: "no" to a question is an answer, and differs from not captured.
    """
    pairs = ((field, getattr(draft, field.name)) for field in fields(draft))
    said = {
        field.name: value
        for field, value in pairs
        if not (value in (None, "") or (value is False and field.default is False))
    }
    text = json.dumps(said, cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _no_such_fact(key: str) -> Refusal:
    sentence = _("No fact of this source has the key “%(key)s”, so it cannot be corrected.")
    return Refusal("fact.corrects", sentence % {"key": shown(key)}, "corrects")


def _write(model: type[Fact], source: str, drafts: Sequence[FactDraft], rows: Sequence[dict[str, Any]]) -> Recorded:
    """Insert what is new; what is not is compared with what stands there."""
    table = model._meta.db_table
    columns = ", ".join(rows[0])
    types = {field.column: field.rel_db_type(connection) for field in model._meta.concrete_fields}
    shape = ", ".join(f"{column} {types[column]}" for column in rows[0])
    insert = (
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_to_recordset(%s::jsonb) AS given ({shape}) "
        "ON CONFLICT DO NOTHING RETURNING key"
    )
    with connection.cursor() as cursor:
        cursor.execute(insert, [json.dumps(rows, cls=DjangoJSONEncoder)])
        created = {row[0] for row in cursor.fetchall()}
    standing = dict(
        model._default_manager.filter(source=source, key__in=[draft.key for draft in drafts]).values_list(
            "key", "digest"
        )
    )
    fresh = set(created)
    unchanged, refused = 0, []
    for draft, row in zip(drafts, rows, strict=True):
        if draft.key in fresh:
            fresh.remove(draft.key)
        elif standing.get(draft.key) == row["digest"]:
            unchanged += 1
        else:
            refused.append(draft.key)
    return Recorded(len(created), unchanged, tuple(refused))


def _sum(one: Recorded, other: Recorded) -> Recorded:
    return Recorded(one.created + other.created, one.unchanged + other.unchanged, one.refused + other.refused)
