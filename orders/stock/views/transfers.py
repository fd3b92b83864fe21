"""Transfers between warehouses: listed, drafted, sent, received."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import access, editing, form_tokens, keyset
from backoffice.kernel.editing import EditForm, Screen, initial
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from orders.stock.forms import ArriveForm, PressForm, TransferForm
from orders.stock.models import Transfer
from orders.stock.rules import TransferState
from orders.stock.selectors import pages
from orders.stock.services import transfers

_edits = access.require(read=Capability.EDIT_STOCK, write=Capability.EDIT_STOCK)


@access.require(read=Capability.VIEW_STOCK)
def transfer_list(request: access.StaffRequest) -> HttpResponse:
    note = ""
    try:
        cursor = keyset.read(request.GET)
    except Refusal as refusal:
        cursor, note = None, refusal.message
    found = pages.transfers(cursor=cursor)
    context = {
        "rows": found.rows,
        "note": note,
        "shown": ngettext("%(n)d transfer", "%(n)d transfers", len(found.rows)) % {"n": len(found.rows)},
        "newer_url": keyset.link(request.GET, found.newer),
        "older_url": keyset.link(request.GET, found.older),
        "can_edit": request.user.can(Capability.EDIT_STOCK),
        "now": timezone.now(),
    }
    return render(request, "orders/stock/transfers.html", context)


@_edits
def draft(request: access.StaffRequest) -> HttpResponse:
    now = timezone.now()
    offered = [(one.code, one.name) for one in pages.warehouses()]
    screen = Screen(
        _("Draft a transfer"), _("Save draft"), _("The transfer is drafted. Nothing has moved yet."),
        back_url=reverse("stock:transfers"), back_label=_("Transfers"),
    )  # fmt: skip
    if request.method != "POST":
        first = initial(sku_1=request.GET.get("sku", "")[:64])
        if len(offered) > 1:
            first |= {"source": offered[0][0], "destination": offered[1][0]}
        return editing.show(request, screen, TransferForm(warehouses=offered, initial=first))
    form = TransferForm(request.POST, warehouses=offered)

    def act() -> str:
        data = form.cleaned_data
        made = transfers.draft(
            source=data["source"], destination=data["destination"], lines=form.lines(), due_on=data["due_on"],
            note=data["note"], actor=request.user, now=now,
        )  # fmt: skip
        return reverse("stock:transfer", args=[made.pk])

    return editing.answer(request, screen, form, act, purpose="transfer.draft", now=now)


@access.require(read=Capability.VIEW_STOCK)
def transfer(request: access.StaffRequest, pk: int) -> HttpResponse:
    return _page(request, _transfer(pk))


def _page(request: access.StaffRequest, moved: Transfer, pressed: EditForm | None = None) -> HttpResponse:
    context = {
        "transfer": moved,
        "lines": pages.transfer_lines(moved.pk),
        "steps": _steps(moved),
        "pressed": pressed,
        "has_errors": bool(pressed and pressed.errors),
        "token": form_tokens.new(),
        "can_edit": request.user.can(Capability.EDIT_STOCK),
        "now": timezone.now(),
    }
    return render(request, "orders/stock/transfer.html", context, status=422 if pressed else 200)


def _steps(moved: Transfer) -> list[dict[str, object]]:
    codes = list(TransferState)
    reached = codes.index(TransferState(moved.state))
    labels = dict(Transfer.State.choices)
    return [
        {"label": labels[code.value], "state": "done" if place <= reached else "todo"}
        for place, code in enumerate(codes)
    ]


def _transfer(pk: int) -> Transfer:
    return get_object_or_404(Transfer.objects.select_related("source", "destination", "drafted_by"), pk=pk)


def _screen(moved: Transfer, title: str, button: str, done: str) -> Screen:
    url = reverse("stock:transfer", args=[moved.pk])
    return Screen(title, button, done, back_url=url, back_label=_("Transfer {n}").format(n=moved.pk))


@access.require(write=Capability.EDIT_STOCK)
def send(request: access.StaffRequest, pk: int) -> HttpResponse:
    """The goods leave."""
    now = timezone.now()
    screen = _screen(_transfer(pk), "", "", _("The goods are on their way."))
    form = PressForm(request.POST)

    def act() -> str:
        transfers.send(transfer_id=pk, actor=request.user, now=now)
        return screen.back_url

    return editing.answer(
        request, screen, form, act, purpose=f"transfer.send:{pk}", now=now,
        again=lambda refused: _page(request, _transfer(pk), refused),
    )  # fmt: skip


@_edits
def receive(request: access.StaffRequest, pk: int) -> HttpResponse:
    """How much of it came."""
    now = timezone.now()
    moved = _transfer(pk)
    lines = pages.transfer_lines(pk)
    screen = _screen(moved, _("Receive the transfer"), _("Receive goods"), _("The goods are received."))
    if request.method != "POST":
        values = {f"came_{line.pk}": line.quantity for line in lines}
        return editing.show(request, screen, ArriveForm(lines=lines, initial=initial(**values)))
    form = ArriveForm(request.POST, lines=lines)

    def act() -> str:
        transfers.receive(transfer_id=pk, came=form.came(), actor=request.user, now=now)
        return screen.back_url

    return editing.answer(request, screen, form, act, purpose=f"transfer.receive:{pk}", now=now)
