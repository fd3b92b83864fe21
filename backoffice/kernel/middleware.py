"""What happens to every request: caps before parsing, closed by default, nothing private in caches."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django_structlog.middlewares import RequestMiddleware

from backoffice.kernel import access, machine
from backoffice.kernel.errors import Refusal

GetResponse = Callable[[HttpRequest], HttpResponse]
MAX_QUERY_STRING = 4_000
# A file of 10 MB and the form around it. Before anything is parsed, and for every address: nobody sends more.
MAX_BODY = 10 * 1024 * 1024 + 256 * 1024
# Machines have a smaller limit of their own, and are told in their own language.
MACHINES = "/api/"
TOO_LARGE = 413
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
# Namespaces whose own machinery checks the credential; the matrix test lists each of their URLs.
SELF_GUARDED = frozenset({"admin"})
# Whoever knows the rest of such an address may open it.
SECRET_PATHS = ("/o/", "/q/")
HIDDEN = "…"
LAST_SEEN = "last_seen"
BEGAN = "began"


class SafeRequestMiddleware:
    """Refuse what no screen sends before it is read: NUL bytes, addresses and bodies beyond any form of ours."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if len(query) > MAX_QUERY_STRING or "%00" in query or "\x00" in request.path:
            response: HttpResponse = HttpResponseBadRequest(
                "The address is too long or has characters that no page uses.", content_type="text/plain; charset=utf-8"
            )
        elif _is_too_large(request):
            response = HttpResponse(render_to_string("413.html"), status=TOO_LARGE)
        else:
            response = self.get_response(request)
        # Refusals that come before the other middleware carry these too.
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


def _is_too_large(request: HttpRequest) -> bool:
    """Whether a body is announced that no form of ours sends; one that is not announced is not read at all."""
    told = request.META.get("CONTENT_LENGTH") or "0"
    if request.path.startswith(MACHINES) or not told.isdigit():
        return False
    return len(told) > 12 or int(told) > MAX_BODY


class RequestLogMiddleware(RequestMiddleware):
    """One log line a request: its address without what was asked, for people search by names and addresses."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        door = next((prefix for prefix in SECRET_PATHS if request.path.startswith(prefix)), "")
        return f"{request.method} {door + HIDDEN if door else request.path}"


class AccessMiddleware:
    """Close every view that declared no access, end old sessions, keep private pages out of caches."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self._end_old_session(request)
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if request.user.is_authenticated:
            request.session.setdefault(BEGAN, int(timezone.now().timestamp()))
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        self_guarded = match is not None and bool(match.namespaces) and match.namespaces[0] in SELF_GUARDED
        rule = access.declared(view) or (access.Access(own="admin") if self_guarded else None)
        if rule is None:
            raise PermissionDenied("This page declares no access.")
        if rule.own != "api key" and machine.sends_key(request):
            return machine.wrong_door(rule)
        if (rule.public or rule.own.endswith(" link")) and request.method not in rule.methods:
            return HttpResponseNotAllowed(rule.methods)
        return None

    @staticmethod
    def _end_old_session(request: HttpRequest) -> None:
        """Eight idle hours end a session, and so does a week, however busy."""
        if not request.user.is_authenticated:
            return
        stamp = int(timezone.now().timestamp())
        last = int(request.session.get(LAST_SEEN, stamp))
        began = int(request.session.get(BEGAN, stamp))
        if stamp - last > settings.SESSION_IDLE_SECONDS or stamp - began > settings.SESSION_COOKIE_AGE:
            logout(request)
        elif stamp - last > 60 or LAST_SEEN not in request.session:
            request.session[LAST_SEEN] = stamp


class RefusalMiddleware:
    """Say every no in words: a Refusal that no view caught is a page with its sentence (422), so is a wrong method."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            response.content = render_to_string("405.html", request=request).encode()
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        return render(request, "errors/refusal.html", {"refusal": exception}, status=422)
