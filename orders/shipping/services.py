"""Writes to carriers and parcels."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from orders.sales.rules import ParcelDraft
from orders.shipping.models import Carrier, Parcel


def ensure_carriers(*, names: Mapping[str, str]) -> None:
    """Create the carriers that are missing, by code -> name."""
    Carrier.objects.bulk_create(
        [Carrier(code=code, name=name or code) for code, name in sorted(names.items())], ignore_conflicts=True
    )


def record_parcels(*, parcels: Mapping[int, Sequence[ParcelDraft]]) -> int:
    """Write the parcels of orders by order id, in their order; a known parcel is updated in place.

    Raises Refusal for an unknown carrier code. Returns how many parcels were given.
    """
    codes = {p.carrier_code for drafts in parcels.values() for p in drafts}
    carriers = dict(Carrier.objects.filter(code__in=codes).values_list("code", "id"))
    if unknown := sorted(codes - carriers.keys()):
        raise Refusal("parcel.unknown_carrier", _("No carrier has the code {code}.").format(code=unknown[0]))
    rows = [
        Parcel(
            order_id=order_id,
            carrier_id=carriers[draft.carrier_code],
            number=draft.number,
            position=position,
            shipped_at=draft.shipped_at,
            delivered_at=draft.delivered_at,
        )
        for order_id, drafts in parcels.items()
        for position, draft in enumerate(drafts, start=1)
    ]
    Parcel.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["order", "position"],
        update_fields=["carrier", "number", "shipped_at", "delivered_at"],
        batch_size=5_000,
    )
    return len(rows)
