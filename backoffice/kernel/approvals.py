"""Two people for money: an approval is bound to the hash of exactly what the second person saw."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Approval, Limit, User
from backoffice.kernel.roles import Capability


def limit_for(*, user: User, kind: str, currency: str) -> Decimal:
    """How much this person may decide alone; 0 when no limit is set: what nobody allowed is not allowed."""
    found = Limit.objects.filter(role=user.role, kind=kind, currency__in=[currency, ""]).order_by("-currency").first()
    return found.amount if found else Decimal(0)


@transaction.atomic
def request(
    *,
    kind: str,
    subject_ref: str,
    content_hash: str,
    title: str,
    url: str,
    amount: Decimal,
    currency: str,
    requested_by: User,
    now: datetime,
) -> Approval:
    """Ask for a second person's yes. Voids an open request for the same subject with another hash."""
    open_requests = Approval.objects.select_for_update().filter(
        kind=kind, subject_ref=subject_ref, state=Approval.State.PENDING
    )
    for pending in open_requests:
        if pending.hash == content_hash:
            return pending
        pending.state = Approval.State.VOID
        pending.save(update_fields=["state"])
    approval = Approval.objects.create(
        kind=kind,
        subject_ref=subject_ref,
        hash=content_hash,
        title=title,
        url=url,
        amount=amount,
        currency=currency,
        requested_by=requested_by,
        requested_at=now,
    )
    audit.record(actor=requested_by, verb="approval.request", subject=subject_ref, now=now, amount=str(amount))
    return approval


@transaction.atomic
def approve(*, kind: str, subject_ref: str, content_hash: str, approver: User, now: datetime) -> Approval:
    """Give the yes to the open request. Raises Refusal: none waits, changed content, the same person, no right."""
    approval = (
        Approval.objects.select_for_update()
        .filter(kind=kind, subject_ref=subject_ref, state=Approval.State.PENDING)
        .first()
    )
    if approval is None:
        raise Refusal("approval.none", _("Nothing waits for approval here. Ask for approval first."))
    if approval.hash != content_hash:
        raise Refusal("approval.changed", _("The content changed since approval was asked. Preview it again."))
    if approval.requested_by_id == approver.pk:
        raise Refusal("approval.same_person", _("You asked for this yourself. Another person must approve it."))
    if not approver.can(Capability.APPROVE):
        raise Refusal("approval.role", _("Your role may not approve. Ask a shop manager or an admin."))
    allowed = limit_for(user=approver, kind=f"{kind}.approve", currency=approval.currency)
    if approval.amount > allowed:
        raise Refusal(
            "approval.limit",
            _("You may approve up to {limit} {currency}; this is {amount}. Ask somebody with a higher limit.").format(
                limit=allowed, currency=approval.currency, amount=approval.amount
            ),
        )
    approval.state = Approval.State.APPROVED
    approval.approved_by = approver
    approval.decided_at = now
    approval.save(update_fields=["state", "approved_by", "decided_at"])
    audit.record(actor=approver, verb="approval.give", subject=subject_ref, now=now, amount=str(approval.amount))
    return approval


def void(*, kind: str, subject_ref: str) -> int:
    """Void open and given approvals of a subject, because what they were bound to changed."""
    return (
        Approval.objects.filter(kind=kind, subject_ref=subject_ref)
        .exclude(state=Approval.State.VOID)
        .update(state=Approval.State.VOID)
    )


def given(*, kind: str, subject_ref: str, content_hash: str) -> Approval | None:
    """The approval that covers exactly this content, or None."""
    return Approval.objects.filter(
        kind=kind, subject_ref=subject_ref, hash=content_hash, state=Approval.State.APPROVED
    ).first()


def pending_kind(*, subject_ref: str) -> str:
    """The kind of the request that waits for this subject, "" when none does."""
    found = Approval.objects.filter(subject_ref=subject_ref, state=Approval.State.PENDING).values_list("kind").first()
    return found[0] if found else ""
