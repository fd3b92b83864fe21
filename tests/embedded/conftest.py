"""State folders for stacks that the tests start and kill."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backoffice.embedded import places
from backoffice.embedded.stack import Stack
from tests.embedded import kit


@pytest.fixture
def new_state(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Makes state folders; at the end no process of theirs is left and no data outside."""
    folders: list[Path] = []

    def make(name: str) -> Path:
        folders.append(places.make_folder(tmp_path / name))
        return folders[-1]

    yield make
    for folder in folders:
        kit.stop_stack(folder)
        Stack(folder).remove()


@pytest.fixture(scope="session")
def used_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One state folder for all tests that need no first start: it has its data after the first of them."""
    folder = places.make_folder(tmp_path_factory.mktemp("embedded") / "state")
    yield folder
    Stack(folder).remove()


@pytest.fixture
def state(used_state: Path) -> Iterator[Path]:
    """A state folder in which nothing runs."""
    yield used_state
    kit.stop_stack(used_state)
