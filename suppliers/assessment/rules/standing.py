"""What follows from a score: a band with its consequence, slow to rise and quick to fall."""

from dataclasses import dataclass, replace
from datetime import date

from suppliers.assessment.rules.policy import NO_DATA, STOPPED, Band, Consequence, Policy
from suppliers.assessment.rules.scoring import Score


@dataclass(frozen=True, slots=True)
class Held:
    """Where a supplier stands. band: the last band that a total gave, "" before there was one.

    better_since: since when every total was in a better band than `band`; better_band: the lowest of those.
    """

    standing: str
    band: str = ""
    better_since: date | None = None
    better_band: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The standing on a day, and what it means for purchase orders."""

    held: Held
    consequence: Consequence
    may_override: tuple[str, ...]


def outlives(override: str, consequence: Consequence) -> bool:
    """True when a decision still holds after the standing it was made for has changed to one of this consequence.

    A milder one was decided without knowing of the change, so that it ends: nobody ordered past a switch on purpose.
    """
    hardness = list(Consequence)
    return bool(override) and hardness.index(Consequence(override)) >= hardness.index(consequence)


def band_of(policy: Policy, total: float) -> Band:
    """Return the band of a total from 0 to 100. The bands tile that range, so there is exactly one."""
    return next((band for band in policy.bands if total < band.high), policy.bands[-1])


def judge(policy: Policy, found: Score, before: Held | None, *, day: date) -> Verdict:
    """Return where the supplier stands after this score.

    A switch overrides everything while it is on, and some send the band to the bottom. Without enough data the
    standing says so, and the band of before waits. A fall takes effect at once; a rise after rise_periods periods in
    which every total was in a better band, and then to the lowest of those.
    """
    held = _banded(policy, found, before or Held(NO_DATA), day)
    if found.stops:
        return Verdict(replace(held, standing=STOPPED), policy.stopped.consequence, policy.stopped.may_override)
    if found.total is None:
        return Verdict(replace(held, standing=NO_DATA), policy.no_data.consequence, policy.no_data.may_override)
    band = next(band for band in policy.bands if band.key == held.band)
    return Verdict(replace(held, standing=band.key), band.consequence, band.may_override)


def _banded(policy: Policy, found: Score, before: Held, day: date) -> Held:
    order = [band.key for band in policy.bands]
    if any(stop.switch in policy.falls for stop in found.stops):
        return Held(before.standing, band=order[0])
    if found.total is None:
        return replace(before, better_since=None, better_band="")
    now = band_of(policy, found.total).key
    # A band that a newer policy no longer knows cannot be compared with.
    if before.band not in order or order.index(now) <= order.index(before.band):
        return Held(before.standing, band=now)
    lowest = now
    if before.better_band in order:
        lowest = min(now, before.better_band, key=order.index)
    since = before.better_since or day
    if (day - since).days >= policy.rise_periods * policy.period_days:
        return Held(before.standing, band=lowest)
    return Held(before.standing, before.band, better_since=since, better_band=lowest)
