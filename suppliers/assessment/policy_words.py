"""A scorecard policy in words: what each value is called, how it is shown, and what differs between two versions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.kernel import formats
from backoffice.kernel.models import User
from suppliers.assessment import words
from suppliers.assessment.models import Assessment
from suppliers.assessment.rules.comparing import METRIC_FIELDS, Difference, Path
from suppliers.assessment.rules.metrics import Dimension
from suppliers.assessment.rules.policy import Basis, Consequence, MetricPolicy, Policy, Switch

SCALARS = {
    "coverage": gettext_lazy("Weight that must have data, in per cent"),
    "decay_days": gettext_lazy("Days over which an assessment fades"),
    "margin": gettext_lazy("Points by which two assessors may differ"),
    "rise_periods": gettext_lazy("Better periods before a standing rises"),
    "period_days": gettext_lazy("Days in a period"),
    "early_days": gettext_lazy("Days before the promise that are on time"),
    "late_days": gettext_lazy("Days after the promise that are on time"),
}
PARTS = {
    "weight": gettext_lazy("weight"),
    "measured": gettext_lazy("measured part"),
    "assessed": gettext_lazy("assessed part"),
    "target": gettext_lazy("100 points at"),
    "limit": gettext_lazy("0 points at"),
    "minimum": gettext_lazy("observations needed"),
    "window_days": gettext_lazy("days that count"),
    "basis": gettext_lazy("scored by"),
    "label": gettext_lazy("name"),
    "low": gettext_lazy("from"),
    "high": gettext_lazy("to"),
    "consequence": gettext_lazy("for purchase orders"),
    "may_override": gettext_lazy("who may decide otherwise"),
}
BASES = {Basis.VALUE: gettext_lazy("the value"), Basis.CAUTIOUS: gettext_lazy("the worse end of the interval")}
SWITCHES = {
    Switch.CERTIFICATE: gettext_lazy("An expired critical certificate"),
    Switch.INSOLVENCY: gettext_lazy("Insolvency"),
    Switch.SAFETY: gettext_lazy("Dangerous goods reached customers"),
}
_OUTSIDE = {"no_data": gettext_lazy("Not enough data"), "stopped": gettext_lazy("Stopped")}


@dataclass(frozen=True, slots=True)
class Told:
    """One difference in words."""

    label: str
    was: str
    now: str


def told(found: Difference, *, before: Policy, after: Policy) -> Told:
    """One difference, named as people know it."""
    label = _label(found.path, before, after)
    if len(found.path) == 2 and found.path[0] in ("metric", "band", "dimension"):
        absent, present = _("not in the policy"), _("in the policy")
        return Told(label, present if found.was else absent, present if found.now else absent)
    return Told(label, value(found.path, found.was), value(found.path, found.now))


def _label(path: Path, before: Policy, after: Policy) -> str:
    kind, name, part = path[0], path[1] if len(path) > 1 else "", path[2] if len(path) > 2 else ""
    if kind in SCALARS:
        return str(SCALARS[kind])
    if kind == "falls":
        return _("Also sends the standing to the bottom")
    if kind in _OUTSIDE:
        return f"{_OUTSIDE[kind]}: {PARTS[name]}"
    subjects = {
        "method": lambda: _("Weight of: %(method)s") % {"method": dict(Assessment.How.choices).get(name, name)},
        "dimension": lambda: str(words.DIMENSIONS[Dimension(name)]),
        "metric": lambda: str(words.NAMES.get(name, name)),
        "band": lambda: _("Band “%(band)s”") % {"band": _band(name, before, after)},
    }
    subject = subjects[kind]()
    return f"{subject}: {PARTS[part]}" if part else subject


def _band(key: str, before: Policy, after: Policy) -> str:
    return next((band.label for policy in (after, before) for band in policy.bands if band.key == key), key)


def value(path: Path, found: Any) -> str:
    """A value as people read it."""
    part = path[-1]
    if part == "window_days":
        return _("all") if found is None else ngettext("%(n)d day", "%(n)d days", found) % {"n": found}
    if found is None:
        return formats.EMPTY
    if path[0] == "metric" and part in ("target", "limit"):
        return words.value(path[1], found)
    shown = _SHOWN.get(part)
    if shown is not None:
        return shown(found)
    return found if isinstance(found, str) else formats.number(round(found, 3))


def roles(codes: Any) -> str:
    """Roles by name."""
    names = dict(User.RoleChoice.choices)
    return ", ".join(str(names.get(code, code)) for code in codes) or _("nobody")


def _switches(found: Any) -> str:
    return ", ".join(str(SWITCHES[Switch(one)]) for one in found) or _("nothing")


_SHOWN: dict[str, Callable[[Any], str]] = {
    "may_override": roles,
    "falls": _switches,
    "consequence": lambda found: str(words.CONSEQUENCES[Consequence(found)]),
    "basis": lambda found: str(BASES[Basis(found)]),
}


def tables(policy: Policy) -> dict[str, Any]:
    """A whole policy as rows of words: its facts, its dimensions with their metrics, its bands."""
    falls = {"label": _("Also sends the standing to the bottom"), "value": _switches(sorted(policy.falls))}
    names = dict(Assessment.How.choices)
    return {
        "facts": [
            *({"label": label, "value": value((name,), getattr(policy, name))} for name, label in SCALARS.items()),
            falls,
        ],
        "methods": [
            {"label": names[method.value], "value": value(("method", method.value), weight)}
            for method, weight in policy.methods.items()
        ],
        "dimensions": [
            {
                "name": words.DIMENSIONS[name],
                "weights": [value((one,), getattr(part, one)) for one in ("weight", "measured", "assessed")],
                "metrics": [(words.NAMES[one.key], _cells(one)) for one in part.metrics],
            }
            for name, part in policy.dimensions.items()
        ],
        "bands": _bands(policy),
    }


def _cells(metric: MetricPolicy) -> list[str]:
    return [value(("metric", metric.key, name), getattr(metric, name)) for name in METRIC_FIELDS]


def _bands(policy: Policy) -> list[tuple[Any, str, Any, str]]:
    """name, from–to, what it means, who may decide otherwise; the standings that no band gives come last."""
    rows: list[tuple[Any, str, Any, str]] = [
        (
            band.label,
            f"{value(('low',), band.low)}–{value(('high',), band.high)}",
            words.CONSEQUENCES[band.consequence],
            roles(band.may_override),
        )
        for band in policy.bands
    ]
    for name, one in (("no_data", policy.no_data), ("stopped", policy.stopped)):
        rows.append((_OUTSIDE[name], formats.EMPTY, words.CONSEQUENCES[one.consequence], roles(one.may_override)))
    return rows
