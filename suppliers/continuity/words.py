"""What readiness and limits are called."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

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
    Limit.SHORTFALL: (
        ngettext_lazy(
            "As things are, %(shown)s unit is left open.", "As things are, %(shown)s units are left open.", "n"
        ),
        _("As things are, nothing can be ordered at all."),
    ),
    Limit.ITEM_CAPACITY: (
        ngettext_lazy(
            "With %(shown)s more unit of capacity for single items everything would be covered.",
            "With %(shown)s more units of capacity for single items everything would be covered.",
            "n",
        ),
        _("However much more of single items could be delivered, units would still be left open."),
    ),
    Limit.SUPPLIER_CAPACITY: (
        ngettext_lazy(
            "With %(shown)s more unit of capacity of suppliers for all items together everything would be covered.",
            "With %(shown)s more units of capacity of suppliers for all items together everything would be covered.",
            "n",
        ),
        _("However much more the suppliers could deliver in all, units would still be left open."),
    ),
    Limit.SUPPLIERS_PER_SKU: (
        ngettext_lazy(
            "With %(shown)s more supplier for a SKU everything would be covered.",
            "With %(shown)s more suppliers for a SKU everything would be covered.",
            "n",
        ),
        _("However many suppliers shared a SKU, units would still be left open."),
    ),
}


def limits(slack: Mapping[Limit, int | None]) -> list[str]:
    """What is left open, and the effect of each class of limits, one sentence each."""
    return [_effect(which, slack[which]) for which in LIMITS if which in slack]


def _effect(which: Limit, slack: int | None) -> str:
    enough, never = LIMITS[which]
    return str(never) if slack is None else str(enough % {"n": slack, "shown": formats.number(slack)})


def lacks(readiness: Readiness) -> list[str]:
    """Why a backup is not ready, in words; none when it is."""
    return [str(LACKS[lack]) for lack in readiness.lacks]
