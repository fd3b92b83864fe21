"""The messages list, one message whole, and the switch that stops all sending."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import access, form_tokens, formats, keyset
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from backoffice.messaging import filters, frames, selectors, services
from backoffice.messaging.forms import PauseForm, TokenForm
from backoffice.messaging.models import Batch, Message
from backoffice.messaging.rules import State

RESENDABLE = (State.FAILED, State.UNCERTAIN)


@access.require(read=Capability.VIEW_MESSAGES)
def message_list(request: access.StaffRequest) -> HttpResponse:
    asked = filters.read(request.GET)
    notes = list(asked.notes)
    try:
        cursor = keyset.read(request.GET, dated=False)
    except Refusal as refusal:
        cursor = None
        notes.append(refusal.message)
    found = selectors.list_page(asked.filter, cursor=cursor)
    context = {
        "views": [
            {"url": f"?view={code}", "label": label, "current": code == asked.filter.view, "count": None}
            for code, label in filters.VIEWS.items()
        ],
        "filters": asked.form,
        "asked": asked.filter,
        "notes": notes,
        "found": found,
        "count": _count_words(found.count),
        "newer_url": keyset.link(request.GET, found.page.newer),
        "older_url": keyset.link(request.GET, found.page.older),
        "drill": asked.filter.view == filters.DRILL,
        "now": timezone.now(),
    }
    return render(request, "messaging/list.html", context)


def _count_words(count: int) -> str:
    capped = min(count, keyset.COUNT_CAP)
    figure = formats.number(capped) + ("+" if count > keyset.COUNT_CAP else "")
    return ngettext("%(n)s message", "%(n)s messages", capped) % {"n": figure}


def _message(pk: int) -> Message:
    return get_object_or_404(Message.objects.select_related("batch__store", "wording"), pk=pk)


@access.require(read=Capability.VIEW_MESSAGES)
def message_page(request: access.StaffRequest, pk: int) -> HttpResponse:
    return _page(request, _message(pk))


def _page(request: access.StaffRequest, message: Message, *, error: str = "", status: int = 200) -> HttpResponse:
    operates = request.user.can(Capability.OPERATE_MESSAGES)
    context = {
        "message": message,
        "zone": message.batch.store.time_zone,
        "seen": selectors.seen(message),
        "tries": selectors.tries(message),
        "can_resend": operates and message.state in RESENDABLE,
        "can_mark": operates and message.state == State.UNCERTAIN,
        "token": form_tokens.new(),
        "drill": message.batch.mode == Batch.Mode.DRILL,
        "error": error,
        "has_errors": bool(error),
        "now": timezone.now(),
    }
    return render(request, "messaging/page.html", context, status=status)


@access.require(read=Capability.VIEW_MESSAGES)
def body(request: access.StaffRequest, pk: int) -> HttpResponse:
    """The HTML of the mail alone, for the sandboxed frame on the message page."""
    return frames.framed(selectors.seen(_message(pk)).html)


@access.require(write=Capability.OPERATE_MESSAGES)
def resend(request: access.StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, services.resend, _("The message is queued again. Its page shows what comes of it."))


@access.require(write=Capability.OPERATE_MESSAGES)
def mark_delivered(request: access.StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, services.mark_delivered, _("The message is marked as delivered."))


def _act(request: access.StaffRequest, pk: int, act: Callable[..., Message], done: str) -> HttpResponse:
    message, now = _message(pk), timezone.now()
    url = reverse("messaging:page", args=[pk])

    def run() -> None:
        act(message=message, actor=request.user, now=now)

    try:
        first = _once(request, f"message.{act.__name__}:{pk}", run, url, now)
    except Refusal as refusal:
        return _page(request, _message(pk), error=refusal.message, status=422)
    if first:
        messages.success(request, done)
    return redirect(url)


def _once(request: access.StaffRequest, purpose: str, run: Callable[[], None], url: str, now: datetime) -> bool:
    """Do it unless this form did it already; True when it was done now. Raises Refusal."""
    token = request.POST.get("token", "")
    with transaction.atomic():
        if form_tokens.use(token=token, user=request.user, purpose=purpose, now=now) is not None:
            return False
        run()
        form_tokens.settle(token=token, url=url)
    return True


@access.require(read=Capability.VIEW_MESSAGES)
def outbound(request: access.StaffRequest) -> HttpResponse:
    """Whether messages can leave: a panel on the list, and a page of its own."""
    now = timezone.now()
    sending = selectors.sending()
    until = sending.outbound.circuit_open_until
    context: dict[str, Any] = {
        "sending": sending,
        "waited": now - sending.oldest_due if sending.oldest_due else None,
        "circuit_open": until is not None and until > now,
        "can_pause": request.user.can(Capability.PAUSE_ALL),
        "now": now,
    }
    return render(request, "messaging/_sending.html" if request.htmx else "messaging/sending.html", context)


@access.require(read=Capability.PAUSE_ALL, write=Capability.PAUSE_ALL, sudo=True)
def pause(request: access.StaffRequest) -> HttpResponse:
    """Ask why, then stop everything."""
    form = PauseForm(request.POST or None, initial={"token": form_tokens.new()})
    if request.method == "POST" and form.is_valid():
        now, reason = timezone.now(), form.cleaned_data["reason"]

        def run() -> None:
            services.pause_all(actor=request.user, reason=reason, now=now)

        if _switched(request, form, "outbound.pause", run, now):
            return redirect("messaging:outbound")
    return render(request, "messaging/pause.html", {"form": form}, status=422 if form.errors else 200)


@access.require(read=Capability.PAUSE_ALL, write=Capability.PAUSE_ALL, sudo=True)
def resume(request: access.StaffRequest) -> HttpResponse:
    """Show what will leave, then let it."""
    form = TokenForm(request.POST or None, initial={"token": form_tokens.new()})
    if request.method == "POST" and form.is_valid():
        now = timezone.now()

        def run() -> None:
            services.resume_all(actor=request.user, now=now)

        if _switched(request, form, "outbound.resume", run, now):
            return redirect("messaging:outbound")
    context = {"form": form, "sending": selectors.sending()}
    return render(request, "messaging/resume.html", context, status=422 if form.errors else 200)


def _switched(
    request: access.StaffRequest, form: TokenForm, purpose: str, run: Callable[[], None], now: datetime
) -> bool:
    try:
        _once(request, purpose, run, reverse("messaging:outbound"), now)
    except Refusal as refusal:
        form.add_error(refusal.field or None, refusal.message)
        return False
    selectors.paused_changed()
    return True
