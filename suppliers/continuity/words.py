"""What readiness and limits are called."""

from django.utils.translation import gettext_lazy as _

from suppliers.continuity.rules.readiness import Lack, Readiness
from suppliers.continuity.rules.split import Limit

LACKS = {
    Lack.NEVER_VERIFIED: _("never verified"),
    Lack.STALE: _("verified too long ago"),
    Lack.NO_CAPACITY: _("no confirmed capacity"),
    Lack.NOT_ACTIVE: _("supplier is not active"),
    Lack.DEFAULTED: _("does not deliver itself"),
    Lack.PAPER_EXPIRED: _("a critical certificate has expired"),
    Lack.BLOCKED: _("orders are blocked by its standing"),
    Lack.LOW_SCORE: _("too few points"),
}
LIMITS = {
    Limit.ITEM_CAPACITY: _("Capacity for single items (units)"),
    Limit.SUPPLIER_CAPACITY: _("Capacity of suppliers for all items together (units)"),
    Limit.SUPPLIERS_PER_SKU: _("Suppliers allowed for one SKU"),
    Limit.SHORTFALL: _("Shortfall (units left open)"),
}


def lacks(readiness: Readiness) -> list[str]:
    """Why a backup is not ready, in words; none when it is."""
    return [str(LACKS[lack]) for lack in readiness.lacks]
