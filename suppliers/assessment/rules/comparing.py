"""What differs between two versions of a policy, value by value."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from suppliers.assessment.rules.policy import Policy

SCALARS = ("coverage", "decay_days", "margin", "rise_periods", "period_days", "early_days", "late_days")
METRIC_FIELDS = ("weight", "target", "limit", "minimum", "window_days", "basis")
BAND_FIELDS = ("label", "low", "high", "consequence", "may_override")
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs. path: where it stands, such as ("metric", "otif", "weight"). was, now: None where that
    version has no such value; a path of two names a metric, a band or a dimension that came or went as a whole."""

    path: Path
    was: Any
    now: Any


def flat(policy: Policy) -> dict[Path, Any]:
    """Every value of a policy under its path."""
    found: dict[Path, Any] = {(name,): getattr(policy, name) for name in SCALARS}
    found["falls",] = tuple(sorted(switch.value for switch in policy.falls))
    found |= {("method", method.value): weight for method, weight in policy.methods.items()}
    for dimension, part in policy.dimensions.items():
        found |= _values(("dimension", dimension.value), part, ("weight", "measured", "assessed"))
        for metric in part.metrics:
            found |= _values(("metric", metric.key), metric, METRIC_FIELDS)
    for band in policy.bands:
        found |= _values(("band", band.key), band, BAND_FIELDS)
    for name, outside in (("no_data", policy.no_data), ("stopped", policy.stopped)):
        found |= _values((name,), outside, ("consequence", "may_override"))
    return found


def _values(path: Path, part: object, names: Iterable[str]) -> dict[Path, Any]:
    return {(*path, name): getattr(part, name) for name in names}


def differences(before: Policy, after: Policy) -> list[Difference]:
    """Everything that differs, in the order of a policy; a whole metric, band or dimension that came or went is one."""
    old, new = flat(before), flat(after)
    wholes = [{path[:2] for path in side if len(path) == 3} for side in (old, new)]
    found: list[Difference] = []
    for path in [*new, *(path for path in old if path not in new)]:
        whole = path[:2] if len(path) == 3 else None
        if whole and (whole in wholes[0]) != (whole in wholes[1]):
            one = Difference(whole, *((True, None) if whole in wholes[0] else (None, True)))
            if one not in found:
                found.append(one)
        elif old.get(path) != new.get(path):
            found.append(Difference(path, old.get(path), new.get(path)))
    return found
