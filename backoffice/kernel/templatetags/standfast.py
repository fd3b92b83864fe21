"""The words templates use: figures, moments, states, menu, filters. All formatting lives in formats.py."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from heroicons.templatetags.heroicons import heroicon_mini

from backoffice.kernel import charts, formats, listing, nav, states

register = template.Library()


@register.filter
def money(amount: formats.Number | None, currency: str) -> str:
    """`{{ total|money:"PLN" }}` → "PLN 1,234.50"."""
    return formats.money(amount, currency)


@register.filter
def number(value: formats.Number | None, decimals: int | None = None) -> str:
    """`{{ count|number }}` → "1,240"; `{{ share|number:1 }}` fixes the places."""
    return formats.number(value, decimals)


@register.filter
def percent(ratio: formats.Number | None, decimals: int = 0) -> str:
    """`{{ 0.018|percent:1 }}` → "1.8%"."""
    return formats.percent(ratio, decimals)


@register.filter(name="datetime")
def datetime_words(value: datetime | None, zone: str | None = None) -> str:
    """`{{ at|datetime:"Europe/Warsaw" }}` → "5 Nov 2026, 14:03 CET"."""
    return formats.moment(value, zone)


@register.filter
def day(value: date | None) -> str:
    """`{{ promised|day }}` → "5 Nov 2026"."""
    return formats.day(value)


@register.filter
def clock(value: datetime, zone: str | None = None) -> str:
    """14:03:22 CET"""
    return formats.clock(value, zone, seconds=True)


@register.filter
def duration(value: timedelta | float | None) -> str:
    """`{{ waiting|duration }}` → "2 hours 5 minutes"."""
    return formats.duration(value)


@register.filter
def bdi(value: object) -> SafeString:
    """A person's name, kept apart from the writing direction of the text around it."""
    return format_html("<bdi>{}</bdi>", value)


@register.simple_tag
def time(value: datetime | None, zone: str | None = None) -> SafeString:
    """The moment in words inside `<time datetime>`, so that machines can read it too."""
    if value is None:
        return format_html("{}", formats.EMPTY)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.moment(value, zone))


@register.simple_tag
def as_of(value: datetime, zone: str | None = None) -> SafeString:
    """The stamp beside every figure: "As of 14:03:22 CET"."""
    words = _("As of %(time)s") % {"time": formats.clock(value, zone, seconds=True)}
    return format_html('<time class="as-of" datetime="{}">{}</time>', value.isoformat(), words)


@register.simple_tag
def pill(state: str, label: object = "", tone: str = "") -> SafeString:
    """A state as icon and word. `{% pill "uncertain" %}`, or with own words `{% pill "low" "8 left" "warn" %}`."""
    known = states.describe(str(state))
    shown = states.State(label or known.label, tone or known.tone, "" if tone else known.icon)
    return format_html(
        '<span class="pill pill-{}">{}<span>{}</span></span>', shown.tone, icon(states.icon_of(shown)), shown.label
    )


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """A heroicon (mini), hidden from screen readers: a word always stands beside it."""
    return _drawn(name, size)


@cache
def _drawn(name: str, size: int) -> SafeString:
    # A list draws the same few icons hundreds of times. The icon package draws them; nobody's text is in them.
    return SafeString(heroicon_mini(name, size=size))  # nosec B703


@register.simple_tag
def tone_icon(tone: str) -> SafeString:
    """The icon that goes with ok, warn, bad, info or neutral."""
    return icon(states.TONE_ICONS.get(tone, states.TONE_ICONS["neutral"]))


@register.simple_tag
def keys(*names: str) -> SafeString:
    """A key combination: `{% keys "Ctrl" "Enter" %}`."""
    return format_html('<span class="keys">{}</span>', format_html_join("+", "<kbd>{}</kbd>", ((k,) for k in names)))


@register.simple_tag(takes_context=True)
def nav_items(context: template.Context) -> list[nav.Item]:
    """The menu of the person who is looking; empty where there is no request (an error page)."""
    request = context.get("request")
    if request is None:
        return []
    return nav.visible(user=getattr(request, "user", None), path=request.path)


@register.inclusion_tag("components/filter_bar.html", takes_context=True)
def filter_bar(
    context: template.Context,
    form: BaseForm,
    promoted: str = "",
    *,
    search: str = "q",
    target: str = "",
    count: str = "",
) -> dict[str, Any]:
    """A list's filters from a GET form: search box, up to three in front, the rest folded away, applied ones as chips.

    promoted: field names with commas. target: the id of the element that htmx replaces. count: "1,240 orders".
    """
    request = context.get("request")
    query = request.GET if request is not None else QueryDict()
    fields = [field for field in form if field.name != search and not field.is_hidden]
    front, folded = listing.split(fields, [name.strip() for name in promoted.split(",") if name.strip()])
    return {
        "request": request,
        "form": form,
        "search": form[search] if search in form.fields else None,
        "front": front,
        "folded": folded,
        "folded_open": any(query.get(field.html_name) for field in folded),
        "chips": listing.chips(fields=[*_search_field(form, search), *fields], query=query),
        "target": target,
        "count": count,
    }


@register.inclusion_tag("components/progress.html")
def progress(
    title: str,
    parts: Sequence[charts.Part],
    at: datetime,
    *,
    settled: int,
    poll_url: str = "",
    every: str = "2s",
    id: str = "progress",
    zone: str | None = None,
) -> dict[str, Any]:
    """How far a run is: per cent settled, one bar, one table whose shares add up. No poll_url: it is over."""
    total = sum(part.value for part in parts)
    percent_done = 100 * settled // total if total else 0
    count = _("%(done)s of %(total)s done") % {"done": formats.number(settled), "total": formats.number(total)}
    return {
        "id": id,
        "title": title,
        "at": at,
        "zone": zone,
        "poll_url": poll_url,
        "every": every,
        "percent": percent_done,
        "spoken": f"{percent_done}%: {count}",
        "spoken_count": count,
        "bar": charts.stacked_bar(parts, label=f"{title}: {count}"),
        "shares": charts.shares(parts),
        "total": total,
    }


@register.filter
def summary_target(field: BoundField) -> str:
    """The id an error link jumps to: the first choice of a group, else the field itself."""
    if field.use_fieldset:
        return next((str(widget.id_for_label) for widget in field.subwidgets), field.auto_id)
    return str(field.id_for_label or field.auto_id)


def _search_field(form: BaseForm, search: str) -> list[BoundField]:
    return [form[search]] if search in form.fields else []
