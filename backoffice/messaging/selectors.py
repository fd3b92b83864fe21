"""Reads of messages: the list, one message as its recipient sees it, and the state of sending."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.kernel import heartbeat, keyset
from backoffice.kernel.conditions import Condition
from backoffice.kernel.keyset import Cursor, Page
from backoffice.kernel.models import Heartbeat, User
from backoffice.kernel.remember import forget, remember
from backoffice.kernel.roles import Capability
from backoffice.messaging import composing, filters, services, wording
from backoffice.messaging.filters import MessageFilter
from backoffice.messaging.models import Batch, DeliveryAttempt, Message, Outbound
from backoffice.messaging.rules import DUE

RELAY_SILENCE_SECONDS = 60
DEGRADED_KEY = "messaging:degraded"
DEGRADED_SECONDS = 15
WORKER_SILENCE_SECONDS = 60
PAUSED_KEY = "messaging:paused"
PAUSED_SECONDS = 5
_VISIBLE_END = 4


@dataclass(frozen=True, slots=True)
class MessageList:
    """One page of messages. count: matches, counted no further than keyset.COUNT_CAP + 1."""

    page: Page[Message]
    count: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as its recipient sees it, voucher codes masked. problem: why it cannot be shown, or ""."""

    sender: str
    reply_to: str
    recipient: str
    subject: str
    text: str
    html: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sending:
    """Whether messages can leave now. oldest_due: since when the longest waiting one could have left, or None."""

    outbound: Outbound
    relays: int
    oldest_due: datetime | None


def list_page(wanted: MessageFilter, *, cursor: Cursor | None) -> MessageList:
    """One page of the list, newest first, in two statements whatever the number of rows."""
    rows = filters.matching(wanted)
    shown = rows.select_related("batch", "wording").defer("values", "wording__text")
    return MessageList(page=keyset.page(shown, cursor=cursor), count=keyset.capped_count(rows, cap=keyset.COUNT_CAP))


def tries(message: Message) -> QuerySet[DeliveryAttempt]:
    """What each try came to, the latest first."""
    return message.tries.select_related("actor").order_by("-id")


def seen(message: Message) -> Seen:
    """The message as its recipient sees it; codes show their last four characters alone."""
    store, said = message.batch.store, message.wording
    head = (f"{store.name} <{store.sender}>", store.reply_to, message.address)
    try:
        compiled = wording.compile(said.subject, said.text, said.language, base_url=composing.base_url(store))
        rendered = compiled.render(message.values, _masked(compiled.secret_ids(message.values)))
    except wording.MissingValues as missing:
        names = ", ".join(missing.names)
        problem = _("Values are missing, so this message cannot be sent: %(names)s.") % {"names": names}
        return Seen(*head, said.subject, said.text, "", problem)
    except (ValueError, KeyError, TypeError, AttributeError):
        problem = _("This wording cannot be filled in; it is shown as it was written.")
        return Seen(*head, said.subject, said.text, "", problem)
    return Seen(*head, rendered.subject, rendered.text, rendered.html)


def _masked(ids: tuple[int, ...]) -> Mapping[int, str]:
    codes = services.resolve_secrets("voucher", ids)
    return {pk: mask(codes.get(pk, "")) for pk in ids}


def mask(code: str) -> str:
    """Return the code with all but its last four characters hidden; one that is not known is hidden whole."""
    hidden = re.sub(r"[^\W_]", "•", code[:-_VISIBLE_END])
    return hidden + code[-_VISIBLE_END:] if len(code) > _VISIBLE_END else "••••"


def sending() -> Sending:
    """The switch, the relays that live, and how long the oldest message has been able to leave."""
    live = [Batch.Phase.CANARY, Batch.Phase.RUNNING]
    oldest = (
        Message.objects.filter(state__in=DUE, batch__phase__in=live, due_at__lte=Now())
        .order_by("due_at")
        .values_list("due_at", flat=True)
        .first()
    )
    return Sending(
        outbound=Outbound.objects.select_related("paused_by").get(pk=1),
        relays=len(heartbeat.alive(kind="relay", within_seconds=RELAY_SILENCE_SECONDS)),
        oldest_due=oldest,
    )


def paused_condition(user: User) -> Condition:
    """What every page says while sending is paused; at most a few seconds old."""
    paused = remember(PAUSED_KEY, PAUSED_SECONDS, lambda: Outbound.objects.filter(pk=1, paused=True).exists())
    if not paused:
        return None
    if not user.can(Capability.VIEW_MESSAGES):
        return {"url": "", "label": ""}
    return {"url": reverse("messaging:outbound"), "label": _("See why")}


def paused_changed() -> None:
    """Let every page notice at once that the switch was moved."""
    forget(PAUSED_KEY)


def degraded_condition(user: User) -> Condition:
    """What every page says while no worker answers although there were some, or although messages wait."""
    if not remember(DEGRADED_KEY, DEGRADED_SECONDS, _is_degraded):
        return None
    if not user.can(Capability.VIEW_MESSAGES):
        return {"url": "", "label": ""}
    return {"url": reverse("messaging:outbound"), "label": _("See what waits")}


def _is_degraded() -> bool:
    if heartbeat.alive(kind="worker", within_seconds=WORKER_SILENCE_SECONDS):
        return False
    long_due = Now() - timedelta(seconds=WORKER_SILENCE_SECONDS)
    live = [Batch.Phase.CANARY, Batch.Phase.RUNNING]
    waiting = Message.objects.filter(state__in=DUE, batch__phase__in=live, due_at__lt=long_due)
    return Heartbeat.objects.filter(kind="worker").exists() or waiting.exists()
