"""What a breach and a claim stand on: the page of a breach, and the evidence pack."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from backoffice.kernel import access, exports
from backoffice.kernel.errors import Refusal
from backoffice.kernel.roles import Capability
from suppliers.contracts import evidence, statements
from suppliers.contracts.models import Breach, BreachRevision, SupplierClaim
from suppliers.contracts.rules.penalties import Basis
from suppliers.contracts.selectors import papers

SHOWN_ROWS = 200
_costers = access.require(read=Capability.VIEW_COST)


@access.require(read=Capability.VIEW_SUPPLIERS)
def breach(request: access.StaffRequest, pk: int) -> HttpResponse:
    """One missed window as it is judged now, or as an older judgement had it (?revision=1)."""
    row = get_object_or_404(Breach.objects.select_related("contract", "supplier", "level", "waived_by"), pk=pk)
    revisions = list(row.revisions.defer("rows", "goods").order_by("-revision"))
    typed = request.GET.get("revision", "")
    numbers = {str(one.revision): one.revision for one in revisions}
    revision = row.revisions.get(revision=numbers.get(typed, row.revision))
    can_see_cost = request.user.can(Capability.VIEW_COST)
    context = {
        "breach": row,
        "contract": row.contract,
        "supplier": row.supplier,
        "revision": revision,
        "revisions": revisions,
        "claimed": row.claimed.filter(is_live=True).select_related("claim", "revision").first(),
        "can_edit": request.user.can(Capability.EDIT_SUPPLIERS),
        "can_see_cost": can_see_cost,
        "now": timezone.now(),
    } | _said(revision, can_see_cost=can_see_cost)
    return render(request, "suppliers/contracts/breach.html", context)


def _said(revision: BreachRevision, *, can_see_cost: bool) -> dict[str, Any]:
    """The judgement in words; what it costs only for those who see what we pay."""
    terms = statements.terms_of(revision)
    if not can_see_cost:
        terms = statements.without_money(terms)
    goods = papers.goods_of(revision, terms)
    has_goods = terms.curve.basis is Basis.VALUE and goods is not revision.rows
    agreed = statements.agreed(terms) if can_see_cost else statements.agreed(terms)[:2]
    return {
        "facts": [
            {"label": label, "value": said}
            for label, said in (*agreed, *statements.measured(revision), statements.interval(revision))
        ],
        "sums": [{"label": label, "value": said} for label, said in statements.sums(revision)] if can_see_cost else [],
        "table": statements.table(terms, revision.rows[:SHOWN_ROWS]),
        "goods": statements.goods_table(terms, goods[:SHOWN_ROWS]) if has_goods else None,
        "hidden_n": max(len(revision.rows), len(goods)) - SHOWN_ROWS,
    }


@_costers
def evidence_pdf(request: access.StaffRequest, pk: int) -> HttpResponse:
    """The pack in the supplier's language."""
    claim = _claim(pk)
    try:
        made = evidence.pdf(claim, today=timezone.localdate(timezone.now()))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("contracts:claim", pk)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{claim.number}.pdf"'
    return response


@_costers
def evidence_csv(request: access.StaffRequest, pk: int) -> HttpResponseBase:
    """Every row that the claim stands on."""
    claim = _claim(pk)
    return exports.csv_response(name=claim.number, head=papers.CSV_HEAD, rows=papers.csv_rows(claim))


def _claim(pk: int) -> SupplierClaim:
    rows = SupplierClaim.objects.select_related("supplier", "contract__store")
    return get_object_or_404(rows, pk=pk)
