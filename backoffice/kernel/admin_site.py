"""The admin site itself: whom it lets in, and what it shows."""

from collections.abc import Iterable
from functools import update_wrapper
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLResolver, reverse
from django.utils.translation import gettext_lazy

from backoffice.kernel import access
from backoffice.kernel.admin_base import ServiceAdmin
from backoffice.kernel.models import User

# Pages of the admin that only show: by the end of their names.
ONLY_SHOW = (
    "index", "app_list", "jsi18n", "autocomplete", "view_on_site", "password_change_done",
    "_changelist", "_history", "_export", "_sample", "_frame", "_compare",
)  # fmt: skip


class Office(admin.AdminSite):
    """The admin site: our login page, 403 for people it is not for, and only models that have a ServiceAdmin."""

    site_header = "Standfast"
    site_title = "Standfast"
    index_title = gettext_lazy("Administration")
    # Lists need the room; the front page and the breadcrumbs lead everywhere.
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Pages that other packages bring write past our services, so they are left out."""
        if admin_class is not None and issubclass(admin_class, ServiceAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.is_staff

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), reverse("login"))
            if not self.has_permission(request):
                raise PermissionDenied
            allowed = _methods_of(request)
            if request.method not in allowed:
                return HttpResponseNotAllowed(allowed)
            return cast("HttpResponseBase", inner(request, *args, **kwargs))

        return update_wrapper(guarded, view)

    def get_urls(self) -> list[Any]:
        """Django wraps each view once more, so that the declaration is set on what the address leads to."""
        urls = super().get_urls()
        _declare(urls)
        return urls

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """There is one login page."""
        if request.user.is_authenticated and self.has_permission(request):
            return redirect("admin:index")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("login"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """There is one page for a new password."""
        return redirect("password-change")


def _methods_of(request: HttpRequest) -> tuple[str, ...]:
    name = (request.resolver_match.url_name if request.resolver_match else None) or ""
    return access.READ_METHODS if name.endswith(ONLY_SHOW) else (*access.READ_METHODS, "POST")


def _declare(patterns: Iterable[Any]) -> None:
    rule = access.Access(own="admin", methods=(*access.READ_METHODS, "POST"))
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            _declare(pattern.url_patterns)
        else:
            getattr(pattern.callback, "__func__", pattern.callback).access = rule
