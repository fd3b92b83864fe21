"""Pages that customers open."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
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
        raise Http404
    if isinstance(request.user, User):
        audit.record(actor=request.user, verb="order.public_page", subject=f"order:{order.pk}", now=now)
    language = macros.resolve_language(order.language, [code for code, _name in settings.LANGUAGES])
    with translation.override(language):
        story = selectors.story(order, today=timezone.localdate(now), now=now)
        response = render(
            request, "customercare/public/order.html", {"story": story, "order": order, "shop_name": order.store.name}
        )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Language"] = language
    return response
