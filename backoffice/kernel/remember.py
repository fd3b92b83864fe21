"""Short memory for what is asked on every page; without the cache it is worked out each time."""

from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from redis.exceptions import RedisError

T = TypeVar("T")
_NOTHING = object()


def remember(key: str, seconds: int, work_out: Callable[[], T]) -> T:
    """The remembered value, or the one worked out now, which is kept for so many seconds."""
    try:
        kept = cache.get(key, _NOTHING)
    except RedisError:
        return work_out()
    if kept is not _NOTHING:
        return kept  # type: ignore[no-any-return]
    value = work_out()
    try:
        cache.set(key, value, seconds)
    except RedisError:
        return value
    return value


def forget(key: str) -> None:
    """Drop what is remembered, because it changed. Without the cache it ends by itself after its seconds."""
    try:
        cache.delete(key)
    except RedisError:
        return
