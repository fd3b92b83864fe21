from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomercareConfig(AppConfig):
    name = "customercare"
    verbose_name = _("Customer care")

    def ready(self) -> None:
        from backoffice.kernel import nav, states
        from backoffice.kernel.roles import Capability
        from backoffice.messaging import services as messaging
        from customercare.vouchers import selectors as vouchers

        # Messages hold a voucher's id; its code is derived only while a message is being transmitted.
        messaging.register_secret_resolver("voucher", vouchers.codes_for)
        states.register("previewed", _("Previewed"), "info", "eye")
        states.register("awaiting_approval", _("Waits for a second person"), "warn", "user-group")
        states.register("completed_with_failures", _("Completed, some failed"), "warn")
        states.register("skipped", _("Left out"), "neutral")
        states.register("declared", _("Declared"), "bad", "bolt")
        states.register("contained", _("Contained"), "warn", "shield-check")
        states.register("stable", _("Stable"), "info")
        states.register("reviewed", _("Reviewed"), "neutral")
        nav.register(
            "incidents",
            _("Incidents"),
            "admin:customercare_incident_changelist",
            "bolt",
            10,
            nav.holding(Capability.VIEW_INCIDENTS),
        )
        nav.register(
            "macros",
            _("Macros"),
            "admin:customercare_macro_changelist",
            "chat-bubble-left-right",
            50,
            nav.holding(Capability.VIEW_MACROS),
        )
