"""What readiness and limits are called."""

from django.utils.translation import gettext_lazy as _

from backoffice.kernel import formats
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
# What a class of limits does to a plan that cannot cover everything: by how much it alone would have to give way, and
# what is said where that alone does not help.
LIMITS = {
    Limit.ITEM_CAPACITY: (
        _("With %(n)s more units of capacity for single items everything would be covered."),
        _("However much more of single items could be delivered, units would still be left open."),
    ),
    Limit.SUPPLIER_CAPACITY: (
        _("With %(n)s more units of capacity of the suppliers for all items together everything would be covered."),
        _("However much more the suppliers could deliver in all, units would still be left open."),
    ),
    Limit.SUPPLIERS_PER_SKU: (
        _("With %(n)s more suppliers for a SKU everything would be covered."),
        _("However many suppliers shared a SKU, units would still be left open."),
    ),
    Limit.SHORTFALL: (
        _("As things are, %(n)s units are left open."),
        _("As things are, nothing can be ordered at all."),
    ),
}


def limit(which: Limit, slack: int | None) -> str:
    """The effect of a class of limits, in one sentence."""
    enough, never = LIMITS[which]
    return str(never) if slack is None else str(enough) % {"n": formats.number(slack)}


def lacks(readiness: Readiness) -> list[str]:
    """Why a backup is not ready, in words; none when it is."""
    return [str(LACKS[lack]) for lack in readiness.lacks]
