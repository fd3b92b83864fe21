"""Quantiles of days where some waits have not ended: what still lasts has lasted at least so long."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from suppliers.performance.rules.estimates import CONFIDENCE, z_of

# Above it ranks follow from the normal curve, as Conover has it; below it from the binomial counts themselves.
_LARGE = 1_000
# Products of many fractions end a few units of the last place beside the level they stand for.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Durations:
    """Days -> how often. ended: waits that are over. open: waits that have lasted so long and go on."""

    ended: Mapping[int, int] = field(default_factory=dict)
    open: Mapping[int, int] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return sum(self.ended.values()) + sum(self.open.values())


@dataclass(frozen=True, slots=True)
class Quantile:
    """The day by which a share of n waits has ended; None is unknown: too many waits are still open.

    low, high: the interval, None where it has no bound on that side. open: waits among n that have not ended.
    least: the longest wait so far where the value is unknown, which is longer; None where it is known.
    """

    n: int
    open: int
    value: int | None
    low: int | None
    high: int | None
    least: int | None = None


class Step(NamedTuple):
    """After this day a share `alive` still waits. spread: Greenwood's Σ dᵢ/(nᵢ(nᵢ − dᵢ)), infinite where none waits."""

    day: int
    alive: float
    spread: float

    @property
    def error(self) -> float:
        """The standard error of ln(−ln(alive)), 0 where undefined."""
        return math.sqrt(self.spread) / abs(math.log(self.alive)) if 0 < self.alive < 1 else 0.0


def survival(durations: Durations) -> list[Step]:
    """Return the steps of the share that still waits, one for each day on which a wait ended.

    E. L. Kaplan and P. Meier (1958), "Nonparametric estimation from incomplete observations", JASA 53:
    S(t) = Π (1 − dᵢ/nᵢ), where a wait that is open after t days still counts as waiting on day t.
    The error is M. Greenwood's (1926), carried to the ln(−ln) scale.
    """
    steps: list[Step] = []
    waiting, alive, variance = durations.n, 1.0, 0.0
    for day in sorted({*durations.ended, *durations.open}):
        ended = durations.ended.get(day, 0)
        if ended:
            alive *= 1 - ended / waiting
            left = waiting - ended
            variance = variance + ended / (waiting * left) if left else math.inf
            steps.append(Step(day, alive if left else 0.0, variance))
        waiting -= ended + durations.open.get(day, 0)
    return steps


def quantile(durations: Durations, share: float, *, confidence: float = CONFIDENCE) -> Quantile:
    """Return the first day on which no more than 1 − share still wait (0 < share < 1).

    The value is unknown when the curve never falls that far. The interval is by order statistics where every wait
    has ended (W. J. Conover (1999), "Practical nonparametric statistics", 3.2: the ranks between which a binomial
    count of n at `share` falls), and R. Brookmeyer's and J. Crowley's (1982), "A confidence interval for the median
    survival time", Biometrics 38, on the ln(−ln) scale, where some are open.
    """
    return quantiles(durations, [share], confidence=confidence)[0]


def quantiles(durations: Durations, shares: Sequence[float], *, confidence: float = CONFIDENCE) -> list[Quantile]:
    """Return a quantile for each share, of one curve."""
    steps = survival(durations)
    return [_of_curve(durations, steps, share, confidence) for share in shares]


def _of_curve(durations: Durations, steps: list[Step], share: float, confidence: float) -> Quantile:
    if not 0 < share < 1:
        raise ValueError(share)
    still_open = sum(durations.open.values())
    value = next((step.day for step in steps if step.alive <= 1 - share + _ROUNDING), None)
    if still_open:
        low, high = _by_curve(steps, share, confidence)
    else:
        low, high = _by_rank(durations.ended, share, confidence)
    least = max([*durations.ended, *durations.open], default=None) if value is None else None
    return Quantile(durations.n, still_open, value, low, high, least)


def _by_curve(steps: list[Step], share: float, confidence: float) -> tuple[int | None, int | None]:
    """The days at which the upper and the lower band around the curve have fallen to 1 − share."""
    z, level = z_of(confidence), 1 - share + _ROUNDING
    # exp(−exp(ln(−ln S) ∓ z·error)) = S ** exp(∓ z·error)
    low = next((step.day for step in steps if step.alive ** math.exp(z * step.error) <= level), None)
    high = next((step.day for step in steps if step.alive ** math.exp(-z * step.error) <= level), None)
    return low, high


def _by_rank(ended: Mapping[int, int], share: float, confidence: float) -> tuple[int | None, int | None]:
    n = sum(ended.values())
    low, high = _normal_ranks(n, share, confidence) if n > _LARGE else _exact_ranks(n, share, confidence)
    return (_at_rank(ended, low) if low >= 1 else None, _at_rank(ended, high) if high <= n else None)


def _exact_ranks(n: int, share: float, confidence: float) -> tuple[int, int]:
    """The highest rank with P(count < rank) <= tail, and the lowest with P(count >= rank) <= tail."""
    tail = (1 - confidence) / 2
    below = list(accumulate(_binomial(n, share)))
    low = sum(1 for chance in below if chance <= tail)
    return low, next((k + 1 for k, chance in enumerate(below) if chance >= 1 - tail), n + 1)


def _normal_ranks(n: int, share: float, confidence: float) -> tuple[int, int]:
    reach = z_of(confidence) * math.sqrt(n * share * (1 - share))
    return math.ceil(n * share - reach), math.ceil(n * share + reach)


def _binomial(n: int, p: float) -> list[float]:
    """Return P(count = k) for k = 0 … n."""
    return [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]


def _at_rank(ended: Mapping[int, int], rank: int) -> int:
    """Return the value at this place, counted from 1, of the ordered values."""
    seen = 0
    for day in sorted(ended):
        seen += ended[day]
        if seen >= rank:
            return day
    raise ValueError(rank)
