"""Which values are answers at all, and what saving a page changes."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from suppliers.questionnaires.rules.body import NOT_APPLICABLE, Body, Item, Kind

LONGEST_LINE, LONGEST_ANSWER = 300, 4_000
MOST_FILES = 10
_NUMBER: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")


def fits(item: Item, value: Any) -> bool:
    """Whether a value is an answer to this item; "nothing" always is."""
    if value in (None, "", []):
        return item.is_asked
    if value == NOT_APPLICABLE:
        return item.may_not_apply
    return item.kind in _FITS and _FITS[item.kind](item, value)


def _choice(item: Item, value: Any) -> bool:
    return isinstance(value, str) and item.choice(value) is not None


def _several(item: Item, value: Any) -> bool:
    return (
        isinstance(value, list) and len(set(map(str, value))) == len(value) and all(_choice(item, one) for one in value)
    )


def _number(item: Item, value: Any) -> bool:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return False
    try:
        found = Decimal(value)
    except InvalidOperation:
        return False
    low = item.smallest is None or found >= Decimal(str(item.smallest))
    return low and (item.largest is None or found <= Decimal(str(item.largest)))


def _day(_item: Item, value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _text(longest: int) -> Any:
    return lambda _item, value: isinstance(value, str) and len(value) <= longest and "\x00" not in value


def _files(_item: Item, value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_FILES and all(type(one) is int and one > 0 for one in value)


_FITS: Final[Mapping[Kind, Any]] = {
    Kind.TEXT: _text(LONGEST_LINE),
    Kind.LONG: _text(LONGEST_ANSWER),
    Kind.YESNO: _choice,
    Kind.CHOICE: _choice,
    Kind.SEVERAL: _several,
    Kind.NUMBER: _number,
    Kind.DATE: _day,
    Kind.UPLOAD: _files,
}


def merged(
    body: Body, held: Mapping[str, Any], given: Mapping[str, Any], *, on_page: Collection[str]
) -> dict[str, Any]:
    """What is held after a page was saved: what stood on the page takes its new value, the rest stays.

    An answer whose question the page did not show is kept, so that it is there again when its question is.
    """
    kept = {name: value for name, value in held.items() if name in body.items and name not in on_page}
    new = {name: given.get(name) for name in on_page if name in body.items}
    both = kept | {name: value for name, value in new.items() if value not in (None, "", [])}
    return {name: both[name] for name in body.items if name in both}


def digest(version_digest: str, answers: Mapping[str, Any]) -> str:
    """SHA-256 over the questionnaire's version and the answers: what was submitted, and to which questions."""
    plain = json.dumps([version_digest, answers], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def fingerprint(data: Any) -> str:
    """SHA-256 of plain data, however its keys are ordered."""
    plain = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
