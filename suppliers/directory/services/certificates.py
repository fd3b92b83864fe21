"""Writes to certificates."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit, changing
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.directory.models import Certificate
from suppliers.directory.rules import CertificateDraft
from suppliers.directory.services import common


@transaction.atomic
def add_certificate(*, supplier_id: int, draft: CertificateDraft, actor: User | None, now: datetime) -> Certificate:
    """Write a new certificate. Raises Refusal (supplier.role, certificate.number, certificate.dates,
    certificate.known)."""
    common.require_editor(actor)
    common.hold(supplier_id)
    _check(draft)
    _refuse_known(supplier_id, draft, besides=0)
    paper = Certificate.objects.create(supplier_id=supplier_id, **asdict(draft))
    audit.record(
        actor=actor,
        verb="certificate.create",
        subject=common.subject(supplier_id),
        now=now,
        certificate=paper.pk,
        kind=draft.kind,
        number=draft.number,
        valid_until=str(draft.valid_until or ""),
    )
    return paper


@transaction.atomic
def change_certificate(
    *, certificate_id: int, version: int, draft: CertificateDraft, actor: User | None, now: datetime
) -> Certificate:
    """Write what differs. Raises Stale, and Refusal as add_certificate does."""
    common.require_editor(actor)
    paper = changing.lock(Certificate.objects.all(), pk=certificate_id, version=version)
    _check(draft)
    _refuse_known(paper.supplier_id, draft, besides=certificate_id)
    changed = changing.apply(paper, asdict(draft))
    if changed:
        audit.record(
            actor=actor,
            verb="certificate.change",
            subject=common.subject(paper.supplier_id),
            now=now,
            certificate=certificate_id,
            number=paper.number,
            **audit.changes(changed),
        )
    return paper


def _check(draft: CertificateDraft) -> None:
    if not draft.number:
        raise Refusal("certificate.number", _("Enter the number that stands on the paper."), "number")
    if draft.valid_from and draft.valid_until and draft.valid_until < draft.valid_from:
        raise Refusal("certificate.dates", _("The last day is before the first. Swap them."), "valid_until")


def _refuse_known(supplier_id: int, draft: CertificateDraft, *, besides: int) -> None:
    same = Certificate.objects.filter(supplier_id=supplier_id, kind=draft.kind, number=draft.number)
    if same.exclude(pk=besides).exists():
        raise Refusal("certificate.known", _("This certificate is there already. Change that one."), "number")
