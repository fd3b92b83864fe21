from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# Code, words, tone and icon (that of the tone where none is named).
STATES: tuple[tuple[Any, ...], ...] = (
    ("ended", _("Ended"), "neutral", "no-symbol"),
    ("supplier", _("Supplier"), "neutral", "building-storefront"),
    ("warehouse", _("Own warehouse"), "info", "home-modern"),
    ("cert_valid", _("Valid"), "ok"),
    ("cert_expiring", _("Expires soon"), "warn", "clock"),
    ("cert_expired", _("Expired"), "bad"),
    ("cert_future", _("Not valid yet"), "info", "clock"),
    ("cert_retired", _("Replaced"), "neutral", "archive-box"),
    ("found", _("Found"), "neutral", "magnifying-glass"),
    ("contacted", _("Contacted"), "info", "chat-bubble-left"),
    ("sampling", _("Samples ordered"), "info", "beaker"),
    ("negotiating", _("Negotiating"), "warn", "scale"),
    ("won", _("Became a supplier"), "ok"),
    ("submitted", _("Submitted"), "ok"),
    ("answered", _("To verify"), "info", "magnifying-glass"),
    ("verified", _("Verified"), "ok"),
    ("withdrawn", _("Withdrawn"), "neutral", "arrow-uturn-left"),
    ("dropped", _("Dropped"), "neutral", "no-symbol"),
    ("accepted", _("Accepted"), "ok"),
    ("terminated", _("Terminated"), "neutral", "no-symbol"),
    ("partly_accepted", _("Partly accepted"), "warn", "scale"),
    ("disputed", _("Disputed"), "bad", "chat-bubble-left-right"),
    ("settled", _("Settled"), "ok", "banknotes"),
    ("confirmed", _("Confirmed"), "ok"),
    ("undone", _("Undone"), "neutral", "arrow-uturn-left"),
)


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
        for state in (*STATES, *imports.STATES.values()):
            states.register(*state)
        nav.register("suppliers", _("Suppliers"), "suppliers:list", "truck", 30, nav.holding(Capability.VIEW_SUPPLIERS))
