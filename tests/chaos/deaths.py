"""F1 and F2: processes are killed at fault points, one by one and all together."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from backoffice.kernel.models import Approval
from customercare.incidents.models import Incident
from customercare.notices.models import Fanout
from orders.sales.models import OrderMark
from tests.chaos import shop
from tests.chaos.cases import Case, Report, begin, tell
from tests.chaos.declarer import COMMITTED
from tests.chaos.shop import Shop
from tests.chaos.stage import Stage, kill, pid_of, wait_for
from tests.kit.smtp_faults import Fault

SLOW = 0.05
QUIET_POINTS = (
    "notices.mid_enqueue",
    "notices.in_voucher_tx",
    "notices.after_voucher_commit",
    "messaging.in_reconciler",
    "notices.at_resolve",
)
SENDING_POINTS = ("messaging.after_250_before_commit", "messaging.after_sent_commit")


Plays = Iterator[Callable[[], Case]]


def kill_one_by_one(stage: Stage, things: Shop, *, in_turn: bool) -> list[Report]:
    """F1 at every point with the group that the workers use. in_turn: the next only after the last has settled."""
    reports: list[Report] = []
    for part in (_last_one, _quiet_ones, _sending_ones):
        open_cases: list[Case] = []
        for play in part(stage, things):
            open_cases.append(play())
            if in_turn:
                reports += [tell(case.settle()) for case in open_cases]
                open_cases.clear()
        reports += [tell(case.settle()) for case in open_cases]
    return reports


def _named(stage: Stage, point: str) -> str:
    return f"F1 {point} group {stage.group}"


def _last_one(stage: Stage, things: Shop) -> Plays:
    """The outcome of the last message is committed, and its relay dies before it can say so to anybody."""
    name = _named(stage, "last_sent_before_ack")
    yield partial(_killed_at, stage, name, "messaging.after_sent_commit", things.numbers[:1], sending=False)


def _quiet_ones(stage: Stage, things: Shop) -> Plays:
    """Where a process dies that has nothing on the wire, so that nothing may be uncertain."""
    name = _named(stage, "after_claim")
    yield partial(_killed_at, stage, name, "messaging.after_claim", things.numbers, sending=False)
    for point in ("incidents.before_freeze_commit", COMMITTED):
        yield partial(_killed_opening, stage, things, point)
    for point in QUIET_POINTS:
        name = _named(stage, point.split(".")[1])
        yield partial(_killed_at, stage, name, point, things.numbers, sending=False)


def _sending_ones(stage: Stage, things: Shop) -> Plays:
    """Where a relay dies with messages on the wire."""
    half = len(things.numbers) // 2
    yield partial(_killed_in_session, stage, "after_rcpt", things.numbers[:half], _quarter(things, 1), Fault.DATA_HANG)
    yield partial(
        _killed_in_session, stage, "after_final_dot", things.numbers[half:], _quarter(things, 3), Fault.DOT_HANG
    )
    for point in SENDING_POINTS:
        name = _named(stage, point.split(".")[1])
        yield partial(_killed_at, stage, name, point, things.numbers, sending=True)


def _quarter(things: Shop, quarter: int) -> str:
    return things.alone[len(things.alone) * quarter // 4]


def _killed_at(stage: Stage, name: str, point: str, orders: Sequence[str], *, sending: bool) -> Case:
    stage.arm(point)
    case = begin(stage, name, orders)
    victim = stage.kill_at(point)
    case.died = stage.remember_doomed(victim)
    limit = 2 * stage.group if sending else 0
    case.expect(len(case.died) <= limit, f"{len(case.died)} messages on the wire of the killed process, not {limit}")
    return case


def _killed_opening(stage: Stage, things: Shop, point: str) -> Case:
    """The process that freezes the audience dies before, or right after, its commit."""
    before = Incident.objects.count()
    stage.run_and_kill("open", *things.numbers, point=point)
    left = Incident.objects.count() - before
    if point == COMMITTED:
        incident = Incident.objects.latest("pk")
        case = Case(stage, _named(stage, "after_freeze_commit"), incident, shop.declare(incident.pk))
        case.expect(left == 1, f"{left} incidents of the killed process instead of 1")
        return case
    case = begin(stage, _named(stage, "before_freeze_commit"), things.numbers)
    case.expect(left == 0, f"{left} incidents of the killed process instead of 0")
    return case


def _killed_in_session(stage: Stage, point: str, orders: Sequence[str], address: str, fault: Fault) -> Case:
    """The mail server holds one message in the middle of its session, and its relay dies there."""
    witness = stage.witness
    asked, taken = len(witness.commands), len(witness.accepted)
    witness.by_recipient[address] = fault
    case = begin(stage, _named(stage, point), orders)
    if fault is Fault.DATA_HANG:
        wait_for(lambda: f"RCPT TO:<{address}>" in witness.commands[asked:], "the recipient at the mail server")
    else:
        wait_for(lambda: any(mail.recipient == address for mail in witness.accepted[taken:]), "the mail's last dot")
    message = case.messages().get(address=address)
    victim = pid_of(message.claimed_by)
    kill(victim)
    del witness.by_recipient[address]
    case.died = stage.remember_doomed(victim)
    case.expect(message.pk in case.died, "the message at hand was not marked as being sent")
    case.expect(len(case.died) <= 2 * stage.group, f"{len(case.died)} messages on the wire of the killed process")
    return case


def kill_all(stage: Stage, things: Shop) -> list[Report]:
    """F2: every worker with all its children at once, in the middle of the run."""
    stage.witness.delay = SLOW
    case = begin(stage, f"F2 all workers group {stage.group}", things.numbers)
    wait_for(lambda: case.done() > len(things.numbers) // 3, "a third of the messages")
    for name in tuple(stage.workers):
        stage.kill_group(name)
    stage.witness.delay = 0
    case.died = stage.remember_doomed()
    for name in tuple(stage.workers):
        stage.start_worker(name)
    return [tell(case.settle())]


def kill_declaring(stage: Stage, things: Shop) -> list[Report]:
    """F2: the declaring process dies before its commit: nothing is there. After it: all of it is."""
    reports = []
    for point, word in (("incidents.before_declare_commit", "before"), (COMMITTED, "after")):
        incident = shop.open_incident(title=f"F2 declare {word}", numbers=things.numbers)
        stage.run_and_kill("declare", str(incident.pk), point=point)
        fanout = shop.fanout_of(incident.pk)
        case = Case(stage, f"F2 declare killed {word} commit", incident, fanout)
        if point == COMMITTED:
            case.expect(fanout.state != Fanout.State.PREVIEWED, f"declared, and the fan-out stands at {fanout.state}")
        else:
            case.expect(_is_untouched(incident, fanout), "something of a declaration that died is there")
            case.fanout = shop.declare(incident.pk)
        reports.append(tell(case.settle()))
    return reports


def _is_untouched(incident: Incident, fanout: Fanout) -> bool:
    incident.refresh_from_db()
    return (
        incident.status == Incident.Status.DRAFT
        and fanout.state == Fanout.State.PREVIEWED
        and not OrderMark.objects.filter(kind="incident", ref=incident.cause_ref).exists()
        and not Approval.objects.filter(subject_ref=f"fanout:{fanout.pk}").exists()
        and not fanout.budget.entries.filter(cause_ref__startswith=f"{incident.cause_ref}/").exists()  # type: ignore[union-attr]
    )
