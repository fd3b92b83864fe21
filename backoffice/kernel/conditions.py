"""Lasting conditions that every page shows on top, such as "sending is paused".

The floors above register who knows about each, so that the kernel imports none of them.
"""

from collections.abc import Callable, Mapping
from functools import cache

from backoffice.kernel.models import User

# What the banner links to, as {"url": …, "label": …}; None while all is well.
Condition = Mapping[str, str] | None
Provider = Callable[[User], Condition]

_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Name a template variable and who fills it. Registering the same name again replaces it."""
    _providers[name] = provider


def for_user(user: User) -> dict[str, Callable[[], Condition]]:
    """The variables for one page; each is asked at most once, and only when a template looks."""
    return {name: _once(provider, user) for name, provider in _providers.items()}


def _once(provider: Provider, user: User) -> Callable[[], Condition]:
    return cache(lambda: provider(user))
