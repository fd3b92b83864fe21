"""Shares, means and spreads, each with the number of observations and an interval that says how sure it is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """hits of n. value, low, high: shares from 0 to 1, None without observations. unknown: not counted in n."""

    n: int
    hits: int
    value: float | None
    low: float | None
    high: float | None
    unknown: int = 0

    @property
    def per_million(self) -> float | None:
        """The value as parts per million (PPM)."""
        return None if self.value is None else self.value * 1_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean or a standard deviation in the unit of what was measured; None where n is too small to say."""

    n: int
    value: float | None
    low: float | None
    high: float | None


@cache
def z_of(confidence: float) -> float:
    """Return the standard normal's two-sided bound: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def share(hits: int, n: int, *, unknown: int = 0, confidence: float = CONFIDENCE) -> Share:
    """Return hits / n with Wilson's interval, by which 1 of 1 is not 100 % and 0 of 1 is not 0 %.

    E. B. Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22:
    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n). ValueError unless 0 <= hits <= n.
    """
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n}")
    if n == 0:
        return Share(0, 0, None, None, None, unknown)
    z, p = z_of(confidence), hits / n
    middle = p + z * z / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At the ends the bound is exactly 0 or 1; rounding must not put it a hair inside.
    low = 0.0 if hits == 0 else (middle - reach) / scale
    high = 1.0 if hits == n else (middle + reach) / scale
    return Share(n, hits, p, low, high, unknown)


def mean(counts: Mapping[int, int], *, confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean of the values, counts: value -> how often, with Student's interval x̄ ± t·s/√n.

    "Student" (1908), "The probable error of a mean", Biometrika 6. The interval needs n >= 2.
    """
    n, centre, spread = _moments(counts)
    if n < 2 or centre is None or spread is None:
        return Estimate(n, centre, None, None)
    reach = student_t(confidence, n - 1) * spread / math.sqrt(n)
    return Estimate(n, centre, centre - reach, centre + reach)


def deviation(counts: Mapping[int, int], *, confidence: float = CONFIDENCE) -> Estimate:
    """Return the sample's standard deviation s (n − 1 below), n >= 2, with an interval that assumes no shape.

    By the delta method from Var(s²) ≈ (m4 − s⁴)/n, H. Cramér (1946), "Mathematical methods of statistics", 27.4 and
    28.3: s ± z √((m4 − s⁴)/n) / 2s, never below 0. Chi-square's interval would hold for normal values only, which
    lead times are not.
    """
    n, centre, spread = _moments(counts)
    if n < 2 or centre is None or spread is None:
        return Estimate(n, None, None, None)
    if spread == 0:
        return Estimate(n, 0.0, 0.0, 0.0)
    fourth = math.fsum(count * (value - centre) ** 4 for value, count in counts.items()) / n
    error = math.sqrt(max(fourth - spread**4, 0.0) / n) / (2 * spread)
    reach = z_of(confidence) * error
    return Estimate(n, spread, max(spread - reach, 0.0), spread + reach)


def student_t(confidence: float, freedom: int) -> float:
    """Return the two-sided bound of Student's t with so many degrees of freedom (1 or more).

    Exact for 1 and 2; from 3 on by the expansion 26.7.5 of M. Abramowitz and I. A. Stegun (1964), "Handbook of
    mathematical functions", which is within 0.2 % at 0.95.
    """
    p = (1 + confidence) / 2
    if freedom == 1:
        return math.tan(math.pi * (p - 0.5))
    if freedom == 2:
        return (2 * p - 1) * math.sqrt(2 / (4 * p * (1 - p)))
    x = z_of(confidence)
    terms: tuple[float, ...] = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92_160,
    )
    return x + math.fsum(term / freedom**power for power, term in enumerate(terms, start=1))


def _moments(counts: Mapping[int, int]) -> tuple[int, float | None, float | None]:
    """Return (n, mean, sample standard deviation), None for what n does not allow."""
    n = sum(counts.values())
    if n == 0:
        return 0, None, None
    centre = sum(value * count for value, count in counts.items()) / n
    if n == 1:
        return 1, centre, None
    squares = math.fsum(count * (value - centre) ** 2 for value, count in counts.items())
    return n, centre, math.sqrt(squares / (n - 1))
