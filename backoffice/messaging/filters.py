"""What the address of the messages list asks for, and the rows that answer it."""

from dataclasses import dataclass, fields

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel.listing import POSITION_KEYS
from backoffice.kernel.text import shown
from backoffice.messaging.forms import MessageFilterForm
from backoffice.messaging.models import Batch, Message
from backoffice.messaging.rules import DUE, IN_HAND, WAITING, State

ALL = "all"
DRILL = "drill"
VIEWS = {
    ALL: gettext_lazy("All"),
    "waiting": gettext_lazy("Waiting"),
    "sent": gettext_lazy("Sent"),
    "failed": gettext_lazy("Failed"),
    "uncertain": gettext_lazy("Uncertain"),
    "suppressed": gettext_lazy("Suppressed"),
    "cancelled": gettext_lazy("Cancelled"),
    DRILL: gettext_lazy("Drill"),
}
STATES = {
    "waiting": WAITING,
    "sent": (State.SENT, State.DELIVERED, State.HANDED_OVER),
    "failed": (State.FAILED, State.EXPIRED),
    "uncertain": (State.UNCERTAIN,),
    "suppressed": (State.SUPPRESSED,),
    "cancelled": (State.CANCELLED,),
}
# The indexes of lists leave out what a relay holds; the constraint message_in_hand_has_a_lease lets these find it.
_IN_HAND = Q(lease_until__isnull=False)


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages: a state, part of an address, and the decision or batch that they belong to."""

    view: str = ALL
    q: str = ""
    cause: str = ""
    batch: int | None = None

    def is_view_alone(self) -> bool:
        """Return True when one state is shown as it is, with nothing to narrow it."""
        return self == MessageFilter(view=self.view)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query string, understood. notes: sentences about what could not be used and was left out."""

    filter: MessageFilter
    form: MessageFilterForm
    notes: tuple[str, ...]


def read(query: QueryDict) -> Asked:
    """Understand a query string; what cannot be used is left out and said."""
    data = query.copy()
    view, notes = query.get("view", "") or ALL, _unknown_names(query)
    if view not in VIEWS:
        notes.append(_("There is no view “%(view)s”, so all messages are shown.") % {"view": shown(view)})
        view = ALL
    data["view"] = view
    form = MessageFilterForm(data)
    form.is_valid()
    return Asked(MessageFilter(**form.cleaned_data), form, tuple(notes))


def _unknown_names(query: QueryDict) -> list[str]:
    known = {field.name for field in fields(MessageFilter)} | {"after", "before"}
    unknown = sorted(name for name in query if name not in known)
    if not unknown:
        return []
    if POSITION_KEYS & set(unknown):
        return [_("Pages here have no numbers, so this is the first page. Use Next and Previous.")]
    names = ", ".join(shown(name) for name in unknown[:3])
    return [_("This list does not know “%(names)s”, so it was left out.") % {"names": names}]


def matching(wanted: MessageFilter) -> QuerySet[Message]:
    """The messages the filter means. Drills stand under their own view alone, so that nobody takes one for real."""
    rows = Message.objects.all()
    if wanted.view == "waiting":
        rows = rows.filter(Q(state__in=DUE) | _IN_HAND & Q(state__in=IN_HAND))
    elif wanted.view in STATES:
        rows = rows.filter(state__in=STATES[wanted.view])
    if wanted.view == DRILL:
        rows = rows.filter(batch__in=Batch.objects.filter(mode=Batch.Mode.DRILL))
    else:
        rows = rows.filter(batch__mode=Batch.Mode.REAL)
    if wanted.cause:
        rows = rows.filter(batch__in=Batch.objects.filter(cause_ref=wanted.cause))
    if wanted.batch is not None:
        rows = rows.filter(batch_id=wanted.batch)
    if wanted.q:
        how = "icontains" if len(wanted.q) > 2 else "istartswith"
        rows = rows.filter(~Q(state__in=IN_HAND) | _IN_HAND, **{f"address__{how}": wanted.q})
    return rows
