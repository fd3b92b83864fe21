"""score.*: a million deliveries of two thousand suppliers become scorecards; and a run when little is new."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from django.db import connection
from django.utils import timezone

from backoffice.kernel import people
from customercare.management import seeding
from suppliers.assessment import services as assessment
from suppliers.assessment.models import Standing
from suppliers.assessment.rules.policy import Policy
from suppliers.assessment.selectors import measuring, scorecards
from suppliers.performance.models import DeliveryFact
from tests.bench import facts, scorefloor
from tests.bench.rounds import ROUNDS, Figure, alternate, figure, tell
from tests.chaos import shop

NEW = 0.01
TABLES = "suppliers_standingchange, suppliers_standing, suppliers_scorecard"


@dataclass(frozen=True, slots=True)
class World:
    """suppliers, deliveries: how many. url: of the database."""

    suppliers: int
    deliveries: int
    url: str
    day: date
    now: datetime


def build(*, suppliers: int, deliveries: int, url: str) -> World:
    """The suppliers with their facts, under the policy that a shop begins with."""
    now = timezone.now()
    with connection.cursor() as cursor:
        # The limit on a statement's time is for requests, not for a million rows.
        cursor.execute("SET statement_timeout = 0")
    world = World(suppliers, deliveries, url, timezone.localdate(now), now)
    seeding.load_reference(now=now)
    people.ensure(username=shop.RUNNER, name="Runa Runner", role="admin", password="not used here")
    facts.write(suppliers=suppliers, deliveries=deliveries, day=world.day, now=now)
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")
    return world


def run(world: World, only: str = "") -> list[Figure]:
    """The figures of scoring, told as they come. Afterwards every supplier has a scorecard."""
    if "score.suppliers".startswith(only):
        return [tell(one) for part in (_whole, _again) for one in part(world)]
    _score(world)
    return []


def _whole(world: World) -> Iterator[Figure]:
    """score.suppliers: every scorecard from nothing, deliveries a second, against the same figures by NumPy."""
    number = DeliveryFact.objects.count()

    def product() -> float:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {TABLES} CASCADE")
            cursor.execute("VACUUM (ANALYZE)")
        return number / _score(world)

    def bare() -> float:
        began = time.perf_counter()
        scorefloor.figures(world.url, day=world.day, early=_policy().early_days)
        return number / (time.perf_counter() - began)

    _compare(world)
    yield figure("score.suppliers", "deliveries/s", *alternate(product, bare), goal=0.13)


def _again(world: World) -> Iterator[Figure]:
    """What the watch costs with nothing new, and with one delivery in a hundred new, of one supplier in ten."""
    nothing, little = [], []
    few = max(1, world.suppliers // 10)
    for _round in range(ROUNDS):
        nothing.append(_timed(world, expected=0))
        facts.write_more(suppliers=few, deliveries=round(world.deliveries * NEW), day=world.day, now=world.now)
        little.append(_timed(world, expected=few))
    yield _seconds("score.suppliers.nothing_new", nothing)
    yield _seconds("score.suppliers.little_new", little)


def _seconds(name: str, values: list[float]) -> Figure:
    return Figure(name, sorted(values)[len(values) // 2], "s", None, None, len(values), min(values), max(values))


def _score(world: World) -> float:
    """The seconds until every supplier has been scored."""
    began = time.perf_counter()
    found = assessment.rescore(day=world.day, now=world.now)
    seconds = time.perf_counter() - began
    if found.looked_at != world.suppliers or Standing.objects.count() != world.suppliers:
        raise RuntimeError(f"{found} of {world.suppliers} suppliers")
    return seconds


def _timed(world: World, *, expected: int) -> float:
    began = time.perf_counter()
    found = assessment.rescore_due(day=world.day, now=world.now, limit=world.suppliers)
    seconds = time.perf_counter() - began
    if (found.looked_at, found.revisions) != (expected, expected):
        raise RuntimeError(f"{found}, and {expected} suppliers had something new")
    return seconds


def _policy() -> Policy:
    version = scorecards.current_policy()
    if version is None:
        raise RuntimeError("no policy")
    return scorecards.policy_of(version)


def _compare(world: World) -> None:
    """Both come to the same figures, or neither is worth measuring."""
    mine = measuring.measured(_policy(), day=world.day, supplier_ids=None)
    theirs = scorefloor.figures(world.url, day=world.day, early=_policy().early_days)
    for metric, told in theirs.items():
        ids = [int(one) for one in told["supplier"]]
        values = [mine[one][metric].value if metric in mine[one] else None for one in ids]
        own = np.array([np.nan if value is None else value for value in values])
        if not np.allclose(own, told["value"], rtol=1e-9, atol=1e-9, equal_nan=True):
            raise RuntimeError(f"{metric}: the floor says {told['value'][:5]}, the product {own[:5]}")
