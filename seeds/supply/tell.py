"""Writes what the demo shop's suppliers did: python -m seeds.supply.tell. Running it again gives the same bytes.

Every row says on which day it was `known`; days count from the day of loading, moments are written as -30T09:00.
"""

import csv
import io
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from seeds.shop.chance import Chance

HERE = Path(__file__).parent
SEED = 20260525
Row = dict[str, Any]
Days = list[list[int]]

# After these five, which every row has.
FIRST = "known key corrects supplier_code sku"
COLUMNS = {
    "deliveries": "order_ref line_ref outcome ordered_on acknowledged_on promised_on revised_on delivered_on "
    "quantity_ordered quantity_delivered promise_changes",
    "quality": "kind observed_on order_ref lot_ref units_checked units_defective rejected label_errors "
    "specification_errors defect_code corrected_on",
    "acknowledgements": "kind asked_at order_ref answered_at accepted quantity_asked quantity_confirmed at_peak",
    "invoices": "invoice_ref invoiced_on currency amount order_ref amount_ordered amount_disputed matched unit_price "
    "unit_price_agreed deposit_open",
    "claims": "claim_ref opened_on currency amount_claimed reason amount_recovered closed_on",
    "ratings": "kind observed_on value out_of answers",
}
CENT = Decimal("0.01")
DEFECTS = ("SEAM", "FINISH", "FIT", "PACKING")
# Orders of the weeks before the high season count as ordered at peak.
PEAK = (-90, -20)


class Story:
    """Draws the half year of every supplier into tables of facts. What is known only after today is left out."""

    def __init__(self, told: dict[str, Any], items: list[dict[str, str]]) -> None:
        self.told = told
        self.chance = Chance(SEED)
        self.tables: defaultdict[str, list[Row]] = defaultdict(list)
        self.items: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
        self.bought: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
        seen = set()
        for item in items:
            self.items[item["supplier_code"]].append(item)
            if item["sku"] not in seen:  # the first supplier of a product is the one that it is bought from
                self.bought[item["supplier_code"]].append(item)
            seen.add(item["sku"])
        self.grade: Row = {}

    def write(self) -> dict[str, list[Row]]:
        for supplier in self.told["supplier"]:
            self._supplier(supplier)
        for row in self.told["quality"]:
            day, kind = row["day"], row["kind"]
            key = f"{kind.upper()}-{row['supplier']}{day}"
            self._say("quality", day, key, row["supplier"], row["sku"], kind=kind, observed_on=day, lot_ref=row["sku"])
        return {name: sorted(self.tables[name], key=lambda row: row["known"]) for name in COLUMNS}

    def _say(self, table: str, known: int, key: str, code: str, sku: str = "", **fields: Any) -> bool:
        """Add the row, unless nobody can know it yet."""
        if known > 0:
            return False
        self.tables[table].append({"known": known, "key": key, "supplier_code": code, "sku": sku, **fields})
        return True

    def _supplier(self, supplier: Row) -> None:
        written = [row for row in self.told["line"] if row["supplier"] == supplier["code"]]
        for number, line in enumerate([*self._drawn(supplier), *written], start=101):
            self._take_grade(supplier, line["promised"])
            self._line(supplier, f"PO-{supplier['code'][:3]}-{number}", line)
        self._asked_in_a_hurry(supplier)
        self._heard(supplier)

    def _take_grade(self, supplier: Row, day: int) -> None:
        phase = [one for one in supplier["phases"] if one["from"] <= day][-1]
        grades = self.told["grades"]
        self.grade = {theme: grades[theme].get(phase[theme], {}) for theme in grades}

    # --- Orders and what came of them ------------------------------------------------------------------

    def _drawn(self, supplier: Row) -> Iterator[Row]:
        """Lines as the grade of their day has them, in the shape of those that are written out."""
        chance, day = self.chance, self.told["first_day"]
        while day <= supplier.get("until", self.told["last_day"]):
            self._take_grade(supplier, day)
            item = chance.pick(self.bought[supplier["code"]])
            units = int(item["order_multiple"]) * chance.whole(10, 40)
            yield {
                "sku": item["sku"],
                "units": units,
                "ordered": day - supplier["lead"] - chance.whole(0, 2),
                "promised": day,
                **self._fate(day, units),
            }
            day += supplier["each"] + chance.whole(-1, 1)

    def _fate(self, promised: int, units: int) -> Row:
        chance, grade = self.chance, self.grade["delivery"]
        if not chance.happens(grade["late"]):
            return {"came": [[promised - chance.whole(0, 3), units]]}
        came = promised + chance.whole(*grade["by"])
        moved = [[promised - 2, came]] if chance.happens(grade["moved"]) else []
        if chance.happens(grade["parts"]):
            first = units // 2
            return {"moved": moved, "came": [[promised, first], [came, units - first]]}
        return {"moved": moved, "came": [[came, units]]}

    def _line(self, supplier: Row, ref: str, line: Row) -> None:
        code, sku, units = supplier["code"], line["sku"], line["units"]
        ordered, moved = line["ordered"], line.get("moved", [])
        came = [(day, part) for day, part in line.get("came", []) if day < 0]
        answered = self._acknowledged(supplier, ref, line)
        given = {
            "order_ref": ref, "line_ref": "1", "outcome": "open", "ordered_on": ordered, "acknowledged_on": answered,
            "promised_on": line["promised"], "quantity_ordered": units, "promise_changes": 0,
        }  # fmt: skip
        known = ordered + 3 if answered is None else answered
        if not self._say("deliveries", known, ref, code, sku, **given):
            return
        last = ref
        for n, (day, promise) in enumerate([one for one in moved if one[0] <= 0], start=1):
            given |= {"promise_changes": n, "revised_on": promise}
            self._say("deliveries", day, f"{ref}.m{n}", code, sku, corrects=last, **given)
            last = f"{ref}.m{n}"
        for n, (day, part) in enumerate(came, start=1):
            arrived = {"outcome": "delivered", "delivered_on": day, "quantity_delivered": part}
            self._say("deliveries", day, f"{ref}.d{n}", code, sku, corrects=last, **given | arrived)
            self._inspected(supplier, f"{ref}.{n}", sku, day, part)
            if n < len(line["came"]):
                last = f"{ref}.rest{n}"
                self._say("deliveries", day, last, code, sku, **given)
        self._billed(supplier, ref, line, came)

    def _acknowledged(self, supplier: Row, ref: str, line: Row) -> int | None:
        """The day of the answer, None where nobody answers."""
        chance, grade = self.chance, self.grade["answers"]
        asked: int = line["ordered"]
        silent = chance.happens(grade["silent"])
        hours = chance.whole(*grade["hours"])
        confirmed = line["units"] * chance.whole(*grade["confirmed"]) // 100
        day = asked + (9 + hours) // 24
        fields: Row = {
            "kind": "order", "asked_at": _moment(asked, 9), "order_ref": ref, "quantity_asked": line["units"],
            "at_peak": PEAK[0] <= asked <= PEAK[1],
        }  # fmt: skip
        if silent:
            self._say("acknowledgements", asked + 5, f"A-{ref}", supplier["code"], line["sku"], **fields)
            return None
        fields |= {"answered_at": _moment(asked, 9 + hours), "accepted": True, "quantity_confirmed": confirmed}
        self._say("acknowledgements", day, f"A-{ref}", supplier["code"], line["sku"], **fields)
        return day

    def _inspected(self, supplier: Row, ref: str, sku: str, day: int, units: int) -> None:
        chance, grade, code = self.chance, self.grade["quality"], supplier["code"]
        checked = min(units, max(40, units // 5))
        rejected = chance.happens(grade["rejected"])
        bad = chance.whole(4, 9) if rejected else chance.whole(1, 2) if chance.happens(grade["defective"]) else 0
        fields: Row = {
            "kind": "lot", "observed_on": day + 1, "order_ref": ref.partition(".")[0], "lot_ref": f"L-{ref[3:]}",
            "units_checked": checked, "units_defective": bad, "rejected": rejected,
            "label_errors": int(chance.happens(grade["errors"])), "specification_errors": 0,
            "defect_code": chance.pick(list(DEFECTS)) if bad else "",
        }  # fmt: skip
        said = self._say("quality", day + 1, f"Q-{ref}", code, sku, **fields)
        repaired = day + 1 + chance.whole(*grade["repairs"])
        if said and bad:
            mended = fields | {"corrects": f"Q-{ref}", "corrected_on": repaired}
            self._say("quality", repaired, f"Q-{ref}.c", code, sku, **mended)
        if said and rejected:
            self._claimed(supplier, ref, sku, day + 2, units)

    def _claimed(self, supplier: Row, ref: str, sku: str, day: int, units: int) -> None:
        price, currency = self._price(supplier, sku)
        asked = (price * units * Decimal("0.2")).quantize(CENT)
        fields = {"claim_ref": f"C-{ref[3:]}", "opened_on": day, "currency": currency, "amount_claimed": asked}
        fields["reason"] = "Lot rejected"
        self._say("claims", day, f"C-{ref}", supplier["code"], sku, **fields)
        closed = day + self.chance.whole(14, 40)
        back = (asked * self.chance.whole(60, 100) / 100).quantize(CENT)
        ended = {"corrects": f"C-{ref}", "closed_on": closed, "amount_recovered": back}
        self._say("claims", closed, f"C-{ref}.c", supplier["code"], sku, **fields | ended)

    # --- Money -----------------------------------------------------------------------------------------

    def _billed(self, supplier: Row, ref: str, line: Row, came: list[tuple[int, int]]) -> None:
        code, sku, chance, grade = supplier["code"], line["sku"], self.chance, self.grade["money"]
        agreed, currency = self._price(supplier, sku)
        if share := supplier.get("paid_ahead"):
            ahead = (agreed * line["units"] * Decimal(str(share))).quantize(CENT)
            day, key = line["ordered"] + 2, f"D-{ref}"
            fields = {"invoice_ref": key, "invoiced_on": day, "currency": currency, "amount": ahead, "order_ref": ref}
            self._say("invoices", day, key, code, sku, deposit_open=ahead, **fields)
            if came and sum(part for _day, part in came) >= line["units"]:
                done = {"corrects": key, "deposit_open": Decimal("0.00")}
                self._say("invoices", came[-1][0], f"{key}.c", code, sku, **fields | done)
        for n, (day, part) in enumerate(came, start=1):
            price = agreed if chance.happens(grade["kept"]) else (agreed * chance.whole(102, 108) / 100)
            amount = (price * part).quantize(CENT)
            contested = amount * chance.whole(10, 40) / 100 if chance.happens(grade["disputed"]) else Decimal(0)
            self._say(
                "invoices", day + 2, f"I-{ref}.{n}", code, sku, invoice_ref=f"R-{ref[3:]}/{n}", invoiced_on=day + 2,
                currency=currency, amount=amount, order_ref=ref, amount_ordered=(agreed * part).quantize(CENT),
                amount_disputed=contested.quantize(CENT), matched=chance.happens(grade["matched"]),
                unit_price=price.quantize(Decimal("0.0001")), unit_price_agreed=agreed,
            )  # fmt: skip

    def _price(self, supplier: Row, sku: str) -> tuple[Decimal, str]:
        item = next(item for item in self.items[supplier["code"]] if item["sku"] == sku)
        return Decimal(item["price"]), item["currency"]

    # --- Rush requests, and what others say ----------------------------------------------------------------

    def _asked_in_a_hurry(self, supplier: Row) -> None:
        """A surge every four weeks, and a substitute every seven."""
        if supplier["each"] > 30:
            return
        for kind, days in (("surge", range(-170, 0, 28)), ("substitute", range(-160, 0, 49))):
            for day in days:
                self._take_grade(supplier, day)
                grade, chance = self.grade["answers"], self.chance
                hours = chance.whole(*grade["hours"])
                accepted = chance.happens(grade["surges"])
                sku = chance.pick(self.bought[supplier["code"]])["sku"]
                key = f"{kind[:2].upper()}-{supplier['code']}{day}"
                self._say(
                    "acknowledgements", day + (9 + hours) // 24, key, supplier["code"], sku, kind=kind, order_ref=key,
                    asked_at=_moment(day, 9), answered_at=_moment(day, 9 + hours), accepted=accepted,
                    quantity_asked=200, quantity_confirmed=200 if accepted else 0,
                )  # fmt: skip

    def _heard(self, supplier: Row) -> None:
        code, chance = supplier["code"], self.chance
        for day in range(-181, 0, 14):
            self._take_grade(supplier, day)
            if grade := self.grade["customers"]:
                self._rated(code, day, grade)
            if "feed" in supplier:
                down, age = supplier["feed"]
                self._rating(code, day, "feed_uptime", value=20160 - chance.whole(0, 2 * down), out_of=20160)
                self._rating(code, day, "feed_age", value=chance.whole(1, 2 * age))

    def _rated(self, code: str, day: int, grade: Row) -> None:
        chance = self.chance
        stars = Decimal(str(grade["stars"])) + Decimal(chance.whole(-1, 1)) / 10
        sold = chance.whole(300, 700)
        satisfied, complaints = grade["satisfied"] + chance.whole(-3, 3), sold * grade["complaints"] // 1000
        self._rating(code, day, "stars", value=stars, out_of=5, answers=chance.whole(14, 40))
        self._rating(code, day, "satisfaction", value=satisfied, out_of=100, answers=chance.whole(8, 25))
        self._rating(code, day, "complaints", value=complaints + chance.whole(0, 1), out_of=sold)
        returned = sold * self.grade["quality"]["returns"] // 1000 + chance.whole(0, 1)
        key = f"B-{code}{day}"
        self._say("quality", day, key, code, kind="returns", observed_on=day, lot_ref=key, units_checked=sold,
                  units_defective=returned)  # fmt: skip

    def _rating(self, code: str, day: int, kind: str, **fields: Any) -> None:
        given: Row = {"kind": kind, "observed_on": day, "answers": 1} | fields
        self._say("ratings", day, f"{kind}-{code}{day}", code, **given)


def _moment(day: int, hour: int) -> str:
    return f"{day + hour // 24}T{hour % 24:02}:00"


def _text(value: Any) -> str:
    return "" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def build() -> dict[str, str]:
    """Return every table: file name -> content."""
    told = tomllib.loads((HERE / "story.toml").read_text(encoding="utf-8"))
    with (HERE.parent / "shop" / "items.csv").open(encoding="utf-8", newline="") as source:
        tables = Story(told, list(csv.DictReader(source))).write()
    files = {}
    for name, rows in tables.items():
        columns = f"{FIRST} {COLUMNS[name]}".split()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(row.get(column)) for column in columns] for row in rows)
        files[f"{name}.csv"] = text.getvalue()
    return files


def main() -> None:
    for name, content in build().items():
        (HERE / name).write_text(content, encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
