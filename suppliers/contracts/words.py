"""What contracts say in words: metrics with their units, comparisons, windows and penalties."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.kernel import formats
from suppliers.contracts.models import Contract, ServiceLevel, SupplierClaim
from suppliers.contracts.rules.judging import Terms
from suppliers.contracts.rules.measuring import SHARES, Metric
from suppliers.contracts.rules.penalties import Basis, Shape
from suppliers.contracts.rules.windows import WindowKind

METRICS = dict(ServiceLevel.What.choices)
STATES = dict(SupplierClaim.State.choices) | dict(Contract.State.choices)


def figure(metric: Metric, value: Decimal | None) -> str:
    """A measured value or a target with its unit."""
    if value is None:
        return formats.EMPTY
    shown = formats.number(value.normalize())
    if metric in SHARES:
        return f"{shown}\N{NO-BREAK SPACE}%"
    # A broken figure takes the form of many.
    count = int(value) if value == value.to_integral_value() else 5
    if metric is Metric.DAYS_LATE:
        return ngettext("{n} day", "{n} days", count).format(n=shown)
    return ngettext("{n} hour", "{n} hours", count).format(n=shown)


def points(metric: Metric, value: Decimal) -> str:
    """By how much a target was missed: percentage points, days or hours."""
    shown = formats.number(value.normalize())
    if metric in SHARES:
        return _("{n} points").format(n=shown)
    return figure(metric, value)


def target(terms: Terms) -> str:
    """Such as "at least 95 %"."""
    said = figure(terms.metric, terms.target)
    if terms.comparison.value == "at_least":
        return _("at least {figure}").format(figure=said)
    return _("at most {figure}").format(figure=said)


def window(kind: str, days: int | None) -> str:
    """How often a level is judged."""
    if kind == WindowKind.DAYS:
        return ngettext("every %(n)d day", "every %(n)d days", days or 0) % {"n": days}
    return _("every month") if kind == WindowKind.MONTH else _("every quarter")


def tolerance(early_days: int, late_days: int) -> str:
    """What still counts as on time, "" for the promised day alone."""
    if not early_days and not late_days:
        return ""
    return _("from {early} days before to {late} days after the first promise").format(early=early_days, late=late_days)


def rate(terms: Terms, value: Decimal) -> str:
    """A rate of the curve: per cent of the value due, or an amount."""
    if terms.curve.basis is Basis.VALUE:
        return f"{formats.number(value.normalize())}\N{NO-BREAK SPACE}%"
    return formats.money(value, terms.currency)


def curve(terms: Terms) -> list[str]:
    """The penalty in lines, one a step."""
    of_value = terms.curve.basis is Basis.VALUE
    if terms.curve.shape is Shape.LINEAR:
        said = rate(terms, terms.curve.per_point)
        if of_value:
            return [_("{rate} of the value due for each missed point").format(rate=said)]
        return [_("{rate} for each missed point").format(rate=said)]
    pattern = _("from {points} missed: {rate} of the value due") if of_value else _("from {points} missed: {rate}")
    return [
        pattern.format(points=points(terms.metric, step.points), rate=rate(terms, step.rate))
        for step in terms.curve.steps
    ]


def cap(terms: Terms) -> str:
    """The most that a window costs, "" without a cap."""
    if terms.cap is None:
        return ""
    return _("at most {amount} a window").format(amount=formats.money(terms.cap, terms.currency))


CHANGED_SINCE = gettext_lazy("Facts changed since")
