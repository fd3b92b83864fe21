"""Sums that the database adds up, turned into a mean with its interval."""

import math
from dataclasses import dataclass

from suppliers.performance.rules.durations import Durations, quantile
from suppliers.performance.rules.estimates import CONFIDENCE, student_t, z_of


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure: n observations, the value in the metric's unit and its interval.

    value None: nothing was observed, or too many waits go on, and then `least` is the longest so far, which the value
    exceeds. low, high None: the interval has no bound on that side.
    """

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    least: float | None = None


NOTHING = Measured(0)


@dataclass(frozen=True, slots=True)
class Parts:
    """Many observations x between 0 and 1, each with a weight w: how many, Σw, Σw² and Σw·x."""

    n: int
    weight: float
    squares: float
    total: float


@dataclass(frozen=True, slots=True)
class Moments:
    """Many observations of any size: how many, Σx and Σx²."""

    n: int
    total: float
    squares: float


def mean_part(parts: Parts | None, *, confidence: float = CONFIDENCE) -> Measured:
    """Return the weighted mean Σwx/Σw with Wilson's interval over the effective number (Σw)²/Σw² of observations.

    E. B. Wilson (1927), JASA 22, for the interval; L. Kish (1965), "Survey sampling", 8.2, for the effective number.
    What lies between 0 and 1 with the mean p varies by p(1 − p) at most, as yes and no do, so that for parts of a
    whole the interval is rather too wide than too narrow. NOTHING where no weight is.
    """
    if parts is None or parts.n == 0 or parts.weight <= 0:
        return NOTHING
    p = min(max(parts.total / parts.weight, 0.0), 1.0)
    n = parts.weight * parts.weight / parts.squares
    z = z_of(confidence)
    middle = p + z * z / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At the ends the bound is exactly 0 or 1; rounding must put it neither a hair inside nor a hair outside.
    low = 0.0 if p == 0 else max(min((middle - reach) / scale, p), 0.0)
    high = 1.0 if p == 1 else min(max((middle + reach) / scale, p), 1.0)
    return Measured(parts.n, p, low, high)


def mean_of(moments: Moments | None, *, confidence: float = CONFIDENCE) -> Measured:
    """Return the mean with Student's interval x̄ ± t·s/√n; with one observation the interval has no bounds.

    "Student" (1908), "The probable error of a mean", Biometrika 6.
    """
    if moments is None or moments.n == 0:
        return NOTHING
    n, centre = moments.n, moments.total / moments.n
    if n == 1:
        return Measured(1, centre)
    spread = math.sqrt(max(moments.squares - n * centre * centre, 0.0) / (n - 1))
    reach = student_t(confidence, n - 1) * spread / math.sqrt(n)
    return Measured(n, centre, centre - reach, centre + reach)


def median_wait(waits: Durations | None) -> Measured:
    """Return the wait by which half have ended; what still waits counts as waiting. See durations.quantile."""
    if waits is None or waits.n == 0:
        return NOTHING
    found = quantile(waits, 0.5)
    return Measured(found.n, found.value, found.low, found.high, found.least)
