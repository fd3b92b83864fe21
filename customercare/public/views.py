"""Pages that customers open."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from backoffice.kernel import access, audit
from backoffice.kernel.models import User
from customercare.macros import rules as macros
from customercare.public import selectors


@access.own("order link")
@require_safe
def order_page(request: HttpRequest, token: str) -> HttpResponse:
    """Where an order is, what was said about it, and its vouchers: for whoever holds the link."""
    now = timezone.now()
    order = selectors.find(token=token, now=now)
    if order is None:
        # One answer for a wrong token and for one that is over, in the words of a shop: its customer reads it.
        return _private(render(request, "customercare/public/gone.html", status=404))
    if isinstance(request.user, User):
        audit.record(actor=request.user, verb="order.public_page", subject=f"order:{order.pk}", now=now)
    language = macros.resolve_language(order.language, [code for code, _name in settings.LANGUAGES])
    with translation.override(language), timezone.override(ZoneInfo(order.store.time_zone)):
        story = selectors.story(order, today=timezone.localdate(now), now=now)
        shown = {"story": story, "order": order, "shop_name": order.store.name}
        response = _private(render(request, "customercare/public/order.html", shown))
    response.headers["Content-Language"] = language
    return response


def _private(response: HttpResponse) -> HttpResponse:
    """Nothing between the shop and its customer keeps this page, and no link on it tells where it was."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
