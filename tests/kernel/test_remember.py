"""Short memory: asked once while the cache works, and each time while it does not."""

from itertools import count

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as RedisConnectionError

from backoffice.kernel.remember import forget, remember


def test_is_worked_out_once_until_it_is_forgotten() -> None:
    numbers = count(1)
    assert [remember("n", 60, lambda: next(numbers)) for _time in range(3)] == [1, 1, 1]
    forget("n")
    assert remember("n", 60, lambda: next(numbers)) == 2


def test_nothing_is_a_value_too() -> None:
    numbers = count(1)
    remember("n", 60, lambda: None)
    assert remember("n", 60, lambda: next(numbers)) is None


@pytest.mark.parametrize("call", ["get", "set", "delete"])
def test_without_the_cache_it_is_worked_out_each_time(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def dead(*_args: object, **_kwargs: object) -> None:
        raise RedisConnectionError("nobody there")

    monkeypatch.setattr(cache, call, dead)
    assert remember("n", 60, lambda: 7) == 7
    forget("n")
