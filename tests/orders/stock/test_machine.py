"""Stock against a plain-Python ledger: any order of receipts, holds, sales, counts and transfers, step by step."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from backoffice.kernel.errors import Refusal
from orders.stock.models import ReservationLine, Shelf, StockLevel, Transfer
from orders.stock.rules import Wanted
from orders.stock.selectors import availability
from orders.stock.services import counting, goods, holds, judging, sales, shelves, transfers
from orders.stock.services.counting import Counted
from orders.stock.services.goods import Arrival
from tests.factories import NOW
from tests.orders.stock import kit

EXAMPLES, STEPS = 54, 60
PLACES = ("WRO", "GDA")
ARTICLES = ("KETTLE-1", "MUG-1")
BUFFER = 1
BACK_AT = 3
units = st.integers(1, 5)
places = st.sampled_from(PLACES)
articles = st.sampled_from(ARTICLES)
lot_names = st.sampled_from(["", "L-1", "L-2"])
picks = st.integers(0, 99)
Place = tuple[str, str]
Key = TypeVar("Key", str, int)


def one_of(there: Mapping[Key, Any], pick: int) -> Key | None:
    """One of what there is, by a number that was drawn before anybody knew how much there is."""
    keys = sorted(there)
    return keys[pick % len(keys)] if keys else None


class Ledger:
    """What a careful person with a pencil would note. figures: on hand, reserved, allocated, quarantine."""

    def __init__(self) -> None:
        self.figures: dict[Place, list[int]] = {(sku, place): [0, 0, 0, 0] for sku in ARTICLES for place in PLACES}
        self.shown = dict.fromkeys(ARTICLES, True)
        self.on_the_way: dict[int, tuple[str, str, int]] = {}
        self.held: dict[str, dict[Place, int]] = {}
        self.ends: dict[str, Any] = {}
        self.sold: dict[str, dict[Place, int]] = {}
        self.over: dict[str, str] = {}

    def free(self, place: Place) -> int:
        on_hand, *promised = self.figures[place]
        return on_hand - sum(promised)

    def sellable(self, sku: str) -> dict[Place, int]:
        return {(sku, place): max(0, self.free((sku, place)) - BUFFER) for place in PLACES}

    def add(self, lines: dict[Place, int], **signs: int) -> None:
        names = ("on_hand", "reserved", "allocated", "quarantine")
        for place, moved in lines.items():
            for name, sign in signs.items():
                self.figures[place][names.index(name)] += sign * moved

    def went(self, sku: str) -> None:
        if not sum(self.sellable(sku).values()):
            self.shown[sku] = False

    def came(self, sku: str) -> None:
        if sum(self.sellable(sku).values()) >= BACK_AT:
            self.shown[sku] = True


class Shop(RuleBasedStateMachine):
    """Each rule does one thing to both, and says beforehand whether it may succeed."""

    steps = 0
    seen: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.now = NOW
        self.ledger = Ledger()

    def teardown(self) -> None:
        assert kit.drift() == []
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize()
    def two_houses(self) -> None:
        for sku in ARTICLES:
            for place in PLACES:
                kit.stock(sku, 0, place)
        for sku in ARTICLES:
            rows = StockLevel.objects.filter(product__sku=sku)
            shelf = Shelf.objects.get(product__sku=sku)
            shelves.keep(
                product_id=shelf.product_id, version=shelf.version, buffers={row.pk: BUFFER for row in rows},
                back_at=BACK_AT, actor=None, now=NOW,
            )  # fmt: skip
            self.ledger.went(sku)
            self.receive(sku, PLACES[0], 12, "", False)

    def tried(self, name: str, possible: bool, act: Any) -> bool:
        """Whether it succeeded, which must be what the pencil says."""
        type(self).steps += 1
        try:
            act()
            done = True
        except Refusal:
            done = False
        type(self).seen[f"{name} {done}"] += 1
        assert done == possible, f"{name}: {done}, the ledger says {possible}"
        return done

    @rule(
        sku=articles, place=places, n=st.integers(1, 20), lot=st.sampled_from(["", "L-1", "L-2"]), judged=st.booleans()
    )
    def receive(self, sku: str, place: str, n: int, lot: str, judged: bool) -> None:
        key = kit.fresh_key()
        arrival = Arrival(sku, n, lot=lot, expires_on=NOW.date() + timedelta(days=9) if lot else None, to_judge=judged)
        for _twice in range(2):
            goods.receive(key=key, warehouse=place, arrivals=[arrival], actor=None, now=self.now)
        self.tried("receive", True, lambda: None)
        self.ledger.add({(sku, place): n}, on_hand=1, quarantine=int(judged))
        self.ledger.came(sku)

    @rule(sku=articles, place=places, n=st.integers(0, 30))
    def count(self, sku: str, place: str, n: int) -> None:
        figures = self.ledger.figures[sku, place]
        possible = n >= sum(figures[1:])
        key, line = kit.fresh_key(), Counted(sku, place, n)
        if self.tried(
            "count", possible,
            lambda: counting.count(key=key, lines=[line], reason="counted", actor=None, now=self.now),
        ):  # fmt: skip
            grew, figures[0] = n - figures[0], n
            if grew > 0:
                self.ledger.came(sku)
            elif grew < 0:
                self.ledger.went(sku)

    @rule(wanted=st.lists(st.tuples(articles, units), min_size=1, max_size=2), minutes=st.integers(1, 30))
    def reserve(self, wanted: list[tuple[str, int]], minutes: int) -> None:
        sums: Counter[str] = Counter()
        for sku, n in wanted:
            sums[sku] += n
        fits = {sku: self.ledger.shown[sku] and sum(self.ledger.sellable(sku).values()) >= n for sku, n in sums.items()}
        key, until = f"hold-{len(self.ledger.ends):03}", self.now + timedelta(minutes=minutes)
        lines = [Wanted(sku, n) for sku, n in wanted]
        if self.tried(
            "reserve", all(fits.values()), lambda: kit.reserve(*lines, key=key, expires_at=until, now=self.now)
        ):
            taken = lines_of(key)
            for sku, n in sums.items():
                given = {place: units for place, units in taken.items() if place[0] == sku}
                assert sum(given.values()) == n
                assert all(units <= self.ledger.sellable(sku)[place] for place, units in given.items())
            self.ledger.add(taken, reserved=1)
            self.ledger.held[key], self.ledger.ends[key] = taken, until
            for sku in sums:
                self.ledger.went(sku)

    @rule(pick=picks)
    def pay(self, pick: int) -> None:
        key = one_of(self.ledger.ends, pick)
        if key is None:
            return
        found = holds.confirm(key=key, now=self.now)
        self.tried("pay", True, lambda: None)
        if key in self.ledger.held:
            lines = self.ledger.held.pop(key)
            self.ledger.add(lines, reserved=-1, allocated=1)
            self.ledger.sold[key], self.ledger.over[key] = dict(lines), "confirmed"
        assert found.verdict == ("sold" if self.ledger.over[key] == "confirmed" else "too_late")

    @rule(pick=picks)
    def give_back(self, pick: int) -> None:
        key = one_of(self.ledger.ends, pick)
        if key is None:
            return
        possible = self.ledger.over.get(key) != "confirmed"
        if self.tried("give back", possible, lambda: holds.release(key=key, now=self.now)) and key in self.ledger.held:
            self.ledger.add(self.ledger.held.pop(key), reserved=-1)
            self.ledger.over[key] = "released"

    @rule(minutes=st.integers(0, 20))
    def time_goes_by(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        over = [key for key in self.ledger.held if self.ledger.ends[key] <= self.now]
        assert holds.expire(now=self.now) == len(over)
        self.tried("expire", True, lambda: None)
        for key in over:
            self.ledger.add(self.ledger.held.pop(key), reserved=-1)
            self.ledger.over[key] = "expired"

    @rule(pick=picks, cancels=st.booleans())
    def ship_or_cancel(self, pick: int, cancels: bool) -> None:
        key = one_of(self.ledger.sold, pick)
        if key is None:
            return
        act = sales.unallocate if cancels else sales.ship
        name, acted = kit.fresh_key(), self.ledger.sold[key]
        possible = sum(acted.values()) > 0
        if self.tried("ship or cancel", possible, lambda: act(key=name, hold_key=key, now=self.now)):
            act(key=name, hold_key=key, now=self.now)
            self.ledger.add(acted, allocated=-1, on_hand=0 if cancels else -1)
            self.ledger.sold[key] = {}

    @rule(sku=articles, source=places, n=units)
    def send(self, sku: str, source: str, n: int) -> None:
        to = PLACES[1 - PLACES.index(source)]
        drafted = transfers.draft(source=source, destination=to, lines=[Wanted(sku, n)], actor=None, now=self.now)
        possible = self.ledger.free((sku, source)) >= n
        if self.tried("send", possible, lambda: transfers.send(transfer_id=drafted.pk, actor=None, now=self.now)):
            self.ledger.add({(sku, source): n}, on_hand=-1)
            self.ledger.on_the_way[drafted.pk] = (sku, to, n)
            self.ledger.went(sku)

    @rule(pick=picks, missing=st.integers(0, 3))
    def arrive(self, pick: int, missing: int) -> None:
        pk = one_of(self.ledger.on_the_way, pick)
        if pk is None:
            return
        sku, to, n = self.ledger.on_the_way.pop(pk)
        came = max(0, n - missing)
        line = Transfer.objects.get(pk=pk).lines.get()
        receive = {"transfer_id": pk, "came": {line.pk: came}, "actor": None, "now": self.now}
        self.tried("arrive", True, lambda: transfers.receive(**receive))  # type: ignore[arg-type]
        self.ledger.add({(sku, to): came}, on_hand=1)
        self.ledger.came(sku)

    @rule(sku=articles, place=places, n=units)
    def set_aside(self, sku: str, place: str, n: int) -> None:
        possible = self.ledger.free((sku, place)) >= n
        given: Any = {"sku": sku, "warehouse": place, "reason": "wet", "actor": None, "now": self.now}
        if self.tried("set aside", possible, lambda: judging.set_aside(key=kit.fresh_key(), quantity=n, **given)):
            self.ledger.add({(sku, place): n}, quarantine=1)
            self.ledger.went(sku)

    @rule(sku=articles, place=places, good=st.integers(0, 4), bad=st.integers(0, 4))
    def judge(self, sku: str, place: str, good: int, bad: int) -> None:
        possible = 0 < good + bad <= self.ledger.figures[sku, place][3]
        given: Any = {"sku": sku, "warehouse": place, "reason": "looked", "actor": None, "now": self.now}
        if self.tried("judge", possible, lambda: judging.judge(key=kit.fresh_key(), good=good, bad=bad, **given)):
            self.ledger.add({(sku, place): good}, quarantine=-1)
            self.ledger.add({(sku, place): bad}, quarantine=-1, on_hand=-1)
            self.ledger.went(sku)
            if good:
                self.ledger.came(sku)

    @invariant()
    def both_books_agree(self) -> None:
        names = ("product__sku", "warehouse__code", "on_hand", "reserved", "allocated", "quarantine")
        rows = {(row[0], row[1]): list(row[2:]) for row in StockLevel.objects.values_list(*names)}
        if rows:
            assert rows == self.ledger.figures
            assert dict(Shelf.objects.values_list("product__sku", "is_shown")) == self.ledger.shown

    @rule(sku=articles)
    def show(self, sku: str) -> None:
        shelf = Shelf.objects.get(product__sku=sku)
        given: Any = {"product_id": shelf.product_id, "version": shelf.version, "actor": None, "now": self.now}
        possible = sum(self.ledger.sellable(sku).values()) > 0
        if self.tried("show", possible, lambda: shelves.show(**given)):
            self.ledger.shown[sku] = True

    @invariant()
    def every_part_is_shown(self) -> None:
        if self.steps % 4:
            return
        ids = dict(Shelf.objects.values_list("product__sku", "product"))
        found = availability.parts(ids.values(), now=self.now)
        for sku, pk in ids.items():
            assert found[pk].sellable == sum(self.ledger.sellable(sku).values())
            assert found[pk].in_transit == sum(n for one, _to, n in self.ledger.on_the_way.values() if one == sku)


def lines_of(key: str) -> dict[Place, int]:
    rows = ReservationLine.objects.filter(reservation__key=key)
    return {
        (sku, code): n for sku, code, n in rows.values_list("level__product__sku", "level__warehouse__code", "quantity")
    }


@pytest.mark.slow
@pytest.mark.timeout(400)  # on a machine that others use as well
@pytest.mark.django_db
def test_whatever_happens_the_books_agree() -> None:
    Shop.steps, Shop.seen = 0, Counter()
    run_state_machine_as_test(
        Shop,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True,
            phases=(Phase.generate,),  # a failure is told as it came: making it smaller takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert Shop.steps >= 2_000
    names = {name.rsplit(" ", 1)[0] for name in Shop.seen}
    assert {f"{name} True" for name in names} <= set(Shop.seen)
    assert {f"{name} False" for name in ("reserve", "count", "send", "judge", "set aside", "give back")} <= set(
        Shop.seen
    )
