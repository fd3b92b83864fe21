"""Items of a supplier, and a product with its suppliers side by side."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import access, audit, editing, form_tokens, keyset
from backoffice.kernel.editing import Screen, initial
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from suppliers.catalog import selectors
from suppliers.catalog import services as catalog
from suppliers.catalog.forms import ItemForm, MoveForm, NewItemForm, QuantityForm, as_typed
from suppliers.catalog.models import Product, SupplierItem
from suppliers.catalog.rules import ItemState
from suppliers.directory.models import Supplier

HISTORY_ROWS = 10
_edits = access.require(read=Capability.EDIT_SUPPLIERS, write=Capability.EDIT_SUPPLIERS)


@access.require(read=Capability.VIEW_SUPPLIERS)
def item_list(request: access.StaffRequest, pk: int) -> HttpResponse:
    """All that one supplier sells us."""
    supplier = get_object_or_404(Supplier, pk=pk)
    note = ""
    try:
        cursor = keyset.read(request.GET)
    except Refusal as refusal:
        cursor, note = None, refusal.message
    found = selectors.items(supplier, cursor=cursor)
    context = {
        "supplier": supplier,
        "items": found.rows,
        "note": note,
        "newer_url": keyset.link(request.GET, found.newer),
        "older_url": keyset.link(request.GET, found.older),
        "can_see_cost": request.user.can(Capability.VIEW_COST),
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "now": timezone.now(),
    }
    return render(request, "suppliers/catalog/items.html", context)


def _screen(supplier: Supplier, title: str, button: str, done: str) -> Screen:
    return Screen(title, button, done, back_url=reverse("suppliers:page", args=[supplier.pk]), back_label=supplier.name)


@_edits
def add_item(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    supplier = get_object_or_404(Supplier, pk=pk)
    screen = _screen(supplier, _("Add an item"), _("Add item"), _("The item is added."))
    if request.method != "POST":
        first = initial(currency=supplier.currency, moq=1, pack_size=1, order_multiple=1, state=ItemState.ACTIVE)
        return editing.show(request, screen, NewItemForm(initial=first))
    form = NewItemForm(request.POST)

    def act() -> str:
        catalog.add_item(supplier_id=pk, sku=form.cleaned_data["sku"], draft=form.draft(), actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"item.create:{pk}", now=now)


@_edits
def edit_item(request: access.StaffRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    item = _item(pk)
    screen = _screen(
        item.supplier,
        _("Change the item {sku}").format(sku=item.product.sku),
        _("Save changes"),
        _("The item is changed."),
    )
    if request.method != "POST":
        return editing.show(request, screen, _stored(pk))
    form = ItemForm(request.POST)

    def act() -> str:
        catalog.change_item(
            item_id=pk, version=form.cleaned_data["version"] or 0, draft=form.draft(), actor=request.user, now=now
        )
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"item.change:{pk}", now=now, saved=lambda: _stored(pk))


def _item(pk: int) -> SupplierItem:
    return get_object_or_404(SupplierItem.objects.select_related("supplier", "product"), pk=pk)


def _stored(pk: int) -> ItemForm:
    """The form of an item as it is stored now, its price breaks spread over their rows."""
    row = _item(pk)
    values: dict[str, Any] = {
        name: getattr(row, name) for name in ItemForm.base_fields if name not in editing.OWN_FIELDS
    }
    values["price"] = as_typed(row.price, row.currency)
    for n, step in enumerate(catalog.breaks_of(row), start=1):
        values |= {f"break_{n}_quantity": step.min_quantity, f"break_{n}_price": as_typed(step.price, row.currency)}
    return ItemForm(initial=initial(row.version, **values))


@access.require(read=Capability.VIEW_SUPPLIERS)
def product_page(request: access.StaffRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(Product, pk=pk)
    return _product(request, product, MoveForm())


def _product(request: access.StaffRequest, product: Product, moving: editing.EditForm) -> HttpResponse:
    sees_cost = request.user.can(Capability.VIEW_COST)
    asked = QuantityForm(request.GET)
    wanted = asked.cleaned_data.get("quantity") if asked.is_valid() else None
    context = {
        "product": product,
        "asked": asked,
        "wanted": (wanted or 0) if sees_cost else 0,
        "found": selectors.compare(product, wanted=wanted or 0),
        "moving": moving,
        "has_errors": bool(moving.errors),
        "token": form_tokens.new(),
        "history": audit.about(f"product:{product.pk}", limit=HISTORY_ROWS) if sees_cost else [],
        "can_see_cost": sees_cost,
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "now": timezone.now(),
    }
    return render(request, "suppliers/catalog/product.html", context, status=422 if moving.errors else 200)


@access.require(write=Capability.EDIT_SUPPLIERS)
def move(request: access.StaffRequest, pk: int) -> HttpResponse:
    """One step up or down among the suppliers of a product."""
    now = timezone.now()
    item = _item(pk)
    form = MoveForm(request.POST)
    url = reverse("catalog:product", args=[item.product_id])

    def act() -> str:
        catalog.move_item(
            item_id=pk,
            up=form.cleaned_data["direction"] == "up",
            seen_rank=form.cleaned_data["rank"],
            actor=request.user,
            now=now,
        )
        return url

    screen = Screen("", "", _("The order of suppliers is changed."), back_url=url, back_label=item.product.sku)
    return editing.answer(
        request, screen, form, act, purpose=f"item.move:{pk}", now=now,
        again=lambda refused: _product(request, item.product, refused),
    )  # fmt: skip
