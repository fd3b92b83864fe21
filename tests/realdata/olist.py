"""Olist: 3,000 real orders, naive timestamps read as UTC, promises at 00:00, no carrier, names or addresses.

Late by date: delivery day after the promised day. Late by timestamp: delivery after the promised midnight. Overdue:
undelivered and past promise on 2018-12-31; cancelled orders are named and left out of telling.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db.models import Count, F, Sum
from django.utils import timezone

from backoffice.embedded.smtp_sink import Sink
from backoffice.kernel import people
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Store
from customercare.compensation import services as compensation
from customercare.management import seeding
from customercare.vouchers.models import Voucher
from orders.sales.models import Order, OrderLine
from tests.realdata.check import Check, command

PRESET = Path(__file__).with_name("olist.toml")
OPTIONAL = ("olist_products_dataset.csv", "product_category_name_translation.csv")
DECLARER, APPROVER = "declarer", "approver"


def checks(folder: Path, sink: Sink) -> Iterator[Check]:
    """Yield the answers in the order in which they come about."""
    known = json.loads((folder / "KNOWN_ANSWERS.json").read_text(encoding="utf-8"))
    store = _prepare()
    yield from _imported(folder, store, known)
    yield from _reached(known)
    yield from _told(sink, known)


def _prepare() -> Store:
    now = timezone.now()
    seeding.load_reference(now=now)
    for username in (DECLARER, APPROVER):
        people.ensure(username=username, name=username.title(), role="admin", password="not used here")
    store = _store("olist")
    compensation.open_budget(
        store=store, name="Realdata", currency="BRL", limit_amount=Decimal(100_000), actor=None, now=now
    )
    return store


def _store(slug: str) -> Store:
    return people.ensure_store(
        slug=slug, name="Olist", currency="BRL", language="en", time_zone="UTC", sender=f"care@{slug}.example"
    )


def _imported(folder: Path, store: Store, known: dict[str, Any]) -> Iterator[Check]:
    first = command("import_orders", str(folder), "--preset", str(PRESET), "--store", "olist")
    yield Check("import: orders", known["orders"], first["orders"])
    yield Check("import: lines", known["items"], first["lines"])
    yield Check("import: created", known["orders"], first["created"])
    yield Check("import: refused", 0, first["refused"])
    again = command("import_orders", str(folder), "--preset", str(PRESET), "--store", "olist")
    yield Check("import again: unchanged", known["orders"], again["unchanged"])
    orders = Order.objects.filter(store=store)
    lines = OrderLine.objects.filter(order__store=store)
    yield Check("orders stored", known["orders"], orders.count())
    yield Check("lines stored", known["items"], lines.count())
    yield Check("orders without lines", 24, orders.filter(lines=None).count())
    yield Check("orders delivered", known["delivered"], orders.filter(state="delivered").count())
    yield Check("orders cancelled", known["status"]["canceled"], orders.filter(state="cancelled").count())
    value = lines.aggregate(value=Sum(F("quantity") * F("unit_price")))["value"]
    yield Check("value of the goods", f"{known['item_gmv']:.2f}", f"{value:.2f}")
    total = orders.aggregate(total=Sum("total"))["total"]
    yield Check("order totals, shipping included", f"{known['item_gmv'] + known['freight']:.2f}", f"{total:.2f}")
    yield Check("suppliers", known["sellers"], lines.values("supplier").distinct().count())
    several = orders.annotate(n=Count("lines__supplier", distinct=True)).filter(n__gt=1)
    yield Check("orders with several suppliers", 46, several.count())
    yield from _without_optional_tables(folder)


def _without_optional_tables(folder: Path) -> Iterator[Check]:
    _store("olist-bare")
    with tempfile.TemporaryDirectory() as bare:
        for path in folder.glob("*.csv"):
            if path.name not in OPTIONAL:
                shutil.copy(path, bare)
        report = command("import_orders", bare, "--preset", str(PRESET), "--store", "olist-bare", "--dry-run")
    yield Check("import without the optional tables", (3000, 0), (report["created"], report["refused"]))


def _reached(known: dict[str, Any]) -> Iterator[Check]:
    by_date = _preview("--late-delivered", "date")
    yield Check("late delivered by date", known["late_by_date"], by_date["told"])
    yield Check(
        "late delivered by timestamp", known["late_by_timestamp"], _preview("--late-delivered", "timestamp")["told"]
    )
    overdue = _preview("--overdue", "--as-of", "2018-12-31")
    yield Check("overdue as of 2018-12-31", 96, overdue["affected"])
    yield Check("of them cancelled", {"cancelled": 24}, overdue["excluded"])
    yield Check("of them to tell", 72, overdue["told"])
    for region, number in (("SP", 57), ("RJ", 42)):
        found = _preview("--late-delivered", "date", "--region", region)
        yield Check(f"late delivered by date in {region}", number, found["told"])
    for days, number in ((1, 58 + 49 + 84), (4, 49 + 84), (8, 84)):
        yield Check(f"at least {days} days late", number, _preview("--late-days", str(days))["told"])
    yield Check("languages of the late", {"en": known["late_by_date"]}, by_date["languages"])


def _told(sink: Sink, known: dict[str, Any]) -> Iterator[Check]:
    late = known["late_by_date"]
    what = ("--late-delivered", "date", "--macro", "arrived_late", "--voucher", "5", "--title", "Arrived late")
    declared = _incident("declare", "--as", DECLARER, *what)
    yield Check("declared: nothing sent before the approval", 0, sink.ledger.messages)
    yield Check("declared: state", "awaiting_approval", declared["state"])
    yield Check("approval by the person who declared", "approval.same_person", _refused("approve", "--as", DECLARER))
    done = _incident("approve", "--as", APPROVER, "--wait")
    yield Check("approved by another person", (DECLARER, APPROVER), (done["requested_by"], done["approved_by"]))
    yield Check("audience", late, done["audience"])
    yield Check("messages sent", late, done["sent"])
    yield Check("the parts add up", late, sum(done[part] for part in _PARTS))
    yield Check("messages at the sink", {"messages": late, "distinct": late, "duplicates": 0}, sink.ledger.statistics())
    vouchers = Voucher.objects.filter(cause_ref=f"incident:{done['incident']}")
    yield Check("vouchers in the ledger", late, vouchers.count())
    yield Check("vouchers of different orders", late, vouchers.values("order_id").distinct().count())
    _incident("status", "--wait")
    yield Check("messages after asking again", late, sink.ledger.messages)
    yield from _overdue_told(sink, late)


def _overdue_told(sink: Sink, before: int) -> Iterator[Check]:
    """Nobody knows a new date for these orders, so their customers hear when the next news comes."""
    what = ("--overdue", "--as-of", "2018-12-31", "--macro", "delay", "--voucher", "10%:20", "--missing", "next_update")
    _incident("declare", "--as", DECLARER, *what, "--title", "Overdue")
    done = _incident("approve", "--as", APPROVER, "--wait")
    yield Check("overdue: audience and sent", (72, 72), (done["audience"], done["sent"]))
    yield Check("overdue: orders hit, left out", (96, 24), (done["affected"], done["excluded"]))
    yield Check("overdue: messages at the sink", before + 72, sink.ledger.statistics()["distinct"])


_PARTS = ("sent", "handed_over", "suppressed", "failed", "uncertain", "skipped", "cancelled", "waiting")


def _preview(*selector: str) -> dict[str, Any]:
    return _incident("preview", *selector)


def _incident(action: str, *arguments: str) -> dict[str, Any]:
    store = () if action in ("approve", "status") else ("--store", "olist")
    return command("incident", action, *arguments, *store)


def _refused(action: str, *arguments: str) -> str:
    try:
        _incident(action, *arguments)
    except Exception as error:
        cause = error.__cause__
        return cause.code if isinstance(cause, Refusal) else repr(error)
    return "accepted"
