"""The stock list, one article whole, and what is changed about it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import access, editing, form_tokens, formats, keyset
from backoffice.kernel.editing import EditForm, Screen, initial
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from orders.stock import filters
from orders.stock.forms import AdjustForm, KeepForm, PressForm
from orders.stock.models import Shelf, StockLevel
from orders.stock.rules import StopReason
from orders.stock.selectors import availability, pages
from orders.stock.services import counting, shelves
from orders.stock.services.counting import Counted
from suppliers.catalog.models import Product

_edits = access.require(read=Capability.EDIT_STOCK, write=Capability.EDIT_STOCK)


@access.require(read=Capability.VIEW_STOCK)
def stock_list(request: access.StaffRequest) -> HttpResponse:
    now = timezone.now()
    asked = filters.read(request.GET, warehouses=[(one.code, one.name) for one in pages.warehouses()])
    notes = list(asked.notes)
    try:
        cursor = keyset.read(request.GET, named=True)
    except Refusal as refusal:
        cursor = None
        notes.append(refusal.message)
    found = pages.list_page(asked.filter, cursor=cursor, now=now)
    context = {
        "views": [
            {"url": f"?view={code}", "label": label, "current": code == asked.filter.view, "count": None}
            for code, label in filters.VIEWS.items()
        ],
        "filters": asked.form,
        "asked": asked.filter,
        "notes": notes,
        "rows": found.rows,
        "count": _count_words(found.count),
        "newer_url": keyset.link(request.GET, found.page.newer),
        "older_url": keyset.link(request.GET, found.page.older),
        "can_edit": request.user.can(Capability.EDIT_STOCK),
        "now": now,
    }
    return render(request, "orders/stock/list.html", context)


def _count_words(count: int) -> str:
    capped = min(count, keyset.COUNT_CAP)
    figure = formats.number(capped) + ("+" if count > keyset.COUNT_CAP else "")
    return ngettext("%(n)s article", "%(n)s articles", capped) % {"n": figure}


@access.require(read=Capability.VIEW_STOCK)
def article(request: access.StaffRequest, pk: int) -> HttpResponse:
    return _article(request, _product(pk))


def _article(request: access.StaffRequest, product: Product, pressed: EditForm | None = None) -> HttpResponse:
    now = timezone.now()
    note = ""
    try:
        cursor = keyset.read(request.GET)
    except Refusal as refusal:
        cursor, note = None, refusal.message
    ledger = pages.ledger(product, cursor=cursor)
    parts = availability.parts([product.pk], now=now)[product.pk]
    context = {
        "product": product,
        "row": pages.StockRow(product, product.shelf, parts),
        "parts": parts,
        "levels": pages.levels(product, today=timezone.localdate(now)),
        "promises": pages.promises(product),
        "lots": pages.lots(product),
        "coming": pages.coming(product),
        "ledger": ledger.rows,
        "note": note,
        "newer_url": keyset.link(request.GET, ledger.newer),
        "older_url": keyset.link(request.GET, ledger.older),
        "pressed": pressed,
        "has_errors": bool(pressed and pressed.errors),
        "token": form_tokens.new(),
        "can_edit": request.user.can(Capability.EDIT_STOCK),
        "today": timezone.localdate(now),
        "now": now,
    }
    return render(request, "orders/stock/article.html", context, status=422 if pressed else 200)


def _product(pk: int) -> Product:
    return get_object_or_404(Product.objects.filter(shelf__isnull=False).select_related("shelf"), pk=pk)


def _screen(product: Product, title: str, button: str, done: str, note: str = "") -> Screen:
    url = reverse("stock:article", args=[product.pk])
    return Screen(title, button, done, back_url=url, back_label=product.sku, note=note)


@_edits
def adjust(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Write what was counted in one warehouse; whoever counted an older figure is shown both."""
    now = timezone.now()
    level = get_object_or_404(StockLevel.objects.select_related("warehouse", "product"), pk=pk)
    screen = _screen(
        level.product,
        _("Adjust {sku} in {warehouse}").format(sku=level.product.sku, warehouse=level.warehouse.name),
        _("Write the count"),
        _("The count is written."),
        note=_("Our books say {on_hand} on hand; {promised} of them are held, sold or in quarantine.").format(
            on_hand=level.on_hand, promised=level.reserved + level.allocated + level.quarantine
        ),
    )

    def stored() -> AdjustForm:
        row = StockLevel.objects.get(pk=pk)
        return AdjustForm(initial=initial(row.version, counted=row.on_hand, reason=""))

    if request.method != "POST":
        return editing.show(request, screen, stored())
    form = AdjustForm(request.POST)

    def act() -> str:
        data = form.cleaned_data
        line = Counted(level.product.sku, level.warehouse.code, data["counted"], data["version"] or 0)
        counting.count(key=f"adjust:{data['token']}", lines=[line], reason=data["reason"], actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"stock.adjust:{pk}", now=now, saved=stored)


@_edits
def keep(request: access.StaffRequest, pk: int) -> HttpResponse:
    """The buffer of each warehouse, and from when on the article is shown again."""
    now = timezone.now()
    product = _product(pk)
    screen = _screen(product, _("Change the buffer"), _("Save buffer"), _("The buffer is changed."))

    def levels() -> list[StockLevel]:
        rows = StockLevel.objects.filter(product=product).select_related("warehouse")
        return list(rows.order_by("warehouse__code"))

    def stored() -> KeepForm:
        shelf, rows = Shelf.objects.get(product=product), levels()
        values: dict[str, Any] = {f"buffer_{row.pk}": row.buffer for row in rows}
        return KeepForm(levels=rows, initial=initial(shelf.version, back_at=shelf.back_at, **values))

    if request.method != "POST":
        return editing.show(request, screen, stored())
    form = KeepForm(request.POST, levels=levels())

    def act() -> str:
        shelves.keep(
            product_id=pk, version=form.cleaned_data["version"] or 0, buffers=form.buffers(),
            back_at=form.cleaned_data["back_at"], actor=request.user, now=now,
        )  # fmt: skip
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"stock.keep:{pk}", now=now, saved=stored)


@access.require(write=Capability.EDIT_STOCK)
def stop(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Show an article as unavailable."""
    return _press(request, pk, shown=False)


@access.require(write=Capability.EDIT_STOCK)
def show(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Show an article as available again."""
    return _press(request, pk, shown=True)


def _press(request: access.StaffRequest, pk: int, *, shown: bool) -> HttpResponse:
    now = timezone.now()
    product = _product(pk)
    done = _("The article is shown as available.") if shown else _("The article is shown as unavailable.")
    screen = _screen(product, "", "", done)
    form = PressForm(request.POST)

    def act() -> str:
        given: dict[str, Any] = {"product_id": pk, "version": form.cleaned_data["version"] or 0}
        given |= {"actor": request.user, "now": now}
        if shown:
            shelves.show(**given)
        else:
            shelves.stop(reason=StopReason.MANUAL_STOP, **given)
        return screen.back_url

    return editing.answer(
        request, screen, form, act, purpose=f"stock.shown:{pk}", now=now,
        again=lambda refused: _article(request, _product(pk), refused),
    )  # fmt: skip
