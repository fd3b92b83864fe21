"""The orders list, the order page, and a new expected date."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import access, form_tokens, formats, keyset
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from orders.sales import filters, selectors
from orders.sales import services as sales
from orders.sales.forms import ExpectForm
from orders.sales.models import Order


@access.require(read=Capability.VIEW_ORDERS)
def order_list(request: access.StaffRequest) -> HttpResponse:
    now = timezone.now()
    offered = selectors.choices()
    asked = filters.read(request.GET, regions=offered.regions, campaigns=offered.campaigns)
    notes = list(asked.notes)
    try:
        cursor = keyset.read(request.GET, dated=True)
    except Refusal as refusal:
        cursor = None
        notes.append(refusal.message)
    found = selectors.list_page(asked.filter, cursor=cursor, now=now)
    context = {
        "views": _views(asked.filter.view),
        "filters": asked.form,
        "asked": asked.filter,
        "notes": notes,
        "found": found,
        "count": _count_words(found),
        "newer_url": keyset.link(request.GET, found.page.newer),
        "older_url": keyset.link(request.GET, found.page.older),
        "can_message": request.user.can(Capability.SEND_BULK),
        "now": now,
    }
    return render(request, "orders/sales/list.html", context)


def _views(current: str) -> list[dict[str, Any]]:
    return [
        {"url": f"?view={code}", "label": label, "current": code == current, "count": None}
        for code, label in filters.VIEWS.items()
    ]


def _count_words(found: selectors.OrderList) -> str:
    capped = min(found.count, found.count_cap)
    figure = formats.number(capped) + ("+" if found.count > found.count_cap else "")
    return ngettext("%(n)s order", "%(n)s orders", capped) % {"n": figure}


@access.require(read=Capability.VIEW_ORDERS)
def order_page(request: access.StaffRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(_orders(), pk=pk)
    form = ExpectForm(today=selectors.today(order, now=timezone.now()), initial={"token": form_tokens.new()})
    return _page(request, order, form)


@access.require(write=Capability.EDIT_ORDERS)
def expect(request: access.StaffRequest, pk: int) -> HttpResponse:
    """Append an expected date; what cannot be used comes back in place with everything typed kept."""
    now = timezone.now()
    order = get_object_or_404(_orders(), pk=pk)
    form = ExpectForm(request.POST, today=selectors.today(order, now=now))
    url = reverse("sales:page", args=[order.pk])
    if not form.is_valid():
        return _page(request, order, form, status=422)
    try:
        with transaction.atomic():
            token, data = form.cleaned_data["token"], form.cleaned_data
            if form_tokens.use(token=token, user=request.user, purpose=f"order.expect:{order.pk}", now=now) is not None:
                return redirect(url)
            sales.expect(
                actor=request.user, order=order, on=data["expected_on"], source="staff", reason=data["reason"], now=now
            )
            form_tokens.settle(token=token, url=url)
    except Refusal as refusal:
        form.add_error(refusal.field or None, refusal.message)
        return _page(request, order, form, status=422)
    messages.success(request, _("The expected date is saved. Messages written from now on use it."))
    return redirect(url)


def _orders() -> QuerySet[Order]:
    return Order.objects.select_related("store")


def _page(request: access.StaffRequest, order: Order, form: ExpectForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    context = {
        "order": order,
        "zone": order.store.time_zone,
        "steps": _steps(order),
        "days_late": selectors.lateness(order, now=now),
        "lines": selectors.lines(order),
        "entries": _revisions(order),
        "language_name": dict(settings.LANGUAGES).get(order.language, order.language),
        "marks": order.marks.order_by("-id"),
        "form": form,
        "can_edit": request.user.can(Capability.EDIT_ORDERS) and order.state in selectors.UNDELIVERED,
        "can_see_messages": request.user.can(Capability.VIEW_MESSAGES),
        "now": now,
    }
    return render(request, "orders/sales/page.html", context, status=status)


def _revisions(order: Order) -> list[dict[str, Any]]:
    sources = {"import": _("From an import"), "staff": _("By a colleague"), "incident": _("By an incident")}
    return [
        {
            "title": formats.day(revision.expected_on) if revision.expected_on else _("Nobody knows"),
            "at": revision.recorded_at,
            "text": revision.reason,
            "who": sources.get(revision.source, revision.source),
            "tone": "info" if place == 0 else "neutral",
            "icon": "calendar-days",
        }
        for place, revision in enumerate(selectors.revisions(order))
    ]


def _steps(order: Order) -> list[dict[str, str]]:
    """Placed, shipped, delivered: what is done, and nothing more. Empty for an order that ended otherwise."""
    names = [("open", _("Placed")), ("shipped", _("Shipped")), ("delivered", _("Delivered"))]
    codes = [code for code, _label in names]
    if order.state not in codes:
        return []
    reached = codes.index(order.state)
    return [
        {"label": label, "state": "done" if place <= reached else "todo"} for place, (_code, label) in enumerate(names)
    ]
