"""Files as people bring them, and the way from the file to the summary in few words."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from backoffice.kernel.models import User
from suppliers.imports import services as imports
from suppliers.imports.models import ImportSession
from suppliers.imports.rules import Amounts, Dates
from suppliers.imports.services.checking import Options
from tests.factories import NOW

RATING = {"key": "R-1", "supplier_code": "ACME", "kind": "stars", "observed_on": "2026-06-12", "value": "4.5",
          "out_of": "5", "answers": "40"}  # fmt: skip
INVOICE = {"key": "I-1", "supplier_code": "ACME", "invoice_ref": "F-1", "invoiced_on": "2026-06-12",
           "currency": "EUR", "amount": "1000.50"}  # fmt: skip
DELIVERY = {"key": "D-1", "supplier_code": "ACME", "sku": "PUMP", "ordered_on": "2026-05-11",
            "promised_on": "2026-06-10", "delivered_on": "2026-06-10", "quantity_ordered": "10",
            "quantity_delivered": "10", "weight_kg": "12.5"}  # fmt: skip
EXPOSURE = {"supplier_code": "ACME", "sku": "PUMP", "open_quantity": "100", "currency": "PLN", "revenue": "900.00",
            "stock": "120", "daily_demand": "10"}  # fmt: skip
ROWS = {"ratings": RATING, "invoices": INVOICE, "deliveries": DELIVERY, "exposures": EXPOSURE}


def table(kind: str, *rows: Mapping[str, str], separator: str = ",") -> str:
    """A file of this kind; rows are given as what differs from the good one, numbered by their key."""
    good = ROWS[kind]
    key = next(iter(good)) if "key" in good else ""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(good), delimiter=separator, lineterminator="\n")
    writer.writeheader()
    for number, row in enumerate(rows, start=1):
        numbered: Mapping[str, str] = {key: f"{good[key].partition('-')[0]}-{number}"} if key else {}
        writer.writerow({**good, **numbered, **row})
    return out.getvalue()


def start(
    content: str | bytes, kind: str = "ratings", *, name: str = "file.csv", actor: User | None = None, **fields: Any
) -> ImportSession:
    """Bring a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "given"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        given: dict[str, Any] = {"source": "erp", "now": NOW} | fields
        return imports.start_import(kind=kind, path=path, file_name=name, actor=actor, **given)


def name_columns(session: ImportSession, *, but: Sequence[str] = (), **options: Any) -> ImportSession:
    """Say that each column is the field of its name."""
    mapping = {name: str(place) for place, name in enumerate(session.header) if name not in but}
    return imports.map_columns(
        session_id=session.pk, mapping=mapping, options=Options(**_typed(options)), actor=None, now=NOW
    )


def _typed(options: dict[str, Any]) -> dict[str, Any]:
    """Options in plain words."""
    kinds = {"dates": Dates, "amounts": Amounts}
    return {name: kinds[name](value) if name in kinds else value for name, value in options.items()}


def check(content: str | bytes, kind: str = "ratings", **options: Any) -> ImportSession:
    """Bring a file and name its columns."""
    return name_columns(start(content, kind), **options)


def run(session: ImportSession, *, with_changes: bool = True, **fields: Any) -> ImportSession:
    """Import the good rows."""
    given: dict[str, Any] = {"version": session.version, "actor": None, "now": NOW} | fields
    return imports.run_import(session_id=session.pk, with_changes=with_changes, **given)


def problems(session: ImportSession) -> list[tuple[int, str, str]]:
    """What is wrong: the row, the column and the reason."""
    return [
        (row.line, session.header[place] if place >= 0 else "", reason)
        for row in session.file_rows.filter(state="refused").order_by("line")
        for place, reason in row.problems
    ]


def told(session: ImportSession) -> tuple[int, int, int, int]:
    """New, changed, same, refused."""
    return session.new, session.changed, session.same, session.refused
