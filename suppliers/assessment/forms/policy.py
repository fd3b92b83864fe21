"""The scorecard policy as one form: every value of the version in force, and what is wrong with a new one, in place."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from backoffice.kernel import numbers
from backoffice.kernel.editing import EditForm
from backoffice.kernel.errors import Refusal
from backoffice.kernel.fields import Choice, Line
from backoffice.kernel.models import User
from backoffice.kernel.roles import CAPABILITIES, Capability, Role
from suppliers.assessment import policy_words, words
from suppliers.assessment.models import Assessment
from suppliers.assessment.rules import policy as policies
from suppliers.assessment.rules.comparing import METRIC_FIELDS, SCALARS
from suppliers.assessment.rules.metrics import METRICS, Dimension
from suppliers.assessment.rules.policy import Basis, Method, Policy, Problem
from suppliers.assessment.services.policies import SENTENCES

DECIMALS = 3
FREE_BANDS = 2
MOST_BANDS = 10
WHOLE = ("minimum", "window_days", "decay_days", "rise_periods", "period_days", "early_days", "late_days")
_ROLES = [
    (code, label) for code, label in User.RoleChoice.choices if Capability.EDIT_SUPPLIERS in CAPABILITIES[Role(code)]
]
METRICS_OF = {metric.key: metric.dimension for metric in METRICS.values()}
_CONSEQUENCES = [(one.value, label) for one, label in words.CONSEQUENCES.items()]


class Figure(forms.CharField):
    """A number of zero or more, read as the reader's language writes it; whole ones stay whole. None when empty."""

    def __init__(self, *, label: str, whole: bool = False, required: bool = True) -> None:
        self.decimals = 0 if whole else DECIMALS
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "aria-label": label, "size": 6})
        said = {"required": _("%(what)s: enter a number.") % {"what": label}}
        super().__init__(label=label, required=required, max_length=20, widget=widget, error_messages=said)

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        return f"{Decimal(str(value)).normalize():f}".replace(".", numbers.style_for(get_language() or "en").point)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value).strip()
        if not typed:
            return None
        try:
            style = numbers.style_for(get_language() or "en")
            found = numbers.parse_decimal(typed, decimals=self.decimals, style=style)
        except Refusal as refusal:
            raise ValidationError(f"{self.label}: {refusal.message}") from refusal
        return int(found) if found == found.to_integral_value() else float(found)


def _named(label: str, choices: list[tuple[str, Any]]) -> Choice:
    field = Choice(label=label, choices=choices)
    field.widget.attrs["aria-label"] = label
    return field


def _several(label: str, choices: list[tuple[str, Any]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple()
    )


class PolicyForm(EditForm):
    """body: of the version that is edited; its values are what the fields show first."""

    note = Line(label=gettext_lazy("What changes, and why?"), limit=200, required=True, error_messages={
        "required": gettext_lazy("Say in one line what changes, and why."),
    })  # fmt: skip
    previewed = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, body: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = body
        self._add_scalars()
        self._add_dimensions()
        self._add_bands()

    def _put(self, name: str, field: forms.Field, value: Any) -> None:
        field.initial = value
        self.fields[name] = field

    def _add_scalars(self) -> None:
        for name in SCALARS:
            self._put(name, Figure(label=str(policy_words.SCALARS[name]), whole=name in WHOLE), self.before[name])
        for method in Method:
            label = str(dict(Assessment.How.choices)[method.value])
            held = self.before["methods"].get(method.value)
            self._put(f"method-{method.value}", Figure(label=label, required=False), held)
        switches = [(one.value, label) for one, label in policy_words.SWITCHES.items()]
        label = _("Also sends the standing to the bottom")
        self._put("falls", _several(label, switches), list(self.before["falls"]))
        for name, label in (("no_data", _("Not enough data")), ("stopped", _("Stopped"))):
            self._put(f"{name}-consequence", _named(label, _CONSEQUENCES), self.before[name]["consequence"])
            self._put(f"{name}-may_override", _several(label, _ROLES), self.before[name].get("may_override", []))

    def _add_dimensions(self) -> None:
        for dimension in Dimension:
            part = self.before["dimensions"].get(dimension.value, {})
            for name in ("weight", "measured", "assessed"):
                label = f"{words.DIMENSIONS[dimension]}, {policy_words.PARTS[name]}"
                self._put(f"{dimension.value}-{name}", Figure(label=label, required=False), part.get(name))
            for metric in METRICS.values():
                if metric.dimension is dimension:
                    self._add_metric(metric.key, part.get("metrics", {}).get(metric.key, {}))

    def _add_metric(self, key: str, held: Mapping[str, Any]) -> None:
        for name in METRIC_FIELDS[:-1]:
            label = f"{words.NAMES[key]}, {policy_words.PARTS[name]}"
            self._put(f"{key}-{name}", Figure(label=label, whole=name in WHOLE, required=False), held.get(name))
        label = f"{words.NAMES[key]}, {policy_words.PARTS['basis']}"
        bases = [(one.value, label) for one, label in policy_words.BASES.items()]
        self._put(f"{key}-basis", _named(label, bases), held.get("basis", Basis.VALUE.value))

    def _add_bands(self) -> None:
        held = list(self.before["bands"])
        self.band_count = min(len(held) + FREE_BANDS, max(MOST_BANDS, len(held)))
        for place in range(self.band_count):
            band = held[place] if place < len(held) else {}
            prefix, called = f"band-{place}", _("Band %(n)d") % {"n": place + 1}
            name = Line(label=called, limit=40)
            name.widget.attrs["aria-label"] = f"{called}, {policy_words.PARTS['label']}"
            self._put(f"{prefix}-label", name, band.get("label", ""))
            for end, part in (("from", "low"), ("to", "high")):
                figure = Figure(label=f"{called}, {policy_words.PARTS[part]}", required=False)
                self._put(f"{prefix}-{end}", figure, band.get(end))
            label = f"{called}, {policy_words.PARTS['consequence']}"
            self._put(f"{prefix}-consequence", _named(label, _CONSEQUENCES), band.get("consequence", "none"))
            self._put(f"{prefix}-may_override", _several(called, _ROLES), band.get("may_override", []))

    # --- What the page shows ---------------------------------------------------------------------------

    def scalars(self) -> list[BoundField]:
        return [self[name] for name in SCALARS]

    def methods(self) -> list[BoundField]:
        return [self[f"method-{method.value}"] for method in Method]

    def outsides(self) -> list[list[BoundField]]:
        return [[self[f"{name}-consequence"], self[f"{name}-may_override"]] for name in ("no_data", "stopped")]

    def bands(self) -> list[list[BoundField]]:
        parts = ("label", "from", "to", "consequence", "may_override")
        return [[self[f"band-{place}-{part}"] for part in parts] for place in range(self.band_count)]

    def dimensions(self) -> Iterator[dict[str, Any]]:
        """Each dimension with its three weights, and its metrics with six cells each."""
        for dimension in Dimension:
            own = [name for name in self.errors if METRICS_OF.get(name.partition("-")[0]) is dimension]
            yield {
                "has_errors": bool(own) or any(name.startswith(f"{dimension.value}-") for name in self.errors),
                "key": dimension.value,
                "name": words.DIMENSIONS[dimension],
                "weights": [self[f"{dimension.value}-{name}"] for name in ("weight", "measured", "assessed")],
                "metrics": [
                    (words.NAMES[metric.key], [self[f"{metric.key}-{name}"] for name in METRIC_FIELDS])
                    for metric in METRICS.values()
                    if metric.dimension is dimension
                ],
            }

    # --- What was typed --------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in self._missing(data):
            self.add_error(name, _("%(what)s: enter a number.") % {"what": self.fields[name].label})
        if not self.errors:
            _policy, problems = policies.read(self.body())
            for problem in problems:
                field = self._field_of(problem)
                self.add_error(field, SENTENCES[problem.code] % {"where": self.fields[field].label})
        return data

    def policy(self) -> Policy:
        """The policy as typed. ValueError for one that is not valid."""
        found, problems = policies.read(self.body())
        if found is None:
            raise ValueError(problems)
        return found

    def _missing(self, data: Mapping[str, Any]) -> list[str]:
        """What a metric with a weight, and a band with a name, cannot do without."""
        needed = [
            f"{metric.key}-{part}"
            for metric in METRICS.values()
            if data.get(f"{metric.key}-weight") is not None
            for part in ("target", "limit", "minimum")
        ]
        needed += [
            f"band-{place}-{end}"
            for place in range(self.band_count)
            if data.get(f"band-{place}-label")
            for end in ("from", "to")
        ]
        return [name for name in needed if data.get(name) is None and name not in self.errors]

    def body(self) -> dict[str, Any]:
        """The policy as typed, as data. A metric without a weight is not in it, nor a dimension without one."""
        data = self.cleaned_data
        methods = {method.value: data[f"method-{method.value}"] for method in Method}
        return {
            **{name: data[name] for name in SCALARS},
            "falls": sorted(data["falls"]),
            "methods": {name: weight for name, weight in methods.items() if weight is not None},
            **{
                name: {"consequence": data[f"{name}-consequence"], "may_override": data[f"{name}-may_override"]}
                for name in ("no_data", "stopped")
            },
            "bands": self._bands(),
            "dimensions": {
                dimension.value: self._dimension(dimension)
                for dimension in Dimension
                if data[f"{dimension.value}-weight"] is not None
            },
        }

    def _dimension(self, dimension: Dimension) -> dict[str, Any]:
        data = self.cleaned_data
        parts = {name: data[f"{dimension.value}-{name}"] or 0 for name in ("weight", "measured", "assessed")}
        keys = [metric.key for metric in METRICS.values() if metric.dimension is dimension]
        metrics = {key: self._metric(key) for key in keys if data[f"{key}-weight"] is not None}
        return parts | {"metrics": metrics}

    def _metric(self, key: str) -> dict[str, Any]:
        given = {name: self.cleaned_data[f"{key}-{name}"] for name in METRIC_FIELDS}
        return {name: found for name, found in given.items() if found is not None and found != Basis.VALUE}

    def _bands(self) -> list[dict[str, Any]]:
        data = self.cleaned_data
        found: list[dict[str, Any]] = []
        held = list(self.before["bands"])
        for place in range(self.band_count):
            if not data[f"band-{place}-label"]:
                continue
            taken = {band["key"] for band in (*held, *found)}
            found.append(
                {
                    "key": held[place]["key"] if place < len(held) else _key(data[f"band-{place}-label"], taken),
                    "label": data[f"band-{place}-label"],
                    "from": data[f"band-{place}-from"],
                    "to": data[f"band-{place}-to"],
                    "consequence": data[f"band-{place}-consequence"],
                    "may_override": data[f"band-{place}-may_override"],
                }
            )
        return found

    def _field_of(self, problem: Problem) -> str:
        """Where on the page a problem of the whole policy is said."""
        where = problem.where
        dimension, _dot, key = where.partition(".")
        if where in self.fields:
            return where
        if where == "dimensions":
            return f"{Dimension.CAPACITY.value}-weight"
        if where == "methods":
            return f"method-{Method.QUESTIONNAIRE.value}"
        if where == "bands":
            return self._broken_band()
        if key == "metrics":
            return next(f"{one.key}-weight" for one in METRICS.values() if one.dimension == dimension)
        part = {"policy.scale": "target", "policy.sample": "minimum"}.get(problem.code, "weight")
        return f"{key}-{part}" if key in METRICS else f"{dimension}-measured"

    def _broken_band(self) -> str:
        """The first edge that leaves a gap or an overlap."""
        edge, last = 0.0, "band-0-to"
        for place in range(self.band_count):
            if self.cleaned_data[f"band-{place}-label"]:
                low, high = self.cleaned_data[f"band-{place}-from"], self.cleaned_data[f"band-{place}-to"]
                if low != edge:
                    return f"band-{place}-from"
                edge, last = high, f"band-{place}-to"
                if high <= low:
                    return last
        return last


def _key(label: str, taken: set[str]) -> str:
    """A key of its own for a new band, from its name where that has letters of English."""
    stem = slugify(label).replace("-", "_")[:30] or "band"
    return next(key for key in (stem, *(f"{stem}_{n}" for n in range(2, 99))) if key not in taken)
