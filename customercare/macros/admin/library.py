"""One macro to read: its texts on a real order, its versions, and what changed between two of them."""

import difflib
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from backoffice.kernel.admin_base import need
from backoffice.kernel.roles import Capability
from backoffice.messaging.frames import framed
from customercare.macros import previews, rules, selectors
from customercare.macros.models import Macro, MacroVersion
from orders.sales.models import Order

NUMBER_LIMIT = 120


def url(suffix: str, *args: Any) -> str:
    return reverse(f"admin:customercare_macro_{suffix}", args=args)


def folder(macro: Macro) -> str:
    """The name as people read it: "Delay › Late parcel"."""
    return macro.name.replace("::", " › ")


def versions_of(macro: Macro) -> list[MacroVersion]:
    """All versions, the newest first, the people at hand."""
    return list(macro.versions.select_related("macro", "created_by", "approved_by").order_by("-number"))


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The macro; ?order=A-1 fills it with that order, ?version=2 shows that version."""
    user = need(request, Capability.VIEW_MACROS)
    macro = get_object_or_404(Macro, pk=pk)
    versions = versions_of(macro)
    version = _chosen(versions, request.GET.get("version", ""))
    number = request.GET.get("order", "").strip()[:NUMBER_LIMIT]
    voucher = request.GET.get("voucher") == "1"
    order = previews.find_order(number) if number else previews.fitting_order(macro.scenario)
    today = timezone.now().date()
    texts = previews.on_order(version, order, today=today, with_voucher=voucher) if version and order else []
    context = {
        "macro": macro,
        "folder": folder(macro),
        "versions": versions,
        "version": version,
        "problems": [_line(found) for found in rules.lint_macro(selectors.draft_of(version))] if version else [],
        "texts": [_text(shown, order, voucher) for shown in texts],
        "order": order,
        "number": number or (order.number if order else ""),
        "voucher": voucher,
        "unknown_order": bool(number and not order),
        "can_draft": user.can(Capability.DRAFT_MACROS),
        "can_publish": user.can(Capability.PUBLISH_MACROS),
        "now": timezone.now(),
    }
    return render(request, "customercare/macros/page.html", context)


def _chosen(versions: list[MacroVersion], typed: str) -> MacroVersion | None:
    """The version that was asked for, else the published one, else the newest."""
    if typed:
        found = next((version for version in versions if str(version.number) == typed), None)
        if found is None:
            raise Http404
        return found
    published = [version for version in versions if version.state == MacroVersion.State.APPROVED]
    return next(iter([*published, *versions]), None)


def _line(found: rules.Found) -> dict[str, str]:
    language, _sep, kind = found.place.partition(".")
    place = language_name(language) if language else _("the macro")
    if kind == rules.Kind.NEXT_UPDATE:
        place = _("%(language)s, when no new date is known") % {"language": place}
    return {"place": place, "text": found.problem.sentence(_), "tone": "warn" if not rules.blocking([found]) else "bad"}


def _text(shown: previews.Shown, order: Order | None, voucher: bool) -> dict[str, Any]:
    return {
        "shown": shown,
        "language": language_name(shown.language),
        "kind": _("when no new date is known") if shown.kind == rules.Kind.NEXT_UPDATE else "",
        "query": f"?order={order.number if order else ''}&voucher={int(voucher)}",
    }


def language_name(code: str) -> str:
    try:
        return str(get_language_info(code)["name_local"]).capitalize()
    except KeyError:
        return code


def frame(request: HttpRequest, pk: int, number: int, language: str, kind: str) -> HttpResponse:
    """The HTML of one text alone, for a sandboxed frame."""
    need(request, Capability.VIEW_MACROS)
    version = get_object_or_404(MacroVersion.objects.select_related("macro"), macro=pk, number=number)
    order = previews.find_order(request.GET.get("order", "")[:NUMBER_LIMIT])
    if order is None:
        raise Http404
    place, today = f"{language}.{kind}", timezone.now().date()
    shown = previews.one(version, order, place=place, today=today, with_voucher=request.GET.get("voucher") == "1")
    if shown is None:
        raise Http404
    return framed(shown.html)


def compare(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What changed from the version before to this one, text by text."""
    need(request, Capability.VIEW_MACROS)
    macro = get_object_or_404(Macro, pk=pk)
    versions = versions_of(macro)
    new = _chosen(versions, str(number))
    old = next((version for version in versions if version.number < number), None)
    context = {
        "macro": macro,
        "folder": folder(macro),
        "new": new,
        "old": old,
        "places": list(_differences(old, new)) if new else [],
    }
    return render(request, "customercare/macros/compare.html", context)


def _differences(old: MacroVersion | None, new: MacroVersion) -> Iterator[dict[str, Any]]:
    before, after = _parts(old) if old else {}, _parts(new)
    for place in sorted({*before, *after}):
        lines = list(_diff(before.get(place, ""), after.get(place, "")))
        if any(mark != " " for mark, _line in lines):
            language, part = place
            yield {"title": f"{language_name(language)} · {part}", "language": language, "lines": lines}


def _parts(version: MacroVersion) -> dict[tuple[str, str], str]:
    parts: dict[tuple[str, str], str] = {}
    for variant in version.variants.all():
        late = variant.kind == rules.Kind.NEXT_UPDATE
        suffix = f" ({_('when no new date is known')})" if late else ""
        parts[variant.language, _("subject") + suffix] = variant.subject
        parts[variant.language, _("text") + suffix] = variant.text
        parts[variant.language, _("offer") + suffix] = variant.offer
        parts[variant.language, _("closing") + suffix] = variant.closing
    return parts


def _diff(old: str, new: str) -> Iterator[tuple[str, str]]:
    for line in difflib.ndiff(old.splitlines(), new.splitlines()):
        if line[:1] != "?":
            yield line[:1], line[2:]
