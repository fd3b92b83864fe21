"""Counting wrong guesses in fixed windows, in the cache: no row is written for a wrong code.

A slot is taken before the guess is looked at and given back when it was right. So guesses that come at the same
moment cannot slip past the limit together.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from redis.exceptions import RedisError

from backoffice.kernel.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Limit:
    """At most this many misses in a window of this many seconds."""

    name: str
    misses: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Slot:
    """One taken guess, to be given back if it was right."""

    cache_key: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """slots: what was taken. wait: 0, or the seconds until a guess is allowed again; then nothing was taken, and
    reached is the limit that says no."""

    slots: tuple[Slot, ...]
    wait: int = 0
    reached: Limit | None = None


def take(*, wanted: Sequence[tuple[Limit, str]], now: datetime) -> Verdict:
    """Take one slot of every limit for its guesser, all or none. Raises Unavailable when nothing can be counted."""
    taken: list[Slot] = []
    try:
        for limit, who in wanted:
            slot = _slot(limit, who, now)
            cache.add(slot.cache_key, 0, timeout=2 * limit.seconds)
            taken.append(slot)
            if cache.incr(slot.cache_key) > limit.misses:
                give_back(taken)
                return Verdict((), limit.seconds - int(now.timestamp()) % limit.seconds, limit)
    except RedisError as error:
        raise Unavailable("guesses cannot be counted") from error
    return Verdict(tuple(taken))


def give_back(slots: Sequence[Slot]) -> None:
    """The guess was right, or was never looked at. Raises Unavailable as `take`."""
    try:
        for slot in slots:
            cache.decr(slot.cache_key)
    except RedisError as error:
        raise Unavailable("guesses cannot be counted") from error


def _slot(limit: Limit, who: str, now: datetime) -> Slot:
    """The guesser is kept as a hash: a cache holds no addresses."""
    digest = hashlib.sha256(who.strip().casefold().encode()).hexdigest()[:32]
    return Slot(f"guess:{limit.name}:{digest}:{int(now.timestamp()) // limit.seconds}")
