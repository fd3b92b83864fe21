"""What must hold after any death, counted from three sides: the rows, the ledgers, and the mail server."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Count, Sum

from backoffice.messaging import composing, mime
from backoffice.messaging.models import Message
from backoffice.messaging.rules import OUTCOMES, WAITING
from customercare.compensation import selectors as compensation
from customercare.compensation.models import Budget
from customercare.notices import selectors as fanouts
from customercare.notices.models import Fanout, Notice
from customercare.notices.rules import DONE, State, adds_up
from customercare.notices.services.decisions import budget_ref
from customercare.vouchers.models import Voucher
from tests.kit.smtp_faults import Accepted

ARRIVED = ("sent", "delivered", "uncertain")


@dataclass(slots=True)
class Findings:
    """lost: messages that should exist or have arrived and did not. duplicates: mails that came more than once."""

    lost: int = 0
    duplicates: int = 0
    wrong: list[str] = field(default_factory=list)

    def expect(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.wrong.append(sentence)


def examine(
    fanout: Fanout,
    mails: Iterable[Accepted],
    *,
    uncertain: Collection[int] = (),
    failed: Collection[int] = (),
) -> Findings:
    """Check one fan-out that ended. uncertain, failed: the messages that must be so, and no others."""
    found = Findings()
    states: dict[int, str] = dict(Message.objects.filter(batch_id=fanout.batch_id or 0).values_list("id", "state"))
    arrived = _arrivals(states, mails)
    _check_messages(fanout, states, arrived, found)
    _check_set("uncertain", states, uncertain, found)
    _check_set("failed", states, failed, found)
    _check_money(fanout, states, found)
    _check_progress(fanout, found)
    return found


def _arrivals(states: Iterable[int], mails: Iterable[Accepted]) -> Counter[int]:
    """How often each message came, recognised by the Message-ID that only this shop can make."""
    key, domain = composing.message_id_key(), str(settings.MESSAGING["message_id_domain"])
    names = {mime.message_id(number, key=key, domain=domain): number for number in states}
    return Counter(names[mail.message_id] for mail in mails if mail.message_id in names)


def _check_messages(fanout: Fanout, states: dict[int, str], arrived: Counter[int], found: Findings) -> None:
    waiting = [number for number, state in states.items() if state in WAITING]
    silent = [number for number, state in states.items() if state == "sent" and not arrived[number]]
    told = Notice.objects.filter(fanout=fanout, skipped="")
    untold = told.filter(message=None).count()
    contacts = told.values("contact_key").distinct().count()
    found.expect(fanout.state in DONE, f"the fan-out stands at {fanout.state}")
    found.expect(not waiting, f"{len(waiting)} messages still wait")
    found.expect(not silent, f"{len(silent)} messages are marked as sent and never arrived")
    found.expect(not untold, f"{untold} orders have no message")
    found.expect(contacts == len(states), f"{contacts} contacts and {len(states)} messages")
    found.lost = len(waiting) + len(silent) + untold + max(contacts - len(states), 0)
    found.duplicates = sum(arrived.values()) - len(arrived)
    found.expect(not found.duplicates, f"{found.duplicates} mails came twice")
    stray = [number for number in arrived if states[number] not in ARRIVED]
    found.expect(not stray, f"{len(stray)} mails arrived whose message says otherwise")


def _check_set(state: str, states: dict[int, str], wanted: Collection[int], found: Findings) -> None:
    have = {number for number, now in states.items() if now == state}
    more, less = have - set(wanted), set(wanted) - have
    found.expect(not more, f"{len(more)} {state} that should not be")
    found.expect(not less, f"{len(less)} not {state} that should be")


def _check_money(fanout: Fanout, states: dict[int, str], found: Findings) -> None:
    vouchers = Voucher.objects.filter(cause_ref=fanout.cause_ref)
    twice = vouchers.values("order").annotate(n=Count("pk")).filter(n__gt=1).count()
    found.expect(not twice, f"{twice} orders have more than one voucher")
    owed = Notice.objects.filter(fanout=fanout, skipped="", amount__gt=0)
    if fanout.state == State.CANCELLED:
        owed = owed.exclude(message__state="cancelled")
    standing = vouchers.exclude(state=Voucher.State.REVOKED)
    missing = set(owed.values_list("order_id", flat=True)) ^ set(standing.values_list("order_id", flat=True))
    found.expect(not missing, f"{len(missing)} orders have no voucher, or one that was not granted")
    if fanout.budget_id is None:
        return
    reserved = compensation.reserved_for(budget_id=fanout.budget_id, cause_ref=budget_ref(fanout))
    found.expect(not reserved, f"{reserved} is still reserved")
    budget = Budget.objects.get(pk=fanout.budget_id)
    spent = standing.aggregate(total=Sum("amount", default=0))["total"]
    found.expect(spent <= fanout.cost, f"vouchers of {spent} against an approved {fanout.cost}")
    found.expect(budget.reserved + budget.committed <= budget.limit_amount, "the budget is overspent")


def _check_progress(fanout: Fanout, found: Findings) -> None:
    shown = fanouts.progress(fanout)
    parts = {name: shown[name] for name in OUTCOMES}
    found.expect(adds_up(shown["audience"], parts.values()), f"the parts do not add up: {shown}")
    rows: dict[str, int] = dict(
        Message.objects.filter(batch_id=fanout.batch_id or 0).values_list("state").annotate(n=Count("pk")).order_by()
    )
    counted = fanouts.message_counts(fanout)
    found.expect(sum(rows.values()) == sum(counted.values()), f"the tally says {counted}, the rows say {rows}")
