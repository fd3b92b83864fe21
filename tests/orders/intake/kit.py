"""A small export in our own shape, of which a test changes what it is about."""

from pathlib import Path

from django.conf import settings

from orders.intake import presets
from orders.intake.rules import Preset

PRESETS: Path = settings.BASE_DIR / "seeds" / "presets"
ORDER_COLUMNS = [
    "external_id",
    "number",
    "placed_at",
    "state",
    "currency",
    "total",
    "promised_at",
    "delivered_at",
    "expected_on",
    "expected_reason",
    "campaign_code",
    "name",
    "email",
    "phone",
    "language",
    "country",
    "region",
    "customer_ref",
]
LINE_COLUMNS = ["external_id", "position", "sku", "title", "quantity", "unit_price", "supplier_code"]
PARCEL_COLUMNS = ["external_id", "carrier_code", "number", "shipped_at", "delivered_at"]

ORDER = {
    "external_id": "A-1",
    "number": "A-1",
    "placed_at": "2026-11-10T09:00Z",
    "state": "open",
    "currency": "EUR",
    "total": "64.90",
    "promised_at": "2026-11-16T17:00Z",
    "name": "Ewa Nowak",
    "email": "ewa@example.com",
    "language": "pl",
    "country": "PL",
    "region": "Mazowieckie",
}
LINE = {
    "external_id": "A-1",
    "position": "1",
    "sku": "KETTLE-1",
    "title": "Blue kettle",
    "quantity": "1",
    "unit_price": "60.00",
    "supplier_code": "ACME",
}
PARCEL = {"external_id": "A-1", "carrier_code": "ODRA", "number": "OD1", "shipped_at": "2026-11-11T09:00Z"}
Rows = list[dict[str, str]]


def standfast() -> Preset:
    return presets.load("standfast", folder=PRESETS)


def write_export(folder: Path, *, orders: Rows, lines: Rows | None = None, parcels: Rows | None = None) -> Path:
    """Write the files; rows are given as what differs from ORDER, LINE and PARCEL."""
    folder.mkdir(exist_ok=True)
    _write(folder / "orders.csv", ORDER_COLUMNS, [ORDER | row for row in orders])
    _write(folder / "lines.csv", LINE_COLUMNS, [LINE | row for row in lines or []])
    if parcels is not None:
        _write(folder / "parcels.csv", PARCEL_COLUMNS, [PARCEL | row for row in parcels])
    return folder


def _write(path: Path, columns: list[str], rows: Rows) -> None:
    table = [",".join(columns), *(",".join(_cell(row.get(name, "")) for name in columns) for row in rows)]
    path.write_text("".join(f"{line}\n" for line in table), encoding="utf-8")


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if set(value) & set(',"\n') else value
