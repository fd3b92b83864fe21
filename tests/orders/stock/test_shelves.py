"""Shown or not: an article goes when the buffer is reached, says why, and does not flicker back."""

from datetime import timedelta

import pytest

from backoffice.kernel.errors import Stale
from backoffice.kernel.models import AuditEntry
from orders.stock.models import Shelf, StockLevel
from orders.stock.rules import StopReason
from orders.stock.services import counters, holds, sales, shelves, watching
from tests.factories import NOW
from tests.orders.stock import kit
from tests.orders.stock.test_holds import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def level() -> StockLevel:
    found = kit.stock(units=10)
    kit.keep(found, buffer=5, back_at=3)
    return found


def act(name: str, **fields: object) -> None:
    shelf = Shelf.objects.get()
    given = {"product_id": shelf.product_id, "version": shelf.version, "actor": None, "now": NOW}
    getattr(shelves, name)(**given | fields)


def test_it_goes_with_the_last_unit_above_the_buffer_and_says_why(level: StockLevel) -> None:
    kit.reserve(4)
    assert kit.shown() == ""
    kit.reserve(1)
    assert kit.shown() == "low_buffer"
    assert AuditEntry.objects.filter(verb="shelf.low_buffer", subject=f"product:{level.product_id}").count() == 1


@pytest.mark.parametrize("how", ["given back", "ran out", "cancelled"])
def test_a_cancel_returns_units_and_not_the_article(level: StockLevel, how: str) -> None:
    key = kit.reserve(5)
    if how == "given back":
        holds.release(key=key, now=NOW)
    elif how == "ran out":
        holds.expire(now=NOW + timedelta(hours=2))
    else:
        holds.confirm(key=key, now=NOW)
        sales.unallocate(key="cancel", hold_key=key, now=NOW)
    assert kit.figures() == (10, 0, 0, 0)
    assert kit.shown() == "low_buffer"
    with refused("stock.short"):
        kit.reserve(1)
    act("show")
    kit.reserve(1)


def test_goods_that_arrive_show_it_again_from_a_line_above_nothing(level: StockLevel) -> None:
    kit.reserve(5)
    kit.stock(units=2)
    assert kit.shown() == "low_buffer"
    kit.stock(units=1)
    assert kit.shown() == ""


@pytest.mark.parametrize("reason", [StopReason.MANUAL_STOP, StopReason.CAMPAIGN_CAP])
def test_what_a_person_or_a_campaign_stopped_stays_stopped(level: StockLevel, reason: StopReason) -> None:
    act("stop", reason=reason)
    kit.stock(units=50)
    assert kit.shown() == reason
    with refused("stock.short"):
        kit.reserve(1)


def test_an_article_with_nothing_to_sell_is_not_shown_by_hand(level: StockLevel) -> None:
    kit.reserve(5)
    with refused("stock.empty"):
        act("show")


def test_only_stock_itself_stops_for_want_of_stock(level: StockLevel) -> None:
    with refused("stock.reason"):
        act("stop", reason=StopReason.LOW_BUFFER)
    assert kit.shown() == ""


def test_a_bigger_buffer_takes_it_off_and_a_smaller_one_brings_it_back(level: StockLevel) -> None:
    kit.keep(level, buffer=10)
    assert kit.shown() == "low_buffer"
    kit.keep(level, buffer=1)
    assert kit.shown() == ""


def test_two_who_change_one_article_do_not_overwrite_each_other(level: StockLevel) -> None:
    act("stop", reason=StopReason.MANUAL_STOP)
    with pytest.raises(Stale):
        act("show", version=1)
    assert kit.shown() == "manual_stop"


def test_the_sweep_takes_off_what_two_sales_at_once_left_standing(
    level: StockLevel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "take_off", lambda _products, *, now: [])
    kit.reserve(5)
    assert kit.shown() == ""
    monkeypatch.undo()
    watching.settle(now=NOW)
    assert kit.shown() == "low_buffer"


def test_a_buffer_is_kept_even_while_the_article_is_still_shown(level: StockLevel) -> None:
    """The statement that takes units sees the buffer itself, whatever the shelf says."""
    counters.keep_back(level_id=level.pk, buffer=9)
    assert kit.shown() == ""
    with refused("stock.short"):
        kit.reserve(2)
