"""Values of a TOML table, each of the expected type, or a Refusal that names the key."""

from collections.abc import Iterable, Mapping
from typing import Any, Never

from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal


def refuse(key: str, fix: str) -> Never:
    raise Refusal("preset.value", _("The preset key “%(key)s” cannot be used: %(fix)s") % {"key": key, "fix": fix}, key)


def only(table: Mapping[str, Any], known: Iterable[str], prefix: str) -> None:
    for key in table:
        if key not in known:
            raise Refusal(
                "preset.unknown_key",
                _("The preset has the unknown key “%(key)s”. Use: %(known)s.")
                % {"key": prefix + key, "known": ", ".join(sorted(known))},
                prefix + key,
            )


def subtable(data: Mapping[str, Any], key: str, prefix: str, *, wanted: bool = False) -> Mapping[str, Any]:
    if wanted and key not in data:
        raise Refusal(
            "preset.missing_key", _("The preset has no “%(key)s”. Add it.") % {"key": prefix + key}, prefix + key
        )
    value = data.get(key, {})
    if not isinstance(value, dict):
        refuse(prefix + key, _("write it as a table."))
    return value


def text(table: Mapping[str, Any], key: str, prefix: str, default: str | None = None) -> str:
    if key not in table and default is None:
        raise Refusal(
            "preset.missing_key", _("The preset has no “%(key)s”. Add it.") % {"key": prefix + key}, prefix + key
        )
    value = table.get(key, default)
    if not isinstance(value, str):
        refuse(prefix + key, _("write it as text in quotes."))
    return value


def texts(data: Mapping[str, Any], key: str, prefix: str) -> Mapping[str, str]:
    entries = subtable(data, key, prefix)
    return {name: text(entries, name, f"{prefix}{key}.") for name in entries}


def words(table: Mapping[str, Any], key: str, prefix: str, *, default: tuple[str, ...]) -> tuple[str, ...]:
    value = table.get(key, list(default))
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        refuse(prefix + key, _("write it as a list of texts."))
    return tuple(value)


def choice(table: Mapping[str, Any], key: str, prefix: str, allowed: Iterable[str], default: str) -> str:
    value = text(table, key, prefix, default)
    if value not in allowed:
        refuse(prefix + key, _("use one of %(allowed)s.") % {"allowed": ", ".join(f"“{word}”" for word in allowed)})
    return value


def whole(table: Mapping[str, Any], key: str, prefix: str, *, default: int, limit: int) -> int:
    value = table.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= limit:
        refuse(prefix + key, _("write a whole number from 1 to %(limit)d.") % {"limit": limit})
    return value
