"""What answers mean: what is asked of whom, whether all is answered, what was found, and what it is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from suppliers.assessment.rules.metrics import Dimension
from suppliers.questionnaires.rules.body import (
    CHOOSING,
    NOT_APPLICABLE,
    WORST_FIRST,
    Body,
    Item,
    Kind,
    Severity,
    Text,
)

# By item id: text, number and day as text; yesno and choice the id of the choice; several and upload a list; and
# "na" wherever the item says that it may not apply.
Answers = Mapping[str, Any]

# What an answer earns of its item's weight, by its severity.
EARNS: Final[Mapping[Severity | None, Decimal]] = {
    None: Decimal(1),
    Severity.LOW: Decimal("0.75"),
    Severity.MEDIUM: Decimal("0.5"),
    Severity.HIGH: Decimal("0.25"),
    Severity.CRITICAL: Decimal(0),
}
# However good the rest is, a dimension has no more points than its worst answer allows.
CAPS: Final[Mapping[Severity | None, Decimal]] = {
    None: Decimal(100),
    Severity.LOW: Decimal(100),
    Severity.MEDIUM: Decimal(85),
    Severity.HIGH: Decimal(60),
    Severity.CRITICAL: Decimal(30),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer that is not as it should be. chosen: the answer's own words, empty for a warning."""

    item: Item
    severity: Severity
    chosen: Text
    warning: Text


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is, in visible questions that must be answered."""

    answered: int
    asked: int
    open: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return not self.open


def is_answered(item: Item, answers: Answers) -> bool:
    """Whether there is an answer, "does not apply" included."""
    return answers.get(item.id) not in (None, "", [])


def applies(item: Item, answers: Answers) -> bool:
    """Whether the answer says something of the matter itself."""
    return answers.get(item.id) != NOT_APPLICABLE


def visible(body: Body, answers: Answers) -> tuple[str, ...]:
    """The ids of the items that are shown, in order.

    An answer to what is not shown is not true for any condition, so that what was answered before its question
    disappeared brings nothing else to light.
    """
    shown: list[str] = []
    true: set[str] = set()
    for section in body.sections:
        if not section.cond.holds(true.__contains__):
            continue
        for item in section.items:
            if not item.cond.holds(true.__contains__) or not _is_ripe(body, item, shown, true):
                continue
            shown.append(item.id)
            true |= {f"^{item.id}", *_true_of(item, answers)}
    return tuple(shown)


def _true_of(item: Item, answers: Answers) -> set[str]:
    """The ids that an answer makes true: the question's own, and those of what was chosen."""
    if not item.is_asked or not is_answered(item, answers):
        return set()
    given = answers[item.id]
    if given == NOT_APPLICABLE:
        return {item.id, f"{item.id}_{NOT_APPLICABLE}"}
    chosen = given if isinstance(given, list) else [given]
    return {item.id, *(str(one) for one in chosen)} if item.kind in CHOOSING else {item.id}


def _is_ripe(body: Body, item: Item, shown: Sequence[str], true: set[str]) -> bool:
    """A warning waits until what it asks for was answered, and is not about what does not apply: "not X" holds before
    anybody was asked about X."""
    if item.kind is not Kind.WARNING:
        return True
    asked = {body.asks[name] for name in item.cond.names() if name in body.asks} & set(shown)
    return bool(asked) and asked <= true and not any(f"{name}_{NOT_APPLICABLE}" in true for name in asked)


def progress(body: Body, answers: Answers) -> Progress:
    """How many of the questions that must be answered are."""
    must = [item for name in visible(body, answers) if (item := body.items[name]).is_asked and not item.is_optional]
    missing = tuple(item.id for item in must if not is_answered(item, answers))
    return Progress(answered=len(must) - len(missing), asked=len(must), open=missing)


def findings(body: Body, answers: Answers) -> tuple[Finding, ...]:
    """The answers with a severity, worst first, then in order."""
    found = [one for name in visible(body, answers) for one in _found(body.items[name], answers)]
    return tuple(sorted(found, key=lambda one: WORST_FIRST.index(one.severity)))


def _found(item: Item, answers: Answers) -> list[Finding]:
    if item.kind is Kind.WARNING:
        return [Finding(item, item.severity, Text(), item.hint)] if item.severity else []
    if item.kind not in CHOOSING or not is_answered(item, answers) or not applies(item, answers):
        return []
    given = answers[item.id]
    chosen = [item.choice(str(one)) for one in (given if isinstance(given, list) else [given])]
    return [Finding(item, one.severity, one.text, one.warning) for one in chosen if one and one.severity]


def worst(item: Item, answers: Answers) -> Severity | None:
    """The worst severity of what was chosen."""
    return min((one.severity for one in _found(item, answers)), key=WORST_FIRST.index, default=None)


def points(body: Body, answers: Answers) -> dict[Dimension, int]:
    """Points of each dimension, 0 to 100; a dimension of which nothing was answered is left out.

        points = min( 100 · Σ wᵢ·eᵢ / Σ wᵢ , cap(worst severity) ), rounded half up

    over the items of the dimension that are shown, answered and apply: wᵢ the weight of the item, eᵢ what its worst
    answer earns (EARNS), cap what the worst answer of the dimension allows (CAPS). Items with choices count, and
    warnings that show; what is hidden, unanswered or does not apply is in neither sum. A formula of our own: the mean
    says how much is in order, the cap that one critical answer is not made good by twenty fine ones.
    """
    parts: dict[Dimension, list[tuple[Decimal, Severity | None]]] = {}
    for name in visible(body, answers):
        item = body.items[name]
        if item.dimension is not None and _counts(item, answers):
            parts.setdefault(item.dimension, []).append((Decimal(str(item.weight)), worst(item, answers)))
    return {dimension: _points(parts[dimension]) for dimension in Dimension if dimension in parts}


def _counts(item: Item, answers: Answers) -> bool:
    if item.kind is Kind.WARNING:
        return True
    return item.kind in CHOOSING and is_answered(item, answers) and applies(item, answers)


def _points(parts: list[tuple[Decimal, Severity | None]]) -> int:
    whole = sum((weight for weight, _severity in parts), Decimal())
    share = sum((weight * EARNS[severity] for weight, severity in parts), Decimal()) / whole
    held = min([100 * share, *(CAPS[severity] for _weight, severity in parts)])
    return int(held.quantize(Decimal(1), ROUND_HALF_UP))
