"""A4: how far it is, what needs a person, and what has happened."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.kernel import formats
from backoffice.kernel.admin_base import ask_password, need
from backoffice.kernel.charts import Part
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from backoffice.messaging import services as messaging
from backoffice.messaging.models import Message
from backoffice.messaging.rules import OUTCOMES, State
from customercare.incidents import rules, selectors, services
from customercare.incidents.admin import moments, screens
from customercare.incidents.forms import NoteForm
from customercare.incidents.models import Incident
from customercare.notices import selectors as fanouts
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from customercare.notices.rules import CANCELLABLE, DONE, OPEN, PAUSABLE
from customercare.notices.rules import State as Wave

TEMPLATE = "customercare/incidents/room.html"
STOP_POLLING = 286
UNCERTAIN_SHOWN = 20
# Outcome -> its words, its tone, and the view of the messages list behind the number ("" leads to the orders).
OUTCOME_WORDS = {
    "sent": (gettext_lazy("sent"), "ok", "sent"),
    "handed_over": (gettext_lazy("handed over"), "ok", "sent"),
    "suppressed": (gettext_lazy("not sent: opted out"), "neutral", ""),
    "failed": (gettext_lazy("failed"), "bad", "failed"),
    "uncertain": (gettext_lazy("uncertain"), "warn", "uncertain"),
    "skipped": (gettext_lazy("left out"), "neutral", ""),
    "cancelled": (gettext_lazy("cancelled"), "neutral", "cancelled"),
    "waiting": (gettext_lazy("waiting"), "info", "waiting"),
}


def screen(request: HttpRequest, pk: int) -> HttpResponse:
    """The room, whole."""
    need(request, Capability.VIEW_INCIDENTS)
    if request.method == "POST":
        return _only_read()
    return _page(request, screens.scene(request, pk))


def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the room that lives; status 286 tells the page to stop asking."""
    need(request, Capability.VIEW_INCIDENTS)
    if request.method == "POST":
        return _only_read()
    here = screens.scene(request, pk)
    context = screens.frame(here, "room") | _live(here)
    return render(
        request, "customercare/incidents/_live.html", context, status=200 if context["live"] else STOP_POLLING
    )


def _only_read() -> HttpResponse:
    return HttpResponseNotAllowed(["GET", "HEAD"])


def _page(
    request: HttpRequest, here: screens.Scene, *, error: str = "", note: NoteForm | None = None, status: int = 200
) -> HttpResponse:
    context = screens.frame(here, "room") | _live(here)
    context |= {
        "timeline": [moments.entry(moment) for moment in selectors.timeline(here.incident, limit=100)],
        "note": note or NoteForm(),
        "status_tone": moments.status_tone(here.incident.status),
        "moves": _moves(here),
        "macro": _macro(here.fanout),
        "cost": formats.money(sum(wave.cost for wave in here.fanouts), here.incident.store.currency),
        "error": error,
        "has_errors": bool(error) or bool(note and note.errors),
    }
    return render(request, TEMPLATE, context, status=status)


def _live(here: screens.Scene) -> dict[str, Any]:
    waves = [_wave(here, wave, parts) for wave, parts in zip(here.fanouts, _parts(here), strict=True)]
    live = any(wave.state not in (*DONE, *OPEN, Wave.PAUSED) for wave in here.fanouts)
    uncertain = sum(wave["counts"]["uncertain"] for wave in waves)
    return {
        "waves": waves,
        "live": live,
        "every": f"{settings.PROGRESS_SECONDS}s",
        "uncertain": _uncertain(here) if uncertain else [],
        "uncertain_more": max(0, uncertain - UNCERTAIN_SHOWN),
    }


def _parts(here: screens.Scene) -> list[dict[str, int]]:
    return fanouts.progress_of(here.fanouts)


def _wave(here: screens.Scene, fanout: Fanout, counts: dict[str, int]) -> dict[str, Any]:
    waiting = counts["waiting"]
    held = fanout.state == Wave.HOLDING and fanout.hold_until is not None
    left = max(0, round((fanout.hold_until - here.now).total_seconds())) if held and fanout.hold_until else 0
    return {
        "id": f"wave-{fanout.wave}",
        "fanout": fanout,
        "state_label": moments.sending_words(fanout.state),
        "state_tone": moments.sending_tone(fanout.state),
        "title": _("Wave %(number)d") % {"number": fanout.wave} if len(here.fanouts) > 1 else _("Telling customers"),
        "several": len(here.fanouts) > 1,
        "counts": counts,
        "parts": [_part(here, fanout, name, counts[name]) for name in OUTCOMES],
        "settled": counts["audience"] - waiting if fanout.state not in OPEN else 0,
        "sending": fanout.state not in OPEN,
        "hold_until": fanout.hold_until if held else None,
        "hold_words": _hold_words(here, fanout, left) if held else "",
        "can_undo": fanout.state in (Wave.HOLDING, Wave.AWAITING_APPROVAL),
        "can_pause": fanout.state in PAUSABLE,
        "can_resume": fanout.state == Wave.PAUSED,
        "can_cancel": fanout.state in CANCELLABLE,
        "can_retry": counts["failed"] > 0 and fanout.state in (Wave.RUNNING, Wave.PAUSED, Wave.COMPLETED_WITH_FAILURES),
        "needs_check": fanout.state in OPEN,
        "pause_reason": moments.pause_reason(fanout.pause_reason),
    }


def _hold_words(here: screens.Scene, fanout: Fanout, left: int) -> str:
    assert fanout.hold_until is not None  # noqa: S101 - asked only while it is held
    if not left:
        return _("The time to undo is over. The first messages leave as soon as a worker takes them.")
    until = formats.clock(fanout.hold_until, here.incident.store.time_zone, seconds=True)
    return ngettext(
        "Messages start to leave in %(left)d second, at %(until)s. Until then one click takes everything back.",
        "Messages start to leave in %(left)d seconds, at %(until)s. Until then one click takes everything back.",
        left,
    ) % {"left": left, "until": until}


def _part(here: screens.Scene, fanout: Fanout, name: str, value: int) -> Part:
    label, tone, view = OUTCOME_WORDS[name]
    if not view or fanout.batch_id is None:
        return Part(str(label), value, tone, screens.url("audience", here.incident.pk))
    view = "drill" if fanout.mode == "drill" else view
    return Part(str(label), value, tone, f"{reverse('messaging:list')}?view={view}&batch={fanout.batch_id}")


def _uncertain(here: screens.Scene) -> list[Message]:
    batches = [wave.batch_id for wave in here.fanouts if wave.batch_id]
    rows = Message.objects.filter(batch_id__in=batches, state=State.UNCERTAIN).defer("values")
    return list(rows.order_by("id")[:UNCERTAIN_SHOWN])


def _macro(fanout: Fanout) -> str:
    return fanout.macro_version.macro.name.replace("::", " › ") if fanout.macro_version else formats.EMPTY


def _moves(here: screens.Scene) -> list[tuple[str, str]]:
    """Where the incident may go from here."""
    names = dict(Incident.Status.choices)
    return [
        (code, str(names[Incident.Status(code)]))
        for code in rules.MOVES[here.incident.status]
        if code not in ("declared", "cancelled")
    ]


# --- acts ------------------------------------------------------------------------------------------------


def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One press of a button in the room; GET shows what cancelling would do."""
    if name == "cancel" and request.method in ("GET", "HEAD"):
        return _cancel_page(request, pk)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if name not in ACTS:
        raise Http404
    capability, sudo, run = ACTS[name]
    need(request, capability)
    here = screens.scene(request, pk)
    if sudo and (asked := ask_password(request, back=screens.url("room", pk))):
        return asked

    def once() -> str:
        run(request, here)
        return screens.url("room", pk)

    try:
        target = screens.once(request, purpose=f"incident.{name}:{pk}", run=once)
    except Refusal as refusal:
        return _refused(request, pk, name, refusal)
    return redirect(target)


def _refused(request: HttpRequest, pk: int, name: str, refusal: Refusal) -> HttpResponse:
    here = screens.scene(request, pk)
    if name != "note":
        return _page(request, here, error=refusal.message, status=screens.UNPROCESSABLE)
    form = NoteForm(request.POST)
    form.is_valid()
    if not form.errors:
        form.add_error("text", refusal.message)
    return _page(request, here, note=form, status=screens.UNPROCESSABLE)


def _pause(request: HttpRequest, here: screens.Scene) -> None:
    notices.pause(fanout_id=_wave_of(request, here), reason="person", actor=here.user, now=here.now)


def _resume(request: HttpRequest, here: screens.Scene) -> None:
    notices.resume(fanout_id=_wave_of(request, here), actor=here.user, now=here.now)


def _undo(request: HttpRequest, here: screens.Scene) -> None:
    notices.undo(fanout_id=_wave_of(request, here), actor=here.user, now=here.now)
    messages.success(request, _("Taken back: nothing was sent. Check it again when you are ready."))


def _retry(request: HttpRequest, here: screens.Scene) -> None:
    queued = notices.retry_failed(fanout_id=_wave_of(request, here), actor=here.user, now=here.now)
    done = ngettext("%(n)d message is tried again.", "%(n)d messages are tried again.", queued) % {"n": queued}
    messages.success(request, done)


def _cancel(request: HttpRequest, here: screens.Scene) -> None:
    wave = _wave_of(request, here)
    if wave == here.fanout.pk:
        services.cancel(incident_id=here.incident.pk, actor=here.user, now=here.now)
    else:
        notices.cancel(fanout_id=wave, actor=here.user, now=here.now)


def _move(request: HttpRequest, here: screens.Scene) -> None:
    services.move(incident_id=here.incident.pk, status=request.POST.get("status", ""), actor=here.user, now=here.now)


def _note(request: HttpRequest, here: screens.Scene) -> None:
    services.note(incident_id=here.incident.pk, text=request.POST.get("text", ""), actor=here.user, now=here.now)


def _wave_of(request: HttpRequest, here: screens.Scene) -> int:
    return here.wave(request.POST.get("fanout", "")).pk


RUN, DRAFT = Capability.RUN_INCIDENTS, Capability.DRAFT_INCIDENTS
ACTS: dict[str, tuple[Capability, bool, Callable[[HttpRequest, screens.Scene], None]]] = {
    "pause": (RUN, True, _pause),
    "resume": (RUN, True, _resume),
    "undo": (RUN, True, _undo),
    "retry": (RUN, True, _retry),
    "cancel": (RUN, True, _cancel),
    "move": (RUN, True, _move),
    "note": (DRAFT, False, _note),
}


def _cancel_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What cancelling means, in numbers, before it happens: it cannot be undone."""
    need(request, Capability.RUN_INCIDENTS)
    here = screens.scene(request, pk)
    wave = here.wave(request.GET.get("fanout", here.fanout.pk))
    place = here.fanouts.index(wave)
    context = screens.frame(here, "room") | {"wave": _wave(here, wave, _parts(here)[place])}
    return render(request, "customercare/incidents/cancel.html", context)


def settle(request: HttpRequest, pk: int, message: int, name: str) -> HttpResponse:
    """A person decides on one uncertain message of this incident: send it again, or it arrived."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    acts = {"resend": messaging.resend, "mark-delivered": messaging.mark_delivered}
    if name not in acts:
        raise Http404
    need(request, Capability.OPERATE_MESSAGES)
    here = screens.scene(request, pk)
    batches = [wave.batch_id for wave in here.fanouts if wave.batch_id]
    found = get_object_or_404(Message.objects.select_related("batch"), pk=message, batch_id__in=batches)
    if asked := ask_password(request, back=screens.url("room", pk)):
        return asked

    def once() -> str:
        acts[name](message=found, actor=here.user, now=here.now)
        return screens.url("room", pk)

    try:
        target = screens.once(request, purpose=f"message.{name}:{message}", run=once)
    except Refusal as refusal:
        return _page(request, screens.scene(request, pk), error=refusal.message, status=screens.UNPROCESSABLE)
    return redirect(target)
