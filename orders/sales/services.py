"""Writes to orders: placed set-based, in chunks, each order whole or not at all."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store, User
from orders.sales.models import Expectation, Order, OrderLine
from orders.sales.rules import OrderDraft
from suppliers.catalog import services as catalog
from suppliers.catalog.models import Product
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier

CHUNK = 1_000
UPDATED_FIELDS = [
    "number", "state", "placed_at", "currency", "total", "contact_name", "contact_email", "contact_phone",
    "contact_key", "language", "country", "region", "customer_ref", "campaign_code", "promised_at", "promised_on",
    "expected_on", "delivered_at", "delivered_on", "content_hash",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placed:
    """What placing came to: order ids by external id, and how each order fared."""

    ids: dict[str, int]
    created: int
    changed: int
    unchanged: int


def contact_key(email: str) -> str:
    """The canonical form that makes two orders one contact: case and outer spaces do not count."""
    return email.strip().casefold()


@transaction.atomic
def place_many(
    *, store: Store, drafts: Sequence[OrderDraft], create_missing: Collection[str] = (), now: datetime
) -> Placed:
    """Write the drafts: new ones created, changed ones updated with their lines, same ones left alone.

    create_missing: which of "products", "suppliers" may be created from the drafts; an unknown code
    that may not raises Refusal and nothing is written. External ids must be distinct.
    """
    _ensure_references(drafts, create_missing)
    totals = Placed(ids={}, created=0, changed=0, unchanged=0)
    for start in range(0, len(drafts), CHUNK):
        part = _place_chunk(store, drafts[start : start + CHUNK], now)
        totals = Placed(
            ids=totals.ids | part.ids,
            created=totals.created + part.created,
            changed=totals.changed + part.changed,
            unchanged=totals.unchanged + part.unchanged,
        )
    return totals


def _ensure_references(drafts: Sequence[OrderDraft], create_missing: Collection[str]) -> None:
    skus = {line.sku: line.title for draft in drafts for line in draft.lines}
    codes = {line.supplier_code: line.supplier_code for draft in drafts for line in draft.lines if line.supplier_code}
    if "products" in create_missing:
        catalog.ensure(names=skus)
    elif unknown := sorted(skus.keys() - set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))):
        raise Refusal("order.unknown_sku", _("No product has the SKU {sku}. Add it first.").format(sku=unknown[0]))
    if "suppliers" in create_missing:
        directory.ensure(names=codes)
    elif unknown := sorted(codes.keys() - set(Supplier.objects.filter(code__in=codes).values_list("code", flat=True))):
        raise Refusal(
            "order.unknown_supplier", _("No supplier has the code {code}. Add it first.").format(code=unknown[0])
        )


def _place_chunk(store: Store, drafts: Sequence[OrderDraft], now: datetime) -> Placed:
    known = {
        row[0]: row
        for row in Order.objects.filter(store=store, external_id__in=[d.external_id for d in drafts]).values_list(
            "external_id", "id", "content_hash", "expected_on", "public_token"
        )
    }
    hashes = {d.external_id: _content_hash(d) for d in drafts}
    fresh = [d for d in drafts if d.external_id not in known]
    changed = [d for d in drafts if d.external_id in known and known[d.external_id][2] != hashes[d.external_id]]
    rows = [
        _order(store, d, hashes[d.external_id], known[d.external_id][4] if d.external_id in known else "")
        for d in (*fresh, *changed)
    ]
    Order.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["store", "external_id"], update_fields=UPDATED_FIELDS
    )
    ids = {row.external_id: row.pk for row in rows}
    OrderLine.objects.filter(order_id__in=[ids[d.external_id] for d in changed]).delete()
    _write_lines((*fresh, *changed), ids)
    _write_expectations(
        [d for d in fresh if d.expected_on]
        + [d for d in changed if d.expected_on and known[d.external_id][3] != d.expected_on],
        ids,
        now,
    )
    ids |= {external_id: row[1] for external_id, row in known.items()}
    return Placed(ids, len(fresh), len(changed), len(drafts) - len(fresh) - len(changed))


def _content_hash(draft: OrderDraft) -> str:
    return hashlib.sha1(repr(draft).encode(), usedforsecurity=False).hexdigest()


def _order(store: Store, draft: OrderDraft, content_hash: str, token: str) -> Order:
    zone = ZoneInfo(store.time_zone)
    contact = draft.contact
    return Order(
        store=store,
        external_id=draft.external_id,
        number=draft.number,
        state=draft.state.value,
        placed_at=draft.placed_at,
        currency=draft.currency,
        total=draft.total,
        contact_name=contact.name,
        contact_email=contact.email.strip(),
        contact_phone=contact.phone,
        contact_key=contact_key(contact.email),
        language=contact.language or store.language,
        country=contact.country,
        region=contact.region,
        customer_ref=contact.customer_ref,
        campaign_code=draft.campaign_code,
        promised_at=draft.promised_at,
        promised_on=_day(draft.promised_at, zone),
        expected_on=draft.expected_on,
        delivered_at=draft.delivered_at,
        delivered_on=_day(draft.delivered_at, zone),
        public_token=token or secrets.token_urlsafe(24),
        content_hash=content_hash,
    )


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None


def _write_lines(drafts: Sequence[OrderDraft], ids: dict[str, int]) -> None:
    lines = [(ids[d.external_id], line) for d in drafts for line in d.lines]
    products = dict(Product.objects.filter(sku__in={line.sku for _id, line in lines}).values_list("sku", "id"))
    codes = {line.supplier_code for _id, line in lines}
    suppliers = dict(Supplier.objects.filter(code__in=codes).values_list("code", "id"))
    OrderLine.objects.bulk_create(
        [
            OrderLine(
                order_id=order_id,
                position=line.position,
                product_id=products[line.sku],
                supplier_id=suppliers.get(line.supplier_code),
                sku=line.sku,
                title=line.title,
                quantity=line.quantity,
                unit_price=line.unit_price,
            )
            for order_id, line in lines
        ],
        batch_size=5_000,
    )


def _write_expectations(drafts: Sequence[OrderDraft], ids: dict[str, int], now: datetime) -> None:
    Expectation.objects.bulk_create(
        [
            Expectation(
                order_id=ids[d.external_id],
                expected_on=d.expected_on,
                source="import",
                reason=d.expected_reason,
                recorded_at=now,
            )
            for d in drafts
        ]
    )


@transaction.atomic
def expect(
    *, actor: User | None, order: Order, on: date | None, source: str, reason: str, now: datetime
) -> Expectation:
    """Append a new expected date with its source and reason. on None: nobody knows any more."""
    revision = Expectation.objects.create(order=order, expected_on=on, source=source, reason=reason, recorded_at=now)
    Order.objects.filter(pk=order.pk).update(expected_on=on)
    audit.record(actor=actor, verb="order.expect", subject=f"order:{order.pk}", now=now, on=str(on), source=source)
    return revision


@transaction.atomic
def expect_many(
    *, order_ids: Sequence[int], on: date, source: str, reason: str, actor: User | None, now: datetime
) -> int:
    """Append the same expected date to many orders; returns how many."""
    Expectation.objects.bulk_create(
        [Expectation(order_id=pk, expected_on=on, source=source, reason=reason, recorded_at=now) for pk in order_ids],
        batch_size=5_000,
    )
    Order.objects.filter(pk__in=order_ids).update(expected_on=on)
    audit.record(actor=actor, verb="order.expect_many", subject="orders", now=now, on=str(on), orders=len(order_ids))
    return len(order_ids)


def mark_from(*, source: str, params: Sequence[Any], kind: str, ref: str, label: str, url: str, now: datetime) -> int:
    """Pin a mark to every order of an SQL source (order_id) in one statement, once each; returns how many are new."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_ordermark (order_id, kind, ref, label, url, marked_at) "
            f"SELECT s.order_id, %s, %s, %s, %s, %s FROM ({source}) AS s(order_id) "
            "ON CONFLICT (order_id, kind, ref) DO NOTHING",
            [kind, ref, label[:200], url, now, *params],
        )
        return int(cursor.rowcount)


def unmark_except(*, source: str, params: Sequence[Any], kind: str, ref: str) -> int:
    """Take this mark off every order that an SQL source (order_id) does not name any more; returns off how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM orders_ordermark WHERE kind = %s AND ref = %s AND order_id NOT IN ({source})",
            [kind, ref, *params],
        )
        return int(cursor.rowcount)
