from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SuppliersConfig(AppConfig):
    name = "suppliers"
    verbose_name = _("Suppliers")

    def ready(self) -> None:
        from backoffice.kernel import nav, states
        from backoffice.kernel.roles import Capability
        from suppliers.assessment.selectors import moments
        from suppliers.catalog import selectors as catalog
        from suppliers.continuity.selectors.moments import defaults_of
        from suppliers.directory import services as directory
        from suppliers.imports import words as imports

        # A warehouse of ours sells us nothing; the directory asks without knowing the catalogue.
        directory.register_use("items", catalog.items_in_use)
        # The picture of a score marks defaults, of which the room of scores knows nothing.
        moments.register("defaults", defaults_of)
        states.register("ended", _("Ended"), "neutral", "no-symbol")
        states.register("supplier", _("Supplier"), "neutral", "building-storefront")
        states.register("warehouse", _("Own warehouse"), "info", "home-modern")
        states.register("cert_valid", _("Valid"), "ok")
        states.register("cert_expiring", _("Expires soon"), "warn", "clock")
        states.register("cert_expired", _("Expired"), "bad")
        states.register("cert_future", _("Not valid yet"), "info", "clock")
        states.register("cert_retired", _("Replaced"), "neutral", "archive-box")
        states.register("found", _("Found"), "neutral", "magnifying-glass")
        states.register("contacted", _("Contacted"), "info", "chat-bubble-left")
        states.register("sampling", _("Samples ordered"), "info", "beaker")
        states.register("negotiating", _("Negotiating"), "warn", "scale")
        states.register("won", _("Became a supplier"), "ok")
        states.register("submitted", _("Submitted"), "ok")
        states.register("answered", _("To verify"), "info", "magnifying-glass")
        states.register("verified", _("Verified"), "ok")
        states.register("withdrawn", _("Withdrawn"), "neutral", "arrow-uturn-left")
        states.register("dropped", _("Dropped"), "neutral", "no-symbol")
        states.register("accepted", _("Accepted"), "ok")
        states.register("confirmed", _("Confirmed"), "ok")
        states.register("undone", _("Undone"), "neutral", "arrow-uturn-left")
        for code, label, tone, icon in imports.STATES.values():
            states.register(code, label, tone, icon)
        nav.register("suppliers", _("Suppliers"), "suppliers:list", "truck", 30, nav.holding(Capability.VIEW_SUPPLIERS))
