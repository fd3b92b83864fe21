from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from backoffice.kernel import nav
from backoffice.kernel.roles import Capability


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        nav.register("orders", _("Orders"), "sales:list", "shopping-bag", 20, nav.holding(Capability.VIEW_ORDERS))
