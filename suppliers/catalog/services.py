"""Writes to the catalogue: products, what suppliers sell of them, and who comes first."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Max, Value, When
from django.utils.translation import gettext as _

from backoffice.kernel import audit, changing
from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.models import User
from backoffice.kernel.numbers import currency_exponent
from suppliers.catalog import rules
from suppliers.catalog.models import PriceBreak, Product, SupplierItem
from suppliers.catalog.rules import Break, ItemDraft, ItemState
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier
from suppliers.directory.rules import SupplierKind


def ensure(*, names: Mapping[str, str]) -> int:
    """Create the products that are missing, by canonical SKU -> name. Existing ones stay as they are.

    Returns how many were created.
    """
    before = Product.objects.filter(sku__in=names.keys()).count()
    Product.objects.bulk_create(
        [Product(sku=sku, name=name or sku) for sku, name in sorted(names.items())], ignore_conflicts=True
    )
    return len(names) - before


@transaction.atomic
def add_item(*, supplier_id: int, sku: str, draft: ItemDraft, actor: User | None, now: datetime) -> SupplierItem:
    """Write that a supplier sells a product; an active item comes last in rank.

    Raises Refusal (supplier.role, item.sku, item.known, item.warehouse, item.numbers, item.multiple, item.breaks,
    money.currency).
    """
    directory.require_editor(actor)
    product = _hold_product(sku)
    _refuse_warehouse(supplier_id)
    _check(draft)
    if SupplierItem.objects.filter(supplier_id=supplier_id, product=product).exists():
        raise Refusal("item.known", _("This supplier has the product already. Change that item."), "sku")
    values = _values(draft)
    rank = _last_rank(product) + 1 if draft.state == ItemState.ACTIVE else None
    item = SupplierItem.objects.create(supplier_id=supplier_id, product=product, rank=rank, **values)
    _write_breaks(item, draft.breaks)
    told: dict[str, Any] = {"breaks": ([], _breaks_told(draft.breaks))} if draft.breaks else {}
    audit.record(
        actor=actor, verb="item.create", subject=f"supplier:{supplier_id}", now=now, item=item.pk, sku=product.sku,
        rank=rank,
        **audit.changes({"price": (None, draft.price)} | told),
    )  # fmt: skip
    return item


@transaction.atomic
def change_item(*, item_id: int, version: int, draft: ItemDraft, actor: User | None, now: datetime) -> SupplierItem:
    """Write what differs. An item that stops being active leaves its rank, and those behind it move up; one that
    becomes active again comes last. Raises Stale, and Refusal as add_item does."""
    directory.require_editor(actor)
    product = Product.objects.select_for_update().get(items=item_id)
    item = changing.lock(SupplierItem.objects.all(), pk=item_id, version=version)
    _check(draft)
    if draft.state != ItemState.ENDED:
        _refuse_warehouse(item.supplier_id)
    before, old_rank = breaks_of(item), item.rank
    rank = (old_rank or _last_rank(product) + 1) if draft.state == ItemState.ACTIVE else None
    changed = changing.apply(item, _values(draft) | {"rank": rank})
    if old_rank is not None and rank is None:
        SupplierItem.objects.filter(product=product, rank__gt=old_rank).update(rank=F("rank") - 1)
    if before != draft.breaks:
        if not changed:
            changing.touch(item)
        changed |= {"breaks": (_breaks_told(before), _breaks_told(draft.breaks))}
        _write_breaks(item, draft.breaks)
    if changed:
        audit.record(
            actor=actor, verb="item.change", subject=f"supplier:{item.supplier_id}", now=now, item=item_id,
            sku=product.sku, **audit.changes(changed),
        )  # fmt: skip
    return item


@transaction.atomic
def move_item(*, item_id: int, up: bool, seen_rank: int, actor: User | None, now: datetime) -> None:
    """Change places with the item before it (up) or behind it. seen_rank: the place that the person saw it in.

    Raises Refusal (supplier.role, item.no_rank, item.end), and Stale when it stands elsewhere by now.
    """
    directory.require_editor(actor)
    product = Product.objects.select_for_update().get(items=item_id)
    item = SupplierItem.objects.select_related("supplier").get(pk=item_id)
    if item.rank is None:
        raise Refusal("item.no_rank", _("Only active items have a rank. Make it active first."))
    if item.rank != seen_rank:
        raise Stale("item.moved", _("Somebody else changed the order meanwhile. This is the new one."))
    target = item.rank - 1 if up else item.rank + 1
    other = SupplierItem.objects.select_related("supplier").filter(product=product, rank=target).first()
    if other is None:
        raise Refusal("item.end", _("It cannot move further."))
    SupplierItem.objects.filter(pk__in=[item.pk, other.pk]).update(
        rank=Case(When(pk=item.pk, then=Value(target)), default=Value(item.rank))
    )
    audit.record(
        actor=actor, verb="product.rank", subject=f"product:{product.pk}", now=now,
        **audit.changes({item.supplier.code: (item.rank, target), other.supplier.code: (target, item.rank)}),
    )  # fmt: skip


def breaks_of(item: SupplierItem) -> tuple[Break, ...]:
    """The item's price breaks, smallest quantity first."""
    rows = item.breaks.order_by("min_quantity").values_list("min_quantity", "price")
    return tuple(Break(quantity, price) for quantity, price in rows)


def _hold_product(sku: str) -> Product:
    product = Product.objects.select_for_update().filter(sku=sku).first()
    if product is None:
        raise Refusal("item.sku", _("No product has this number. Products come with the orders."), "sku")
    return product


def _refuse_warehouse(supplier_id: int) -> None:
    """Held until the end, so that it cannot become a warehouse meanwhile."""
    if Supplier.objects.select_for_update().get(pk=supplier_id).kind == SupplierKind.WAREHOUSE:
        raise Refusal("item.warehouse", _("Nothing is bought from a warehouse of our own."))


def _last_rank(product: Product) -> int:
    return SupplierItem.objects.filter(product=product).aggregate(last=Max("rank"))["last"] or 0


def _values(draft: ItemDraft) -> dict[str, Any]:
    return {name: value for name, value in asdict(draft).items() if name != "breaks"}


def _write_breaks(item: SupplierItem, breaks: tuple[Break, ...]) -> None:
    item.breaks.all().delete()
    PriceBreak.objects.bulk_create(
        PriceBreak(item=item, min_quantity=step.min_quantity, price=step.price) for step in breaks
    )


def _breaks_told(breaks: tuple[Break, ...]) -> list[str]:
    return [f"{step.min_quantity}: {step.price}" for step in breaks]


def _check(draft: ItemDraft) -> None:
    try:
        currency_exponent(draft.currency)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, "currency") from refusal
    if draft.price <= 0:
        raise Refusal("item.numbers", _("Enter a price above zero."), "price")
    _check_quantities(draft)
    if draft.order_multiple % draft.pack_size:
        raise Refusal(
            "item.multiple",
            _("A pack holds {pack} units, so orders come in multiples of {pack}.").format(pack=draft.pack_size),
            "order_multiple",
        )
    if (place := rules.breaks_out_of_step(base=draft.price, breaks=draft.breaks)) is not None:
        raise Refusal(
            "item.breaks",
            _("Each price break is for more units at a lower price than the one before. Check this one."),
            f"break_{place + 1}_price",
        )


def _check_quantities(draft: ItemDraft) -> None:
    for name in ("moq", "pack_size", "order_multiple"):
        if not 1 <= getattr(draft, name) <= rules.LARGEST_QUANTITY:
            raise Refusal("item.numbers", _("Enter from 1 to 999999 units."), name)
    if draft.capacity_per_week is not None and not 1 <= draft.capacity_per_week <= rules.LARGEST_QUANTITY:
        raise Refusal("item.numbers", _("Enter from 1 to 999999 units."), "capacity_per_week")
    if not 0 <= draft.lead_time_days <= rules.LONGEST_LEAD_DAYS:
        raise Refusal("item.numbers", _("Enter from 0 to 730 days."), "lead_time_days")
