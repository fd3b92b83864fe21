"""Form fields that read what people type strictly, and say how to fix it."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from backoffice.kernel import numbers, text
from backoffice.kernel.errors import Refusal

CHOOSE = gettext_lazy("Choose one from the list.")
FIRST_YEAR = 1970
LAST_YEAR = 2100
DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y")
TEXT_LIMIT = 4_000


class Choice(forms.ChoiceField):
    """One of a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(error_messages={"invalid_choice": CHOOSE, "required": CHOOSE}, **kwargs)


class Line(forms.CharField):
    """One line of text; stray spaces do not matter."""

    def __init__(self, *, limit: int, required: bool = False, **kwargs: Any) -> None:
        self.limit = limit
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
        super().__init__(required=required, **kwargs)

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        try:
            return text.one_line(typed, limit=self.limit)
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal


class Text(forms.CharField):
    """Several lines of text, kept as typed; only what no keyboard writes is refused."""

    def __init__(self, *, limit: int = TEXT_LIMIT, required: bool = False, rows: int = 4, **kwargs: Any) -> None:
        self.limit = limit
        super().__init__(required=required, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        try:
            return text.lines(typed, limit=self.limit)
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal


class DayField(forms.DateField):
    """One calendar day, typed or picked."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        said = {"invalid": gettext_lazy("That is not a day of the calendar. Write it like 2026-11-23.")}
        said |= kwargs.pop("error_messages", {})
        super().__init__(input_formats=DATE_FORMATS, error_messages=said, **kwargs)

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(
                _("The year is outside %(first)d to %(last)d. Correct it.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
            )
        return day


class Whole(forms.CharField):
    """A whole number with digits alone; None when nothing was typed."""

    def __init__(self, *, smallest: int, largest: int, **kwargs: Any) -> None:
        self.smallest, self.largest = smallest, largest
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        typed: str = super().clean(value)
        if not typed:
            return None
        try:
            return numbers.parse_quantity(typed, smallest=self.smallest, largest=self.largest)
        except Refusal as refusal:
            raise ValidationError(
                _("Enter a whole number from %(smallest)d to %(largest)d, with digits alone.")
                % {"smallest": self.smallest, "largest": self.largest}
            ) from refusal


class Amount(forms.CharField):
    """Text that becomes an amount once the currency is known; see `amount`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(required=False, max_length=40, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        shown = f"{value:.0f}" if value == value.to_integral_value() else f"{value:f}"
        return shown.replace(".", numbers.style_for(get_language() or "en").point)


def amount(typed: str, *, currency: str) -> Decimal:
    """What was typed, read as the reader's language writes numbers. Raises Refusal."""
    return numbers.parse_money(typed.strip(), currency=currency, style=numbers.style_for(get_language() or "en"))
