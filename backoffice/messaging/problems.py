"""What is wrong with something a person typed, as data: these modules know no Django, so the caller translates."""

import dataclasses
from collections.abc import Callable, Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """One thing to fix.

    code: stable and machine-readable, e.g. "wording.unknown".
    message: a gettext message id; `params` fill its %(name)s.
    field: "subject", "text", "email", or "".
    """

    code: str
    message: str
    field: str = ""
    params: Mapping[str, str | int] = dataclasses.field(default_factory=dict)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """The finished sentence; pass gettext as `translate`."""
        return translate(self.message) % dict(self.params)


class ProblemFound(ValueError):
    """Raised where one problem makes a value unusable."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence())
        self.problem = problem


def gettext_noop(message: str) -> str:
    """Marks a message id for makemessages; `Problem.sentence` translates it later."""
    return message
