"""The front door: home, login, passwords, language, health."""

from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from backoffice.kernel import access, audit
from backoffice.kernel.forms import ConfirmPasswordForm, LoginForm
from backoffice.kernel.roles import Capability


@access.require(read=Capability.VIEW_ORDERS)
def home(request: HttpRequest) -> HttpResponse:
    return redirect("sales:list")


class Login(auth_views.LoginView):
    """Log in, and remember when the password was typed."""

    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: LoginForm) -> HttpResponse:  # type: ignore[override]
        response = super().form_valid(form)
        self.request.session[access.SUDO_SESSION_KEY] = timezone.now().timestamp()
        return response


login = access.public(methods=("GET", "HEAD", "POST"))(never_cache(Login.as_view()))
logout = access.public(methods=("POST",))(auth_views.LogoutView.as_view(http_method_names=["post"]))


@access.require(read=Capability.VIEW_ORDERS, write=Capability.VIEW_ORDERS)
def confirm_password(request: access.StaffRequest) -> HttpResponse:
    """Ask for the password again before money or messages move."""
    target = request.POST.get("next") or request.GET.get("next") or "/"
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    form = ConfirmPasswordForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        request.session[access.SUDO_SESSION_KEY] = timezone.now().timestamp()
        return redirect(target)
    status = 422 if form.errors else 200
    return render(request, "registration/confirm_password.html", {"form": form, "next": target}, status=status)


class ChangePassword(auth_views.PasswordChangeView):
    """A new password for oneself; every other session of this person ends, as the old one no longer fits."""

    success_url = reverse_lazy("password-change-done")

    def form_valid(self, form: Any) -> HttpResponse:
        user, now = access.person(self.request), timezone.now()
        with transaction.atomic():
            response = super().form_valid(form)
            audit.record(actor=user, verb="user.password", subject=f"user:{user.pk}", now=now)
        self.request.session[access.SUDO_SESSION_KEY] = now.timestamp()
        return response


_anybody_who_works_here = access.require(read=Capability.VIEW_ORDERS, write=Capability.VIEW_ORDERS)
change_password = _anybody_who_works_here(ChangePassword.as_view())
password_changed = access.require(read=Capability.VIEW_ORDERS)(auth_views.PasswordChangeDoneView.as_view())
set_language = access.public(methods=("POST",))(require_POST(i18n.set_language))


@access.public()
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive."""
    return JsonResponse({"ok": True})


@access.public()
def readyz(request: HttpRequest) -> HttpResponse:
    """The process can reach its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", {"debug": settings.DEBUG}, status=403)
