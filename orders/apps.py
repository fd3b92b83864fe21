from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from backoffice.kernel import nav, states
from backoffice.kernel.roles import Capability


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        states.register("available", _("Available"), "ok")
        states.register("held", _("Held for a while"), "info", "clock")
        states.register("in_transit", _("On the way"), "info", "truck")
        states.register("received", _("Received"), "ok")
        nav.register("orders", _("Orders"), "sales:list", "shopping-bag", 20, nav.holding(Capability.VIEW_ORDERS))
        nav.register("stock", _("Stock"), "stock:list", "archive-box", 25, nav.holding(Capability.VIEW_STOCK))
