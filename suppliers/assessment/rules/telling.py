"""Which facts are named beside a change of a metric: those that push in its direction, the strongest first."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

NAMED = 3
T = TypeVar("T")


def chosen(facts: Iterable[T], *, severity: Callable[[T], float | None], fell: bool) -> Sequence[T]:
    """Return at most NAMED facts, the worst first where the score fell, the best first where it rose."""
    telling = [(found, fact) for fact in facts if (found := severity(fact)) is not None]
    return [fact for _found, fact in sorted(telling, key=lambda pair: -pair[0] if fell else pair[0])[:NAMED]]
