"""A3: everything that will happen, before it happens; the same page asks the second person."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import approvals, formats
from backoffice.kernel.admin_base import ask_password, need
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Limit, User
from backoffice.kernel.roles import Capability, holds
from backoffice.messaging.frames import framed
from customercare.compensation.selectors import BudgetState, budget_state
from customercare.incidents import selectors, services
from customercare.incidents.admin import reasons, screens
from customercare.incidents.forms import LATE_CHOICES, MissingForm
from customercare.notices import samples
from customercare.notices import selectors as fanouts
from customercare.notices.models import Fanout, Notice
from customercare.notices.rules import TYPED_COUNT_ABOVE, State
from customercare.notices.services.preview import Totals, count

TEMPLATE = "customercare/incidents/check.html"
# What one connection to a mail server takes in a second, for the estimate when no rate is set.
PER_CONNECTION = 10


def screen(request: HttpRequest, pk: int) -> HttpResponse:
    """The check page; POST declares, or gives the second person's yes."""
    need(request, Capability.VIEW_INCIDENTS)
    here = screens.scene(request, pk)
    if request.method != "POST":
        return _page(request, here)
    approves = request.POST.get("act") == "approve"
    need(request, Capability.APPROVE if approves else Capability.RUN_INCIDENTS)
    if asked := ask_password(request):
        return asked
    try:
        target = _approve(request, here) if approves else _declare(request, here)
    except Refusal as refusal:
        return _page(request, screens.scene(request, pk), refusal=refusal, status=screens.UNPROCESSABLE)
    return redirect(target)


def _declare(request: HttpRequest, here: screens.Scene) -> str:
    def run() -> str:
        services.declare(
            incident_id=here.incident.pk,
            content_hash=request.POST.get("content_hash", ""),
            typed_count=_typed(request.POST.get("typed_count", "")),
            actor=here.user,
            now=here.now,
        )
        return screens.url("room", here.incident.pk)

    return screens.once(request, purpose=f"incident.declare:{here.incident.pk}", run=run)


def _approve(request: HttpRequest, here: screens.Scene) -> str:
    def run() -> str:
        services.approve(
            incident_id=here.incident.pk,
            content_hash=request.POST.get("content_hash", ""),
            actor=here.user,
            now=here.now,
        )
        return screens.url("room", here.incident.pk)

    return screens.once(request, purpose=f"incident.approve:{here.incident.pk}", run=run)


def _typed(text: str) -> int | None:
    """The typed count; spaces and separators inside it do not matter."""
    digits = "".join(letter for letter in text if not letter.isspace() and letter not in ".,'")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def sample(request: HttpRequest, pk: int, leader: int) -> HttpResponse:
    """The HTML of one sample alone, for a sandboxed frame."""
    need(request, Capability.VIEW_INCIDENTS)
    here = screens.scene(request, pk)
    found = samples.one(here.fanout, leader=leader, today=here.today)
    if found is None:
        raise Http404
    return framed(found.html)


def _page(
    request: HttpRequest, here: screens.Scene, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    fanout = here.fanout
    ready = fanout.state in (State.PREVIEWED, State.AWAITING_APPROVAL)
    totals = count(fanout, today=here.today) if ready else None
    budget = budget_state(budget_id=fanout.budget_id) if fanout.budget_id else None
    context = screens.frame(here, "check") | {
        "ready": ready,
        "waiting": fanout.state == State.AWAITING_APPROVAL,
        "started": not ready and fanout.state != State.DRAFT,
        "mine": fanout.requested_by_id == here.user.pk,
        "customers": _customers(fanout.message_n),
        "money": formats.money(fanout.cost, fanout.currency) if fanout.cost else "",
        "summary": _summary(here),
        "skipped": reasons.rows(fanouts.skipped_reasons(fanout)) if ready else [],
        "languages": fanouts.languages(fanout) if ready else {},
        "vouchers": _vouchers(fanout) if ready and fanout.cost else None,
        "budget": budget,
        "budget_after": budget.left - fanout.cost if budget and fanout.state == State.PREVIEWED else None,
        "short": _is_short(fanout, budget),
        "samples": samples.pick(fanout, today=here.today) if ready else [],
        "undecided": bool(totals and totals.undated and not fanout.missing),
        "missing": _missing(totals, fanout),
        "totals": totals,
        "duration": _duration(fanout.message_n),
        "second": _second(here),
        "typed_needed": ready and (fanout.message_n > TYPED_COUNT_ABOVE or selectors.hits_everything(here.incident)),
        "typed": request.POST.get("typed_count", ""),
        "typed_error": refusal.message if refusal and refusal.field == "typed_count" else "",
        "error": refusal.message if refusal else "",
        "has_errors": refusal is not None,
    }
    return render(request, TEMPLATE, context, status=status)


def _customers(n: int) -> str:
    return ngettext("%(n)s customer", "%(n)s customers", n) % {"n": formats.number(n)}


def _missing(totals: Totals | None, fanout: Fanout) -> MissingForm | None:
    return MissingForm() if totals and totals.undated and not fanout.missing else None


def _is_short(fanout: Fanout, budget: BudgetState | None) -> bool:
    """The budget cannot pay for what is not reserved yet."""
    if fanout.state != State.PREVIEWED or not fanout.cost or fanout.mode == "drill":
        return False
    return budget is None or budget.left < fanout.cost


def _vouchers(fanout: Fanout) -> dict[str, Any]:
    """How many vouchers of which value, and their sum; many different values become a range."""
    rows = Notice.objects.filter(fanout=fanout, skipped="", amount__gt=0).order_by()
    total = rows.aggregate(n=Count("pk"), sum=Sum("amount"), low=Min("amount"), high=Max("amount"))
    zero = Notice.objects.filter(fanout=fanout, skipped="", amount=Decimal(0)).count()
    return {**total, "flat": total["low"] == total["high"], "nothing": zero}


def _duration(messages: int) -> dict[str, Any]:
    rate = settings.MESSAGING["rate_per_second"] or settings.MESSAGING["connections"] * PER_CONNECTION
    return {"seconds": max(1, round(messages / rate)), "rate": rate, "hold": settings.FANOUT_HOLD_SECONDS}


def _second(here: screens.Scene) -> dict[str, Any] | None:
    """Whose yes is needed beside this person's, None when nobody's."""
    fanout = here.fanout
    if fanout.state == State.AWAITING_APPROVAL:
        kind = approvals.pending_kind(subject_ref=f"fanout:{fanout.pk}") or "grant_run"
    else:
        kind = _kind_needed(fanout, here.user)
    if not kind:
        return None
    money = kind == "grant_run"
    amount = fanout.cost if money else Decimal(fanout.message_n)
    currency = fanout.currency if money else ""
    limits = Limit.objects.filter(kind=f"{kind}.approve", currency__in=[currency, ""], amount__gte=amount)
    roles = sorted({limit.role for limit in limits if holds(limit.role, Capability.APPROVE)})
    return {
        "what": formats.money(amount, currency) if money else _("%(n)s messages") % {"n": formats.number(amount)},
        "roles": ", ".join(str(User.RoleChoice(role).label) for role in roles),
        "may_i": here.can(Capability.APPROVE)
        and fanout.requested_by_id != here.user.pk
        and amount <= approvals.limit_for(user=here.user, kind=f"{kind}.approve", currency=currency),
    }


def _kind_needed(fanout: Fanout, user: User) -> str:
    if fanout.cost > approvals.limit_for(user=user, kind="grant_run", currency=fanout.currency):
        return "grant_run"
    if fanout.message_n > approvals.limit_for(user=user, kind="message_run", currency=""):
        return "message_run"
    return ""


def _summary(here: screens.Scene) -> list[dict[str, Any]]:
    incident, fanout = here.incident, here.fanout
    edit = ""
    if incident.status == incident.Status.DRAFT and here.is_open and here.can(Capability.DRAFT_INCIDENTS):
        edit = screens.url("edit", incident.pk)
    rows = [
        (_("What happened"), f"{incident.get_kind_display()}: {incident.title}", "id_title"),
        (
            _("How bad, how soon"),
            f"{incident.get_severity_display()} · {incident.get_priority_display()}",
            "id_severity",
        ),
        (_("Mode"), _("Drill: nothing leaves") if here.incident.mode == "drill" else _("Real"), ""),
        (_("What is hit"), _hit(incident.selector), "id_late_0"),
        (_("Text"), _macro(fanout), "id_macro"),
        (_("Voucher"), _rule(fanout), "id_rule_0"),
        (_("On the customers' order page"), _("yes") if incident.is_public else _("no"), "id_is_public"),
    ]
    return [
        {"label": label, "value": value, "change_url": f"{edit}#{anchor}" if edit and anchor else ""}
        for label, value, anchor in rows
    ]


def _hit(selector: dict[str, Any]) -> str:
    late = {"overdue_as_of": "overdue", "late_delivered": selector.get("late_delivered", "")}
    parts = []
    for name, value in selector.items():
        if name in late:
            words = str(dict(LATE_CHOICES).get(late[name], value))
            parts.append(f"{words} ({value})" if name == "overdue_as_of" else words)
        elif name == "orders":
            parts.append(ngettext("%(n)d order by number", "%(n)d orders by number", len(value)) % {"n": len(value)})
        else:
            parts.append(f"{reasons.CRITERIA.get(name, name)}: {value}")
    return " · ".join(parts)


def _macro(fanout: Fanout) -> str:
    version = fanout.macro_version
    if version is None:
        return _("none chosen")
    return _("%(name)s, version %(number)d") % {
        "name": version.macro.name.replace("::", " › "),
        "number": version.number,
    }


def _rule(fanout: Fanout) -> str:
    if fanout.rule == Fanout.Rule.NONE:
        return _("no voucher")
    valid = _("valid for %(days)d days") % {"days": fanout.valid_days}
    if fanout.rule == Fanout.Rule.FLAT:
        value = formats.money(fanout.rule_value, fanout.currency)
    else:
        value = _("%(percent)s of the order") % {"percent": formats.percent(fanout.rule_value / 100, 2)}
    cap = ""
    if fanout.rule_cap is not None:
        cap = _("at most %(cap)s") % {"cap": formats.money(fanout.rule_cap, fanout.currency)}
    return ", ".join(part for part in (value, cap, valid) if part)
