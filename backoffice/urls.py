"""The front door: every URL of the site."""

from django.contrib import admin
from django.urls import include, path

from backoffice import api
from backoffice.kernel import views as kernel

urlpatterns = [
    path("", kernel.home, name="home"),
    path("login/", kernel.login, name="login"),
    path("logout/", kernel.logout, name="logout"),
    path("confirm-password/", kernel.confirm_password, name="confirm-password"),
    path("password/", kernel.change_password, name="password-change"),
    path("password/done/", kernel.password_changed, name="password-change-done"),
    path("i18n/setlang/", kernel.set_language, name="set_language"),
    path("healthz", kernel.healthz, name="healthz"),
    path("readyz", kernel.readyz, name="readyz"),
    path("messages/sends/", include("customercare.notices.urls")),
    path("messages/", include("backoffice.messaging.urls")),
    path("orders/", include("orders.sales.urls")),
    path("orders/", include("orders.shipping.urls")),
    path("stock/", include("orders.stock.urls")),
    path("suppliers/", include("suppliers.overview.urls")),
    path("suppliers/", include("suppliers.imports.urls")),
    path("suppliers/", include("suppliers.continuity.urls")),
    path("suppliers/", include("suppliers.directory.urls")),
    path("suppliers/", include("suppliers.catalog.urls")),
    path("suppliers/", include("suppliers.assessment.urls")),
    path("suppliers/", include("suppliers.evidence.urls")),
    path("suppliers/", include("suppliers.questionnaires.urls")),
    path("q/", include("suppliers.questionnaires.public_urls")),
    path("suppliers/", include("suppliers.contracts.urls")),
    path("o/", include("customercare.public.urls")),
    path("api/", api.urls),
    path("admin/", admin.site.urls),
]
