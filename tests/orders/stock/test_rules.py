"""The arithmetic of stock: who gives what, and which lot leaves."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orders.stock import rules
from orders.stock.rules import LotStock, Source, Wanted

TODAY = date(2026, 11, 21)
sources = st.lists(st.integers(0, 20), max_size=6).map(
    lambda units: [Source(place, there) for place, there in enumerate(units, 1)]
)
lots = st.lists(st.tuples(st.integers(1, 9), st.none() | st.integers(-3, 9)), max_size=5).map(
    lambda found: [
        LotStock(place, units, None if days is None else TODAY + timedelta(days=days))
        for place, (units, days) in enumerate(found, 1)
    ]
)


@given(st.integers(1, 60), sources)
def test_houses_give_all_together_or_nothing_and_none_more_than_it_has(quantity: int, found: list[Source]) -> None:
    taken = rules.spread(quantity, found)
    there = {one.level_id: one.sellable for one in found}
    assert (taken is None) == (sum(there.values()) < quantity)
    if taken is not None:
        assert sum(taken.values()) == quantity
        assert all(0 < units <= there[level] for level, units in taken.items())
        if max(there.values()) >= quantity:
            assert len(taken) == 1


@given(st.integers(1, 40), lots, st.integers(0, 9))
def test_nothing_spoilt_leaves_and_the_next_to_spoil_goes_first(
    quantity: int, found: list[LotStock], loose: int
) -> None:
    fresh = {lot.lot_id: lot for lot in found if lot.expires_on is None or lot.expires_on >= TODAY}
    taken = rules.first_expired_first_out(quantity, found, loose=loose, today=TODAY)
    assert (taken is None) == (sum(lot.quantity for lot in fresh.values()) + loose < quantity)
    if taken is None:
        return
    assert sum(units for _lot, units in taken) == quantity
    named = {lot: units for lot, units in taken if lot is not None}
    assert named.keys() <= fresh.keys()
    for lot in fresh.values():
        sooner = [one for one in fresh.values() if (one.expires_on or date.max) < (lot.expires_on or date.max)]
        if lot.lot_id in named:
            assert all(named.get(one.lot_id) == one.quantity for one in sooner)


@given(lots, st.integers(0, 9), st.data())
def test_what_a_count_misses_comes_off_whole(found: list[LotStock], loose: int, data: st.DataObject) -> None:
    there = sum(lot.quantity for lot in found) + loose
    quantity = data.draw(st.integers(0, there))
    gone = rules.lost(quantity, found, loose=loose)
    assert sum(units for _lot, units in gone) == quantity
    own = {lot.lot_id: lot.quantity for lot in found} | {None: loose}
    assert all(units <= own[lot] for lot, units in gone)


def test_the_same_article_twice_is_one_wish() -> None:
    assert rules.merged([Wanted("B", 1), Wanted("A", 1), Wanted("B", 2), Wanted("B", 1, "WRO")]) == [
        Wanted("A", 1), Wanted("B", 3), Wanted("B", 1, "WRO"),
    ]  # fmt: skip


def test_a_house_opens_on_its_day_and_is_closed_on_the_other() -> None:
    day = timedelta(days=1)
    assert rules.is_open(opens_on=TODAY, closes_on=TODAY + day, today=TODAY)
    assert not rules.is_open(opens_on=TODAY + day, closes_on=None, today=TODAY)
    assert not rules.is_open(opens_on=None, closes_on=TODAY, today=TODAY)


def test_below_the_buffer_nothing_is_sellable() -> None:
    assert [rules.sellable(available=n, buffer=5) for n in (0, 5, 6)] == [0, 0, 1]
