from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from backoffice.kernel import nav
from backoffice.kernel.roles import Capability


class MessagingConfig(AppConfig):
    name = "backoffice.messaging"
    label = "messaging"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from backoffice.kernel import conditions
        from backoffice.messaging import selectors

        nav.register("messages", _("Messages"), "messaging:list", "envelope", 40, nav.holding(Capability.VIEW_MESSAGES))
        conditions.register("outbound_paused", selectors.paused_condition)
        conditions.register("degraded", selectors.degraded_condition)
