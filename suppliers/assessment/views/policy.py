"""The scorecard policy: its versions, what differs between two of them, and the form that saves a new one."""

import hashlib
import json
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel import access, editing
from backoffice.kernel.editing import EditForm, Screen, initial
from backoffice.kernel.roles import Capability
from suppliers.assessment import policy_words, words
from suppliers.assessment import services as assessment
from suppliers.assessment.forms import PolicyForm
from suppliers.assessment.models import PolicyVersion
from suppliers.assessment.rules.comparing import differences
from suppliers.assessment.rules.policy import Consequence, Policy
from suppliers.assessment.selectors import scorecards
from suppliers.assessment.selectors.trying import Moved, try_out

MOST_VERSIONS = 50
MOST_MOVED = 50


@access.require(read=Capability.VIEW_SUPPLIERS)
def policy_page(request: access.StaffRequest, number: int | None = None) -> HttpResponse:
    """One version, the one in force where none is named, beside another: the one before it, or ?against=."""
    now = timezone.now()
    versions = list(PolicyVersion.objects.select_related("saved_by").order_by("-number")[:MOST_VERSIONS])
    shown = _version(number, versions)
    context: dict[str, Any] = {
        "shown": shown,
        "versions": versions,
        "is_current": bool(versions) and shown == versions[0],
        "can_edit": request.user.can(Capability.MANAGE_SETTINGS),
        "now": now,
    }
    if shown is not None:
        policy = scorecards.policy_of(shown)
        other = _other(request.GET.get("against", ""), shown)
        told = _told(scorecards.policy_of(other), policy) if other else []
        context |= policy_words.tables(policy) | {"other": other, "told": told}
    return render(request, "suppliers/assessment/policy.html", context)


def _version(number: int | None, versions: list[PolicyVersion]) -> PolicyVersion | None:
    if number is None:
        return versions[0] if versions else None
    return get_object_or_404(PolicyVersion.objects.select_related("saved_by"), number=number)


def _other(asked: str, shown: PolicyVersion) -> PolicyVersion | None:
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else shown.number - 1
    return PolicyVersion.objects.filter(number=number).exclude(pk=shown.pk).first()


def _told(before: Policy, after: Policy) -> list[policy_words.Told]:
    return [policy_words.told(found, before=before, after=after) for found in differences(before, after)]


@access.require(read=Capability.MANAGE_SETTINGS, write=Capability.MANAGE_SETTINGS)
def edit_policy(request: access.StaffRequest) -> HttpResponse:
    """Type a new version, see what it would change, and save exactly what was seen."""
    now = timezone.now()
    current = scorecards.current_policy()
    if current is None:
        raise Http404
    if request.method != "POST":
        return _edit_page(request, current, PolicyForm(body=current.body, initial=initial(current.number)))
    form = PolicyForm(request.POST, body=current.body)
    if not form.is_valid():
        return _edit_page(request, current, form)
    digest = _digest(form.body())
    told = _told(scorecards.policy_of(current), form.policy())
    if not told:
        form.add_error(None, _("Nothing differs from version %(n)d.") % {"n": current.number})
        return _edit_page(request, current, form)
    if request.POST.get("act") != "save" or form.cleaned_data["previewed"] != digest:
        return _preview(request, current, form, told, digest)

    def act() -> str:
        assessment.save_policy(
            body=form.body(), note=form.cleaned_data["note"], actor=request.user, now=now,
            based_on=form.cleaned_data["version"] or 0,
        )  # fmt: skip
        return reverse("assessment:policy")

    screen = Screen(
        "", "", _("The new version is in force. Every supplier is scored again within minutes."),
        back_url=reverse("assessment:policy"), back_label="",
    )  # fmt: skip
    return editing.answer(
        request, screen, form, act, purpose="scorecard.policy", now=now,
        again=lambda refused: _edit_page(request, current, refused),
    )  # fmt: skip


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _edit_page(
    request: access.StaffRequest, current: PolicyVersion, form: EditForm, *, preview: dict[str, Any] | None = None
) -> HttpResponse:
    context = {"current": current, "form": form, "preview": preview, "now": timezone.now()}
    return render(request, "suppliers/assessment/policy_edit.html", context, status=422 if form.errors else 200)


def _preview(
    request: access.StaffRequest, current: PolicyVersion, form: PolicyForm, told: list[policy_words.Told], digest: str
) -> HttpResponse:
    """What would change, above the same form, which now knows what was seen."""
    policy = form.policy()
    found = try_out(policy, day=timezone.localdate())
    old = {band.key: band.label for band in scorecards.policy_of(current).bands}
    new = {band.key: band.label for band in policy.bands}
    preview = {
        "digest": digest,
        "told": told,
        "tried": found,
        "rows": [_row(moved, old, new) for moved in found.moved[:MOST_MOVED]],
        "more": max(0, len(found.moved) - MOST_MOVED),
        "is_new": request.POST.get("act") == "save",
    }
    return _edit_page(request, current, form, preview=preview)


def _row(moved: Moved, old: dict[str, str], new: dict[str, str]) -> dict[str, Any]:
    return {
        "supplier": moved.supplier,
        "was": words.standing(moved.was, old),
        "was_means": words.CONSEQUENCES[Consequence(moved.was_consequence)],
        "was_total": moved.was_total,
        "now": words.standing(moved.standing, new),
        "now_means": words.CONSEQUENCES[Consequence(moved.consequence)],
        "total": moved.total,
        "tone": words.TONES[Consequence(moved.consequence)],
    }
