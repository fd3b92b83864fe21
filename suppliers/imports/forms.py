"""What people choose about a file."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel.editing import EditForm
from backoffice.kernel.fields import Choice, Line, Text
from suppliers.imports import words
from suppliers.imports.kinds import IMPORTERS, Importer
from suppliers.imports.rules import CONSTANT, MOST_BYTES, MOST_ROWS, Amounts, Dates
from suppliers.imports.services.checking import Options
from suppliers.performance.rules.kinds import Column

OPTIONS = ("dates", "amounts", "zone", "unknown", "suppliers", "products")
ENCODINGS = (
    ("auto", gettext_lazy("As the file shows")),
    ("utf-8", "UTF-8"),
    ("utf-16", "UTF-16"),
    ("gb18030", gettext_lazy("GB18030 (Chinese)")),
    ("windows-1250", gettext_lazy("Windows-1250 (Polish, Czech)")),
)
SEPARATORS = (
    ("auto", gettext_lazy("As the file shows")),
    (",", gettext_lazy("Comma ,")),
    (";", gettext_lazy("Semicolon ;")),
    ("\\t", gettext_lazy("Tab")),
)
DATES = (
    (Dates.SHOWN.value, gettext_lazy("As the dates themselves show")),
    (Dates.DAY_FIRST.value, gettext_lazy("Day first: 23.11.2026, 23/11/2026")),
    (Dates.MONTH_FIRST.value, gettext_lazy("Month first: 11/23/2026")),
    (Dates.YEAR_FIRST.value, gettext_lazy("Year first alone: 2026-11-23")),
)
AMOUNTS = (
    (Amounts.SHOWN.value, gettext_lazy("As the amounts themselves show")),
    *((style.value, style.value) for style in Amounts if style is not Amounts.SHOWN),
)


class StartForm(EditForm):
    """Which file, and what it tells of."""

    kind = Choice(
        label=gettext_lazy("What do the rows tell of?"), choices=[(name, words.KINDS[name]) for name in IMPORTERS]
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        help_text=gettext_lazy("A CSV file with column names in its first line, up to %(mb)d MB and %(rows)s rows."),
        error_messages={"required": gettext_lazy("Choose a file."), "missing": gettext_lazy("Choose a file.")},
    )
    source = Line(
        label=gettext_lazy("Where do the rows come from?"),
        help_text=gettext_lazy("A short name such as erp. Keys are never given twice within one source."),
        limit=60,
        required=True,
        error_messages={"required": gettext_lazy("Say where the rows come from, such as erp.")},
    )
    encoding = Choice(label=gettext_lazy("Encoding"), choices=ENCODINGS)
    separator = Choice(label=gettext_lazy("Columns are separated by"), choices=SEPARATORS)
    layout: ClassVar = (("kind",), ("file",), ("source",), ("encoding", "separator"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        file = self.fields["file"]
        file.help_text = str(file.help_text) % {"mb": MOST_BYTES >> 20, "rows": f"{MOST_ROWS:,}"}
        file.widget.attrs["accept"] = ".csv,.tsv,.txt,text/csv"

    def separator_sign(self) -> str:
        """The separator as the reader takes it."""
        chosen: str = self.cleaned_data["separator"]
        return "\t" if chosen == "\\t" else chosen


class ColumnsForm(EditForm):
    """Which column is which, and how cells are written."""

    dates = Choice(label=gettext_lazy("Dates are written"), choices=DATES)
    amounts = Choice(label=gettext_lazy("Amounts are written"), choices=AMOUNTS)
    zone = Line(
        label=gettext_lazy("Time zone of moments without an offset"),
        limit=60,
        required=True,
        error_messages={"required": gettext_lazy("Use the name of a time zone, such as Europe/Warsaw.")},
    )
    unknown = Text(
        label=gettext_lazy("Texts that mean “not captured”, one a line"),
        help_text=gettext_lazy(
            "In capitals or not. They are kept as unknown, never read as zero or as a date. * stands for anything."
        ),
        limit=2_000,
        rows=3,
    )
    suppliers = forms.BooleanField(label=gettext_lazy("Add suppliers that are not here yet"), required=False)
    products = forms.BooleanField(label=gettext_lazy("Add products that are not here yet"), required=False)

    def __init__(self, *args: Any, importer: Importer, header: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._importer = importer
        places = [(str(place), name) for place, name in enumerate(header)]
        for column in importer.columns:
            self.fields[column.name] = forms.ChoiceField(
                label=words.FIELDS[column.name],
                choices=[("", _("— not in the file")), *places, *_constants(column)],
                required=False,
                error_messages={"invalid_choice": _("Choose a column from the list.")},
            )

    def columns(self) -> list[tuple[Column, forms.BoundField]]:
        """The fields that ask for a column, those that must be there first."""
        every = [(column, self[column.name]) for column in self._importer.columns]
        return sorted(every, key=lambda pair: not is_needed(pair[0]))

    def options(self) -> list[forms.BoundField]:
        """The fields that ask how cells are written."""
        return [self[name] for name in OPTIONS]

    def mapping(self) -> dict[str, str]:
        """What was chosen, as the service takes it."""
        data = self.cleaned_data
        return {column.name: data[column.name] for column in self._importer.columns if data[column.name]}

    def chosen(self) -> Options:
        """The options, as the service takes them."""
        data = self.cleaned_data
        return Options(
            dates=Dates(data["dates"]),
            amounts=Amounts(data["amounts"]),
            zone=data["zone"],
            unknown=[line.strip() for line in data["unknown"].splitlines() if line.strip()],
            create=frozenset(name for name in ("suppliers", "products") if data[name]),
        )


def is_needed(column: Column) -> bool:
    """Whether the page asks for this column first: it is needed, or says who the supplier is."""
    return column.needed or column.name in ("supplier_code", "supplier_name")


def _constants(column: Column) -> list[tuple[str, str]]:
    return [(f"{CONSTANT}{word}", _("always: %(word)s") % {"word": word}) for word in column.words]


def first_choices(mapping: Mapping[str, str], options: Mapping[str, Any]) -> dict[str, Any]:
    """The first values of the page: what was guessed, and how this person's last file was written."""
    asked = options.get("asked", {})
    create = options.get("create", ())
    return {
        **mapping,
        "dates": asked.get("dates", Dates.SHOWN.value),
        "amounts": asked.get("amounts", Amounts.SHOWN.value),
        "zone": options.get("zone", "UTC"),
        "unknown": "\n".join(options.get("unknown", ["unknown", "n/a", "not captured"])),
        "suppliers": "suppliers" in create,
        "products": "products" in create,
    }
