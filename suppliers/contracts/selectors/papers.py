"""What an evidence pack is made of: the two sides, and the judgements that a claim was drafted over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from backoffice.kernel.models import Store
from suppliers.contracts.models import BreachRevision, ClaimBreach, SupplierClaim
from suppliers.contracts.rules import judging
from suppliers.contracts.rules.judging import Terms
from suppliers.contracts.rules.measuring import SOURCES, Row, Source
from suppliers.contracts.rules.penalties import Basis
from suppliers.contracts.rules.rows import value_of

CSV_HEAD = (
    "claim", "contract", "clause", "metric", "from", "to", "part", "facts", "order", "line", "sku", "lot", "invoice",
    "promised", "whole_on", "quantity", "came", "in_full", "days_late", "asked", "answered", "hours", "open",
    "observed", "checked", "defective", "rejected", "invoiced", "amount", "matched", "price", "currency", "value",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """One judgement, read back. goods: the lines that the penalty is counted on."""

    line: ClaimBreach
    revision: BreachRevision
    terms: Terms
    rows: list[Row]
    goods: list[Row]


def parties(claim: SupplierClaim, *, day: date) -> dict[str, Any]:
    """Both sides as they are called on a day, kept with the claim so that its pack stays the same."""
    supplier, contract = claim.supplier, claim.contract
    store = (contract.store if contract else None) or Store.objects.order_by("pk").first()
    return {
        "day": day.isoformat(),
        "us": store.name if store else "",
        "reply_to": (store.reply_to or store.sender) if store else "",
        "them": supplier.legal_name or supplier.name,
        "code": supplier.code,
        "contract": contract.number if contract else "",
        "title": contract.title if contract else "",
        "language": language_of(supplier.language),
    }


def language_of(code: str) -> str:
    """The language to write to a supplier in: theirs where we have it, else English."""
    return code if code in dict(settings.LANGUAGES) else "en"


def kept(claim: SupplierClaim) -> list[Kept]:
    """The judgements of a claim, oldest window first."""
    lines = claim.lines.select_related("revision", "breach").order_by("breach__start", "pk")
    return [_kept(line) for line in lines]


def _kept(line: ClaimBreach) -> Kept:
    terms = judging.read(line.revision.terms)
    return Kept(line, line.revision, terms, line.revision.rows, goods_of(line.revision, terms))


def goods_of(revision: BreachRevision, terms: Terms) -> list[Row]:
    """The lines that a penalty is counted on; where deliveries are measured, the measured lines themselves."""
    if terms.curve.basis is not Basis.VALUE:
        return []
    rows: list[Row] = revision.rows if SOURCES[terms.metric] is Source.DELIVERIES else revision.goods
    return rows


def csv_rows(claim: SupplierClaim) -> Iterator[list[Any]]:
    """Every row that the claim stands on, under CSV_HEAD; part: "measured", or "value" for what a rate is of."""
    contract = claim.contract.number if claim.contract else ""
    for one in kept(claim):
        breach = one.line.breach
        fixed = {
            "claim": claim.number, "contract": contract, "clause": one.terms.clause, "metric": one.terms.metric.value,
            "from": breach.start, "to": breach.end,
        }  # fmt: skip
        for row in one.rows:
            yield _cells(fixed | {"part": "measured"}, row, one.terms.currency)
        if one.goods is not one.rows:
            for row in one.goods:
                yield _cells(fixed | {"part": "value"}, row, one.terms.currency)


def _cells(fixed: dict[str, Any], row: Row, currency: str) -> list[Any]:
    said = fixed | dict(row)
    said["facts"] = " ".join(map(str, row["facts"]))
    if "came" in row:
        said["came"] = " ".join(f"{day}:{'?' if quantity is None else quantity}" for day, quantity in row["came"])
    if "price" in row:
        said["value"] = value_of(row, currency)
    return [said.get(name) for name in CSV_HEAD]
