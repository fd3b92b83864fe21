"""Days and moments from outside: read by a declared format and zone, kept in UTC, and never guessed."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.text import shown

# The format name for 2026-03-29T02:30:00+01:00 and its short forms; all others are strptime patterns.
ISO = "iso"
FIRST_YEAR = 1970
LAST_YEAR = 2100
SHOWN_EXAMPLES = 3
_ISO_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|[+-][0-9]{2}:?[0-9]{2})?)?")
_SAMPLE = datetime(2026, 11, 23, 14, 5, 6, tzinfo=UTC)
# The easternmost clock on Earth; further is a typing error.
_WIDEST_OFFSET = timedelta(hours=14)


def is_format(pattern: str) -> bool:
    """True for "iso" and for a strptime pattern that says at least the whole day."""
    if pattern == ISO:
        return True
    try:
        written = _SAMPLE.strftime(pattern)
        return datetime.strptime(written, pattern).date() == _SAMPLE.date()  # noqa: DTZ007 - only the day counts
    except (ValueError, re.error):  # strptime turns the pattern into an expression of its own
        return False


def parse_day(text: str, *, formats: Sequence[str]) -> date:
    """Read a calendar day by the first format that fits. Raises Refusal (time.format, time.year)."""
    return _read(text, formats, moment=False).date()


def parse_moment(text: str, *, formats: Sequence[str], zone: ZoneInfo) -> datetime:
    """Read a moment and return it in UTC. Text without an offset is local time in zone.

    Raises Refusal (time.format, time.year, time.offset, time.missing, time.twice): a local time that the clock
    change skips or repeats is refused, the repeated one with both offsets to choose from.
    """
    stamp = _read(text, formats, moment=True)
    offset = stamp.utcoffset()
    if offset is not None:
        if abs(offset) > _WIDEST_OFFSET:
            raise Refusal(
                "time.offset",
                _("“%(value)s” is more than 14 hours from UTC. Correct the offset.") % {"value": shown(text)},
            )
        return stamp.astimezone(UTC)
    return _located(stamp, text, zone)


def _read(text: str, formats: Sequence[str], *, moment: bool) -> datetime:
    for pattern in formats if text.isascii() else ():
        try:
            stamp = _from_iso(text) if pattern == ISO else datetime.strptime(text, pattern)  # noqa: DTZ007 - see _located
        except (ValueError, OverflowError):
            continue
        if not FIRST_YEAR <= stamp.year <= LAST_YEAR:
            raise Refusal(
                "time.year",
                _("The year of “%(value)s” is outside %(first)d to %(last)d. Correct the date.")
                % {"value": shown(text), "first": FIRST_YEAR, "last": LAST_YEAR},
            )
        return stamp
    examples = ", ".join(example(pattern, moment=moment) for pattern in formats[:SHOWN_EXAMPLES])
    raise Refusal(
        "time.format",
        _("“%(value)s” is not a date that exists in the expected form. Write it like %(example)s.")
        % {"value": shown(text), "example": examples},
    )


def _from_iso(text: str) -> datetime:
    if not _ISO_SHAPE.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def _located(stamp: datetime, text: str, zone: ZoneInfo) -> datetime:
    early, late = stamp.replace(tzinfo=zone, fold=0), stamp.replace(tzinfo=zone, fold=1)
    if early.utcoffset() == late.utcoffset():
        return early.astimezone(UTC)
    # In a gap the reading before the change uses the smaller offset, in a repeated hour the larger one.
    if early.astimezone(UTC) > late.astimezone(UTC):
        raise Refusal(
            "time.missing",
            _(
                "“%(value)s” does not exist in %(zone)s: the clocks skip that hour. "
                "Write the real time, or add an offset."
            )
            % {"value": shown(text), "zone": zone.key},
        )
    raise Refusal(
        "time.twice",
        _("“%(value)s” happens twice in %(zone)s. Write %(early)s or %(late)s.")
        % {"value": shown(text), "zone": zone.key, "early": early.isoformat(), "late": late.isoformat()},
    )


def example(pattern: str, *, moment: bool) -> str:
    """Return a moment, or else a day, written in this form."""
    if pattern != ISO:
        return _SAMPLE.strftime(pattern)
    return _SAMPLE.isoformat() if moment else _SAMPLE.date().isoformat()
