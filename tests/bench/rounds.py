"""Measuring in turns: product and floor alternate, so that a busy machine is equally busy for both."""

import json
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result. ratio: the median of the rounds' own ratios to the floor; it must lie in goal..most."""

    name: str
    value: float
    unit: str
    floor: float | None
    ratio: float | None
    rounds: int
    lo: float
    hi: float
    goal: float = 0.0
    most: float = math.inf

    @property
    def is_met(self) -> bool:
        return self.ratio is None or self.goal <= self.ratio <= self.most

    def line(self) -> str:
        shown = {
            "name": self.name, "value": _short(self.value), "unit": self.unit, "floor": _short(self.floor),
            "ratio": _short(self.ratio), "rounds": self.rounds, "lo": _short(self.lo), "hi": _short(self.hi),
        }  # fmt: skip
        return json.dumps(shown)


def _short(number: float | None) -> float | None:
    return None if number is None else round(number, 3 if abs(number) < 100 else 1)


def alternate(
    product: Callable[[], float], floor: Callable[[], float], rounds: int = ROUNDS
) -> tuple[list[float], list[float]]:
    """Both, in turns; who begins changes every round."""
    mine: list[float] = []
    theirs: list[float] = []
    for number in range(rounds):
        turn = ((product, mine), (floor, theirs))
        for measure, into in turn if number % 2 else reversed(turn):
            into.append(measure())
    return mine, theirs


def figure(
    name: str,
    unit: str,
    mine: Sequence[float],
    theirs: Sequence[float],
    *,
    goal: float = 0.0,
    most: float = math.inf,
) -> Figure:
    ratios = [a / b for a, b in zip(mine, theirs, strict=True)]
    return Figure(
        name, statistics.median(mine), unit, statistics.median(theirs), statistics.median(ratios), len(mine),
        min(mine), max(mine), goal, most,
    )  # fmt: skip


def tell(found: Figure) -> Figure:
    print(found.line(), flush=True)
    return found
