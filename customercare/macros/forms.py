"""The editor of a macro: one heading, and one part for each language."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from backoffice.kernel.fields import DayField
from backoffice.kernel.models import User
from backoffice.messaging import wording
from customercare.macros import rules
from customercare.macros.models import Macro

# Problems that keep even a draft from being saved; everything else can wait until it is published.
UNSAVABLE = frozenset({"wording.unknown", "wording.brace", "wording.long", "wording.control", "wording.not_in_subject"})
LONGEST = wording.MAX_CHARACTERS
POINTS = {
    rules.Point.FACT: gettext_lazy("what happened"),
    rules.Point.OWNERSHIP: gettext_lazy("that it is ours to put right"),
    rules.Point.REMEDY: gettext_lazy("what we do about it"),
    rules.Point.REFUND: gettext_lazy("how the money comes back"),
    rules.Point.APOLOGY: gettext_lazy("that we are sorry"),
    rules.Point.CANCEL: gettext_lazy("how to cancel"),
}


class HeadForm(forms.Form):
    """What the macro is, in any language."""

    edits = forms.CharField(widget=forms.HiddenInput, required=False, max_length=9)
    key = forms.SlugField(
        label=gettext_lazy("Key"),
        max_length=60,
        help_text=gettext_lazy("Small letters, digits and _; it never changes. Commands and files use it."),
        error_messages={
            "required": gettext_lazy("Give the macro a key."),
            "invalid": gettext_lazy("Take small letters, digits and _ for the key."),
        },
    )
    folder = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("Two colons make folders: Delay::Late parcel."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Give the macro a name.")},
    )
    scenario = forms.ChoiceField(label=gettext_lazy("Scenario"))
    owner_role = forms.ChoiceField(label=gettext_lazy("Owner"), choices=User.RoleChoice.choices)
    needs_new_date = forms.BooleanField(label=gettext_lazy("It tells a new date"), required=False)
    review_on = DayField(label=gettext_lazy("Read it again on"), required=False)

    def __init__(self, *args: Any, macro: Macro | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.macro = macro
        scenario: Any = self.fields["scenario"]
        scenario.choices = [(code, _(found.title)) for code, found in rules.SCENARIOS.items()]
        if macro is not None:
            self.fields["key"].disabled = True

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"].lower()
        if self.macro is None and Macro.objects.filter(key=key).exists():
            raise ValidationError(_("A macro with this key exists. Choose another."))
        return key

    def clean_folder(self) -> str:
        name: str = self.cleaned_data["folder"]
        if not all(part.strip() for part in name.split("::")):
            raise ValidationError(_("Write the name like Delay::Late parcel."))
        return name


def _text(label: Any, rows: int) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, strip=False, widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "true"})
    )


class LanguageForm(forms.Form):
    """All texts of one language. An empty subject and text mean that there is no such text."""

    subject = forms.CharField(label=gettext_lazy("Subject"), required=False, strip=False)
    text = _text(gettext_lazy("Text"), 10)
    next_subject = forms.CharField(label=gettext_lazy("Subject when no new date is known"), required=False, strip=False)
    next_text = _text(gettext_lazy("Text when no new date is known"), 10)
    offer = _text(gettext_lazy("Offer, only in messages with a voucher"), 6)
    closing = _text(gettext_lazy("Closing, always at the end"), 6)
    says = forms.MultipleChoiceField(
        label=gettext_lazy("The text says"),
        choices=POINTS.items(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, language: str, data: Any = None, *, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, prefix=language, initial=dict(initial or {}))
        self.language = language
        for name, field in self.fields.items():
            if name != "says":
                field.widget.attrs["lang"] = language

    @property
    def title(self) -> str:
        return str(get_language_info(self.language)["name_local"]).capitalize()

    @property
    def is_empty(self) -> bool:
        return not any(self[name].value() for name in self.fields)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        typed: dict[str, str] = {}
        for name in ("subject", "text", "next_subject", "next_text", "offer", "closing"):
            # Browsers send line ends as two characters; kept is what was typed.
            data[name] = (data.get(name) or "").replace("\r\n", "\n")
            field = "subject" if name.endswith("subject") else "text"
            self._check(name, data[name], field)
            # An error takes the value out of cleaned_data; the checks of several fields still look at it.
            typed[name] = data.get(name, "x")
        for pair in (("subject", "text"), ("next_subject", "next_text")):
            self._check_pair(typed, *pair)
        self._check_length(typed)
        return data

    def _check(self, name: str, typed: str, field: str) -> None:
        problems = wording.parse(typed, "x") if field == "subject" else wording.parse("x", typed)
        for problem in problems:
            if problem.code in UNSAVABLE and problem.field == field:
                self.add_error(name, problem.sentence(_))

    def _check_pair(self, data: Mapping[str, Any], subject: str, text: str) -> None:
        if data[text].strip() and not data[subject].strip():
            self.add_error(subject, _("Customers would see no subject. Write one."))
        if data[subject].strip() and not data[text].strip():
            self.add_error(text, _("Customers would get an empty message. Write the text."))

    def _check_length(self, data: Mapping[str, Any]) -> None:
        for text in ("text", "next_text"):
            whole = len(data[text]) + len(data["offer"]) + len(data["closing"])
            if len(data[text]) <= LONGEST < whole:
                self.add_error(
                    text,
                    _("Text, offer and closing have %(count)d characters together. Shorten them to %(limit)d.")
                    % {"count": whole, "limit": LONGEST},
                )

    def variants(self) -> Iterator[rules.VariantDraft]:
        """The texts of this language that are there."""
        data = self.cleaned_data
        for kind, subject, text in (
            (rules.Kind.MAIN, "subject", "text"),
            (rules.Kind.NEXT_UPDATE, "next_subject", "next_text"),
        ):
            if data[text].strip():
                yield rules.VariantDraft(
                    language=self.language,
                    kind=kind,
                    subject=data[subject],
                    text=data[text],
                    offer=data["offer"],
                    closing=data["closing"],
                    says=frozenset(rules.Point(point) for point in data["says"]),
                )


def initial_head(draft: rules.MacroDraft, *, edits: int, macro: Macro) -> dict[str, Any]:
    return {
        "edits": edits,
        "key": draft.key,
        "folder": draft.folder,
        "scenario": draft.scenario,
        "owner_role": draft.owner_role,
        "needs_new_date": draft.needs_new_date,
        "review_on": macro.review_on,
    }


def initial_language(draft: rules.MacroDraft, language: str) -> dict[str, Any]:
    """What the editor shows of one language."""
    found: dict[str, Any] = {}
    for variant in draft.variants:
        if variant.language != language:
            continue
        main = variant.kind is rules.Kind.MAIN
        found |= {"subject" if main else "next_subject": variant.subject, "text" if main else "next_text": variant.text}
        found |= {"offer": variant.offer, "closing": variant.closing, "says": sorted(variant.says)}
    return found
