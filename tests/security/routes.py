"""Every address of the site, read from the URLconf."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RegexPattern

_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>|\^?\(\?P<(\w+)>[^)]*\)/?\$?")


@dataclass(frozen=True, slots=True)
class Route:
    """One URL pattern, by its name with namespaces. The admin's nameless ones are called "…_old" and "admin:other"."""

    name: str
    path: str
    arguments: tuple[str, ...]
    callback: Callable[..., Any]
    nameless: bool

    def url(self, values: dict[str, Any]) -> str:
        """The address with these values."""
        if not self.nameless:
            return reverse(self.name, kwargs=values)
        return "/" + _ARGUMENT.sub(lambda found: str(values[found[1] or found[2]]), self.path)


def all_routes() -> list[Route]:
    """Every URL pattern below the root, the admin's and the API's included. Static files are no URLs of Django."""
    return list(_walk(get_resolver().url_patterns, (), ""))


def _walk(patterns: list[URLPattern | URLResolver], spaces: tuple[str, ...], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern.url_patterns, inner, path)
            continue
        own = pattern.pattern
        arguments = tuple(own.regex.groupindex) if isinstance(own, RegexPattern) else tuple(own.converters)
        name = pattern.name or _name_of(path)
        yield Route(":".join((*spaces, name)), path, arguments, pattern.callback, nameless=not pattern.name)


def _name_of(path: str) -> str:
    parts = path.split("/")
    return f"{parts[1]}_{parts[2]}_old" if parts[2:3] and not parts[1].startswith("(") else "other"
