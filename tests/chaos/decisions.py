"""F28, F30, F31: two people press the button, somebody stops it half way, somebody changes what was previewed."""

import threading
import time

from django.db import connection
from django.utils import timezone

from backoffice.kernel.errors import Refusal
from customercare.incidents import services as incidents
from customercare.incidents.models import Incident
from customercare.notices.models import Fanout
from tests.chaos import shop
from tests.chaos.cases import Case, Report, begin, tell
from tests.chaos.deaths import SLOW
from tests.chaos.shop import Shop
from tests.chaos.stage import Stage, wait_for

FINISH_SECONDS = 5.0


def declared_twice(stage: Stage, things: Shop) -> list[Report]:
    """F28: the same incident declared by two at the same moment is one fan-out; the other is told."""
    incident = shop.open_incident(title="F28", numbers=things.numbers)
    answers: list[str] = []
    start = threading.Barrier(2)

    def press() -> None:
        start.wait()
        try:
            shop.declare(incident.pk)
            answers.append("declared")
        except Refusal as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    people = [threading.Thread(target=press) for _person in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    case = Case(stage, "F28 declared twice at once", incident, shop.fanout_of(incident.pk))
    case.expect(sorted(answers) == ["declared", "fanout.started"], f"the two were answered {answers}")
    case.expect(Fanout.objects.filter(cause_ref=incident.cause_ref).count() == 1, "there is a second fan-out")
    return [tell(case.settle())]


def cancelled_half_way(stage: Stage, things: Shop) -> list[Report]:
    """F30: nothing starts later than five seconds after the click, and the parts add up."""
    stage.witness.delay = SLOW
    case = begin(stage, "F30 cancelled at 50 %", things.numbers)
    wait_for(lambda: case.done() * 2 >= len(things.numbers), "half of the messages")
    incidents.cancel(incident_id=case.incident.pk, actor=shop.runner(), now=timezone.now())
    stage.witness.delay = 0
    time.sleep(FINISH_SECONDS)
    arrived = len(stage.witness.accepted)
    report = case.settle()
    if len(stage.witness.accepted) != arrived:
        report.wrong.append(f"{len(stage.witness.accepted) - arrived} messages left after the click")
    return [tell(report)]


def changed_after_preview(stage: Stage, things: Shop) -> list[Report]:
    """F31: audience, amount or text changed after the preview: refused, nothing written, nothing sent."""
    began, wrong = time.monotonic(), list[str]()
    for change in (_drop_an_order, _raise_the_voucher):
        incident = shop.open_incident(title="F31", numbers=things.numbers)
        shown = shop.fanout_of(incident.pk).content_hash
        change(incident, things)
        code = _declared_with(incident, shown)
        if code not in ("fanout.not_previewed", "fanout.changed"):
            wrong.append(f"{change.__name__}: answered {code}")
        if shop.fanout_of(incident.pk).batch_id or Incident.objects.get(pk=incident.pk).status != "draft":
            wrong.append(f"{change.__name__}: something was started")
    return [tell(Report("F31 changed after the preview", seconds=time.monotonic() - began, wrong=wrong))]


def _declared_with(incident: Incident, content_hash: str) -> str:
    try:
        incidents.declare(
            incident_id=incident.pk,
            content_hash=content_hash,
            typed_count=shop.fanout_of(incident.pk).message_n,
            actor=shop.runner(),
            now=timezone.now(),
        )
    except Refusal as refusal:
        return refusal.code
    return "declared"


def _drop_an_order(incident: Incident, things: Shop) -> None:
    order = shop.store().order_set.get(number=things.numbers[0])
    incidents.exclude(
        incident_id=incident.pk, order_ids=[order.pk], note="changed", actor=shop.runner(), now=timezone.now()
    )
    incidents.preview(incident_id=incident.pk, now=timezone.now())


def _raise_the_voucher(incident: Incident, things: Shop) -> None:
    Fanout.objects.filter(cause_ref=incident.cause_ref).update(rule_value=2 * shop.VOUCHER)
