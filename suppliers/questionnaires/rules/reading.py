"""From plain data to a questionnaire, or to sentences that say what is wrong with it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suppliers.assessment.rules.metrics import Dimension
from suppliers.questionnaires.rules import conditions
from suppliers.questionnaires.rules.body import (
    CHOOSING,
    LANGUAGES,
    NO,
    YES,
    Body,
    Choice,
    Item,
    Kind,
    Section,
    Severity,
    Text,
    choice_ids,
)

MOST_SECTIONS, MOST_ITEMS, MOST_CHOICES = 60, 500, 60
LONGEST_TEXT = 4_000
HEAVIEST = 100.0
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}")
_ITEM_KEYS = frozenset(
    {"id", "kind", "text", "hint", "cond", "choices", "dimension", "weight", "severity", "optional", "na"}
    | {"min", "max", "unit", "yes", "no"}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. code: which; where: the id or place, said: what was found there."""

    code: str
    where: str
    said: str = ""


class _Wrong(Exception):
    def __init__(self, code: str, where: str, said: str = "") -> None:
        super().__init__(code)
        self.problem = Problem(code, where, said)


def read(data: Any) -> tuple[Body | None, list[Problem]]:
    """Turn plain data into a questionnaire, or say what is wrong with it. Never both, never neither."""
    try:
        body = _body(data)
    except _Wrong as wrong:
        return None, [wrong.problem]
    problems = list(_problems(body))
    return (None, problems) if problems else (body, [])


def _body(data: Any) -> Body:
    if not isinstance(data, Mapping):
        raise _Wrong("quest.shape", "questionnaire")
    sections = _list(data, "sections", "questionnaire", MOST_SECTIONS)
    return Body(
        title=_text(data.get("title"), "title"),
        intro=_text(data.get("intro", ""), "intro"),
        sections=tuple(_section(one, number) for number, one in enumerate(sections, 1)),
    )


def _section(data: Any, number: int) -> Section:
    where = f"section {number}"
    if not isinstance(data, Mapping):
        raise _Wrong("quest.shape", where)
    name = str(data.get("id") or f"section_{number}")
    return Section(
        id=_id(name, where),
        title=_text(data.get("title", ""), name),
        cond=_condition(data.get("cond", ""), name),
        items=tuple(_item(one, f"{name}, item {place}") for place, one in enumerate(_items(data, name), 1)),
    )


def _items(data: Mapping[str, Any], name: str) -> Sequence[Any]:
    return _list(data, "items", name, MOST_ITEMS)


def _item(data: Any, where: str) -> Item:
    if not isinstance(data, Mapping):
        raise _Wrong("quest.shape", where)
    name = _id(data.get("id"), where)
    if unknown := sorted(set(data) - _ITEM_KEYS):
        raise _Wrong("quest.key", name, str(unknown[0]))
    kind = _one_of(Kind, data.get("kind"), "quest.kind", name)
    dimension = data.get("dimension")
    severity = data.get("severity")
    return Item(
        id=name,
        kind=kind,
        text=_text(data.get("text"), name),
        hint=_text(data.get("hint", ""), name),
        cond=_condition(data.get("cond", ""), name),
        choices=_choices(kind, data, name),
        dimension=_one_of(Dimension, dimension, "quest.dimension", name) if dimension else None,
        weight=_number(data.get("weight", 1), "quest.weight", name),
        severity=_one_of(Severity, severity, "quest.severity", name) if severity else None,
        is_optional=bool(data.get("optional", False)),
        may_not_apply=bool(data.get("na", False)),
        smallest=_bound(data, "min", name),
        largest=_bound(data, "max", name),
        unit=_text(data.get("unit", ""), name),
    )


def _choices(kind: Kind, data: Mapping[str, Any], name: str) -> tuple[Choice, ...]:
    """Yes and no are choices too: x_yes and x_no, with what `yes` and `no` of the item say of their severity."""
    if kind is Kind.YESNO:
        return tuple(_choice({"id": f"{name}_{answer}"} | dict(data.get(answer) or {}), name) for answer in (YES, NO))
    if kind not in CHOOSING:
        return ()
    return tuple(_choice(one, name) for one in _list(data, "choices", name, MOST_CHOICES))


def _choice(data: Any, where: str) -> Choice:
    if not isinstance(data, Mapping):
        raise _Wrong("quest.shape", where)
    severity = data.get("severity")
    return Choice(
        id=_id(data.get("id"), where),
        text=_text(data.get("text", ""), where),
        severity=_one_of(Severity, severity, "quest.severity", where) if severity else None,
        warning=_text(data.get("warning", ""), where),
    )


def _list(data: Mapping[str, Any], key: str, where: str, most: int) -> Sequence[Any]:
    found = data.get(key)
    if not isinstance(found, list) or not found:
        raise _Wrong("quest.empty", where, key)
    if len(found) > most:
        raise _Wrong("quest.many", where, f"{key}: {len(found)} > {most}")
    return found


def _id(value: Any, where: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _Wrong("quest.id", where, str(value))
    return value


def _text(value: Any, where: str) -> Text:
    said = {"en": value} if isinstance(value, str) else value
    if not isinstance(said, Mapping):
        raise _Wrong("quest.text", where)
    lower = {str(code).lower(): text for code, text in said.items()}
    for code, text in lower.items():
        if code not in LANGUAGES or not isinstance(text, str):
            raise _Wrong("quest.language", where, code)
        if len(text) > LONGEST_TEXT:
            raise _Wrong("quest.long", where, code)
    return Text({code: text.strip() for code, text in lower.items() if text.strip()})


def _condition(value: Any, where: str) -> conditions.Condition:
    try:
        return conditions.parse(value if isinstance(value, str) else "(")
    except conditions.Unreadable as unreadable:
        raise _Wrong("quest.condition", where, str(unreadable)) from unreadable


def _one_of(names: Any, value: Any, code: str, where: str) -> Any:
    try:
        return names(value)
    except ValueError as unknown:
        raise _Wrong(code, where, str(value)) from unknown


def _number(value: Any, code: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong(code, where, str(value))
    return float(value)


def _bound(data: Mapping[str, Any], key: str, where: str) -> float | None:
    return None if data.get(key) is None else _number(data[key], "quest.bounds", where)


def _problems(body: Body) -> Iterator[Problem]:
    if not body.title:
        yield Problem("quest.text", "title")
    if sum(len(section.items) for section in body.sections) > MOST_ITEMS:
        yield Problem("quest.many", "questionnaire", f"items > {MOST_ITEMS}")
    yield from _twice(body)
    yield from _order(body)
    for _place, item in body.walk():
        yield from _of_item(item)


def _twice(body: Body) -> Iterator[Problem]:
    seen: set[str] = set()
    for section in body.sections:
        for name in (section.id, *(one for item in section.items for one in (item.id, *choice_ids(item)))):
            if name in seen:
                yield Problem("quest.twice", name)
            seen.add(name)


def _order(body: Body) -> Iterator[Problem]:
    """A condition names what was asked further up: so nothing can hang on itself, however far round."""
    above: set[str] = set()
    for section in body.sections:
        yield from (Problem("quest.order", section.id, name) for name in sorted(section.cond.names() - above))
        for item in section.items:
            yield from (Problem("quest.order", item.id, name) for name in sorted(item.cond.names() - above))
            above.add(f"^{item.id}")
            if item.is_asked:
                above |= {item.id, *choice_ids(item)}


def _of_item(item: Item) -> Iterator[Problem]:
    if not item.text:
        yield Problem("quest.text", item.id)
    if not 0 < item.weight <= HEAVIEST:
        yield Problem("quest.weight", item.id, str(item.weight))
    if item.kind in (Kind.CHOICE, Kind.SEVERAL) and not all(one.text for one in item.choices):
        yield Problem("quest.text", item.id)
    if item.kind is Kind.CHOICE and len(item.choices) < 2:
        yield Problem("quest.choices", item.id)
    if item.may_not_apply and item.kind not in CHOOSING:
        yield Problem("quest.na", item.id)
    if item.kind is Kind.WARNING and (item.severity is None or item.cond == conditions.ALWAYS):
        yield Problem("quest.warning", item.id)
    if item.smallest is not None and item.largest is not None and item.smallest > item.largest:
        yield Problem("quest.bounds", item.id)
