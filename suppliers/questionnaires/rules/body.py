"""What a questionnaire is made of: sections of items, their conditions, the severity of answers, texts by language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from suppliers.assessment.rules.metrics import Dimension
from suppliers.questionnaires.rules.conditions import ALWAYS, Condition

LANGUAGES = ("en", "zh-hans", "zh-hant", "pl")
FALLBACK = "en"
# The answer "does not apply to us", where an item allows it.
NOT_APPLICABLE = "na"
YES, NO = "yes", "no"


class Kind(StrEnum):
    """How an item is answered. INFO is read, not answered; WARNING shows itself when its condition holds."""

    TEXT = "text"
    LONG = "long"
    YESNO = "yesno"
    CHOICE = "choice"
    SEVERAL = "several"
    NUMBER = "number"
    DATE = "date"
    UPLOAD = "upload"
    INFO = "info"
    WARNING = "warning"


SILENT = frozenset({Kind.INFO, Kind.WARNING})
CHOOSING = frozenset({Kind.YESNO, Kind.CHOICE, Kind.SEVERAL})


class Severity(StrEnum):
    """How bad an answer is, worst first; an answer without one is as it should be."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


WORST_FIRST = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Text:
    """One text in several languages."""

    said: Mapping[str, str] = field(default_factory=dict)

    def in_language(self, language: str) -> str:
        """In this language, else in English, else in any; "" when there is none."""
        return self.said.get(language) or self.said.get(FALLBACK) or next(iter(self.said.values()), "")

    def __bool__(self) -> bool:
        return any(self.said.values())


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be chosen. warning: shown to whoever chose it."""

    id: str
    text: Text
    severity: Severity | None = None
    warning: Text = Text()


@dataclass(frozen=True, slots=True)
class Item:
    """One question, note or warning.

    severity, of a warning alone: how bad it is when its condition holds. dimension None: it earns no points.
    weight: its share of the points of its dimension. smallest, largest: bounds of a number, None without one.
    """

    id: str
    kind: Kind
    text: Text
    hint: Text = Text()
    cond: Condition = ALWAYS
    choices: tuple[Choice, ...] = ()
    dimension: Dimension | None = None
    weight: float = 1.0
    severity: Severity | None = None
    is_optional: bool = False
    may_not_apply: bool = False
    smallest: float | None = None
    largest: float | None = None
    unit: Text = Text()

    @property
    def is_asked(self) -> bool:
        """Whether it waits for an answer."""
        return self.kind not in SILENT

    def choice(self, chosen: str) -> Choice | None:
        """The choice with this id."""
        return next((one for one in self.choices if one.id == chosen), None)


@dataclass(frozen=True, slots=True)
class Section:
    """Items under one heading, shown when its condition holds."""

    id: str
    title: Text
    items: tuple[Item, ...]
    cond: Condition = ALWAYS


@dataclass(frozen=True)
class Body:
    """A whole questionnaire. Conditions ask for answers further up alone, so one walk from the top settles them."""

    title: Text
    intro: Text
    sections: tuple[Section, ...]

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """Every item by its id, in order."""
        return {item.id: item for _section, item in self.walk()}

    @cached_property
    def asks(self) -> Mapping[str, str]:
        """Which item each id of a condition belongs to: items by themselves, choices by their item."""
        found: dict[str, str] = {}
        for _section, item in self.walk():
            if item.is_asked:
                found |= {item.id: item.id} | dict.fromkeys(choice_ids(item), item.id)
        return found

    def walk(self) -> Iterator[tuple[Section, Item]]:
        """Every item with its section, from the top."""
        return ((section, item) for section in self.sections for item in section.items)


def choice_ids(item: Item) -> tuple[str, ...]:
    """The ids by which conditions name the answers of an item; x_na is "does not apply" of the item x."""
    own = tuple(one.id for one in item.choices)
    return (*own, f"{item.id}_{NOT_APPLICABLE}") if item.may_not_apply else own
