"""The columns are named: every row is read, and what it would do is known before anything is recorded."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import numbers
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.numbers import DecimalStyle
from backoffice.kernel.text import shown
from suppliers.directory import services as directory
from suppliers.imports import selectors
from suppliers.imports.kinds import IMPORTERS, Importer
from suppliers.imports.models import ImportSession
from suppliers.imports.reading import Reading
from suppliers.imports.rules import CONSTANT, STYLES, Amounts, Dates, SessionState, order_shown
from suppliers.imports.services import common
from suppliers.performance.rules.kinds import Shape

MOST_UNKNOWN = 20
SHOWN_LINES = 5
_AMOUNTS = (Shape.DECIMAL, Shape.MONEY)
_DAYS = (Shape.DAY, Shape.MOMENT)


@dataclass(frozen=True, slots=True)
class Options:
    """How cells are written. unknown: texts that mean "not captured". create: of suppliers and products."""

    dates: Dates = Dates.SHOWN
    amounts: Amounts = Amounts.SHOWN
    zone: str = "UTC"
    unknown: Sequence[str] = ()
    create: Collection[str] = field(default_factory=frozenset)


@transaction.atomic
def map_columns(
    *, session_id: int, mapping: Mapping[str, str], options: Options, actor: User | None, now: datetime
) -> ImportSession:
    """Say which column is which, and read every row.

    mapping: field -> place of its column, or = and a word that every row has.
    Raises Refusal (supplier.role, import.state, import.column, import.dates, import.amounts, import.zone), with the
    field of the page; the session stays as it was then.
    """
    directory.require_editor(actor)
    session = common.hold(session_id, SessionState.COLUMNS, SessionState.ROWS)
    importer = IMPORTERS[session.kind]
    _check_columns(session, importer, mapping)
    session.mapping = dict(mapping)
    session.options = _settled(session, importer, options)
    read = Reading(session)
    reads = read.read(session.file_rows.order_by("line"))
    read.judge(reads)
    common.write_back(reads)
    session.notes = _notes(read)
    session.state = SessionState.ROWS
    common.count(session)
    session.save()
    return session


def _check_columns(session: ImportSession, importer: Importer, mapping: Mapping[str, str]) -> None:
    known = {column.name: column for column in importer.columns}
    for name, at in mapping.items():
        word = at.removeprefix(CONSTANT)
        fits = word in known[name].words if at.startswith(CONSTANT) else at.isdigit() and int(at) < len(session.header)
        if not fits:
            raise Refusal("import.column", _("Choose a column from the list."), name)
    for column in importer.columns:
        if column.needed and column.name not in mapping:
            raise Refusal(
                "import.column", _("Choose the column that holds this. No row can do without it."), column.name
            )
    if not {"supplier_code", "supplier_name"} & mapping.keys():
        raise Refusal("import.column", _("Choose the column that holds the supplier."), "supplier_code")
    _refuse_twice(session, mapping)


def _refuse_twice(session: ImportSession, mapping: Mapping[str, str]) -> None:
    seen: dict[str, str] = {}
    for name, at in mapping.items():
        if at in seen and not at.startswith(CONSTANT):
            sentence = _("“%(column)s” is chosen twice. A column serves one field.")
            raise Refusal("import.column", sentence % {"column": session.header[int(at)]}, name)
        seen[at] = name


def _settled(session: ImportSession, importer: Importer, options: Options) -> dict[str, object]:
    """The options as they are kept, with what the file shows of itself in the place of "as it shows"."""
    try:
        ZoneInfo(options.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal("import.zone", _("Use the name of a time zone, such as Europe/Warsaw."), "zone") from None
    if any(not text.strip("*") for text in options.unknown):
        raise Refusal("import.unknown", _("Write a text beside the *: alone it would make all unknown."), "unknown")
    return {
        "dates": _dates(session, importer, options),
        "amounts": _amounts(session, importer, options),
        "zone": options.zone,
        "unknown": list(options.unknown)[:MOST_UNKNOWN],
        "create": sorted(options.create),
        "asked": {"dates": options.dates, "amounts": options.amounts},
    }


def _places(session: ImportSession, importer: Importer, shapes: Collection[Shape]) -> list[int]:
    wanted = {column.name for column in importer.columns if column.shape in shapes}
    return [int(at) for name, at in session.mapping.items() if name in wanted and not at.startswith(CONSTANT)]


def _dates(session: ImportSession, importer: Importer, options: Options) -> Dates:
    if options.dates is not Dates.SHOWN:
        return options.dates
    found = selectors.date_shapes(session, _places(session, importer, _DAYS))
    if order := order_shown(found):
        return order
    if found.day and found.month:
        sentence = _(
            "%(day)d dates have the day first and %(month)d the month first, so those that fit both cannot be read. "
            "Choose the one that is meant; rows with the other are then shown to be mended."
        )
        raise Refusal("import.dates", sentence % {"day": found.day, "month": found.month}, "dates")
    raise Refusal(
        "import.dates", _("Dates such as 05/11/2026 can be read in two ways. Choose which is meant."), "dates"
    )


def _amounts(session: ImportSession, importer: Importer, options: Options) -> Amounts:
    if options.amounts is not Amounts.SHOWN:
        return options.amounts
    texts = selectors.amounts(session, _places(session, importer, _AMOUNTS))
    readings = {amounts: _read(texts, amounts) for amounts in STYLES}
    # A few cells that are no amounts at all do not hide how the others are written.
    most = max(map(len, readings.values()))
    best = {amounts: found for amounts, found in readings.items() if len(found) == most}
    first, *others = best
    for text, value in best[first].items():
        if any(best[other].get(text, value) != value for other in others):
            sentence = _("“%(value)s” can be read as two amounts. Choose how amounts are written.")
            raise Refusal("import.amounts", sentence % {"value": shown(text)}, "amounts")
    return first


def _read(texts: Sequence[str], amounts: Amounts) -> dict[str, Decimal]:
    """The amounts of the texts that this style can read."""
    style = DecimalStyle(*STYLES[amounts])
    found = {}
    for text in texts:
        with suppress(Refusal):
            found[text] = numbers.parse_decimal(text, decimals=6, style=style)
    return found


def _notes(read: Reading) -> list[str]:
    """What a person should know of the file as a whole."""
    notes = [f"{one.column}: {one.reason}" for one in read.reader.mixed_dates()]
    for one in read.reader.unknown():
        sentence = ngettext(
            "%(column)s: %(n)d value is kept as not captured, on row %(rows)s.",
            "%(column)s: %(n)d values are kept as not captured, first on rows %(rows)s.",
            one.count,
        )
        lines = ", ".join(str(line) for line in one.rows[:SHOWN_LINES])
        notes.append(sentence % {"column": one.column, "n": one.count, "rows": lines})
    return notes
