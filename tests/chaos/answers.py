"""F14 to F17: a mail server that asks to wait, refuses, falls silent, or hangs up after the text."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils import timezone

from backoffice.messaging import services as messaging
from backoffice.messaging.models import DeliveryAttempt
from customercare.notices.rules import canary_size
from orders.sales.models import OrderMark
from tests.chaos import shop
from tests.chaos.cases import Case, Report, begin, tell
from tests.chaos.shop import Shop
from tests.chaos.stage import Stage, wait_for
from tests.kit.smtp_faults import Fault

LATER = (Fault.RCPT_421, Fault.RCPT_451, Fault.RCPT_450)
NEVER = (Fault.RCPT_550, Fault.RCPT_552, Fault.RCPT_553)
SILENT = (Fault.RCPT_HANG, Fault.DOT_HANG)
HUNG_UP = (Fault.DROP_AFTER_DOT_ACCEPTED, Fault.DROP_AFTER_DOT_LOST)
Faults = Mapping[str, Fault]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Whose mail meets what, by address: asked to wait, refused, silence, hung up on."""

    later: Faults = field(default_factory=dict)
    never: Faults = field(default_factory=dict)
    silent: Faults = field(default_factory=dict)
    hung_up: Faults = field(default_factory=dict)

    def all(self) -> dict[str, Fault]:
        return {**self.later, **self.never, **self.silent, **self.hung_up}

    def unsure(self) -> set[str]:
        """Whose text left and was never answered."""
        return {*self.hung_up, *(address for address, fault in self.silent.items() if fault is Fault.DOT_HANG)}


def play(stage: Stage, things: Shop, *, together: bool) -> list[Report]:
    """Each in a run of its own, or all in one; before, a silent greeting, for whoever has no other trouble."""
    greeting = _silent_greeting(stage, things)
    numbers = len(things.numbers)
    every = Trouble(
        later=_spread(things, LATER, math.ceil(numbers / 20), 0),
        never=_spread(things, NEVER, 3, 1),
        silent=_spread(things, SILENT, 2, 2),
        hung_up=_spread(things, HUNG_UP, numbers // 10, 3),
    )
    if together:
        reports = [_run(stage, things, "F14 F15 F16 F17 in one run", every)]
    else:
        reports = [
            _run(stage, things, "F14 421 451 450", Trouble(later=every.later)),
            _run(stage, things, "F15 550 552 553", Trouble(never=every.never)),
            _run(stage, things, "F16 silent at RCPT and after the dot", Trouble(silent=every.silent)),
            _run(stage, things, "F17 hung up after the dot", Trouble(hung_up=every.hung_up)),
        ]
    return [*reports, tell(greeting.settle())]


def _spread(things: Shop, kinds: tuple[Fault, ...], number: int, place: int) -> dict[str, Fault]:
    """So many customers beyond the first part of a run, evenly; each place of four has customers of its own."""
    rest = things.alone[2 * canary_size(len(things.numbers)) :][place::4]
    step = len(rest) / number
    return {rest[int(n * step)]: kinds[n % len(kinds)] for n in range(number)}


def _run(stage: Stage, things: Shop, name: str, trouble: Trouble) -> Report:
    witness = stage.witness
    witness.by_recipient |= trouble.all()
    case = begin(stage, name, things.numbers)
    wait_for(lambda: _met_it(case, trouble), "everybody's trouble")
    _check_waits(case, trouble.later)
    witness.by_recipient.clear()
    case.uncertain = _ids(case, trouble.unsure())
    case.failed = _ids(case, set(trouble.never))
    report = case.settle()
    _check_refused(case, trouble.never, report)
    return tell(report)


def _ids(case: Case, addresses: set[str]) -> set[int]:
    return set(case.messages().filter(address__in=addresses).values_list("id", flat=True))


def _met_it(case: Case, trouble: Trouble) -> bool:
    case.carry_on()
    met = case.messages().filter(address__in=trouble.all(), state__in=["retry", "uncertain", "failed"])
    return met.count() == len(trouble.all())


def _check_waits(case: Case, later: Faults) -> None:
    """Ten seconds and up to a quarter more, after the first no."""
    for message in case.messages().filter(address__in=later, failures=1):
        wait = (message.due_at - message.changed_at).total_seconds()
        case.expect(9.9 <= wait <= 12.6, f"the second try comes after {wait:.1f} s")


def _check_refused(case: Case, never: Faults, report: Report) -> None:
    """Refused at the first try, and an agent sees it on the order."""
    for message in case.messages().filter(address__in=never):
        tries = DeliveryAttempt.objects.filter(message=message).count()
        orders = list(message.notices.values_list("order_id", flat=True))
        marks = OrderMark.objects.filter(kind="no_reach", ref=f"{case.fanout.cause_ref}/1", order_id__in=orders)
        if tries != 1:
            report.wrong.append(f"a refused message was tried {tries} times")
        if marks.count() != len(orders):
            report.wrong.append("an order whose customer was not reached is not flagged")


def _silent_greeting(stage: Stage, things: Shop) -> Case:
    """F16: the server takes the call and says nothing; messages wait until somebody has mended it."""
    stage.witness.fault = Fault.GREET_HANG
    case = begin(stage, "F16 silent greeting", things.numbers[: 2 * canary_size(len(things.numbers))])
    wait_for(lambda: case.messages().filter(state="retry").exists(), "a first try")
    stage.witness.fault = Fault.NONE
    messaging.resume_all(actor=shop.runner(), now=timezone.now())
    return case
