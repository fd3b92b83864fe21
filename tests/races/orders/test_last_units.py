"""Many buyers, few units: exactly what is there is sold. The twins read first and write afterwards, and oversell."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import OperationalError, connections, transaction
from django.db.models import Sum

from backoffice.kernel.errors import Refusal
from orders.stock.models import Reservation, ReservationLine, StockLevel, StockMovement
from orders.stock.rules import Wanted
from orders.stock.services import counters, holds
from tests.factories import NOW
from tests.orders.stock import kit

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
LATER = NOW + timedelta(hours=2)


def at_once(acts: int, act: Callable[[int], str], *, connections_open: int = 32) -> Counter[str]:
    """How each act ended, in words; they run over so many connections."""
    turns = iter(range(acts))
    turn = threading.Lock()

    def work() -> list[str]:
        ends: list[str] = []
        try:
            while True:
                with turn:
                    number = next(turns, None)
                if number is None:
                    return ends
                ends.append(told(act, number))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(connections_open) as pool:
        workers = [pool.submit(work) for _each in range(connections_open)]
        return Counter(end for worker in workers for end in worker.result(110))


def told(act: Callable[[int], str], number: int) -> str:
    try:
        return act(number)
    except Refusal as refusal:
        return refusal.code
    except OperationalError as error:
        return type(error.__cause__).__name__


def buy(number: int) -> str:
    kit.reserve(1, key=f"buyer-{number}")
    return "held"


def test_five_thousand_buyers_of_four_hundred_units_get_four_hundred() -> None:
    kit.stock(units=400)

    ends = at_once(5_000, buy)

    assert ends["held"] == 400
    assert sum(ends.values()) == 5_000
    assert set(ends) == {"held", "stock.short"}
    assert kit.figures() == (400, 400, 0, 0)
    assert ReservationLine.objects.aggregate(units=Sum("quantity"))["units"] == 400
    assert kit.drift() == []


def read_then_write(*, kind, changes, actor, now, reason=""):
    """What the counters would be without their guard: read, look, write what was worked out."""
    for one in changes:
        level = StockLevel.objects.get(pk=one.level_id)
        if level.on_hand - level.reserved - level.allocated - level.quarantine < one.deltas.reserved:
            raise counters.NotEnough
        StockLevel.objects.filter(pk=one.level_id).update(reserved=level.reserved + one.deltas.reserved)
        StockMovement.objects.create(
            level_id=one.level_id, kind=kind, reserved=one.deltas.reserved, key=one.key, at=now, ref=one.ref
        )


def test_twin_who_reads_first_and_writes_afterwards_oversells(monkeypatch: pytest.MonkeyPatch) -> None:
    kit.stock(units=40)
    monkeypatch.setattr(counters, "move", read_then_write)

    ends = at_once(500, buy)

    assert ends["held"] > 40
    assert kit.drift() != []


def test_a_key_that_comes_from_everywhere_at_once_holds_once() -> None:
    kit.stock(units=10)

    def again(_number: int) -> str:
        kit.reserve(3, key="same", ref="order:same")
        return "held"

    assert at_once(64, again) == {"held": 64}
    assert kit.figures() == (10, 3, 0, 0)


SKUS = [f"ARTICLE-{n}" for n in range(6)]


def basket(number: int, order: Callable[[list[str]], list[str]]) -> str:
    chosen = order(random.Random(number).sample(SKUS, 3))
    kit.reserve(*(Wanted(sku, 1) for sku in chosen), key=f"basket-{number}")
    return "held"


def test_baskets_in_any_order_never_wait_in_a_circle_and_are_whole_or_nothing() -> None:
    for sku in SKUS:
        kit.stock(sku, 60)

    ends = at_once(600, lambda number: basket(number, list))

    assert set(ends) <= {"held", "stock.short"}
    assert ends["held"] >= 60
    lines = Counter(ReservationLine.objects.values_list("reservation_id", flat=True))
    assert set(lines.values()) == {3}
    assert len(lines) == ends["held"] == Reservation.objects.count()
    assert kit.drift() == []


def test_twin_rows_locked_as_they_come_wait_in_a_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two baskets of the same two articles, locked in the order in which each was filled."""
    kit.stock(SKUS[0], 10)
    kit.stock(SKUS[1], 10)
    ids = list(StockLevel.objects.order_by("pk").values_list("pk", flat=True))
    met = threading.Barrier(2)

    def in_turn(number: int) -> str:
        with transaction.atomic():
            for place, pk in enumerate(ids if number else ids[::-1]):
                StockLevel.objects.filter(pk=pk).update(reserved=0)
                if not place:
                    with suppress(threading.BrokenBarrierError):
                        met.wait(10)
        return "held"

    assert at_once(2, in_turn, connections_open=2) == {"held": 1, "DeadlockDetected": 1}


def test_payment_and_the_end_of_time_at_once_have_one_winner() -> None:
    kit.stock(units=200)
    keys = [kit.reserve(1) for _each in range(200)]

    def pay_or_end(number: int) -> str:
        if number % 4 == 0:
            return f"ended {holds.expire(now=LATER, limit=1) > 0}"
        return holds.confirm(key=keys[number % 200], now=LATER).verdict

    at_once(800, pay_or_end)
    while holds.expire(now=LATER):
        pass

    states = Counter(Reservation.objects.values_list("state", flat=True))
    assert sum(states.values()) == 200
    assert set(states) == {"confirmed", "expired"}
    assert kit.figures() == (200, 0, states["confirmed"], 0)
    assert kit.drift() == []


def test_twin_a_payment_that_looks_first_is_paid_with_somebody_elses_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both see the hold open: it is given back and sold, and what was held for another buyer is gone."""
    kit.stock(units=2)
    key, _other = kit.reserve(1), kit.reserve(1)
    seen = threading.Barrier(2)

    def looks_first(key, state, now):
        hold = Reservation.objects.get(key=key)
        seen.wait(10)
        Reservation.objects.filter(pk=hold.pk).update(state=state, settled_at=now)
        return hold.state == "held"

    monkeypatch.setattr(holds, "_end", looks_first)

    def one(number: int) -> str:
        if number:
            return str(holds.release(key=key, now=LATER))
        return holds.confirm(key=key, now=LATER).verdict

    assert at_once(2, one, connections_open=2) == {"sold": 1, "True": 1}
    assert "holds" in {one.what for one in kit.drift()}
