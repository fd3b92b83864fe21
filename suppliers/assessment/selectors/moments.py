"""What happened to a supplier that rooms above know of: they register here how to read it, and nobody imports them."""

from collections.abc import Callable

from suppliers.assessment.rules.trend import Moment

Reader = Callable[[int], list[Moment]]
_readers: dict[str, Reader] = {}


def register(name: str, reader: Reader) -> None:
    """Let a room above tell what happened to a supplier, by its id. Registering a name again replaces it."""
    _readers[name] = reader


def from_above(supplier_id: int) -> list[Moment]:
    """All that the rooms above tell, in no order. As many statements as there are readers."""
    return [moment for reader in _readers.values() for moment in reader(supplier_id)]
