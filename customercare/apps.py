from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomercareConfig(AppConfig):
    name = "customercare"
    verbose_name = _("Customer care")

    def ready(self) -> None:
        from backoffice.messaging import services as messaging
        from customercare.vouchers import selectors as vouchers

        # Messages hold a voucher's id; its code is derived only while a message is being transmitted.
        messaging.register_secret_resolver("voucher", vouchers.codes_for)
