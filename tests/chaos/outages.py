"""F3, F4, F5, F13, F32: the broker goes, a deployment rolls, two beats ring."""

import time

from django.conf import settings
from django.core.cache import caches
from redis import Redis

from tests.chaos import shop
from tests.chaos.cases import Case, Report, begin, tell
from tests.chaos.deaths import SLOW
from tests.chaos.shop import Shop
from tests.chaos.stage import Stage, wait_for

DECLARE_SECONDS = 3.0
STOP_SECONDS = 35.0


def broker_down_before(stage: Stage, things: Shop) -> list[Report]:
    """F3: declaring without a broker answers at once; everything is sent when it is back."""
    incident = shop.open_incident(title="F3", numbers=things.numbers)
    stage.kill_broker(forget=False)
    began = time.monotonic()
    fanout = shop.declare(incident.pk)
    took = time.monotonic() - began
    case = Case(stage, "F3 broker down before declare", incident, fanout)
    case.expect(took <= DECLARE_SECONDS, f"declaring took {took:.1f} s")
    stage.revive_broker()
    return [tell(case.settle())]


def broker_dies(stage: Stage, things: Shop, *, at: tuple[int, ...]) -> list[Report]:
    """F4: the broker dies in the middle and forgets everything."""
    reports = []
    for percent in at:
        stage.witness.delay = SLOW
        case = begin(stage, f"F4 broker killed at {percent} %", things.numbers)
        wait_for(lambda: case.done() * 100 >= percent * len(things.numbers), f"{percent} %")  # noqa: B023
        stage.kill_broker()
        stage.witness.delay = 0
        time.sleep(0.5)
        stage.revive_broker()
        reports.append(tell(case.settle()))
    return reports


def broker_flushed(stage: Stage, things: Shop) -> list[Report]:
    """F5: FLUSHALL, three times in one run."""
    stage.witness.delay = SLOW
    case = begin(stage, "F5 flushed three times", things.numbers)
    broker = Redis.from_url(settings.REDIS_URL)
    for tenth in (2, 4, 6):
        wait_for(lambda: case.done() * 10 >= tenth * len(things.numbers), f"{tenth} tenths")  # noqa: B023
        broker.flushall()
    stage.witness.delay = 0
    broker.close()
    caches["default"].close()
    return [tell(case.settle())]


def rolling_deploy(stage: Stage, things: Shop) -> list[Report]:
    """F13: SIGTERM for each worker in turn, its successor first."""
    stage.witness.delay = SLOW
    case = begin(stage, "F13 rolling SIGTERM", things.numbers)
    wait_for(lambda: case.done() * 4 >= len(things.numbers), "a quarter of the messages")
    for name in tuple(stage.workers):
        old = stage.workers[name]
        stage.start_worker(name)
        took = stage.end(old)
        case.expect(took <= STOP_SECONDS, f"{name} took {took:.1f} s to stop")
    stage.witness.delay = 0
    return [tell(case.settle())]


def two_beats(stage: Stage, things: Shop) -> list[Report]:
    """F32: a second scheduler rings everything twice."""
    second = stage.start_beat("second-beat")
    log = stage.folder / "second-beat.log"
    wait_for(lambda: "Sending due task advance-fanouts" in log.read_text(errors="replace"), "the second beat", 60)
    case = begin(stage, "F32 two beats", things.numbers)
    report = tell(case.settle())
    stage.end(second)
    return [report]
