"""Request bodies of machines, read strictly: one meaning or a refusal that names the field."""

import json
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.text import shown

LONGEST_NUMBER = 18


def read_object(raw: bytes, *, fields: Collection[str]) -> dict[str, Any]:
    """The JSON object in raw, which may have these fields and no others.

    Raises Refusal (body.encoding, body.syntax, body.duplicate, body.object, body.unknown_field).
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal("body.encoding", _("The body is not UTF-8 text. Send JSON in UTF-8.")) from error
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_int=_number,
        )
    except (json.JSONDecodeError, RecursionError) as error:
        raise Refusal("body.syntax", _("The body is not JSON that can be read. Send one flat object.")) from error
    if not isinstance(value, dict):
        raise Refusal("body.object", _("The body is not a JSON object. Send {…} with named fields."))
    for name in value:
        if name not in fields:
            raise Refusal(
                "body.unknown_field",
                _("There is no field “%(name)s”. Send only: %(fields)s.")
                % {"name": shown(name), "fields": ", ".join(fields)},
                shown(name),
            )
    return value


def text_field(body: dict[str, Any], name: str, *, limit: int, optional: bool = False) -> str:
    """One text of a body, trimmed; "" for an optional one that is absent.

    Raises Refusal (body.missing, body.text, body.long, body.characters), naming the field.
    """
    value = body.get(name)
    if value is None and optional:
        return ""
    if value is None or value == "":
        raise Refusal("body.missing", _("The field “%(name)s” is missing. Send it.") % {"name": name}, name)
    if not isinstance(value, str):
        raise Refusal(
            "body.text", _("The field “%(name)s” is not text. Send it in quotation marks.") % {"name": name}, name
        )
    if len(value) > limit:
        raise Refusal(
            "body.long",
            _("The field “%(name)s” has %(length)d characters. Send at most %(limit)d.")
            % {"name": name, "length": len(value), "limit": limit},
            name,
        )
    if not value.strip().isprintable() or not value.strip():
        raise Refusal(
            "body.characters",
            _("The field “%(name)s” has characters that cannot be read. Send letters, digits and signs.")
            % {"name": name},
            name,
        )
    return value.strip()


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, value in pairs:
        if name in seen:
            raise Refusal(
                "body.duplicate",
                _("The field “%(name)s” came twice. Send it once.") % {"name": shown(name)},
                shown(name),
            )
        seen[name] = value
    return seen


def _number(text: str) -> int | float:
    """A whole number of sensible length as it is; all others as a float, which no field of ours takes."""
    return int(text) if len(text) <= LONGEST_NUMBER else float(text)
