from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KernelConfig(AppConfig):
    name = "backoffice.kernel"
    label = "kernel"
    verbose_name = _("People, shops and audit")

    def ready(self) -> None:
        from backoffice.kernel import checks  # noqa: F401 - registers the system checks
