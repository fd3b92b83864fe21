"""Codes of selectors and previews, in words."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SKIPPED = {
    "manual": gettext_lazy("left out by hand"),
    "cancelled": gettext_lazy("the order was cancelled"),
    "delivered": gettext_lazy("the order was delivered already"),
    "no_address": gettext_lazy("no e-mail address"),
    "suppressed": gettext_lazy("the customer wants no mail"),
    "other_currency": gettext_lazy("paid in another currency than the voucher"),
    "no_new_date": gettext_lazy("no new date is known"),
    "no_customer_name": gettext_lazy("no name of the customer"),
    "no_promised_date": gettext_lazy("no promised day"),
    "no_delivered_date": gettext_lazy("no day of delivery"),
    "no_items": gettext_lazy("no order lines"),
}
CRITERIA = {
    "overdue_as_of": gettext_lazy("undelivered as of"),
    "late_delivered": gettext_lazy("delivered late by"),
    "late_days": gettext_lazy("days late, at least"),
    "supplier": gettext_lazy("supplier"),
    "carrier": gettext_lazy("carrier"),
    "region": gettext_lazy("region"),
    "sku": gettext_lazy("SKU"),
    "campaign": gettext_lazy("campaign"),
    "placed_from": gettext_lazy("ordered from"),
    "placed_to": gettext_lazy("ordered until"),
    "orders": gettext_lazy("order numbers"),
}
VALUES = {"date": gettext_lazy("day"), "timestamp": gettext_lazy("hour")}


def words(code: str) -> str:
    """Why an order is left out, in words; a code without words is shown as itself."""
    return str(SKIPPED.get(code, code.replace("_", " ")))


def rows(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Reasons with their numbers, the largest first."""
    return [(words(code), n) for code, n in sorted(counts.items(), key=lambda row: (-row[1], row[0]))]


def why(codes: str) -> str:
    """Why an order is in: "carrier: ODRA · region: SP" from "carrier=ODRA; region=SP"."""
    parts = []
    for part in codes.split("; "):
        name, sep, value = part.partition("=")
        if name == "orders":
            parts.append(_("its number is on the list"))
        elif sep:
            parts.append(f"{CRITERIA.get(name, name)}: {VALUES.get(value, value)}")
        else:
            parts.append(part)
    return " · ".join(str(part) for part in parts)
