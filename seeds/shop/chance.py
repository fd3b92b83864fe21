"""Chance that repeats: only random() of one seeded generator is used, whose sequence is the same on every Python."""

import random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """The seeded generator, reduced to what is stable."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - demo data, no secret

    def happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def whole(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, options: list[T]) -> T:
        return options[int(self._random.random() * len(options))]

    def weighted(self, options: dict[T, float]) -> T:
        point = self._random.random() * sum(options.values())
        for option, weight in options.items():
            point -= weight
            if point < 0:
                return option
        return next(reversed(options))
