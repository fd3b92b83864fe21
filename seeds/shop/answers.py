"""Counts for the seeded incidents, from the CSV rows alone: none of the product runs here, so the two can disagree."""

import csv
import io
from collections import Counter
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

ORDER_HEADER = (
    "external_id,number,placed_at,state,currency,total,promised_at,delivered_at,expected_on,expected_reason,"
    "campaign_code,name,email,phone,language,country,region,customer_ref"
)
LINE_HEADER = "external_id,position,sku,title,quantity,unit_price,supplier_code"
PARCEL_HEADER = "external_id,carrier_code,number,shipped_at,delivered_at"
Row = dict[str, str]
Entry = tuple[str, str, str, str, tuple[str, str, str], dict[str, Any]]

# key, title, kind, macro, voucher (basis, value, cap), selector
INCIDENTS: list[Entry] = [
    ("demo", "Flood on the Odra: the carrier's Wrocław depot is closed", "carrier", "carrier_outage",
     ("flat", "5.00", ""), {"carrier": "ODRA", "region": "Dolnośląskie"}),
    ("overdue", "Undelivered past the promised day", "carrier", "delay",
     ("percent", "10", "15.00"), {"overdue_as_of": date(2026, 11, 23)}),
    ("late_delivered", "Delivered after the promised day", "carrier", "arrived_late",
     ("flat", "3.00", ""), {"late_delivered": "date"}),
    ("late_delivered_timestamp", "Delivered after the promised hour", "carrier", "arrived_late",
     ("flat", "3.00", ""), {"late_delivered": "timestamp"}),
    ("late_days", "Delivered four days late or more", "carrier", "arrived_late",
     ("percent", "10", "20.00"), {"late_days": 4}),
    ("supplier", "Taichung Aluminium Gear has stopped deliveries", "supplier_default", "supplier_default",
     ("percent", "10", "25.00"), {"supplier": "TAICHUNG-ALU"}),
    ("carrier", "Nordpost drivers on strike", "carrier", "carrier_outage",
     ("flat", "4.00", ""), {"carrier": "NORDPOST"}),
    ("region", "Snow closes the roads in Saxony", "carrier", "delay",
     ("flat", "4.00", ""), {"region": "Sachsen"}),
    ("sku", "Titanium stove listed at 5.90 instead of 118.00", "price_error", "price_error",
     ("flat", "10.00", ""),
     {"sku": "NL-STOVE-TI", "placed_from": date(2026, 11, 20), "placed_to": date(2026, 11, 20)}),
    ("campaign", "Double 11 sold more than the shelves held", "stock_out", "oversell",
     ("percent", "10", "15.00"), {"campaign": "DOUBLE11"}),
    ("window", "The shop system lost confirmations for two days", "system_failure", "system_failure",
     ("flat", "2.00", ""), {"placed_from": date(2026, 11, 17), "placed_to": date(2026, 11, 18)}),
    ("orders", "Gas stoves of one lot: goodwill to their buyers", "quality", "goodwill",
     ("flat", "8.00", ""), {"orders_file": "shop/recall-orders.txt"}),
]  # fmt: skip


def recall_list(files: dict[str, str], sku: str) -> str:
    """Return thirty order numbers with this article, one a line."""
    numbers = [row["external_id"] for row in _rows(files["lines.csv"]) if row["sku"] == sku]
    return "".join(f"{number}\n" for number in list(dict.fromkeys(numbers))[:30])


def incidents(files: dict[str, str], config: dict[str, Any]) -> str:
    """Return incidents.toml: each incident with its selector and the counts that must come out."""
    shop = _Shop(files, ZoneInfo(config["store"]["time_zone"]))
    head = (
        "# Seeded bad days. The counts come from seeds/shop/answers.py, which reads the CSV rows alone.\n"
        "# affected = excluded + audience (orders); no_email: audience orders without an address;\n"
        "# messages: distinct addresses in the audience; no_new_date: audience orders without an expected day.\n"
    )
    return head + "".join(_incident(shop, entry) for entry in INCIDENTS)


class _Shop:
    def __init__(self, files: dict[str, str], zone: ZoneInfo) -> None:
        self.zone = zone
        self.orders = _rows(files["orders.csv"])
        self.recalled = set(files["recall-orders.txt"].split())
        self.having: dict[str, dict[str, set[str]]] = {"sku": {}, "supplier": {}, "carrier": {}}
        for row in _rows(files["lines.csv"]):
            self.having["sku"].setdefault(row["sku"], set()).add(row["external_id"])
            self.having["supplier"].setdefault(row["supplier_code"], set()).add(row["external_id"])
        for row in _rows(files["parcels.csv"]):
            self.having["carrier"].setdefault(row["carrier_code"], set()).add(row["external_id"])

    def day(self, stamp: str) -> date | None:
        return datetime.fromisoformat(stamp).astimezone(self.zone).date() if stamp else None

    def hit(self, row: Row, selector: dict[str, Any]) -> bool:
        return all(self._holds(row, name, value) for name, value in selector.items())

    def _holds(self, row: Row, name: str, value: Any) -> bool:
        if name in self.having:
            return row["external_id"] in self.having[name].get(value, set())
        if name == "orders_file":
            return row["external_id"] in self.recalled
        if name in ("placed_from", "placed_to"):
            placed = self.day(row["placed_at"]) or date.min
            return bool(placed >= value if name == "placed_from" else placed <= value)
        if name in ("overdue_as_of", "late_delivered", "late_days"):
            return self._late(row, name, value)
        return bool(row["campaign_code" if name == "campaign" else name] == value)

    def _late(self, row: Row, name: str, value: Any) -> bool:
        promised, delivered = self.day(row["promised_at"]), self.day(row["delivered_at"])
        if promised is None:
            return False
        if name == "overdue_as_of":
            return delivered is None and bool(promised < value)
        if delivered is None:
            return False
        if value == "timestamp":
            return row["delivered_at"] > row["promised_at"]
        least: int = value if name == "late_days" else 1
        return (delivered - promised).days >= least


def _incident(shop: _Shop, entry: Entry) -> str:
    key, title, kind, macro, voucher, selector = entry
    affected = [row for row in shop.orders if shop.hit(row, selector)]
    about_delivered = {"late_delivered", "late_days", "overdue_as_of", "orders_file"} & selector.keys()
    audience = [row for row in affected if row["state"] != "cancelled" and (about_delivered or not row["delivered_at"])]
    addressed = [row for row in audience if row["email"]]
    contacts = {row["email"].casefold(): row["language"] for row in addressed}
    languages = Counter(contacts.values())
    offer = {name: text for name, text in zip(("basis", "value", "cap"), voucher, strict=True) if text}
    expected = {
        "affected": len(affected),
        "excluded": len(affected) - len(audience),
        "audience": len(audience),
        "no_email": len(audience) - len(addressed),
        "messages": len(contacts),
        "no_new_date": sum(1 for row in audience if not row["expected_on"]),
    }
    lines = [
        "",
        "[[incident]]",
        f'key = "{key}"',
        f'title = "{title}"',
        f'kind = "{kind}"',
        f'macro = "{macro}"',
        f"voucher = {_table(offer)}",
        f"selector = {_table(selector)}",
        f"expected = {_table(expected)}",
        f"languages = {_table(dict(sorted(languages.items())))}",
    ]
    return "\n".join(lines) + "\n"


def _table(values: dict[str, Any]) -> str:
    return "{ " + ", ".join(f"{name} = {_toml(value)}" for name, value in values.items()) + " }"


def _toml(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _rows(text: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text)))
