"""What lies in seeds/ about stock: warehouses, what lies there, and what happened lately."""

import csv
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from django.utils import timezone

from orders.stock.models import Shelf, StockLevel, StockMovement
from orders.stock.rules import StopReason, Wanted
from orders.stock.selectors import availability
from orders.stock.services import goods, holds, judging, places, shelves, transfers
from orders.stock.services.goods import Arrival
from suppliers.catalog.models import Product
from suppliers.directory.models import Supplier

KEY = "demo"


def load(folder: Path, *, now: datetime) -> int:
    """Fill the warehouses once; returns how many movements that took, 0 when they were filled before.

    folder: holds stock.toml and stock.csv.
    """
    told = tomllib.loads((folder / "stock.toml").read_text(encoding="utf-8"))
    for row in told["warehouse"]:
        places.ensure_warehouse(**row, actor=None, now=now)
    if StockMovement.objects.filter(key__startswith=f"{KEY}:").exists():
        return 0
    with (folder / "stock.csv").open(encoding="utf-8", newline="") as source:
        _fill(list(csv.DictReader(source)), now)
    _lots(told["lot"], now)
    _happen(told, now)
    for row in told["transfer"]:
        _transfer(row, now)
    return StockMovement.objects.count()


def _fill(rows: list[dict[str, str]], now: datetime) -> None:
    by_house = sorted(rows, key=lambda row: row["warehouse"])
    for house, own in groupby(by_house, key=lambda row: row["warehouse"]):
        arrivals = [Arrival(row["sku"], int(row["units"])) for row in own]
        goods.receive(
            key=f"{KEY}:{house}", warehouse=house, arrivals=arrivals, ref="opening stock", actor=None, now=now
        )
    levels = {(row.product.sku, row.warehouse.code): row for row in _levels()}
    buffers: dict[int, dict[int, int]] = {}
    for row in rows:
        level = levels[row["sku"], row["warehouse"]]
        buffers.setdefault(level.product_id, {})[level.pk] = int(row["buffer"])
    for product, kept in buffers.items():
        back_at = max(1, sum(kept.values()))
        shelves.keep(product_id=product, version=1, buffers=kept, back_at=back_at, actor=None, now=now)


def _levels() -> Iterator[StockLevel]:
    return iter(StockLevel.objects.select_related("product", "warehouse"))


def _lots(rows: list[dict[str, Any]], now: datetime) -> None:
    suppliers = dict(Supplier.objects.values_list("code", "pk"))
    for row in rows:
        arrival = Arrival(
            row["sku"], row["units"], lot=row["lot"], supplier_id=suppliers[row["supplier"]],
            expires_on=_day(now, row["best_before"]),
        )  # fmt: skip
        key = f"{KEY}:lot:{row['lot']}"
        goods.receive(key=key, warehouse=row["warehouse"], arrivals=[arrival], actor=None, now=now)


def _happen(told: dict[str, Any], now: datetime) -> None:
    for row in told["aside"]:
        judging.set_aside(
            key=f"{KEY}:aside:{row['sku']}", sku=row["sku"], warehouse=row["warehouse"], quantity=row["units"],
            reason=row["reason"], actor=None, now=now,
        )  # fmt: skip
    for row in told["hold"]:
        until = now + timedelta(hours=row["hours"])
        holds.reserve(key=f"{KEY}:{row['ref']}", ref=row["ref"], lines=_wanted(row), expires_at=until, now=now)
    for row in told["rush"]:
        _rush(row, now)
    for row in told["stop"]:
        shelf = Shelf.objects.get(product__sku=row["sku"])
        shelves.stop(
            product_id=shelf.product_id, version=shelf.version, reason=StopReason.MANUAL_STOP, actor=None, now=now
        )
    for row in told["announced"]:
        goods.expect(
            key=row["key"], sku=row["sku"], warehouse=row["warehouse"], quantity=row["units"], ref=row["ref"],
            due_on=_day(now, row["due"]), now=now,
        )  # fmt: skip


def _rush(row: dict[str, Any], now: datetime) -> None:
    """Everything sellable is held at once, and given back."""
    product = Product.objects.get(sku=row["sku"])
    units = availability.parts([product.pk], now=now)[product.pk].sellable
    key = f"{KEY}:{row['ref']}"
    holds.reserve(
        key=key, ref=row["ref"], lines=[Wanted(row["sku"], units)], expires_at=now + timedelta(hours=1), now=now
    )
    holds.release(key=key, now=now)


def _transfer(row: dict[str, Any], now: datetime) -> None:
    made = transfers.draft(
        source=row["source"], destination=row["destination"], lines=_wanted(row), due_on=_day(now, row["due"]),
        note=row["note"], actor=None, now=now,
    )  # fmt: skip
    if row["sent"]:
        transfers.send(transfer_id=made.pk, actor=None, now=now)


def _wanted(row: dict[str, Any]) -> list[Wanted]:
    return [Wanted(sku, units) for sku, units in row["lines"].items()]


def _day(now: datetime, days: int) -> date:
    return timezone.localdate(now) + timedelta(days=days)
