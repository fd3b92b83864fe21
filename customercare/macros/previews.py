"""What a text reads like for a real order, before anything of it is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice.kernel.models import Store
from backoffice.messaging import composing, wording
from customercare.macros import rules
from customercare.macros.models import MacroVersion
from customercare.macros.selectors import variant_draft
from orders.sales.models import Order

MASK = "••••-••••-••••"
# What a preview stands in for where the order itself has no such value.
SAMPLE_DAYS = 5
SAMPLE_VOUCHER = Decimal("5.00")


@dataclass(frozen=True, slots=True)
class Shown:
    """One text filled in. problem: why it cannot be shown, or ""."""

    language: str
    kind: str
    subject: str = ""
    text: str = ""
    html: str = ""
    problem: str = ""


def find_order(number: str) -> Order | None:
    """The newest order of this number in any store."""
    return (
        Order.objects.filter(number=number.strip())
        .select_related("store")
        .prefetch_related("lines")
        .order_by("-id")
        .first()
    )


def fitting_order(scenario: str) -> Order | None:
    """The newest order that a text of this scenario could be about."""
    known = rules.SCENARIOS.get(scenario)
    arrived = bool(known and known.arrived)
    rows = Order.objects.filter(delivered_on__isnull=not arrived).exclude(contact_name="")
    if not arrived:
        rows = rows.filter(expected_on__isnull=False)
    return rows.select_related("store").prefetch_related("lines").order_by("-id").first()


def on_order(version: MacroVersion, order: Order, *, today: date, with_voucher: bool) -> list[Shown]:
    """Every text of the version, filled with this order."""
    return [
        _shown(variant_draft(variant), order, today, with_voucher)
        for variant in version.variants.order_by("language", "kind")
    ]


def one(version: MacroVersion, order: Order, *, place: str, today: date, with_voucher: bool) -> Shown | None:
    """The text of one place ("pl.main"), None when the version has none there."""
    language, _sep, kind = place.partition(".")
    variant = version.variants.filter(language=language, kind=kind).first()
    return _shown(variant_draft(variant), order, today, with_voucher) if variant else None


def _shown(draft: rules.VariantDraft, order: Order, today: date, with_voucher: bool) -> Shown:
    gives = with_voucher and bool(draft.offer.strip())
    subject, text = rules.compose(draft, with_voucher=gives)
    problems = wording.parse(subject, text)
    if problems:
        return Shown(draft.language, draft.kind, problem=problems[0].sentence(_))
    compiled = wording.compile(subject, text, draft.language, base_url=composing.base_url(order.store))
    values = message_values(order.store, order.contact_name, next_update=today + timedelta(days=SAMPLE_DAYS))
    values["orders"] = [
        order_values(
            order,
            new_date=order.expected_on if order.expected_on and order.expected_on >= today else None,
            voucher=(SAMPLE_VOUCHER, order.currency, today + timedelta(days=90)) if gives else None,
        )
    ]
    try:
        rendered = compiled.render(values, masks(compiled.secret_ids(values)))
    except wording.MissingValues as missing:
        names = ", ".join(missing.names)
        return Shown(draft.language, draft.kind, problem=_("This order has no value for {names}.").format(names=names))
    return Shown(draft.language, draft.kind, rendered.subject, rendered.text, rendered.html)


def message_values(store: Store, customer_name: str, *, next_update: date | None) -> dict[str, Any]:
    """The values of a message that do not belong to one order."""
    return {
        "customer_name": customer_name,
        "shop_name": store.name,
        "contact_email": store.reply_to or store.sender,
        "next_update": _iso(next_update),
    }


def order_values(order: Order, *, new_date: date | None, voucher: tuple[Decimal, str, date] | None) -> dict[str, Any]:
    """The values of one order as planning stores them with a message. voucher: amount, currency, last day.

    The voucher does not exist yet, so the order's own id stands for its id.
    """
    values: dict[str, Any] = {
        "order_number": order.number,
        "promised_date": _iso(order.promised_on),
        "new_date": _iso(new_date),
        "delivered_date": _iso(order.delivered_on),
        "items": "; ".join(f"{line.title} × {line.quantity}" for line in _lines(order)),
        "order_total": [str(order.total), order.currency],
        "order_url": f"/o/{order.public_token}/",
    }
    if voucher:
        amount, currency, until = voucher
        values |= {
            "voucher_code": {"voucher": order.pk},
            "voucher_value": [str(amount), currency],
            "voucher_until": until.isoformat(),
        }
    return {name: value for name, value in values.items() if value is not None}


def _lines(order: Order) -> Iterable[Any]:
    return sorted(order.lines.all(), key=lambda line: line.position)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def masks(ids: Iterable[int]) -> dict[int, str]:
    """A stand-in for each code; several stay several, because equal values are shown once."""
    return {pk: f"{MASK}-{place:04d}" for place, pk in enumerate(dict.fromkeys(ids), start=1)}
