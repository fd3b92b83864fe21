"""What the pages of a send show: words and numbers for templates, no decisions."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import charts, formats
from backoffice.kernel.models import User
from backoffice.kernel.roles import Capability
from backoffice.messaging.rules import OUTCOMES
from customercare.notices import samples, selectors
from customercare.notices.forms import ConfirmForm
from customercare.notices.models import Fanout
from customercare.notices.rules import CANCELLABLE, DONE, PAUSABLE, TYPED_COUNT_ABOVE, State

TONES = {
    "sent": "ok",
    "handed_over": "ok",
    "suppressed": "neutral",
    "failed": "bad",
    "uncertain": "warn",
    "skipped": "neutral",
    "cancelled": "neutral",
    "waiting": "info",
}
BEFORE = (State.DRAFT, State.PREVIEWED, State.AWAITING_APPROVAL)


def outcome_words() -> dict[str, str]:
    return {
        "sent": _("Sent"),
        "handed_over": _("Handed over"),
        "suppressed": _("Suppressed"),
        "failed": _("Failed"),
        "uncertain": _("Uncertain"),
        "skipped": _("Left out"),
        "cancelled": _("Cancelled"),
        "waiting": _("Waiting"),
    }


def skip_words() -> dict[str, str]:
    """Why an order is left out, for people."""
    return {
        "manual": _("left out by hand"),
        "no_address": _("no e-mail address"),
        "suppressed": _("asked not to be written to, or the address bounces"),
        "other_currency": _("paid in another currency than the voucher"),
        "no_new_date": _("no new date is known"),
        "no_customer_name": _("no name is known"),
        "no_promised_date": _("no date was promised"),
        "no_delivered_date": _("not delivered yet"),
        "no_items": _("the order has no lines"),
    }


def done_sentence(verb: str) -> str:
    return {
        "confirm": _("Confirmed. It starts after the hold, or when a second person approves it."),
        "approve": _("Approved. It starts after the hold."),
        "undo": _("Undone. Nothing was sent."),
        "pause": _("Paused. Messages already on the wire finish."),
        "resume": _("Sending goes on."),
        "cancel": _("Cancelled. Nothing more leaves."),
        "retry": _("The failed messages are queued again."),
    }[verb]


def send(fanout: Fanout, *, user: User, form: ConfirmForm, now: datetime) -> dict[str, Any]:
    """The whole page of one send."""
    today = now.astimezone(ZoneInfo(fanout.store.time_zone)).date()
    before = fanout.state in BEFORE
    return {
        **progress(fanout, now=now),
        "form": form,
        "before": before,
        "facts": _facts(fanout),
        "left_out": _left_out(fanout),
        "samples": samples.pick(fanout, today=today) if before else [],
        "button": button_words(fanout),
        "typed": fanout.message_n > TYPED_COUNT_ABOVE,
        "is_bulk": fanout.cause_ref.startswith("bulk:"),
        "may_confirm": fanout.state == State.PREVIEWED and user.can(Capability.SEND_BULK),
        "may_approve": fanout.state == State.AWAITING_APPROVAL
        and user.can(Capability.APPROVE)
        and user.pk != fanout.requested_by_id,
        "verbs": _verbs(fanout) if user.can(Capability.SEND_BULK) else [],
        "drill": fanout.mode == "drill",
        "now": now,
    }


def button_words(fanout: Fanout) -> str:
    """The act with its number: "Send to 142 customers"."""
    words = ngettext("Send to %(n)s customer", "Send to %(n)s customers", fanout.message_n)
    return words % {"n": formats.number(fanout.message_n)}


def progress(fanout: Fanout, *, now: datetime) -> dict[str, Any]:
    """How far it is: parts that add up to the audience at every moment."""
    counts = selectors.progress(fanout)
    words = outcome_words()
    list_url = reverse("messaging:list")
    parts = [
        charts.Part(words[name], counts[name], TONES[name], f"{list_url}?cause={fanout.cause_ref}")
        for name in OUTCOMES
        if counts[name] or name in ("sent", "waiting", "failed", "uncertain")
    ]
    is_over = fanout.state in DONE and not counts["waiting"]
    return {
        "fanout": fanout,
        "counts": counts,
        "parts": parts,
        "settled": counts["audience"] - counts["waiting"],
        "is_over": is_over,
        "poll_url": "" if is_over or fanout.state in BEFORE else reverse("notices:progress", args=[fanout.pk]),
        "hold_left": max(fanout.hold_until - now, timedelta(0)) if fanout.hold_until else None,
        "zone": fanout.store.time_zone,
        "now": now,
    }


def _facts(fanout: Fanout) -> list[dict[str, Any]]:
    told = fanout.audience_n - fanout.skipped_n - fanout.suppressed_n
    languages = selectors.languages(fanout)
    rows = [
        {"label": _("Text"), "value": _text_words(fanout)},
        {"label": _("Orders"), "value": formats.number(told)},
        {"label": _("Messages"), "value": formats.number(fanout.message_n)},
        {"label": _("Languages"), "value": ", ".join(f"{code} {n}" for code, n in sorted(languages.items())) or "—"},
        {"label": _("Vouchers"), "value": _voucher_words(fanout)},
        {"label": _("Requested by"), "value": str(fanout.requested_by)},
    ]
    if fanout.next_update_on:
        rows.append({"label": _("Next update"), "value": formats.day(fanout.next_update_on)})
    return rows


def _text_words(fanout: Fanout) -> str:
    version = fanout.macro_version
    if version is None:
        return formats.EMPTY
    return _("%(name)s, version %(number)d") % {
        "name": version.macro.name.replace("::", " › "),
        "number": version.number,
    }


def _voucher_words(fanout: Fanout) -> str:
    if fanout.rule == Fanout.Rule.NONE:
        return _("none")
    return _("{total} in all").format(total=formats.money(fanout.cost, fanout.currency))


def _left_out(fanout: Fanout) -> list[dict[str, Any]]:
    words = skip_words()
    return [
        {"label": words.get(reason, reason), "value": count}
        for reason, count in sorted(selectors.skipped_reasons(fanout).items())
    ]


def _verbs(fanout: Fanout) -> list[dict[str, str]]:
    """The acts that fit the state, the safest first."""
    found = []
    if fanout.state in (State.HOLDING, State.AWAITING_APPROVAL):
        found.append({"verb": "undo", "label": _("Undo")})
    if fanout.state in PAUSABLE:
        found.append({"verb": "pause", "label": _("Pause")})
    if fanout.state == State.PAUSED:
        found.append({"verb": "resume", "label": _("Resume")})
    if fanout.state == State.COMPLETED_WITH_FAILURES:
        found.append({"verb": "retry", "label": _("Retry failed")})
    if fanout.state in CANCELLABLE:
        found.append({"verb": "cancel", "label": _("Cancel the send")})
    return found
