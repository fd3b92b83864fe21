"""The questions of a sheet as a form, and what people decide about sheets."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from backoffice.kernel import numbers
from backoffice.kernel.editing import EditForm
from backoffice.kernel.errors import Refusal
from backoffice.kernel.fields import Choice, DayField, Line, Text, Whole
from suppliers.assessment import words as assessed
from suppliers.assessment.rules.metrics import Dimension
from suppliers.questionnaires import words
from suppliers.questionnaires.models import AnswerSheet
from suppliers.questionnaires.rules.answers import LONGEST_ANSWER, LONGEST_LINE
from suppliers.questionnaires.rules.body import CHOOSING, NOT_APPLICABLE, Item, Kind
from suppliers.questionnaires.services.reviewing import LONGEST_NOTE

PREFIX = "q_"
DECIMALS = 6
_NO, _YES = gettext_lazy("No"), gettext_lazy("Yes")
_NA = gettext_lazy("Does not apply to us")
_CHOOSE = gettext_lazy("Choose one from the list.")


class NumberAnswer(forms.CharField):
    """A number in the reader's own way of writing; kept as digits with a point."""

    def __init__(self, item: Item, **kwargs: Any) -> None:
        self.item = item
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(widget=widget, max_length=40, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        return f"{value:f}".replace(".", numbers.style_for(get_language() or "en").point)

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if not typed:
            return ""
        try:
            style = numbers.style_for(get_language() or "en")
            found = numbers.parse_decimal(typed, decimals=DECIMALS, style=style)
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal
        low, high = self.item.smallest, self.item.largest
        if (low is not None and found < Decimal(str(low))) or (high is not None and found > Decimal(str(high))):
            raise ValidationError(self._bounds(low, high))
        return f"{found.normalize():f}"

    @staticmethod
    def _bounds(low: float | None, high: float | None) -> str:
        if low is not None and high is not None:
            return _("Enter a number from %(low)g to %(high)g.") % {"low": low, "high": high}
        if low is not None:
            return _("Enter a number of %(low)g or more.") % {"low": low}
        return _("Enter a number of %(high)g or less.") % {"high": high}


class SeveralAnswer(forms.MultipleChoiceField):
    """Any of a list; "does not apply" stands alone."""

    def clean(self, value: Any) -> Any:
        found: list[str] = super().clean(value)
        if NOT_APPLICABLE not in found:
            return found
        if len(found) > 1:
            raise ValidationError(_("Either it does not apply, or it does. Untick one."))
        return NOT_APPLICABLE


class DayAnswer(DayField):
    """A day, kept as 2026-11-23."""

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        return day.isoformat() if day else ""


class SheetForm(forms.Form):
    """The visible questions of a sheet. Nothing has to be answered to be saved; handing in asks for the rest."""

    def __init__(
        self,
        items: Iterable[Item],
        language: str,
        data: QueryDict | None = None,
        *,
        held: Mapping[str, Any] | None = None,
    ) -> None:
        self.items = {f"{PREFIX}{item.id}": item for item in items if item.kind in _FIELDS}
        held = held or {}
        initial = {name: _shown(item, held[item.id]) for name, item in self.items.items() if item.id in held}
        super().__init__(data, initial=initial)
        for name, item in self.items.items():
            field = _FIELDS[item.kind](item, language)
            field.label = item.text.in_language(language)
            field.help_text = item.hint.in_language(language)
            field.required = False
            self.fields[name] = field

    def given(self) -> dict[str, Any]:
        """The answers that could be read, by item; call after is_valid."""
        return {item.id: self.cleaned_data[name] for name, item in self.items.items() if name in self.cleaned_data}

    def refuse(self, item_id: str, sentence: str) -> None:
        """Say a no beside its question, or above all of them."""
        name = f"{PREFIX}{item_id}"
        self.add_error(name if name in self.fields else None, sentence)


def _shown(item: Item, value: Any) -> Any:
    if item.kind is Kind.NUMBER:
        return Decimal(value)
    return [value] if item.kind is Kind.SEVERAL and value == NOT_APPLICABLE else value


def _offered(item: Item, language: str) -> list[tuple[str, str]]:
    said = {one.id: one.text.in_language(language) for one in item.choices}
    if item.kind is Kind.YESNO:
        yes, no = item.choices
        said = {yes.id: said[yes.id] or str(_YES), no.id: said[no.id] or str(_NO)}
    return [*said.items(), (NOT_APPLICABLE, str(_NA))] if item.may_not_apply else list(said.items())


def _one_of(item: Item, language: str) -> forms.Field:
    errors = {"invalid_choice": _CHOOSE}
    return forms.ChoiceField(choices=_offered(item, language), widget=forms.RadioSelect, error_messages=errors)


def _several(item: Item, language: str) -> forms.Field:
    errors = {"invalid_choice": _CHOOSE, "invalid_list": _CHOOSE}
    widget = forms.CheckboxSelectMultiple
    return SeveralAnswer(choices=_offered(item, language), widget=widget, error_messages=errors)


def _text(_item: Item, _language: str) -> forms.Field:
    return Line(limit=LONGEST_LINE)


_FIELDS: Final[Mapping[Kind, Callable[[Item, str], forms.Field]]] = {
    **dict.fromkeys(CHOOSING, _one_of),
    Kind.SEVERAL: _several,
    Kind.TEXT: _text,
    Kind.LONG: lambda _item, _language: Text(limit=LONGEST_ANSWER, rows=4),
    Kind.NUMBER: lambda item, _language: NumberAnswer(item),
    Kind.DATE: lambda _item, _language: DayAnswer(),
}


class StartForm(EditForm):
    """Which questionnaire, who answers it, in which language, until when."""

    questionnaire = Choice(label=gettext_lazy("Which questionnaire?"))
    by = Choice(label=gettext_lazy("Who answers it?"), choices=AnswerSheet.By.choices, widget=forms.RadioSelect)
    language = Choice(label=gettext_lazy("Language of the questions"), choices=list(words.LANGUAGES.items()))
    due_on = DayField(label=gettext_lazy("Wanted by"), required=False)
    layout: ClassVar = (("questionnaire",), ("by",), ("language", "due_on"))

    def __init__(self, *args: Any, offered: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["questionnaire"]
        field.choices = [(str(pk), title) for pk, title in offered]  # type: ignore[attr-defined]


def _points(name: Dimension) -> Whole:
    hint = gettext_lazy("0 to 100")
    return Whole(label=assessed.DIMENSIONS[name], smallest=0, largest=100, required=False, help_text=hint)


class ReviewForm(EditForm):
    """The points as they shall count, and why they differ from what was worked out."""

    capacity = _points(Dimension.CAPACITY)
    quality = _points(Dimension.QUALITY)
    delivery = _points(Dimension.DELIVERY)
    finance = _points(Dimension.FINANCE)
    technical = _points(Dimension.TECHNICAL)
    compliance = _points(Dimension.COMPLIANCE)
    customer = _points(Dimension.CUSTOMER)
    reason = Text(
        label=gettext_lazy("Why the points differ"),
        limit=LONGEST_NOTE,
        rows=3,
        help_text=gettext_lazy("Empty when they are as worked out."),
    )
    valid_until = DayField(
        label=gettext_lazy("Counts in full until"),
        help_text=gettext_lazy("Afterwards it fades."),
        error_messages={"required": gettext_lazy("Enter a day.")},
    )
    layout: ClassVar = (
        ("capacity", "quality"), ("delivery", "finance"), ("technical", "compliance"), ("customer",), ("reason",),
        ("valid_until",),
    )  # fmt: skip

    def points(self) -> dict[Dimension, int]:
        """Points of the dimensions that have some."""
        return {name: found for name in Dimension if (found := self.cleaned_data.get(name.value)) is not None}


class SendBackForm(EditForm):
    """What is missing, for whoever answers."""

    note = Text(
        label=gettext_lazy("What is missing?"),
        limit=LONGEST_NOTE,
        help_text=gettext_lazy("It stands above the questions, for whoever answers them."),
    )
