"""USAID SCMS: 6,507 delivered lines of 61 vendors.

Late is delivered after the scheduled day; early is on time, so this is not OTIF, which the file cannot tell: it has no
delivered quantities. Lead time is from order to client, over the lines that have both days; two are negative, and kept.
"""

import csv
import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Sum

from suppliers.assessment import services as assessment
from suppliers.directory.models import Supplier
from suppliers.directory.rules import SupplierKind
from suppliers.performance import selectors
from suppliers.performance.models import DeliveryFact
from suppliers.performance.rules import measures
from suppliers.performance.rules.lines import Tally, Window
from suppliers.performance.selectors import Scope
from tests.realdata.check import Check, command

PRESET = Path(__file__).with_name("scms.toml")
EXPORT = "scms_scheduled_to_2012.csv"
# After the last delivery, so that every line is due and has come.
AS_OF = date(2015, 12, 31)
NOW = datetime(2015, 12, 31, 12, tzinfo=UTC)
WAREHOUSE = "SCMS from RDC"
UNKNOWN = {"ordered_on": 4_010, "quoted_on": 2_681, "weight_kg": 2_221}


def checks(folder: Path) -> Iterator[Check]:
    """Yield the answers in the order in which they come about."""
    known = json.loads((folder / "KNOWN_ANSWERS.json").read_text(encoding="utf-8"))
    yield from _imported(folder, known)
    yield from _measured(known)
    yield from _scored(known)


def _imported(folder: Path, known: dict[str, Any]) -> Iterator[Check]:
    dry = _import(folder, "--dry-run")
    yield Check("deliveries, dry run: would be created, kept", (known["rows"], 0), (dry["created"], _facts()))
    first = _import(folder)
    yield Check("deliveries: rows", known["rows"], first["rows"])
    yield Check("deliveries: created, refused", (known["rows"], 0), (first["created"], first["refused"]))
    yield Check("deliveries: columns with dates in mixed forms", 0, len(first["warnings"]))
    yield Check("vendors", known["vendors"], Supplier.objects.filter(code__in=_codes()).count())
    quantity = DeliveryFact.objects.aggregate(of_all=Sum("quantity_ordered"))["of_all"]
    yield Check("quantity", known["quantity_sum"], quantity)
    yield Check("unknown by field", UNKNOWN, {one["field"]: one["count"] for one in first["unknown"]})
    listed = {one["field"]: one["rows"] for one in first["unknown"]}
    yield Check("every row of the unknown is listed", True, listed == _rows_unknown(folder))
    nulls = {name: DeliveryFact.objects.filter(**{name: None}).count() for name in UNKNOWN}
    yield Check("unknown is kept as unknown", UNKNOWN, nulls)
    again = _import(folder)
    yield Check("deliveries again: created, unchanged", (0, known["rows"]), (again["created"], again["unchanged"]))
    yield Check("deliveries kept", known["rows"], _facts())


def _measured(known: dict[str, Any]) -> Iterator[Check]:
    tallies = selectors.tallies(Scope(as_of=AS_OF), window=Window())
    every = Tally()
    for one in tallies.values():
        every.late_ended += one.late_ended
        every.late_open += one.late_open
        every.lead_ended += one.lead_ended
        every.in_full += one.in_full
    all_vendors = measures.delivery(every)
    yield Check("late lines", known["late_lines"], all_vendors.late.hits)
    yield Check("on time", known["on_time_rate"], round(all_vendors.on_time.value or 0, 6))
    days = sum(value * count for value, count in every.late_ended.items())
    yield Check("mean days against the schedule", known["mean_days_vs_schedule"], round(days / known["rows"], 6))
    yield Check("median days", known["median_days"], all_vendors.days_late_p50.value)
    yield Check("most days late", known["max_days_late"], max(every.late_ended))
    yield Check("most days early", known["max_days_early"], min(every.late_ended))
    yield Check("lines with both days", known["po_sent_parsable"], all_vendors.lead_p50.n)
    yield Check("lead time, median", known["lead_time_days_median_from_PO"], all_vendors.lead_p50.value)
    yield Check("lead time, p90", known["lead_time_p90"], all_vendors.lead_p90.value)
    yield Check("negative lead times", 2, sum(n for value, n in every.lead_ended.items() if value < 0))
    yield Check("OTIF is not known", (0, known["rows"]), (all_vendors.otif.n, all_vendors.otif.unknown))
    yield from _by_vendor(known["vendors_with_50plus_lines"])


def _by_vendor(known: dict[str, dict[str, float]]) -> Iterator[Check]:
    found = selectors.delivery(Scope(as_of=AS_OF), window=Window())
    names = dict(Supplier.objects.filter(pk__in=found).values_list("pk", "name"))
    yield Check("vendors measured", 61, len(found))
    got = {names[pk]: one for pk, one in found.items() if one.late.n >= 50}
    yield Check("vendors with 50 lines or more", sorted(known), sorted(got))
    for name, answer in known.items():
        one = got[name]
        rate = round(one.on_time.value or 0, 6)
        told = (answer["n"], answer["late"], answer["on_time"])
        yield Check(f"{name}: lines, late, on time", told, (one.late.n, one.late.hits, rate))
        inside = (one.on_time.low or 0) <= rate <= (one.on_time.high or 0)
        yield Check(f"{name}: the rate is inside its interval", True, inside)


def _scored(known: dict[str, Any]) -> Iterator[Check]:
    """The programme's own warehouse is no supplier: it is not ranked. No file says more than when lines came."""
    Supplier.objects.filter(name=WAREHOUSE).update(kind=SupplierKind.WAREHOUSE)
    body = tomllib.loads((settings.BASE_DIR / "seeds" / "scorecard.toml").read_text(encoding="utf-8"))
    assessment.save_policy(body=body, note="", actor=None, now=NOW)
    rows = {row["name"]: row for row in command("scorecards", "--as-of", AS_OF.isoformat())["suppliers"]}
    own = known["vendors_with_50plus_lines"][WAREHOUSE]
    yield Check("vendors with a line, the own warehouse left out", known["vendors"] - 1, len(rows))
    told = (sum(row["n"] for row in rows.values()), sum(row["late"] for row in rows.values()))
    yield Check("their lines, late", (known["rows"] - own["n"], known["late_lines"] - own["late"]), told)
    for name, answer in known["vendors_with_50plus_lines"].items():
        if name != WAREHOUSE:
            row = rows[name]
            got = (row["n"], row["late"], round(row["on_time"], 6))
            yield Check(f"{name}: line of the command", (answer["n"], answer["late"], answer["on_time"]), got)
    standings = {row["standing"] for row in rows.values()}
    yield Check("deliveries alone are not enough data", {"not_enough_data"}, standings)
    yield from _scored_by_deliveries(body, rows)


def _scored_by_deliveries(body: dict[str, Any], rows: dict[str, Any]) -> Iterator[Check]:
    """With on time alone as the policy, whoever is on time more often has the higher score."""
    on_time = {"weight": 1, "target": 100, "limit": 60, "minimum": 50}
    alone = {"weight": 1, "measured": 1, "assessed": 0, "metrics": {"on_time": on_time}}
    assessment.save_policy(body=body | {"dimensions": {"delivery": alone}}, note="", actor=None, now=NOW)
    scored = command("scorecards", "--as-of", AS_OF.isoformat())["suppliers"]
    wanted = {name: round(100 * (row["on_time"] - 0.6) / 0.4, 1) for name, row in rows.items() if row["n"] >= 50}
    yield Check("scores by hand", wanted, {row["name"]: row["score"] for row in scored if row["score"] is not None})


def _import(folder: Path, *more: str) -> dict[str, Any]:
    return command("import_deliveries", str(folder / EXPORT), "--preset", str(PRESET), *more)


def _facts() -> int:
    return DeliveryFact.objects.filter(source="scms").count()


def _codes() -> list[str]:
    return list(DeliveryFact.objects.filter(source="scms").values_list("supplier__code", flat=True).distinct())


def _rows_unknown(folder: Path) -> dict[str, list[int]]:
    """Line numbers of what is no plain date or number, found without our own reading; no record has a line break."""
    columns = {
        "ordered_on": "PO Sent to Vendor Date",
        "quoted_on": "PQ First Sent to Client Date",
        "weight_kg": "Weight (Kilograms)",
    }
    found: dict[str, list[int]] = {name: [] for name in columns}
    with (folder / EXPORT).open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            for name, column in columns.items():
                if not row[column][:1].isdigit():
                    found[name].append(number)
    return found
