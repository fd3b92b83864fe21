"""Taking in what hangs on suppliers, as a whole set for each source."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.numbers import currency_exponent
from backoffice.kernel.text import shown
from suppliers.catalog.models import Product
from suppliers.continuity.models import SOURCE_LIMIT, Exposure
from suppliers.continuity.rules import cover
from suppliers.continuity.rules.switches import MOST_ROWS, ExposureDraft
from suppliers.directory import services as directory
from suppliers.directory.models import Supplier

CHUNK = 1000


@transaction.atomic
def record_exposure(*, source: str, drafts: Collection[ExposureDraft], actor: User | None, now: datetime) -> int:
    """Put these rows in the place of all that the source told before; returns how many there are.

    Raises Refusal (supplier.role, exposure.source, exposure.many, exposure.unknown, exposure.twice, exposure.numbers,
    money.currency); then everything stays as it was.
    """
    directory.require_editor(actor)
    if not 0 < len(source) <= SOURCE_LIMIT:
        raise Refusal("exposure.source", _("Name the source in 1 to 40 characters."))
    if len(drafts) > MOST_ROWS:
        raise Refusal("exposure.many", _("There are more than 20000 rows. Split them over several sources."))
    _take_turns(source)
    suppliers = _ids("code", Supplier, {draft.supplier_code for draft in drafts})
    products = _ids("sku", Product, {draft.sku for draft in drafts})
    if len({(draft.supplier_code, draft.sku) for draft in drafts}) < len(drafts):
        raise Refusal("exposure.twice", _("A supplier has a product twice. Add the two rows up."))
    rows = [_row(source, draft, suppliers, products, now) for draft in drafts]
    Exposure.objects.filter(source=source).delete()
    Exposure.objects.bulk_create(rows, batch_size=CHUNK)
    audit.record(actor=actor, verb="exposure.record", subject=f"exposure:{source}", now=now, rows=len(rows))
    return len(rows)


@transaction.atomic
def put_back_exposures(
    *, source: str, rows: Sequence[Mapping[str, Any]], at: datetime, actor: User | None, now: datetime
) -> int:
    """Put the rows that `told_before` gave back in the place of those that were recorded at a moment.

    Raises Refusal (supplier.role, exposure.moved_on) when the source told something else since.
    """
    directory.require_editor(actor)
    _take_turns(source)
    if Exposure.objects.filter(source=source).exclude(as_of=at).exists():
        raise Refusal("exposure.moved_on", _("This source told something newer since, so the older rows stay away."))
    Exposure.objects.filter(source=source).delete()
    fields = {field.attname: field for field in Exposure._meta.concrete_fields}
    back = [
        Exposure(**{name: fields[name].to_python(value) for name, value in row.items() if name != "id"}) for row in rows
    ]
    Exposure.objects.bulk_create(back, batch_size=CHUNK)
    audit.record(actor=actor, verb="exposure.put_back", subject=f"exposure:{source}", now=now, rows=len(back))
    return len(back)


def _take_turns(source: str) -> None:
    """Two that replace one source at once follow each other, so that no set is half of each."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"exposure {source}"])


def _ids(field: str, model: type[Supplier | Product], wanted: set[str]) -> dict[str, int]:
    found = dict(model._default_manager.filter(**{f"{field}__in": wanted}).values_list(field, "pk"))
    if missing := sorted(wanted - found.keys()):
        raise Refusal(
            "exposure.unknown", _("“%(code)s” is not known here. Add it first.") % {"code": shown(missing[0])}
        )
    return found


def _row(
    source: str, draft: ExposureDraft, suppliers: dict[str, int], products: dict[str, int], now: datetime
) -> Exposure:
    currency_exponent(draft.currency)
    counts = (draft.open_quantity, draft.open_orders, draft.order_lines)
    if min(counts) < 0 or min(draft.revenue, draft.stock, draft.daily_demand) < 0:
        raise Refusal("exposure.numbers", _("“%(sku)s” has a number below zero.") % {"sku": shown(draft.sku)})
    days, ends = _cover(draft, timezone.localdate(now))
    return Exposure(
        source=source, supplier_id=suppliers[draft.supplier_code], product_id=products[draft.sku],
        open_quantity=draft.open_quantity, open_orders=draft.open_orders, order_lines=draft.order_lines,
        revenue=draft.revenue, currency=draft.currency, daily_demand=draft.daily_demand,
        cover_days=days, stockout_on=ends, as_of=now,
    )  # fmt: skip


def _cover(draft: ExposureDraft, day: date) -> tuple[Decimal | None, date | None]:
    """Days of cover, and the day on which stock ends; None for both when it lasts longer than anybody plans."""
    days = cover.kept_days(stock=draft.stock, daily_demand=draft.daily_demand)
    return (None, None) if days is None else (days, day + timedelta(days=int(days)))
