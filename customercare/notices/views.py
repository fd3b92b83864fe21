"""Writing to many customers: compose, check, watch; and what one order's customer was told."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from backoffice.kernel import access, form_tokens
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store
from backoffice.kernel.roles import Capability
from backoffice.messaging import frames
from customercare.notices import pages, samples, selectors
from customercare.notices import services as notices
from customercare.notices.forms import ComposeForm, ConfirmForm, suggested_title
from customercare.notices.models import Fanout
from orders.sales import filters
from orders.sales import selectors as orders
from orders.sales.rules import OrderFilter

STOP_POLLING = 286


@access.require(read=Capability.SEND_BULK, write=Capability.SEND_BULK)
def compose(request: access.StaffRequest) -> HttpResponse:
    """Choose the text for the orders that the address filters."""
    now = timezone.now()
    offered = orders.choices()
    asked = filters.read(request.GET, regions=offered.regions, campaigns=offered.campaigns).filter
    store = _store(request)
    rows = orders.matching(asked, now=now).filter(store=store)
    found = rows.count()
    initial = {"token": form_tokens.new(), "title": suggested_title(found, now.date())}
    form = ComposeForm(request.POST or None, store=store, initial=initial)
    if request.method == "POST" and form.is_valid():
        sql, params = rows.order_by().values_list("pk").query.sql_with_params()
        source = f"SELECT id, %s FROM ({sql}) AS chosen(id)"

        def act() -> str:
            fanout = notices.open_bulk(
                store=store,
                title=form.cleaned_data["title"],
                source=source,
                params=[(asked.to_query() or "all")[:300], *params],
                plan=form.plan(),
                actor=request.user,
                now=now,
            )
            totals = notices.preview(fanout_id=fanout.pk, today=_today(store, now))
            # The check page has no place for this choice, so it is asked for here.
            notices.require_decided(totals, missing=form.cleaned_data["missing"])
            return reverse("notices:send", args=[fanout.pk])

        try:
            return redirect(_once(request, form.cleaned_data["token"], "bulk.open", act, now))
        except Refusal as refusal:
            form.refuse(refusal)
    context = {"form": form, "asked": asked, "found": found, "store": store, "list_url": _list_url(asked)}
    return render(request, "customercare/notices/compose.html", context, status=422 if form.errors else 200)


def _list_url(asked: OrderFilter) -> str:
    return f"{reverse('sales:list')}?{asked.to_query()}"


def _store(request: HttpRequest) -> Store:
    """The store that is meant: named in the address, or the first."""
    stores = Store.objects.order_by("pk")
    found = stores.filter(slug=request.GET.get("store", "")).first() or stores.first()
    if found is None:
        raise Http404
    return found


@access.require(read=Capability.VIEW_BULK)
def send_list(request: access.StaffRequest) -> HttpResponse:
    """The newest sends, incidents' and agents'."""
    rows = Fanout.objects.select_related("requested_by", "store").order_by("-id")[:50]
    return render(request, "customercare/notices/list.html", {"sends": rows, "now": timezone.now()})


@access.require(read=Capability.VIEW_BULK)
def send(request: access.StaffRequest, pk: int) -> HttpResponse:
    """One send: the check page before it, its progress after. Incidents have screens of their own."""
    fanout = _fanout(pk)
    kind, _sep, number = fanout.cause_ref.partition(":")
    if kind == "incident" and request.user.can(Capability.VIEW_INCIDENTS):
        return redirect("admin:customercare_incident_change", number)
    return _page(request, fanout, ConfirmForm(initial={"token": form_tokens.new()}))


def _page(request: access.StaffRequest, fanout: Fanout, form: ConfirmForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    context = pages.send(fanout, user=request.user, form=form, now=now)
    return render(request, "customercare/notices/send.html", context, status=status)


@access.require(read=Capability.VIEW_BULK)
def progress(request: access.StaffRequest, pk: int) -> HttpResponse:
    """The progress panel alone; answers 286 when there is nothing more to wait for."""
    fanout = _fanout(pk)
    context = pages.progress(fanout, now=timezone.now())
    status = STOP_POLLING if context["is_over"] and request.htmx else 200
    return render(request, "customercare/notices/_progress.html", context, status=status)


@access.require(read=Capability.VIEW_BULK)
def sample(request: access.StaffRequest, pk: int, leader: int) -> HttpResponse:
    """One sample's HTML for the sandboxed frame."""
    fanout = _fanout(pk)
    found = samples.one(fanout, leader=leader, today=_today(fanout.store, timezone.now()))
    if found is None:
        raise Http404
    return frames.framed(found.html)


@access.require(write=Capability.SEND_BULK)
def confirm(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Say yes to exactly what the check page showed."""

    def act(fanout: Fanout, form: ConfirmForm, now: datetime) -> None:
        notices.confirm(
            fanout_id=fanout.pk,
            content_hash=form.cleaned_data["content_hash"],
            typed_count=form.cleaned_data["typed_count"],
            actor=notices.require_sender(request.user),
            today=_today(fanout.store, now),
            now=now,
        )

    return _decide(request, pk, "confirm", act)


@access.require(write=Capability.APPROVE)
def approve(request: access.StaffRequest, pk: int) -> HttpResponse:
    """The second person's yes."""

    def act(fanout: Fanout, form: ConfirmForm, now: datetime) -> None:
        notices.approve(
            fanout_id=fanout.pk,
            content_hash=form.cleaned_data["content_hash"],
            approver=request.user,
            today=_today(fanout.store, now),
            now=now,
        )

    return _decide(request, pk, "approve", act)


ACTS: dict[str, Callable[..., object]] = {
    "undo": notices.undo,
    "resume": notices.resume,
    "cancel": notices.cancel,
    "retry": notices.retry_failed,
}


@access.require(write=Capability.SEND_BULK)
def operate(request: access.StaffRequest, pk: int, verb: str) -> HttpResponse:
    """Undo, pause, resume, cancel or retry a send of one's own kind; incidents have their own room."""

    def act(fanout: Fanout, _form: ConfirmForm, now: datetime) -> None:
        notices.require_sender(request.user)
        if verb == "pause":
            notices.pause(fanout_id=fanout.pk, reason="by hand", actor=request.user, now=now)
        else:
            ACTS[verb](fanout_id=fanout.pk, actor=request.user, now=now)

    if verb != "pause" and verb not in ACTS:
        raise Http404
    return _decide(request, pk, verb, act)


def _decide(
    request: access.StaffRequest, pk: int, verb: str, act: Callable[[Fanout, ConfirmForm, datetime], None]
) -> HttpResponse:
    fanout, now = _fanout(pk), timezone.now()
    if not fanout.cause_ref.startswith("bulk:"):
        raise Http404
    form = ConfirmForm(request.POST)
    url = reverse("notices:send", args=[pk])
    if not form.is_valid():
        return _page(request, fanout, form, status=422)

    def once() -> str:
        act(fanout, form, now)
        return url

    try:
        where = _once(request, form.cleaned_data["token"], f"bulk.{verb}:{pk}", once, now)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _page(request, _fanout(pk), form, status=422)
    messages.success(request, pages.done_sentence(verb))
    return redirect(where)


def _once(request: access.StaffRequest, token: str, purpose: str, act: Callable[[], str], now: datetime) -> str:
    """Do it, or find where the first press of the same button led."""
    with transaction.atomic():
        earlier = form_tokens.use(token=token, user=request.user, purpose=purpose, now=now)
        if earlier is not None:
            return earlier or reverse("notices:list")
        url = act()
        form_tokens.settle(token=token, url=url)
    return url


@access.require(read=Capability.VIEW_MESSAGES)
def order_panel(request: access.StaffRequest, pk: int) -> HttpResponse:
    """What the customer of one order was told: a panel on the order page, and a page of its own."""
    told = selectors.about_order(pk)[:20]
    context: dict[str, Any] = {"told": told, "order_id": pk, "now": timezone.now()}
    name = "_order_panel.html" if request.htmx else "order_panel.html"
    return render(request, f"customercare/notices/{name}", context)


def _fanout(pk: int) -> Fanout:
    return get_object_or_404(Fanout.objects.select_related("store", "macro_version__macro", "requested_by"), pk=pk)


def _today(store: Store, now: datetime) -> Any:
    return now.astimezone(ZoneInfo(store.time_zone)).date()
