"""Whether a page that saves by itself may save: it may go on after itself, never over somebody else."""

from dataclasses import dataclass
from typing import Final

SHORTEST, LONGEST = 16, 64
NOBODY: Final = ""


@dataclass(frozen=True, slots=True)
class Run:
    """Saves that one open page made one after the other. since: the version that the first of them was made from."""

    page: str
    since: int


def may_save(*, version: int, run: Run, seen: int, page: str) -> bool:
    """Whether a page that saw version `seen` may save over `version`.

    It may when nothing was saved meanwhile, or when all that was is its own: what a page saved by itself a moment ago
    is no conflict with its own button.
    """
    return seen == version or (page != NOBODY and page == run.page and run.since <= seen < version)


def after(*, version: int, run: Run, page: str, closes: bool) -> Run:
    """The run after a save over `version`. closes: the page is left, so that a late save of it is a stranger's."""
    if closes:
        return Run(NOBODY, version + 1)
    return run if page == run.page else Run(page, version)
