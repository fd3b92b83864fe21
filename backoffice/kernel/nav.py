"""The main menu as a registry: each app registers its pages in its AppConfig, so no room knows another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from backoffice.kernel.roles import Capability

Viewer = Any  # AnonymousUser or the project's user: the menu only hands it on.


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered page. label may be lazy; permission takes the user and says whether it is shown."""

    name: str
    label: object
    url_name: str
    icon: str
    order: int
    permission: Callable[[Viewer], bool]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu as the template draws it."""

    name: str
    label: str
    url: str
    icon: str
    current: bool


_entries: dict[str, Entry] = {}


def signed_in(user: Viewer) -> bool:
    """The plainest permission: anybody who has logged in."""
    return bool(user is not None and user.is_authenticated)


def holding(capability: Capability) -> Callable[[Viewer], bool]:
    """A permission: people who have logged in and hold the capability."""
    return lambda user: signed_in(user) and bool(user.can(capability))


def register(  # noqa: PLR0917 - reads as one line of a table
    name: str,
    label: object,
    url_name: str,
    icon: str,
    order: int,
    permission: Callable[[Viewer], bool] = signed_in,
) -> None:
    """Put a page into the menu. Registering the same name again replaces it, so that a reload is harmless.

    icon is the name of a heroicon; order counts upward from the top in steps of ten.
    """
    _entries[name] = Entry(name, label, url_name, icon, order, permission)


def unregister(name: str) -> None:
    """Take a page out of the menu; a name that is not there is no error."""
    _entries.pop(name, None)


def visible(*, user: Viewer, path: str) -> list[Item]:
    """The items this user may open, in order. The one with the longest matching URL is current."""
    shown = [(entry, reverse(entry.url_name)) for entry in ordered() if entry.permission(user)]
    current = current_url((url for _, url in shown), path)
    return [Item(entry.name, str(entry.label), url, entry.icon, url == current) for entry, url in shown]


def ordered() -> list[Entry]:
    """All entries, top to bottom."""
    return sorted(_entries.values(), key=lambda entry: (entry.order, entry.name))


def current_url(urls: Iterable[str], path: str) -> str:
    """The menu URL a path lies under: the longest prefix, or "" when there is none. "/" matches itself alone."""
    matches = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    return max(matches, key=len, default="")
