"""Which column is most likely which: by this person's last file, by shipped presets, by what others call them."""

import tomllib
from functools import lru_cache

from django.conf import settings

from backoffice.kernel.models import User
from suppliers.imports import selectors
from suppliers.imports.aliases import ALIASES
from suppliers.imports.kinds import IMPORTERS
from suppliers.imports.models import ImportSession
from suppliers.imports.rules import guess
from suppliers.imports.selectors import Remembered


def first_mapping(session: ImportSession, user: User) -> tuple[dict[str, str], Remembered | None]:
    """The columns as they were named, or as they are guessed; and how this person's last file was read."""
    last = selectors.remembered(user, session.kind)
    if session.mapping:
        return session.mapping, last
    names = {
        column.name: (*_preset_names(session.kind).get(column.name, ()), *ALIASES.get(column.name, ()))
        for column in IMPORTERS[session.kind].columns
    }
    return guess(session.header, names=names, remembered=last.columns if last else {}), last


@lru_cache(maxsize=16)
def _preset_names(kind: str) -> dict[str, tuple[str, ...]]:
    """What the shipped presets of a kind call each field."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted((settings.BASE_DIR / "seeds" / "presets" / kind).glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        for table in data.values():
            if isinstance(table, dict) and isinstance(table.get("columns"), dict):
                named = {"key": table["key"]} | table["columns"]
                found |= {field: (*found.get(field, ()), str(column)) for field, column in named.items()}
    return found
