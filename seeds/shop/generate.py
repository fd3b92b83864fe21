"""Writes the demo shop: python -m seeds.shop.generate [--to FOLDER]. Running it again gives the same bytes."""

import argparse
import csv
import io
import tomllib
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from seeds.shop import answers
from seeds.shop.chance import Chance

HERE = Path(__file__).parent
SEED = 20261123

FLOOD_BEGINS = datetime(2026, 11, 13, 9, tzinfo=UTC)
FLOOD_PLACE, FLOOD_CARRIER = "Dolnośląskie", "ODRA"
DEFAULT_BEGINS, DEFAULT_SUPPLIER = datetime(2026, 11, 12, tzinfo=UTC), "HARBIN-DOWN"
TYPO_DAY, TYPO_SKU, TYPO_PRICE, TYPO_ORDERS = date(2026, 11, 20), "NL-STOVE-TI", Decimal("5.90"), 46
DOUBLE_11 = {date(2026, 11, 10): 2.0, date(2026, 11, 11): 5.0, date(2026, 11, 12): 2.0}
BLACK_WEEK = date(2026, 11, 16)
RECALL_SKU = "NL-STOVE-GAS"


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    phone: str
    language: str
    country: str
    region: str
    carriers: dict[str, float]
    ref: str


@dataclass
class Draft:
    """One order on its way to becoming rows."""

    person: Person
    placed: datetime
    lines: list[tuple[str, str, int, Decimal, str]]
    campaign: str = ""
    carrier: str = ""
    state: str = "open"
    shipping: Decimal = Decimal(0)
    promised: datetime | None = None
    delivered: datetime | None = None
    expected: tuple[str, str] = ("", "")
    parcels: list[tuple[str, str, datetime, datetime | None]] = field(default_factory=list)


class Shop:
    """Draws people, baskets and fates."""

    def __init__(self, world: dict[str, Any], config: dict[str, Any]) -> None:
        self.world, self.config = world, config
        self.chance = Chance(SEED)
        self.people: list[Person] = []
        self.now = datetime.combine(config["as_of"], time(0), UTC) - timedelta(hours=2)

    def orders(self) -> list[Draft]:
        special = [*self._typo_orders(), *self._told_twice(), self._phone_only(), self._without_lines()]
        ordinary = [self._order(self._moment()) for _ in range(self.config["orders"] - len(special))]
        drafts = sorted([*special, *ordinary], key=lambda draft: draft.placed)
        for draft in drafts:
            if draft.state == "open" and draft.lines:
                self._fate(draft)
        return drafts

    def _moment(self) -> datetime:
        first: date = self.config["first_day"]
        days = [first + timedelta(days=n) for n in range((self.config["as_of"] - first).days)]
        return self._within(self.chance.weighted({day: _pull(day) for day in days}))

    def _within(self, day: date, first_hour: int = 5, last_hour: int = 21) -> datetime:
        minute = self.chance.whole(first_hour * 60, last_hour * 60 - 1)
        return datetime.combine(day, time(minute // 60, minute % 60), UTC)

    def _order(self, placed: datetime, person: Person | None = None) -> Draft:
        lines: list[tuple[str, str, int, Decimal, str]] = []
        for _ in range(self.chance.weighted({1: 62, 2: 28, 3: 10})):
            sku, title, price, supplier = self.chance.pick(self.world["products"])
            known = any(sku == line[0] for line in lines) or (sku == TYPO_SKU and placed.date() == TYPO_DAY)
            if not known:
                quantity = self.chance.weighted({1: 82, 2: 13, 3: 5})
                lines.append((sku, title, quantity, Decimal(price), supplier))
        if not lines:
            sku, title, price, supplier = self.world["products"][19]
            lines = [(sku, title, 1, Decimal(price), supplier)]
        draft = Draft(person or self._person(), placed, lines)
        if placed.date() in DOUBLE_11 and self.chance.happens(0.6):
            draft.campaign = "DOUBLE11"
            draft.lines = [(s, t, q, (p * 85).quantize(Decimal(1)) / 100, u) for s, t, q, p, u in lines]
        elif placed.date() >= BLACK_WEEK and self.chance.happens(0.25):
            draft.campaign = "BLACKWEEK"
        return draft

    def _person(self, region: str = "") -> Person:
        if not region and self.people and self.chance.happens(0.11):
            return self.chance.pick(self.people)
        places = {n: place[2] for n, place in enumerate(self.world["places"]) if region in ("", place[1])}
        country, place, _weight, carriers = self.world["places"][self.chance.weighted(places)]
        language = _spoken_in(country) or self.chance.weighted(self.world["languages"])
        name, address = self._name(language)
        number = len(self.people) + 1
        domain = "example.org" if self.chance.happens(0.3) else "example.com"
        email = f"{address}{number}@{domain}" if self.chance.happens(0.985) else ""
        person = Person(name, email, self._phone(country), language, country, place, carriers, f"C{number:05}")
        self.people.append(person)
        return person

    def _name(self, language: str) -> tuple[str, str]:
        names, chance = self.world["names"], self.chance
        rare = [entry for entry in names["rare"] if entry["language"] == language]
        if rare and chance.happens(0.006):
            entry = chance.pick(rare)
            return entry["name"], entry["address"]
        if language.startswith("zh"):
            surname, given = chance.pick(names[language]["surnames"]), chance.pick(names[language]["given"])
            return surname[0] + given[0], f"{given[1]}.{surname[1]}"
        if language == "pl":
            kind = "women" if chance.happens(0.52) else "men"
            given, surname = chance.pick(names["pl"][kind]), chance.pick(names["pl"][f"surnames_{kind}"])
        else:
            given, surname = chance.pick(names["en"]["given"]), chance.pick(names["en"]["surnames"])
        return f"{given} {surname}", f"{_plain(given)}.{_plain(surname)}"

    def _phone(self, country: str) -> str:
        # Ranges that regulators keep free for films and manuals: Ireland, Germany, and the United Kingdom for the rest.
        if country == "IE":
            return f"+353 20 91{self.chance.whole(0, 99999):05}"
        if country == "DE":
            return f"+49 171 39200{self.chance.whole(0, 99):02}"
        return f"+44 7700 900{self.chance.whole(0, 999):03}"

    def _typo_orders(self) -> list[Draft]:
        product = next(product for product in self.world["products"] if product[0] == TYPO_SKU)
        line = (TYPO_SKU, product[1], 1, TYPO_PRICE, product[3])
        return [
            Draft(self._person(), self._within(TYPO_DAY, 19, 22), [line], campaign="BLACKWEEK", carrier="held")
            for _ in range(TYPO_ORDERS)
        ]

    def _told_twice(self) -> list[Draft]:
        """One customer with two orders in the flood, who typed her address in two ways."""
        anna = replace(self._person(FLOOD_PLACE), name="Anna Nowak", email="anna.nowak@example.com", language="pl")
        again = replace(anna, email="Anna.Nowak@Example.com")
        days = (date(2026, 11, 17), date(2026, 11, 18))
        drafts = [self._order(self._within(day), who) for day, who in zip(days, (anna, again), strict=True)]
        return [replace(draft, carrier=FLOOD_CARRIER) for draft in drafts]

    def _phone_only(self) -> Draft:
        person = replace(self._person(FLOOD_PLACE), name="Halina Sikora", email="", language="pl")
        return replace(self._order(self._within(date(2026, 11, 17)), person), carrier=FLOOD_CARRIER)

    def _without_lines(self) -> Draft:
        return Draft(self._person("Berlin"), self._within(date(2026, 11, 19)), [], state="unavailable")

    def _fate(self, draft: Draft) -> None:
        """Decide how the order went until this morning."""
        chance = self.chance
        total = sum(quantity * price for _s, _t, quantity, price, _u in draft.lines)
        draft.shipping = Decimal("0.00") if total >= 100 else Decimal("4.90")
        held = draft.carrier == "held"
        draft.carrier = "" if held else draft.carrier or chance.weighted(draft.person.carriers)
        overseas = draft.carrier == "BLUEHERON"
        days = 10 if overseas else 6
        draft.promised = datetime.combine(draft.placed.date() + timedelta(days=days), time(10), UTC)
        waits = any(supplier == DEFAULT_SUPPLIER for *_rest, supplier in draft.lines) and draft.placed > DEFAULT_BEGINS
        if waits and chance.happens(0.7):
            draft.expected = ("2026-12-07", "The supplier has stopped deliveries")
        shipped = draft.placed + timedelta(hours=chance.whole(7, 44))
        if chance.happens(0.03):
            draft.state = "cancelled"
            if chance.happens(0.7):
                return
        if held or waits or shipped > self.now:
            return
        self._send(draft, shipped, overseas=overseas)

    def _send(self, draft: Draft, shipped: datetime, *, overseas: bool) -> None:
        chance = self.chance
        arrives: datetime | None = shipped + timedelta(
            hours=chance.whole(60, 170) if overseas else chance.whole(20, 80)
        )
        if chance.happens(0.075):
            arrives = shipped + timedelta(hours=chance.whole(120, 420))
        if chance.happens(0.012) or (arrives and arrives > self.now):
            arrives = None
        flooded = draft.carrier == FLOOD_CARRIER and draft.person.region == FLOOD_PLACE
        on_the_way = draft.placed > FLOOD_BEGINS - timedelta(days=12)
        if flooded and on_the_way and (arrives is None or arrives > FLOOD_BEGINS):
            arrives = None
            if chance.happens(0.94):
                draft.expected = (f"2026-11-{chance.whole(26, 30)}", "The Odra flooded the carrier's depot in Wrocław")
        if draft.state == "cancelled":
            arrives = None
        count = 2 if len(draft.lines) > 1 and chance.happens(0.2) else 1
        prefix = draft.carrier[:2]
        for n in range(count):
            number = f"{prefix}{chance.whole(10**8, 10**9 - 1)}" if chance.happens(0.97) else ""
            draft.parcels.append((draft.carrier, number, shipped + timedelta(hours=n), arrives))
        draft.delivered = arrives
        if draft.state == "open":
            draft.state = "delivered" if arrives else "shipped"


def _pull(day: date) -> float:
    weekend = 1.25 if day.weekday() >= 5 else 1.0
    return DOUBLE_11.get(day, 1.0) * weekend * (1.9 if day >= BLACK_WEEK else 1.0)


def _spoken_in(country: str) -> str:
    return {"IE": "en", "GB": "en", "SG": "zh-hans", "TW": "zh-hant"}.get(country, "")


def _plain(text: str) -> str:
    """Return the name as people write it in an address."""
    folded = unicodedata.normalize("NFKD", text.lower().replace("ł", "l"))
    return "".join(character for character in folded if character.isascii() and character.isalnum())


def _stamp(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%MZ") if moment else ""


def rows(drafts: list[Draft]) -> dict[str, list[list[str]]]:
    """Return the three tables of our export, headers first."""
    orders = [answers.ORDER_HEADER.split(",")]
    lines = [answers.LINE_HEADER.split(",")]
    parcels = [answers.PARCEL_HEADER.split(",")]
    for n, draft in enumerate(drafts, start=10001):
        number, who = f"NL-{n}", draft.person
        total = sum((q * p for _s, _t, q, p, _u in draft.lines), draft.shipping)
        orders.append(
            [
                *(number, number, _stamp(draft.placed), draft.state, "EUR", f"{total:.2f}", _stamp(draft.promised)),
                *(_stamp(draft.delivered), *draft.expected, draft.campaign, who.name, who.email, who.phone),
                *(who.language, who.country, who.region, who.ref),
            ]
        )
        for position, (sku, title, quantity, price, supplier) in enumerate(draft.lines, start=1):
            lines.append([number, str(position), sku, title, str(quantity), f"{price:.2f}", supplier])
        for carrier, parcel, shipped, delivered in draft.parcels:
            parcels.append([number, carrier, parcel, _stamp(shipped), _stamp(delivered)])
    return {"orders.csv": orders, "lines.csv": lines, "parcels.csv": parcels}


def build() -> dict[str, str]:
    """Return every generated file: name -> content. incidents.toml goes one folder up."""
    world = tomllib.loads((HERE / "world.toml").read_text(encoding="utf-8"))
    config = tomllib.loads((HERE / "shop.toml").read_text(encoding="utf-8"))
    tables = rows(Shop(world, config).orders())
    files = {name: _csv(table) for name, table in tables.items()}
    files["suppliers.csv"] = _csv([["code", "name"], *world["suppliers"]])
    files["carriers.csv"] = _csv([["code", "name"], *world["carriers"]])
    files["products.csv"] = _csv([["sku", "name", "price", "supplier_code"], *world["products"]])
    files["recall-orders.txt"] = answers.recall_list(files, RECALL_SKU)
    files["../incidents.toml"] = answers.incidents(files, config)
    return files


def _csv(table: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    return text.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE, help="the folder to write into")
    folder: Path = parser.parse_args().to
    for name, content in build().items():
        (folder / name).resolve().write_text(content, encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
